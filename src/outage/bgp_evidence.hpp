// What BGP said of the addresses at which a store's targets were asked: from files that are named, and from what was heard live.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "outage/bgp_routes.hpp"
#include "outage/store.hpp"

namespace kulla::outage {

/// Reads the observations once to know the addresses. None where there is neither a file nor a log (bgp_listener.hpp) in the store. A file
/// that is damaged gives what can be read of it, and that is said; Code::io for one that is not there.
[[nodiscard]] Result<std::shared_ptr<const Routes>> read_routes(const ReadOptions& reading, std::vector<std::filesystem::path> files,
                                                                const std::function<void(const std::string&)>& say);

}  // namespace kulla::outage
