// Reads numbers (little-endian) from a part of a chunk. Never leaves that part: past its end it reads zeros and stays failed.
#pragma once
#include <algorithm>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace kulla::event::evtx {

template <typename T>
[[nodiscard]] T load(const char* bytes) {
  T value;
  std::memcpy(&value, bytes, sizeof value);
  return value;
}

class Cursor {
 public:
  /// Offsets are counted from the start of the chunk; `end` may lie anywhere, the chunk's end bounds it.
  Cursor(std::string_view chunk, std::size_t at, std::size_t end)
      : chunk_(chunk), at_(at), end_(std::min(end, chunk.size())), failed_(at > end_) {}
  template <typename T>
  T take() {
    const auto before = at_;
    return skip(sizeof(T)) ? load<T>(chunk_.data() + before) : T{};
  }
  bool skip(std::size_t bytes) {
    if (failed_ || bytes > end_ - at_) failed_ = true;
    else at_ += bytes;
    return !failed_;
  }
  [[nodiscard]] bool failed() const { return failed_; }
  [[nodiscard]] bool done() const { return failed_ || at_ == end_; }
  [[nodiscard]] std::size_t at() const { return at_; }
  [[nodiscard]] std::size_t left() const { return failed_ ? 0 : end_ - at_; }

 private:
  std::string_view chunk_;
  std::size_t at_, end_;
  bool failed_;
};

}  // namespace kulla::event::evtx
