// From observations to outages with their causes: the tracker's turns, and the evidence around each. Pure; read this first.
#pragma once
#include <memory>
#include <vector>

#include "outage/observation.hpp"
#include "outage/outage.hpp"
#include "outage/target.hpp"

namespace kulla::outage {

class Analysis {
 public:
  explicit Analysis(std::vector<Target> targets);
  ~Analysis();
  Analysis(Analysis&&) noexcept;
  Analysis& operator=(Analysis&&) noexcept;

  /// In the order of `sent` as far as the vantages' lines allow; a late one is taken as long as it can still matter.
  void take(const Observation& observation);
  /// Time went on without observations: what is silent too long is "no data".
  void pass(Timestamp now);
  /// All outages so far, in the order of their onset; those that last have no end, and causes may still change.
  [[nodiscard]] std::vector<Outage> outages() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kulla::outage
