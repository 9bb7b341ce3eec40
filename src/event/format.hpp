// The formats of recordings: recognised by what they hold, not by how they are named.
#pragma once
#include <cstddef>
#include <optional>
#include <string_view>

namespace kulla::event {

enum class Format { evtx, ndjson, json, syslog, journald, auditd, web_access, csv, gate_log };
inline constexpr std::size_t head_limit = std::size_t{64} << 10;  ///< what recognise() wants to see, unless the input is shorter

[[nodiscard]] std::string_view name(Format format);
[[nodiscard]] std::optional<Format> format_from(std::string_view name);

/// What an input is, from its beginning (of an unpacked and transcoded stream); bytes over head_limit are not looked at. `file_name`
/// decides only where the content allows more than one answer. A line format is recognised where at least half of the first lines are
/// of it; empty lines and comments (#) do not count.
[[nodiscard]] std::optional<Format> recognise(std::string_view head, std::string_view file_name);

/// Where an input may be cut so that its pieces can be read apart, by readers of their own.
enum class Cut { lines, chunks, none };
[[nodiscard]] Cut way_to_cut(Format format, std::string_view head);

}  // namespace kulla::event
