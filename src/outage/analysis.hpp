// From observations to outages with their causes: the tracker's turns, and the evidence around each. Pure; read this first.
//   evidence.hpp   what is kept of an outage      cause.hpp       the cause that follows from it
//   agreement.hpp  against a ledger's orders      bgp_routes.hpp  what BGP says of an address
#pragma once
#include <memory>
#include <vector>

#include "outage/agreement.hpp"
#include "outage/bgp_routes.hpp"
#include "outage/evidence.hpp"
#include "outage/observation.hpp"
#include "outage/outage.hpp"
#include "outage/target.hpp"
#include "outage/tracker.hpp"

namespace kulla::outage {

struct AnalysisOptions {
  Parameters tracker{};
  std::vector<VantageId> vantages{};      ///< that are to report; empty: those that do
  std::vector<ClosureOrder> orders{};     ///< of a ledger
  bool ledger = false;                    ///< one was given, also if it orders nothing: agreement is said of each outage
  std::shared_ptr<const Routes> routes{};
};

class Analysis {
 public:
  explicit Analysis(std::vector<Target> targets, AnalysisOptions options = {});
  ~Analysis();
  Analysis(Analysis&&) noexcept;
  Analysis& operator=(Analysis&&) noexcept;

  /// In the order of `sent` as far as the vantages' lines allow; a late one is taken as long as it can still matter.
  void take(const Observation& observation);
  /// Time went on without observations: what is silent too long is "no data".
  void pass(Timestamp now);
  /// The end of a recording: concludes what was taken.
  void finish();
  /// Orders as they are known now; a daemon that follows its ledger gives them again when one is added.
  void set_orders(std::vector<ClosureOrder> orders);
  /// All outages so far, in the order of their onset; those that last have no end, and causes may still change.
  /// The oldest go when there are too many, which is counted.
  [[nodiscard]] std::vector<Outage> outages() const;
  [[nodiscard]] std::uint64_t forgotten() const;
  [[nodiscard]] const Tracker& tracker() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kulla::outage
