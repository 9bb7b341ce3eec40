// Sigma's service of a line that a Linux program logged (taxonomy, "Linux Folder").
#pragma once
#include <string_view>

namespace kulla::event {

/// `facility` by its name (RFC 5424, 6.2.1), empty where unknown. A program with a service of its own has that; else the programs that
/// write to auth.log, and whatever else has the facility auth or authpriv, are "auth"; all else is "syslog".
[[nodiscard]] std::string_view linux_service(std::string_view program, std::string_view facility);

}  // namespace kulla::event
