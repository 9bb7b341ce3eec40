// Targets, vantages and what lies between them, in virtual time and from a seed: the real Schedule asks, what is answered is drawn, and
// the Tracker is told as a daemon would be. What truly happened is known.
#pragma once
#include <fmt/format.h>

#include <functional>
#include <map>
#include <queue>
#include <random>

#include "outage/schedule.hpp"
#include "outage/tracker.hpp"

namespace kulla::outage::simulation {
using Micros = std::chrono::microseconds;
inline constexpr Timestamp dawn{std::chrono::hours{24 * 365 * 52}};

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  double unit() { return static_cast<double>(engine_() >> 11) * 0x1p-53; }
  bool chance(double p) { return p > 0 && unit() < p; }
  Micros between(Micros low, Micros high) {
    return low + Micros{static_cast<std::int64_t>(unit() * static_cast<double>((high - low).count()))};
  }
  std::uint64_t number() { return engine_(); }

 private:
  std::mt19937_64 engine_;
};

/// How a vantage treats what it sees.
enum class Honesty { honest, says_down, says_up, inverts, invents, lost_uplink };
struct VantageWorld {
  Honesty honesty = Honesty::honest;
  double loss = 0;
  Micros clock{};  ///< ahead of the truth by
  Micros near{10'000}, far{60'000};  ///< round trips to its targets are drawn from it
  Timestamp uplink_fails = Timestamp::max(), uplink_back = Timestamp::max();
};
struct Cut {
  Timestamp from, to;
  Layer layer = Layer::connect_timeout;
};
struct World {
  std::vector<Target> targets{};
  std::vector<VantageWorld> vantages{};
  std::map<std::size_t, std::vector<Cut>> cuts{};  ///< by target
  std::uint64_t seed = 1;
  Micros timeout{2'000'000};
  bool told_to_measure = true;  ///< the daemon tells the others of a first failure
};

class Simulator {
 public:
  using OnObservation = std::function<void(const Observation&, Timestamp arrived)>;
  explicit Simulator(World world, Timestamp start = dawn) : world_(std::move(world)), random_(world_.seed), now_(start), second_(start) {
    for (std::size_t v = 0; v < world_.vantages.size(); ++v) {
      ScheduleSettings settings{
          .slot = static_cast<int>(v), .of = static_cast<int>(world_.vantages.size()), .targets = {}, .seed = random_.number()};
      for (const auto& target : world_.targets) settings.targets.push_back({target.name, target.group, target.every});
      schedules_.emplace_back(std::move(settings), steady(start), start);
      names_.emplace_back(fmt::format("v{:02}", v));
      numbers_.push_back(0);
      trips_.emplace_back();
      for (std::size_t t = 0; t < world_.targets.size(); ++t)
        trips_.back().push_back(random_.between(world_.vantages[v].near, world_.vantages[v].far));
    }
  }
  [[nodiscard]] Timestamp now() const { return now_; }
  [[nodiscard]] const VantageId& name(std::size_t vantage) const { return names_[vantage]; }
  [[nodiscard]] std::uint64_t probes() const { return probes_; }
  [[nodiscard]] World& world() { return world_; }

  /// Until then; every observation as it arrives, and the tracker's clock each second.
  void run(Timestamp until, Tracker& tracker, const std::function<void(const Turn&)>& on_turn) {
    run(
        until,
        [&](const Observation& observation, Timestamp) {
          tracker.take(observation);
          if (world_.told_to_measure)
            for (const auto& target : tracker.suspects()) tell_to_measure(target);
          hand_on(tracker, on_turn);
        },
        [&](Timestamp second) {
          tracker.pass(second);
          hand_on(tracker, on_turn);
        });
  }
  void run(Timestamp until, const OnObservation& on_observation, const std::function<void(Timestamp)>& on_second = {}) {
    while (step(until, on_observation, on_second)) {}
    now_ = until;
  }

 private:
  enum class Kind : std::uint8_t { ended, arrived, measure };
  struct Event {
    Timestamp at;
    std::uint64_t order;
    Kind kind;
    std::size_t vantage, target;
    Observation observation;
    Timestamp sent;
    bool operator>(const Event& other) const { return std::pair{at, order} > std::pair{other.at, other.order}; }
  };
  /// The truth's own clock is never set.
  static Schedule::Time steady(Timestamp time) { return Schedule::Time{time.time_since_epoch()}; }
  static void hand_on(Tracker& tracker, const std::function<void(const Turn&)>& on_turn) {
    for (const auto& turn : tracker.turns()) on_turn(turn);
  }
  void push(Event event) {
    event.order = ++order_;
    events_.push(std::move(event));
  }
  void tell_to_measure(const ServiceId& target) {
    if (places_.empty())
      for (std::size_t t = 0; t < world_.targets.size(); ++t) places_.emplace(world_.targets[t].name, t);
    for (std::size_t v = 0; v < schedules_.size(); ++v)
      push({now_ + random_.between(Micros{5'000}, Micros{60'000}), 0, Kind::measure, v, places_.at(target), {}, {}});
  }

  bool step(Timestamp until, const OnObservation& on_observation, const std::function<void(Timestamp)>& on_second) {
    auto next = until;
    std::size_t asking = schedules_.size();
    for (std::size_t v = 0; v < schedules_.size(); ++v)
      if (const auto due = schedules_[v].next_due(); due && *due < steady(next)) next = Timestamp{due->time_since_epoch()}, asking = v;
    const bool event = !events_.empty() && events_.top().at <= next;
    if (event) next = events_.top().at;
    if (next >= until) return false;
    for (; on_second && second_ <= next; second_ += Micros{1'000'000})
      if (second_ >= now_) on_second(second_);
    now_ = std::max(now_, next);
    if (second_ < now_ - Micros{2'000'000}) second_ = std::chrono::floor<std::chrono::seconds>(now_);
    if (event) {
      auto what = events_.top();
      events_.pop();
      happen(what, on_observation);
    } else {
      for (auto target = schedules_[asking].take(steady(now_)); target; target = schedules_[asking].take(steady(now_)))
        ask(asking, *target);
    }
    return true;
  }

  void happen(Event& event, const OnObservation& on_observation) {
    auto& schedule = schedules_[event.vantage];
    if (event.kind == Kind::measure) return schedule.measure(event.target, steady(now_));
    if (event.kind == Kind::arrived) return on_observation(event.observation, now_);
    schedule.answered(event.target, steady(event.sent), event.observation.failed == Layer::none, steady(now_));
    event.observation.number = ++numbers_[event.vantage];
    event.kind = Kind::arrived;
    event.at = now_ + random_.between(Micros{2'000}, Micros{150'000});
    push(std::move(event));
  }

  void ask(std::size_t v, std::size_t t) {
    ++probes_;
    const auto& vantage = world_.vantages[v];
    const auto trip = trips_[v][t];
    const auto jitter = [&] {
      return Micros{static_cast<std::int64_t>(static_cast<double>(trip.count()) / 2 * (0.9 + 0.3 * random_.unit() * random_.unit()))};
    };
    const auto out = jitter(), back = jitter();
    const bool uplink = now_ < vantage.uplink_fails || now_ >= vantage.uplink_back;
    auto failed = Layer::none;
    if (const auto cuts = world_.cuts.find(t); cuts != world_.cuts.end())
      for (const auto& cut : cuts->second)
        if (now_ + out >= cut.from && now_ + out < cut.to) failed = cut.layer;
    if (!uplink || random_.chance(vantage.loss)) failed = Layer::connect_timeout;
    failed = told(vantage.honesty, failed);
    const auto took = is_timeout(failed) ? world_.timeout + random_.between(Micros{0}, Micros{2'000}) : out + back;
    Observation observation{names_[v],    0,      world_.targets[t].name,         now_ + vantage.clock,
                            took.count(), failed, failed == Layer::none ? 200 : 0};
    push({now_ + took, 0, Kind::ended, v, t, std::move(observation), now_});
  }
  Layer told(Honesty honesty, Layer saw) {
    switch (honesty) {
      case Honesty::honest: return saw;
      case Honesty::says_down: return Layer::status;
      case Honesty::says_up: return Layer::none;
      case Honesty::inverts: return saw == Layer::none ? Layer::connect_refused : Layer::none;
      case Honesty::invents: return random_.chance(0.5) ? Layer::status : Layer::none;
      case Honesty::lost_uplink: return Layer::connect_timeout;
    }
    return saw;
  }

  World world_;
  Random random_;
  Timestamp now_, second_;
  std::vector<Schedule> schedules_;
  std::vector<VantageId> names_;
  std::vector<std::uint64_t> numbers_;
  std::vector<std::vector<Micros>> trips_;
  std::map<ServiceId, std::size_t> places_;
  std::priority_queue<Event, std::vector<Event>, std::greater<>> events_;
  std::uint64_t order_ = 0, probes_ = 0;
};

}  // namespace kulla::outage::simulation
