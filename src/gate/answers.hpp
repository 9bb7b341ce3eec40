// What HAProxy answers on its command sockets, as values. Pure; any bytes are taken.
#pragma once
#include <sys/types.h>

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kulla::gate {

/// Cuts the first whole answer off `unread`: what stands before a prompt ("> ", "master> ", "master[ReloadFailed]> ") at the beginning of
/// a line, without blank lines at its end. Nothing while no prompt has come.
[[nodiscard]] std::optional<std::string> take_answer(std::string& unread);

struct Worker {
  pid_t pid = 0;
  bool old = false;  ///< left over from before a reload, ending its streams
  friend bool operator==(const Worker&, const Worker&) = default;
};
/// `show proc` of the master. gate_refused where the text is something else.
[[nodiscard]] Result<std::vector<Worker>> parse_workers(std::string_view text);
/// `show proc` of the master: how many reloads have failed since the last that went well; 0 where it does not say.
[[nodiscard]] int parse_failed_reloads(std::string_view text);
/// `show info` of a worker: its process id.
[[nodiscard]] Result<pid_t> parse_pid(std::string_view text);

struct MapLine {
  std::string_view key, value;
  friend bool operator==(const MapLine&, const MapLine&) = default;
};
/// `show map FILE`: "0xREF KEY VALUE" lines. Lines of another shape make it gate_refused.
[[nodiscard]] Result<std::vector<MapLine>> parse_map(std::string_view text);
/// `get map FILE KEY`: the value found, or none.
[[nodiscard]] Result<std::optional<std::string>> parse_found(std::string_view text);
/// `show sess`: the identities of the streams that are on `backend`.
[[nodiscard]] std::vector<std::string> parse_streams(std::string_view text, std::string_view backend);
/// `show servers conn BACKEND`: connections in use now.
[[nodiscard]] int parse_used_connections(std::string_view text);

}  // namespace kulla::gate
