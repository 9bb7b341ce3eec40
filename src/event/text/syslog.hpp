// One line of syslog taken apart.
#pragma once
#include <optional>
#include <string_view>

#include "event/event.hpp"
#include "event/text/read_options.hpp"

namespace kulla::event {

/// Views into the line; empty where absent.
struct SyslogLine {
  int pri = -1;
  std::optional<Timestamp> time;
  bool rfc5424 = false;
  std::string_view hostname, appname, procid, msgid;
  std::string_view structured;  ///< the elements as they stand: [id name="value"]…
  std::string_view message;
};
/// Nothing where it begins neither with <PRI> nor with a time.
[[nodiscard]] std::optional<SyslogLine> parse_syslog(std::string_view line, const ReadOptions& options);

/// RFC 5424, 6.2.1; `pri` is 0 to 191.
[[nodiscard]] std::string_view facility_name(int pri);
[[nodiscard]] std::string_view severity_name(int pri);

/// Adds each parameter of SyslogLine::structured as a field `id.name`; false where they are not well formed.
bool add_structured(std::string_view structured, Event& event);

}  // namespace kulla::event
