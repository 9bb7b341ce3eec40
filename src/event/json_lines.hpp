// Cuts a byte stream into lines that may be read some bytes beyond their end, as simdjson wants it.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "event/reader.hpp"

namespace kulla::event {

class JsonLines {
 public:
  /// Calls `on_line(text)` for each whole line, without its end ("\n" or "\r\n") and with read_padding readable bytes after it; number() is
  /// then its number. A line of more than record_limit bytes is left out, and told to `on_too_long(bytes)`.
  template <typename OnLine, typename OnTooLong>
  void feed(std::string_view bytes, bool last, OnLine&& on_line, OnTooLong&& on_too_long) {
    while (!bytes.empty()) {
      const auto newline = bytes.find('\n');
      if (newline == std::string_view::npos) {
        keep(bytes);
        break;
      }
      whole(bytes.substr(0, newline), on_line, on_too_long);
      bytes.remove_prefix(newline + 1);
    }
    if (last && (!rest_.empty() || dropped_ > 0)) whole({}, on_line, on_too_long);
  }
  [[nodiscard]] std::uint64_t number() const { return number_; }  ///< from 1

 private:
  void keep(std::string_view piece) {
    if (dropped_ == 0 && rest_.size() + piece.size() <= record_limit) rest_.append(piece);
    else dropped_ += rest_.size() + piece.size(), rest_.clear();
  }
  template <typename OnLine, typename OnTooLong>
  void whole(std::string_view end, OnLine& on_line, OnTooLong& on_too_long) {
    ++number_;
    if (rest_.empty() && dropped_ == 0 && end.size() <= record_limit) return hand_on(end, on_line);
    keep(end);
    if (dropped_ > 0) {
      on_too_long(dropped_);
    } else {
      const auto size = rest_.size();
      rest_.append(read_padding, '\0');
      hand_on(std::string_view{rest_}.substr(0, size), on_line);
    }
    rest_.clear();
    dropped_ = 0;
  }
  template <typename OnLine>
  static void hand_on(std::string_view line, OnLine& on_line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    on_line(line);
  }
  std::string rest_;
  std::size_t dropped_ = 0;  // of a line that is too long
  std::uint64_t number_ = 0;
};

}  // namespace kulla::event
