#include "outage/schedule.hpp"

#include <cmath>
#include <map>

namespace kulla::outage {
namespace {
using Micros = std::chrono::microseconds;

/// The same on every vantage, whatever it was built with: FNV-1a, its bits mixed as in SplitMix64, as a part of 1.
double place_of(std::string_view name) {
  std::uint64_t hash = 0xcbf29ce484222325;
  for (const char c : name) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  hash = (hash ^ (hash >> 30)) * 0xbf58476d1ce4e5b9;
  hash = (hash ^ (hash >> 27)) * 0x94d049bb133111eb;
  return static_cast<double>((hash ^ (hash >> 31)) >> 11) * 0x1p-53;
}
}  // namespace

Schedule::Schedule(ScheduleSettings settings, Time start, Timestamp wall)
    : slot_(settings.slot), of_(std::max(1, settings.of)), random_(settings.seed) {
  set_wall(wall, start);
  place(settings.targets);
  for (std::size_t i = 0; i < states_.size(); ++i) {
    states_[i].regular = next_phase(states_[i], start);
    due_.emplace(states_[i].due(), i);
  }
}

/// Members of a group that are asked equally often share out what lies between two slots.
void Schedule::place(const std::vector<ScheduleSettings::Asked>& targets) {
  std::map<std::pair<std::string, std::chrono::milliseconds>, std::vector<std::pair<ServiceId, std::size_t>>> groups;
  const double slot = static_cast<double>(slot_) / of_;
  for (std::size_t i = 0; i < targets.size(); ++i) {
    const auto& asked = targets[i];
    auto& state = states_.emplace_back();
    state.jitter = Micros{asked.every} / of_ / jitter_share;
    state.every = state.period = Micros{asked.every} - state.jitter;
    state.phase = place_of(asked.group.empty() ? asked.target.str() : asked.group) + slot;
    if (!asked.group.empty()) groups[{asked.group, asked.every}].emplace_back(asked.target, i);
  }
  for (auto& [_, members] : groups) {
    std::ranges::sort(members);  // as every vantage does, in whatever order its file names them
    const auto count = static_cast<double>(members.size());
    for (std::size_t k = 0; k < members.size(); ++k) states_[members[k].second].phase += static_cast<double>(k) / count / of_;
  }
}

/// The first phase after `after`, by the wall clock, with its jitter.
Schedule::Time Schedule::next_phase(const State& state, Time after) {
  const auto period = state.period.count();
  const auto offset = static_cast<std::int64_t>((state.phase - std::floor(state.phase)) * static_cast<double>(period));
  const auto into = (((after.time_since_epoch() + ahead_).count() - offset) % period + period) % period;
  // A short period has a short jitter, so that phases stay in their order.
  const auto jitter = std::min(state.jitter.count(), period / of_ / jitter_share);
  return after + Micros{period - into + std::uniform_int_distribution<std::int64_t>{0, jitter}(random_)};
}

Micros Schedule::wanted_period(const State& state, Time now) const {
  if (!state.down_since) return state.every;
  Micros pace = Micros{down_pace} * of_;
  const Micros down = now - *state.down_since;
  for (Micros patience = down_patience; patience <= down && pace < slowest_down; patience *= 2) pace *= 2;
  return std::min({pace, state.every, std::max(Micros{slowest_down}, Micros{down_pace} * of_)});
}

void Schedule::set_period(State& state, Time now) {
  const auto wanted = wanted_period(state, now);
  if (wanted == state.period) return;
  const bool quicker = wanted < state.period;
  state.period = wanted;
  // Nothing that was promised comes later: not the next one when the pace quickens, not `every` after the last when it slows.
  state.regular = quicker ? std::min(state.regular, next_phase(state, now)) : next_phase(state, state.asked);
}

void Schedule::start_burst(State& state, std::size_t count, Time from) const {
  state.burst_at = from;
  state.bursts.clear();
  for (auto i = count; i > 0; --i) state.bursts.push_back(from + burst[i - 1]);
}

template <typename Change>
void Schedule::change(std::size_t target, Change change) {
  auto& state = states_[target];
  const auto before = state.due();
  change(state);
  if (state.due() == before) return;
  due_.erase({before, target});
  due_.emplace(state.due(), target);
}

std::optional<Schedule::Time> Schedule::next_due() const {
  if (due_.empty()) return std::nullopt;
  return due_.begin()->first;
}

std::optional<std::size_t> Schedule::take(Time now) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto [due, target] = *due_.begin();
    change(target, [&](State& state) {
      if (!state.bursts.empty() && state.bursts.back() == due) state.bursts.pop_back();
      if (state.regular == due) state.regular = next_phase(state, now);
      if (now - due <= lateness) state.asked = now;
    });
    if (now - due <= lateness) return target;
  }
  return std::nullopt;
}

void Schedule::answered(std::size_t target, Time sent, bool good, Time now) {
  change(target, [&](State& state) {
    if (sent < state.heard) return;
    state.heard = sent;
    const bool turned = good == state.down_since.has_value();
    if (turned) state.down_since = good ? std::nullopt : std::optional{now};
    if (turned && state.bursts.size() < confirming) start_burst(state, good ? confirming : std::size(burst), now);
    set_period(state, now);
  });
}

void Schedule::measure(std::size_t target, Time now) {
  change(target, [&](State& state) {
    const bool recent = state.burst_at && *state.burst_at <= now && now - *state.burst_at < burst_again;
    if (recent || !state.bursts.empty()) return;
    start_burst(state, std::size(burst), now - burst[0]);  // whoever asks has waited already
    state.burst_at = now;
  });
}
}  // namespace kulla::outage
