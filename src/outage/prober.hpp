// A vantage: asks every target over HTTP from its own address, at its own pace, and hands each observation on. Asynchronous, one thread.
#pragma once
#include <atomic>
#include <chrono>
#include <functional>
#include <string>
#include <vector>

#include "outage/observation.hpp"
#include "outage/target.hpp"

namespace kulla::outage {

struct ProbeSettings {
  VantageId vantage;
  std::string bind;                         ///< source address; empty: the system's choice
  std::chrono::milliseconds timeout{2000};
  std::uint64_t first_number = 0;  ///< of the first observation; 0: the wall clock in microseconds, so that a restart never repeats one
  std::vector<Target> targets;
};
/// Probes until `stop`, on the calling thread; targets are staggered over their period, with little jitter. Good is an answer below 500 that is no closure notice.
/// A connection a probe; at most 64 KiB of a body are read. Code::bad_argument for a URL or an address that cannot be used.
[[nodiscard]] Result<> probe(const ProbeSettings& settings, const Clock& clock, const std::atomic<bool>& stop,
                             const std::function<void(const Observation&)>& on_observation);

}  // namespace kulla::outage
