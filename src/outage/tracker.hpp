// From observations to belief: what all vantages together hold of each target, and the interval in which it changed. Pure: time comes
// in observations and in `pass`. The method, its rule of agreement and its parameters: docs/outage-method.md.
//
//   Tracker tracker{targets};
//   for (const auto& observation : …) { tracker.take(observation); for (const auto& turn : tracker.turns()) … }
//   tracker.pass(now); …tracker.turns()…
#pragma once
#include <chrono>
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "outage/observation.hpp"
#include "outage/outage.hpp"
#include "outage/target.hpp"

namespace kulla::outage {

/// A change of what is held of a target, or a correction of the interval of one that was said before.
struct Turn {
  ServiceId target;
  Condition from = Condition::no_data, to = Condition::no_data;  ///< equal only in a correction
  Timestamp known{};                    ///< the observation's or the tick's time at which it became known
  Interval when{};                      ///< in which it happened; earliest is the epoch where it was never seen otherwise
  std::optional<Interval> joint{};      ///< where several of a group turned together
  int belief = 0;                       ///< that it is up, in thousandths
  std::vector<VantageId> agreeing{}, dissenting{};
  /// `when`, `joint`, `agreeing` and `dissenting` replace those of this target's latest turn to `to` (down: the onset, also of an outage
  /// that is over; up: the end). Late observations, a vantage that turns out to lie, and other members of a group bring one.
  bool correction = false;
  Layer layer = Layer::none;            ///< down: where most failing probes of the run failed
  friend bool operator==(const Turn&, const Turn&) = default;
};

/// Fitted on simulated outages (docs/outage-method.md says which); times are in the vantages' clocks.
struct Parameters {
  std::chrono::milliseconds window{1000};          ///< observations that ended within it of each other may arrive in any order
  std::chrono::minutes late_patience{15};          ///< how long after it an outage's interval can still be corrected
  std::chrono::seconds clock_tolerance{60};        ///< a clock that is further ahead or behind is off
  double loss = 0.02;                              ///< P(silence | up), before a vantage and target have taught a larger one
  double most_loss = 0.3;
  double failure_when_up = 0.001;                  ///< P(an answer that is a failure | up)
  double good_when_down = 0.001;                   ///< P(good | down)
  double down_below = 0.1, up_above = 0.9;         ///< belief, as Trinocular has it
  double certain_up = 0.999'999, certain_down = 0.01;  ///< belief goes no further
  double believable_loss = 0.005;                  ///< above it, one silence alone is no edge of an interval
  double slow = 5;                                 ///< answers so many times slower than usual for long are "degraded"
};

/// One vantage's view of one target.
struct View {
  VantageId vantage;
  int belief = 500;                     ///< its own, in thousandths
  std::optional<Layer> failing;         ///< of its newest probe, where that failed
  Timestamp last_good{}, last_bad{};    ///< sent; the epoch where there is none
  std::chrono::microseconds usual{};    ///< by when it answers, usually
  double loss = 0;                      ///< share of probes that were lost while it was up
  bool counts = true;                   ///< false: no fresh data, or the vantage is at fault, lies, or its clock is off
};

struct TargetState {
  ServiceId target;
  Condition condition = Condition::no_data;
  int belief = 500;                     ///< in thousandths
  Interval since{};                     ///< `when` of the latest turn
  std::vector<View> views{};            ///< of every vantage that has spoken of it
};

BOOST_DEFINE_ENUM_CLASS(VantageHealth, healthy,
                        fault,      // it alone, or all it sees at once, fails: its observations count neither as down nor up
                        dissenting, // holds down (or up) what the others hold up (or down), again and again
                        clock_off)  // its times cannot be true

struct Counts {
  std::uint64_t taken = 0, replayed = 0, late = 0, future = 0, unknown = 0, dropped = 0, missing = 0;
};
struct VantageState {
  VantageId vantage;
  VantageHealth health = VantageHealth::healthy;
  Counts counts;
  int contradicted_down = 0, contradicted_up = 0;  ///< targets that it held down, or up, against the agreement of the others
};

class Tracker {
 public:
  explicit Tracker(std::vector<Target> targets, Parameters parameters = {});
  ~Tracker();
  Tracker(Tracker&&) noexcept;
  Tracker& operator=(Tracker&&) noexcept;

  /// Takes one observation in; what follows from it becomes known once `window` has passed (by `pass` or by other observations).
  /// Replayed, unknown and future ones are counted and change nothing; a late one only corrects an interval.
  void take(const Observation& observation);
  /// The wall clock: what ended before now - window is concluded, and what is silent for three of its periods is "no data".
  void pass(Timestamp now);
  /// The end of a recording: concludes all that was taken, without waiting for the window.
  void finish();

  /// Since the last call, in the order in which they became known.
  [[nodiscard]] std::vector<Turn> turns();
  /// Targets that a vantage saw fail, first and before it is believed: the others should measure them now. Since the last call.
  [[nodiscard]] std::vector<ServiceId> suspects();

  [[nodiscard]] std::vector<TargetState> states() const;
  [[nodiscard]] std::optional<TargetState> state(const ServiceId& target) const;
  [[nodiscard]] std::vector<VantageState> vantages() const;
  [[nodiscard]] std::vector<VantageId> liars() const;  ///< those that are `dissenting`
  [[nodiscard]] Counts counts() const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace kulla::outage
