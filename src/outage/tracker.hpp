// From observations to belief: what all vantages together hold of each target, and the interval in which it changed. Pure.
#pragma once
#include <map>
#include <vector>

#include "outage/observation.hpp"
#include "outage/outage.hpp"
#include "outage/target.hpp"

namespace kulla::outage {

/// A change of what is held of a target.
struct Turn {
  ServiceId target;
  Condition from = Condition::no_data, to = Condition::no_data;
  Timestamp known;                      ///< the observation's or the tick's time at which it became known
  Interval when;                        ///< in which it happened
  std::optional<Interval> joint;        ///< where several of a group turned together
  int belief = 0;                       ///< that it is up, in thousandths
  std::vector<VantageId> agreeing, dissenting;
};

}  // namespace kulla::outage
