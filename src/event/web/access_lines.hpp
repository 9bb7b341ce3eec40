// Lines of requests in the formats that web servers log by default, whichever of them a line has.
#pragma once
#include <string_view>
#include <vector>

#include "event/event.hpp"
#include "event/text/read_options.hpp"
#include "event/web/line_format.hpp"

namespace kulla::event {

/// Remembers which format the last line had and tries that first.
class AccessLines {
 public:
  /// Fills an event that holds nothing but its record, number and times. False where no format fits; its fields are none then.
  [[nodiscard]] bool read(std::string_view line, const ReadOptions& options, Event& event);

 private:
  [[nodiscard]] bool read_as(std::size_t form, std::string_view line, const ReadOptions& options, Event& event) const;
  [[nodiscard]] bool read_any(std::string_view line, const ReadOptions& options, Event& event);

  std::size_t last_ = 0;
  bool behind_syslog_ = false;
};

/// HAProxy's `option httplog`, without a syslog header: configuration manual, 8.2.3.
[[nodiscard]] bool read_haproxy(std::string_view line, const ReadOptions& options, Event& event);

/// The W3C extended log file format (https://www.w3.org/TR/WD-logfile), as IIS writes it: names of fields come in a directive.
class W3cLines {
 public:
  [[nodiscard]] static bool is_directive(std::string_view line);
  void take_directive(std::string_view line);
  /// Whether a directive has named the fields.
  [[nodiscard]] bool ready() const { return !names_.empty(); }
  /// False where the line has more or fewer values than fields; those it has are there all the same.
  [[nodiscard]] bool read(std::string_view line, Event& event) const;

 private:
  std::vector<std::string> names_;
  std::string_view service_;
};

}  // namespace kulla::event
