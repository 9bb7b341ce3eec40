// gzip of large answers (RFC 1952, libdeflate). A text that several readers get is compressed once.
#pragma once
#include <deque>
#include <mutex>

#include "serve/request.hpp"

namespace kulla::serve {

/// None where it would not be smaller, or is too small to be worth it.
[[nodiscard]] Text squeeze(std::string_view text);

/// By any thread. Remembers the last few texts by the objects that hold them, for as long as somebody else holds those; of what is
/// large, also what came of it only for so long as it is being sent.
class Squeezer {
 public:
  static constexpr std::size_t remembered = 8;
  static constexpr std::size_t kept_up_to = std::size_t{4} << 20;  ///< bytes of a text: the snapshot of 1,225 services is 1 MB
  [[nodiscard]] Text of(const Text& text);

 private:
  struct Done {
    std::weak_ptr<const std::string> text, small;
    Text kept;  ///< what came of a text that is not large
  };
  [[nodiscard]] Text known(const Text& text);

  std::mutex mutex_;
  std::deque<Done> done_;
};

}  // namespace kulla::serve
