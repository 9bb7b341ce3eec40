// What a vantage that starts again still knows: the pages that it learned before.
#pragma once
#include <filesystem>
#include <map>
#include <string>
#include <vector>

#include "outage/observation.hpp"
#include "outage/target.hpp"

namespace kulla::outage {

/// Fingerprints of the pages of those `targets` whose fingerprint is "learn", as `vantage` learned them in the 7 days before `now`, by
/// its observations in the store at `folder`. A page that failed as another is never learned. Reads until all are known, and 5,000,000
/// observations at most. An empty map where there is no store.
[[nodiscard]] std::map<ServiceId, std::string> known_pages(const std::filesystem::path& folder, const VantageId& vantage,
                                                           const std::vector<Target>& targets, Timestamp now);

}  // namespace kulla::outage
