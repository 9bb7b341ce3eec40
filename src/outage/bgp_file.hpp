// Routing data from files, as their publishers store them: MRT plain, .gz or .bz2; lines of JSON likewise.
#pragma once
#include <filesystem>

#include "base/result.hpp"
#include "outage/bgp_route.hpp"

namespace kulla::outage {

/// An MRT dump, or RIS-style lines where the file's name holds ".json" or ".ndjson". Streams: memory is bounded, whatever the size.
/// Code::io, Code::damaged_input (what could be read was given).
[[nodiscard]] Result<RouteCounts> read_route_file(const std::filesystem::path& file, const OnRoute& on_route);

}  // namespace kulla::outage
