// When a vantage asks what. Pure: time is passed in, and what comes back is which target to ask now.
//
// Time is counted by a clock that only goes forward: whoever sets the wall clock neither stops nor hurries it. But the phases lie on the
// wall clock: all vantages of one daemon keep the same, each a slot of its own: five of them at `every` 30 s ask a
// target one after the other, every 6 s, and the members of a group lie evenly between: ten of them, one probe each 0.6 s.
#pragma once
#include <algorithm>
#include <chrono>
#include <cstdint>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla::outage {

struct ScheduleSettings {
  struct Asked {
    ServiceId target;
    std::string group;                        ///< empty: alone, at a phase that its name gives
    std::chrono::milliseconds every{1000};    ///< the longest time between two probes of this vantage; at least 10 ms
  };
  int slot = 0, of = 1;                       ///< this vantage is the slot-th (from 0) of so many that ask the same targets
  std::vector<Asked> targets;
  std::uint64_t seed = 0;                     ///< of the jitter
};

class Schedule {
 public:
  using Time = std::chrono::time_point<std::chrono::steady_clock, std::chrono::microseconds>;
  /// When a first failure, or the first good answer after failures, is asked about again, counted from when it was known.
  static constexpr std::chrono::milliseconds burst[] = {std::chrono::milliseconds{100}, std::chrono::milliseconds{200},
                                                        std::chrono::milliseconds{400}, std::chrono::milliseconds{800}};
  static constexpr std::size_t confirming = 2;             ///< of these, after a first good answer
  static constexpr std::chrono::milliseconds burst_again{2000};  ///< asked from outside, a target has no more bursts than one in this time
  /// While a target is down all vantages together ask this often: below 2 s even where one of them is silent.
  static constexpr std::chrono::milliseconds down_pace{900};
  static constexpr std::chrono::minutes down_patience{10};  ///< then the pace is halved, again when twice as long has passed, and so on
  static constexpr std::chrono::seconds slowest_down{60};  ///< down to this, or to `every` where that is shorter
  static constexpr std::chrono::seconds lateness{5};
  static constexpr std::int64_t jitter_share = 100;  ///< jitter is at most this part of every / of, and never lengthens `every`

  /// Targets are known by their place in `settings.targets`. Each is first asked at its next phase after `start`, when it is `wall`.
  Schedule(ScheduleSettings settings, Time start, Timestamp wall);
  /// What the wall clock says now; it may be set at any time. What was planned stays, what is planned from now on goes by it.
  void set_wall(Timestamp wall, Time now) { ahead_ = wall.time_since_epoch() - now.time_since_epoch(); }

  /// When the next target is due.
  [[nodiscard]] std::optional<Time> next_due() const;
  /// A target that is due at `now`, which counts as asked; none when nothing (more) is due. What is overdue by more than `lateness`
  /// (a machine that stood still) is not asked in one heap, but at its next phase.
  [[nodiscard]] std::optional<std::size_t> take(Time now);
  /// A probe of it ended. Answers that come out of order are known by `sent`.
  void answered(std::size_t target, Time sent, bool good, Time now);
  /// Somebody else saw it fail: a burst from here too. Bounded, whoever asks.
  void measure(std::size_t target, Time now);

  [[nodiscard]] bool is_down(std::size_t target) const { return states_[target].down_since.has_value(); }
  /// How often it is asked now, bursts apart.
  [[nodiscard]] std::chrono::microseconds period(std::size_t target) const { return states_[target].period; }

 private:
  using Micros = std::chrono::microseconds;
  struct State {
    Micros every{};  ///< the regular period, the jitter taken off, so that no gap is longer than what was asked for
    Micros jitter{};  ///< at most
    double phase = 0;  ///< within a period, 0 to 1
    Micros period{};  ///< the present one
    Time regular;  ///< the next one, bursts apart
    std::vector<Time> bursts{};  ///< still to come, the soonest last
    Time asked{}, heard{};  ///< last asked; `sent` of the newest answer
    std::optional<Time> down_since{}, burst_at{};
    [[nodiscard]] Time due() const { return bursts.empty() ? regular : std::min(regular, bursts.back()); }
  };
  void place(const std::vector<ScheduleSettings::Asked>& targets);
  [[nodiscard]] Time next_phase(const State& state, Time after);
  [[nodiscard]] Micros wanted_period(const State& state, Time now) const;
  void set_period(State& state, Time now);
  void start_burst(State& state, std::size_t count, Time from) const;
  template <typename Change>
  void change(std::size_t target, Change change);

  int slot_, of_;
  std::vector<State> states_;
  std::set<std::pair<Time, std::size_t>> due_;
  std::mt19937_64 random_;
  Micros ahead_{};  ///< of the wall clock
};

}  // namespace kulla::outage
