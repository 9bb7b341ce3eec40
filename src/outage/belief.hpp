// From observations to belief: for each target what a vantage holds, and the interval in which it changed.
// Thin for now: one vantage, last good and first bad. Pure.
//
// The interval of the onset is [last_good, first_bad]:
//   last_good   when the last good probe was sent: the service still answered something that left the vantage then. The epoch (1970)
//               where this vantage has never seen it good.
//   first_bad   when the first failing probe had failed: sent plus what it took; where it only ran out of time, sent plus this target's
//               usual time to answer, as it would have answered by then.
// The end of an outage, first_good: when the first good answer was there, sent plus what it took.
#pragma once
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>

#include "model/evidence.hpp"
#include "outage/observation.hpp"

namespace kulla::outage {

class Beliefs {
 public:
  /// Takes one observation in. A changed belief (up or down, or whether the answer is our notice) is returned; a replayed or reordered
  /// observation is dropped and counted. Down at the first failed probe after a good one; up at the first good one.
  [[nodiscard]] std::optional<Belief> take(const Observation& observation);
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  /// Numbers that never came: lost between a vantage and us.
  [[nodiscard]] std::uint64_t missing() const { return missing_; }

 private:
  struct Held {
    Belief belief;
    Timestamp last_good;
    std::chrono::microseconds usual{};  ///< smoothed time to a good answer
  };
  [[nodiscard]] bool in_order(const Observation& observation);

  std::map<std::pair<VantageId, ServiceId>, Held> held_;
  std::map<VantageId, std::uint64_t> newest_;
  std::uint64_t dropped_ = 0, missing_ = 0;
};

}  // namespace kulla::outage
