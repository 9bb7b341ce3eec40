// What vantage and daemon say to each other besides observations: one line of JSON each; docs/observation-format.md. Pure.
#pragma once
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla::outage {

constexpr std::size_t wire_line_limit = 4096;  ///< bytes of a line, both ways; an observation is some 500

/// Once a second, and first of all: the daemon lives, and up to `taken` it holds this vantage's observations on its disk.
struct DaemonBeat {
  Timestamp now;
  std::uint64_t taken = 0;    ///< 0: none yet
  std::uint64_t refused = 0;  ///< lines of this connection that were no observations of this vantage; left out where 0
};
[[nodiscard]] std::string to_line(const DaemonBeat& beat);
/// Another vantage has just seen it fail: look at once.
[[nodiscard]] std::string measure_line(const ServiceId& target);

struct FromDaemon {
  std::optional<DaemonBeat> beat{};
  std::optional<ServiceId> measure{};
};
/// A line of a later version that says something else is read as nothing; one that is no JSON object is Code::bad_json.
[[nodiscard]] Result<FromDaemon> read_daemon_line(std::string_view line);

/// Before the lines of a stretch: its numbers begin here, and what lies between this and the one before was never given.
[[nodiscard]] std::string begins_line(std::uint64_t number);
[[nodiscard]] std::optional<std::uint64_t> read_begins_line(std::string_view line);

}  // namespace kulla::outage
