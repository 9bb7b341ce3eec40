// Cuts a byte stream into lines of bounded length.
#pragma once
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>

#include "event/reader.hpp"

namespace kulla::event {

/// A line longer than `limit` bytes is cut, counted, and handed on marked; what follows of it is skipped.
/// A line ends at "\n" or "\r\n"; empty lines are counted, not handed on. How the stream is cut into pieces makes no difference.
class LineSplitter {
 public:
  explicit LineSplitter(std::size_t limit) : limit_(limit) {}
  /// Calls `on_line(line, cut)` for each whole line in what has come so far; the view is valid during the call, and read_padding bytes
  /// after it are readable if they are after `bytes`.
  template <typename OnLine>
  void feed(std::string_view bytes, OnLine&& on_line) {
    while (!bytes.empty()) {
      const auto newline = bytes.find('\n');
      const auto piece = bytes.substr(0, newline);
      bytes.remove_prefix(newline == std::string_view::npos ? bytes.size() : newline + 1);
      if (newline == std::string_view::npos) keep(piece, on_line);
      else end_line(piece, on_line);
    }
  }
  /// Nothing follows: hands on what is left as a line.
  template <typename OnLine>
  void finish(OnLine&& on_line) {
    if (!rest_.empty()) hand_on_rest(on_line);
    skipping_ = false;
  }
  [[nodiscard]] std::uint64_t cut() const { return cut_; }
  /// From 1: of the line being handed on, else of the last one.
  [[nodiscard]] std::uint64_t number() const { return number_; }
  /// Bytes of cut lines that were skipped since the last call.
  [[nodiscard]] std::uint64_t take_skipped() { return std::exchange(skipped_, 0); }

 private:
  template <typename OnLine>
  void keep(std::string_view piece, OnLine& on_line) {
    const auto room = skipping_ ? 0 : limit_ - rest_.size();
    if (!skipping_) rest_.append(piece.substr(0, room));
    if (piece.size() <= room) return;
    skipped_ += piece.size() - room;
    if (!skipping_) hand_on_cut(on_line);
  }
  template <typename OnLine>
  void end_line(std::string_view piece, OnLine& on_line) {
    if (rest_.empty() && !skipping_ && piece.size() <= limit_) return hand_on(piece, on_line);
    keep(piece, on_line);
    if (!skipping_) hand_on_rest(on_line);
    skipping_ = false;
  }
  /// With the padding after it that a line within what came has.
  template <typename OnLine>
  void hand_on_rest(OnLine& on_line) {
    const auto size = rest_.size();
    rest_.append(read_padding, '\0');
    hand_on(std::string_view{rest_}.substr(0, size), on_line);
    rest_.clear();
  }
  template <typename OnLine>
  void hand_on(std::string_view line, OnLine& on_line) {
    ++number_;
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) on_line(line, false);
  }
  template <typename OnLine>
  void hand_on_cut(OnLine& on_line) {
    ++number_;
    ++cut_;
    skipping_ = true;
    on_line(std::string_view{rest_}, true);
    rest_.clear();
  }
  std::size_t limit_;
  std::string rest_;
  std::uint64_t cut_ = 0, number_ = 0, skipped_ = 0;
  bool skipping_ = false;
};

}  // namespace kulla::event
