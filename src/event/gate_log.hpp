// Reads the gate's own log lines (model/gate_log.hpp) as events with the field names that Sigma's web server rules use:
// cs-method cs-host cs-uri (raw) cs-uri-stem cs-uri-query (of the raw URI) sc-status sc-bytes c-ip cs-user-agent cs-referer
// cs-content-type, and ours: kulla-service kulla-verdict kulla-path (normalised) kulla-termination, and kulla-uri: the raw URI with
// its percent encoding undone (event/uri.hpp), as most attacks are written in several encodings and mean one thing.
// A field whose value is absent ("-", or empty for a header) is not there: Sigma's null.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "event/event.hpp"
#include "model/gate_log.hpp"

namespace kulla::event {

/// `line` without its newline and without a syslog header. Clears and fills `event`. Code::bad_event names what is wrong; the
/// event then holds the fields before the fault, so that a cut line can still be reported with its source.
[[nodiscard]] Result<> read_gate_line(std::string_view line, Timestamp seen, Event& event);

/// Cuts a byte stream into lines of at most gate_log::line_limit; a longer one is cut, counted, and handed on marked.
/// A line ends at "\n" or "\r\n"; empty lines are skipped. How the stream is cut into pieces makes no difference.
class LineSplitter {
 public:
  /// Calls `on_line(line, cut)` for each whole line in what has come so far; the view is valid during the call.
  template <typename OnLine>
  void feed(std::string_view bytes, OnLine&& on_line) {
    while (!bytes.empty()) {
      const auto newline = bytes.find('\n');
      const auto piece = bytes.substr(0, newline);
      bytes.remove_prefix(newline == std::string_view::npos ? bytes.size() : newline + 1);
      if (newline == std::string_view::npos) keep(piece, on_line);
      else finish(piece, on_line);
    }
  }
  [[nodiscard]] std::uint64_t cut() const { return cut_; }

 private:
  template <typename OnLine>
  void keep(std::string_view piece, OnLine& on_line) {
    if (skipping_) return;
    const auto room = gate_log::line_limit - rest_.size();
    rest_.append(piece.substr(0, room));
    if (piece.size() > room) hand_on_cut(rest_, on_line);
  }
  template <typename OnLine>
  void finish(std::string_view piece, OnLine& on_line) {
    if (rest_.empty() && !skipping_ && piece.size() <= gate_log::line_limit) return hand_on(piece, on_line);
    keep(piece, on_line);
    if (!skipping_) hand_on(rest_, on_line);
    rest_.clear();
    skipping_ = false;
  }
  template <typename OnLine>
  static void hand_on(std::string_view line, OnLine& on_line) {
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (!line.empty()) on_line(line, false);
  }
  template <typename OnLine>
  void hand_on_cut(std::string_view line, OnLine& on_line) {
    ++cut_;
    skipping_ = true;
    on_line(line, true);
    rest_.clear();
  }
  std::string rest_;
  std::uint64_t cut_ = 0;
  bool skipping_ = false;
};

}  // namespace kulla::event
