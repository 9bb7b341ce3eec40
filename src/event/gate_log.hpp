// Reads the gate's own log lines (model/gate_log.hpp) as events with the field names that Sigma's web server rules use:
// cs-method cs-host cs-uri (raw) cs-uri-stem cs-uri-query (of the raw URI) sc-status sc-bytes c-ip cs-user-agent cs-referer
// cs-content-type, and ours: kulla-service kulla-verdict kulla-path (normalised) kulla-termination, and kulla-uri: the raw URI with
// its percent encoding undone (event/uri.hpp), as most attacks are written in several encodings and mean one thing.
// A field whose value is absent ("-", or empty for a header) is not there: Sigma's null.
#pragma once
#include <string_view>

#include "base/result.hpp"
#include "event/event.hpp"
#include "model/gate_log.hpp"

namespace kulla::event {

/// `line` without its newline and without a syslog header. Clears and fills `event`. Code::bad_event names what is wrong; the
/// event then holds the fields before the fault, so that a cut line can still be reported with its source.
[[nodiscard]] Result<> read_gate_line(std::string_view line, Timestamp seen, Event& event);

}  // namespace kulla::event
