#include "outage/history.hpp"

#include <algorithm>
#include <array>
#include <bit>

#include "outage/store_steps.hpp"

namespace kulla::outage {
using std::chrono::milliseconds;
namespace {
constexpr int silent_periods = 3;                      // what a lost probe or two explain is no gap
constexpr milliseconds silent_least = std::chrono::seconds{10};
constexpr int degraded_percent = 90;                   // of the probes of a step that were good; below it is degraded

milliseconds patience(const Target& target) { return std::max(target.every * silent_periods, silent_least); }

milliseconds length(const Interval& interval) {
  return std::max(std::chrono::duration_cast<milliseconds>(interval.latest - interval.earliest), milliseconds{});
}
Interval within(const Interval& interval, Timestamp from, Timestamp to) {
  return {std::clamp(interval.earliest, from, to), std::clamp(interval.latest, from, to)};
}
bool is_good(const Observation& observation) { return observation.failed == Layer::none && observation.notice == NoticeSeen::none; }

/// Overlapping intervals made one.
std::vector<Interval> merged(std::vector<Interval> intervals) {
  std::ranges::sort(intervals, {}, &Interval::earliest);
  std::vector<Interval> result;
  for (const auto& each : intervals) {
    if (each.latest <= each.earliest) continue;
    if (!result.empty() && each.earliest <= result.back().latest) result.back().latest = std::max(result.back().latest, each.latest);
    else result.push_back(each);
  }
  return result;
}
/// What of `intervals` is not in `others`; both merged.
std::vector<Interval> without(const std::vector<Interval>& intervals, const std::vector<Interval>& others) {
  std::vector<Interval> result;
  for (auto each : intervals) {
    for (const auto& other : others) {
      if (other.latest <= each.earliest || other.earliest >= each.latest) continue;
      if (other.earliest > each.earliest) result.push_back({each.earliest, other.earliest});
      each.earliest = std::max(each.earliest, other.latest);
    }
    if (each.earliest < each.latest) result.push_back(each);
  }
  return result;
}
milliseconds total(const std::vector<Interval>& intervals) {
  milliseconds sum{};
  for (const auto& each : intervals) sum += length(each);
  return sum;
}

/// A target's outages within a time, apart by whether they are its own.
struct Split {
  std::vector<Interval> down, fault;
  int incidents = 0;
};
Split split(const ServiceId& target, std::span<const Outage> outages, Timestamp from, Timestamp to) {
  Split result;
  for (const auto& outage : outages) {
    if (outage.target != target) continue;
    const auto time = within(counted(outage, to), from, to);
    if (time.latest <= time.earliest) continue;
    const bool own = outage.cause != Cause::vantage_fault;
    (own ? result.down : result.fault).push_back(time);
    result.incidents += own;
  }
  result.down = merged(std::move(result.down));
  result.fault = without(merged(std::move(result.fault)), result.down);
  return result;
}

milliseconds overlap(const std::vector<Interval>& intervals, Timestamp from, Timestamp to) {
  milliseconds sum{};
  const auto first = std::ranges::lower_bound(intervals, from, {}, &Interval::latest);
  for (auto each = first; each != intervals.end() && each->earliest < to; ++each) sum += length(within(*each, from, to));
  return sum;
}
/// One vantage alone that fails, while others do not, says something of itself.
bool is_degraded(const Cell& cell, std::uint64_t asking, std::uint64_t failing) {
  return cell.good * 100 < cell.asked * degraded_percent && (std::popcount(failing) > 1 || std::popcount(asking) == 1);
}
}  // namespace

Interval counted(const Outage& outage, Timestamp until) {
  return {outage.onset.latest, outage.end ? outage.end->latest : std::max(until, outage.onset.latest)};
}

std::optional<double> Uptime::percent() const {
  const auto known = up + degraded + down;
  if (known == milliseconds{}) return std::nullopt;
  return 100.0 * static_cast<double>((up + degraded).count()) / static_cast<double>(known.count());
}

History::History(std::vector<Target> targets, Timestamp from, Timestamp to, std::chrono::seconds step)
    : from_(from), to_(std::max(from, to)), step_(step) {
  const auto count = [&] { return static_cast<std::size_t>((to_ - from_ + step_ - std::chrono::microseconds{1}) / step_); };
  while (count() * std::max<std::size_t>(targets.size(), 1) > cells_most) step_ *= 2;
  steps_ = count();
  for (auto& target : targets) {
    auto& seen = seen_[target.name];
    seen.target = std::move(target);
    seen.cells.resize(steps_);
  }
}

History::Seen& History::seen_of(const ServiceId& target) {
  const auto [place, fresh] = seen_.try_emplace(target);
  if (fresh) {
    place->second.target.name = target;
    place->second.cells.resize(seen_.size() * steps_ <= cells_most ? steps_ : 0);  // a store that names too many is shown without
  }
  return place->second;
}

void History::take(const Observation& observation) {
  if (observation.sent < from_ || observation.sent >= to_) return;
  auto& seen = seen_of(observation.target);
  const auto before = seen.last.value_or(from_);
  if (observation.sent - before > patience(seen.target))
    seen.silences.push_back({seen.last ? before + seen.target.every : before, observation.sent});
  seen.last = std::max(before, observation.sent);
  const auto at = static_cast<std::size_t>((observation.sent - from_) / step_);
  if (at >= seen.cells.size()) return;
  auto& cell = seen.cells[at];
  constexpr std::uint16_t most = 65535;
  if (cell.asked < most) ++cell.asked, cell.good = static_cast<std::uint16_t>(cell.good + is_good(observation));
  note_vantage(seen, at, observation);
  if (!is_good(observation)) return;
  const int took = store::step_of(observation.took_us);
  cell.took = static_cast<std::uint8_t>(cell.took == 0 ? took : cell.took + (took > cell.took) - (took < cell.took));  // towards the median
}

void History::take(const Tracks& minutes) {
  for (const auto& track : minutes.tracks) {
    auto& seen = seen_of(track.target.name);
    auto start = minutes.from;
    for (const auto& cell : track.cells) {
      const auto time = within({start, start + minutes.step}, from_, to_);
      if (time.earliest < time.latest) take(seen, cell, time);
      start += minutes.step;
    }
  }
}

void History::take(Seen& seen, const Cell& minute, Interval time) {
  const auto before = seen.last.value_or(from_);
  if (time.earliest > before) seen.silences.push_back({before, time.earliest});
  if (minute.condition == Condition::no_data) seen.silences.push_back(time);
  seen.last = time.latest;
  const auto at = static_cast<std::size_t>((time.earliest - from_) / step_);
  if (at >= seen.cells.size()) return;
  auto& cell = seen.cells[at];
  const auto add = [](std::uint16_t& to, std::uint16_t more) { to = static_cast<std::uint16_t>(std::min(to + more, 65535)); };
  add(cell.asked, minute.asked), add(cell.good, minute.good);
  if (minute.took > 0) cell.took = cell.took == 0 ? minute.took : static_cast<std::uint8_t>((cell.took + minute.took) / 2);
  // Of many minutes, as many probes must have failed as of one.
  const bool short_step = step_ <= time.latest - time.earliest;
  const bool degraded = minute.condition == Condition::degraded && (short_step || cell.good * 100 < cell.asked * degraded_percent);
  cell.condition = degraded ? Condition::degraded : Condition::up;
}

/// Cells hold up or degraded by their probes alone; what outages and silence make of them is said by `tracks`.
void History::note_vantage(Seen& seen, std::size_t step, const Observation& observation) {
  if (step != seen.step) seen.step = step, seen.asking = seen.failing = 0;
  const auto next = static_cast<unsigned>(std::min<std::size_t>(bits_.size(), 63));
  const auto bit = std::uint64_t{1} << bits_.try_emplace(observation.vantage, next).first->second;
  seen.asking |= bit;
  if (!is_good(observation)) seen.failing |= bit;
  auto& cell = seen.cells[step];
  cell.condition = is_degraded(cell, seen.asking, seen.failing) ? Condition::degraded : Condition::up;
}

std::vector<Interval> History::silences_of(const Seen& seen) const {
  auto silences = seen.silences;
  const auto last = seen.last.value_or(from_);
  if (!seen.last) silences.push_back({from_, to_});
  else if (to_ - last > patience(seen.target)) silences.push_back({last + seen.target.every, to_});
  return merged(std::move(silences));
}

Tracks History::tracks(std::span<const Outage> outages) const {
  Tracks result{from_, step_, {}};
  std::map<ServiceId, std::vector<Outage>> of;
  for (const auto& outage : outages) of[outage.target].push_back(outage);
  for (const auto& [name, seen] : seen_) {
    if (seen.cells.size() != steps_) continue;
    auto& track = result.tracks.emplace_back(Track{seen.target, seen.cells});
    const auto own = split(name, of[name], from_, to_);
    const auto silences = silences_of(seen);
    for (std::size_t i = 0; i < steps_; ++i) {
      const auto start = from_ + step_ * static_cast<std::int64_t>(i), end = std::min<Timestamp>(start + step_, to_);
      auto& cell = track.cells[i];
      const auto half = length({start, end}) / 2;
      const auto is = [&](const std::vector<Interval>& intervals) { return overlap(intervals, start, end) >= half && !intervals.empty(); };
      cell.condition = is(own.down)    ? Condition::down
                       : is(own.fault) ? Condition::vantage_fault
                       : is(silences)  ? Condition::no_data
                       : cell.asked    ? cell.condition
                                       : Condition::up;  // asked less often than there are steps
    }
  }
  return result;
}

std::vector<Uptime> History::uptime(std::span<const Outage> outages) const {
  std::vector<Uptime> result;
  const auto all = tracks(outages);
  std::map<ServiceId, std::vector<Outage>> of;
  for (const auto& outage : outages) of[outage.target].push_back(outage);
  std::map<ServiceId, const Track*> tracked;
  for (const auto& track : all.tracks) tracked[track.target.name] = &track;
  for (const auto& [name, seen] : seen_) {
    const auto own = split(name, of[name], from_, to_);
    auto known = own.down;
    known.insert(known.end(), own.fault.begin(), own.fault.end());
    const auto silent = without(silences_of(seen), merged(known));
    Uptime uptime{
        .target = name, .down = total(own.down), .vantage_fault = total(own.fault), .no_data = total(silent), .incidents = own.incidents};
    auto rest = length({from_, to_}) - uptime.down - uptime.vantage_fault - uptime.no_data;
    if (const auto* track = tracked[name])
      uptime.degraded = std::min(rest, milliseconds{step_} * std::ranges::count(track->cells, Condition::degraded, &Cell::condition));
    uptime.up = rest - uptime.degraded;
    result.push_back(uptime);
  }
  return result;
}

namespace {
Cell sum_of(std::span<const Cell> cells) {
  Cell sum;
  std::array<std::size_t, 5> conditions{};
  unsigned asked = 0, good = 0, took = 0, answering = 0;
  for (const auto& cell : cells) {
    asked += cell.asked, good += cell.good;
    if (cell.took > 0) took += cell.took, ++answering;
    ++conditions[static_cast<std::size_t>(cell.condition)];
  }
  constexpr unsigned most = 65535;
  sum.asked = static_cast<std::uint16_t>(std::min(asked, most)), sum.good = static_cast<std::uint16_t>(std::min(good, most));
  sum.took = static_cast<std::uint8_t>(answering ? took / answering : 0);
  const auto often = [&](Condition condition) { return conditions[static_cast<std::size_t>(condition)] * 10 >= cells.size(); };
  const auto most_of = static_cast<Condition>(std::ranges::max_element(conditions) - conditions.begin());
  sum.condition = often(Condition::down) ? Condition::down : often(Condition::degraded) ? Condition::degraded : most_of;
  return sum;
}
}  // namespace

Tracks rolled_up(const Tracks& tracks, std::size_t factor) {
  KULLA_ASSERT(factor > 0);
  Tracks result{tracks.from, tracks.step * static_cast<std::int64_t>(factor), {}};
  for (const auto& track : tracks.tracks) {
    auto& larger = result.tracks.emplace_back(Track{track.target, {}});
    for (std::size_t at = 0; at < track.cells.size(); at += factor)
      larger.cells.push_back(sum_of(std::span{track.cells}.subspan(at, std::min(factor, track.cells.size() - at))));
  }
  return result;
}
}  // namespace kulla::outage
