// The newest observation of each target and vantage as Prometheus metrics, in the names of blackbox_exporter, so that its dashboards and
// alerts work: docs/outage.md has the table.
#pragma once
#include <cstdint>
#include <map>
#include <string>
#include <utility>

#include "outage/observation.hpp"

namespace kulla::outage {

class Metrics {
 public:
  static constexpr std::size_t most = 200'000;  ///< targets times vantages; more are counted, not shown
  void take(const Observation& observation);
  /// The text format 0.0.4. Labels: `target`, `vantage`.
  [[nodiscard]] std::string text() const;

 private:
  std::map<std::pair<ServiceId, VantageId>, Observation> newest_;
  std::uint64_t taken_ = 0, left_out_ = 0;
};

}  // namespace kulla::outage
