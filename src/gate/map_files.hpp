// The maps as files, which a start or a reload of HAProxy reads.
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "gate/state_map.hpp"

namespace kulla::gate {

/// Towards closed: overwrites the service's value in place and syncs, which needs no free block. Where that cannot be done the file is
/// removed, so that no start reads the old state. An error says what could not be done, and whether the file is gone.
[[nodiscard]] Result<> overwrite_state(const std::filesystem::path& file, const ServiceId& service, const GateEntry& entry);
/// Towards open: a new file, synced and renamed; the old one stands until then. map_bad where the present one is not good.
/// Returns what the service's entry was.
[[nodiscard]] Result<GateEntry> replace_state(const std::filesystem::path& file, const ServiceId& service, const GateEntry& entry);

/// Addresses in a source map, in their order; lines of another shape are left out.
[[nodiscard]] std::vector<std::string> parse_source_map(std::string_view text);
/// Appends a line and syncs; nothing where the address stands there already.
[[nodiscard]] Result<> add_source(const std::filesystem::path& file, const std::string& address);
[[nodiscard]] Result<> remove_source(const std::filesystem::path& file, const std::string& address);

}  // namespace kulla::gate
