#include "daemon/trial_errors.hpp"

#include <boost/describe/enum_to_string.hpp>

namespace kulla::daemon {

std::optional<Belief> TrialErrors::take(const outage::Observation& observation) {
  auto& run = runs_[{observation.vantage, observation.target}];
  const auto ended = observation.sent + std::chrono::microseconds{observation.took_us};
  if (observation.failed == outage::Layer::none || observation.notice != NoticeSeen::none) {
    run = {0, observation.sent, {}};
    return std::nullopt;
  }
  if (run.failures++ == 0) run.first_bad = ended;
  if (run.failures % in_a_row != 0) return std::nullopt;
  Belief belief;
  belief.service = observation.target;
  belief.vantage = observation.vantage;
  belief.seen = Seen::down;
  belief.last_good = run.last_good;
  belief.first_bad = run.first_bad;
  belief.layer = boost::describe::enum_to_string(observation.failed, "");
  return belief;
}
}  // namespace kulla::daemon
