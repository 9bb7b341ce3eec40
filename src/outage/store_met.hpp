// Targets as their observations tell of them, where what was asked is lost.
#pragma once
#include <vector>

#include "outage/store.hpp"
#include "outage/store_lane.hpp"

namespace kulla::outage::store {

/// Of each target that `lane` has observations of: its name, and as `every` the usual time between two of them (30 s where there is
/// but one). Reads all that `options` asks for; what is damaged is passed over, since who reads the observations tells it.
[[nodiscard]] std::vector<Target> targets_met(const Lane& lane, const ReadOptions& options);

}  // namespace kulla::outage::store
