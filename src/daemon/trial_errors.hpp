// Errors that one vantage measures of a service that shows it pages and errors in turn, as a trial does: the share of clients that is let
// in includes it or does not, so the vantages together say nothing of it. Pure.
#pragma once
#include <map>
#include <optional>
#include <utility>

#include "model/evidence.hpp"
#include "outage/observation.hpp"

namespace kulla::daemon {

class TrialErrors {
 public:
  /// After each so many failures in a row that are no closure notice: what this vantage holds, again where they go on. One loss is no error of the service.
  static constexpr int in_a_row = 3;
  [[nodiscard]] std::optional<Belief> take(const outage::Observation& observation);

 private:
  struct Run {
    int failures = 0;
    Timestamp last_good{}, first_bad{};
  };
  std::map<std::pair<VantageId, ServiceId>, Run> runs_;
};

}  // namespace kulla::daemon
