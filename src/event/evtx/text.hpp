// Text of one record or of one chunk's templates, in one block that never moves; and UTF-16 and Windows-1252 as UTF-8.
#pragma once
#include <cstddef>
#include <memory>
#include <string_view>

namespace kulla::event::evtx {

class Text {
 public:
  explicit Text(std::size_t limit) : block_(std::make_unique_for_overwrite<char[]>(limit)), limit_(limit) {}
  /// Where the next text may be written, `size` bytes at most; null where the limit is reached.
  [[nodiscard]] char* room(std::size_t size) { return size <= limit_ - used_ ? block_.get() + used_ : nullptr; }
  /// Keeps what was written from room() up to `end`.
  std::string_view keep(const char* end) {
    const auto* begin = block_.get() + used_;
    const auto size = static_cast<std::size_t>(end - begin);
    used_ += size;
    return {begin, size};
  }
  /// Forgets all that was kept.
  void clear() { used_ = 0; }

 private:
  std::unique_ptr<char[]> block_;
  std::size_t limit_;
  std::size_t used_ = 0;
};

/// The room that `units` of UTF-16 need, with what the fast path may write beyond its result.
constexpr std::size_t utf8_room(std::size_t units) { return 3 * units + 16; }
/// Up to the first NUL or `units`; a lone surrogate becomes U+FFFD. Returns the end of what was written.
char* utf16_to_utf8(const char* text, std::size_t units, char* out);
/// Windows-1252, up to the first NUL or the end of `text`; needs 3 bytes of room for each of its bytes.
char* ansi_to_utf8(std::string_view text, char* out);

}  // namespace kulla::event::evtx
