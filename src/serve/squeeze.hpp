// gzip of large answers (RFC 1952, libdeflate). A text that several readers get is compressed once.
#pragma once
#include <deque>
#include <mutex>

#include "serve/request.hpp"

namespace kulla::serve {

/// None where it would not be smaller, or is too small to be worth it.
[[nodiscard]] Text squeeze(std::string_view text);

/// By any thread. Remembers the last few texts by the object that holds them, which is why it keeps hold of them.
class Squeezer {
 public:
  static constexpr std::size_t remembered = 8;
  [[nodiscard]] Text of(const Text& text);

 private:
  std::mutex mutex_;
  std::deque<std::pair<Text, Text>> done_;
};

}  // namespace kulla::serve
