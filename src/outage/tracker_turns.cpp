// What changed, and in which interval: said at once, and again when later evidence moves it.
#include <algorithm>
#include <map>

#include "outage/tracker_state.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t cluster = 5;        // targets that share no group, and fail in the same layer at the same time by more than chance
constexpr std::chrono::minutes joinable{2};  // turns that lie further apart have nothing in common
constexpr std::chrono::seconds expire_every{60};

Interval ordered(Timestamp earliest, Timestamp latest) { return {std::min(earliest, latest), latest}; }

void unrepeat(std::vector<std::uint32_t>& places) {
  std::ranges::sort(places);
  const auto repeated = std::ranges::unique(places);
  places.erase(repeated.begin(), repeated.end());
}

Layer most_frequent(const std::map<Layer, int>& layers) {
  return layers.empty() ? Layer::none : std::ranges::max_element(layers, {}, [](const auto& layer) { return layer.second; })->first;
}
}  // namespace

void Tracker::State::turn(Held& held, Condition to, Timestamp now) {
  const auto from = std::exchange(held.condition, to);
  // What failed during an outage does not make what follows uneven.
  if (from == Condition::down || from == Condition::vantage_fault || from == Condition::no_data) held.failing = {};
  Timestamp good{}, bad{};
  for (const auto& pair : held.pairs) good = std::max(good, pair.last_good), bad = std::max(bad, pair.last_bad);
  Turn turn{.target = held.target.name, .from = from, .to = to, .known = now, .belief = held.pooled.thousandths()};
  const Change* change = nullptr;
  if (to == Condition::down) {
    freeze_onset(held, now);
    change = &held.onset;
  } else if (from == Condition::down || to == Condition::up) {
    if (to == Condition::up && from == Condition::degraded) turn.when = ordered(bad, now);
    else if (to == Condition::no_data) turn.when = ordered(held.heard, now);
    else if (to == Condition::vantage_fault) turn.when = ordered(std::max(good, held.onset.when.latest), now);
    else freeze_ending(held, now), change = &held.ending;
  } else {
    auto known = now;
    if (to == Condition::vantage_fault)
      for (const auto& pair : held.pairs)
        if (!pair.onset.afters().empty() && pair.onset.afters().front().sent > good)
          known = std::min(known, pair.onset.afters().front().until());
    turn.when = ordered(to == Condition::no_data ? held.heard : good, known);
  }
  if (change) {
    turn.when = change->when, turn.layer = change->layer;
    turn.agreeing = change->agreeing, turn.dissenting = change->dissenting;
  }
  held.since = turn.when;
  said.push_back(std::move(turn));
}

/// Everyone who counts, but for those that saw it well when most no longer did.
void Tracker::State::freeze_onset(Held& held, Timestamp now) {
  auto& change =
      held.onset = {.edges = std::vector<Edge>(held.pairs.size()), .left_out = std::vector<bool>(held.pairs.size()), .known = now};
  change.alive = true;
  std::vector<Timestamp> failing;
  for (std::size_t vantage = 0; vantage < held.pairs.size(); ++vantage)
    if (held.pairs[vantage].says == Pair::Says::bad && counts(vantage)) failing.push_back(held.pairs[vantage].bad_since);
  std::ranges::sort(failing);
  const auto most = failing.empty() ? now : failing[std::min(failing.size() - 1, failing.size() / 2)];
  std::map<Layer, int> layers;
  for (std::size_t vantage = 0; vantage < held.pairs.size(); ++vantage) {
    const auto& pair = held.pairs[vantage];
    const bool bad = pair.says == Pair::Says::bad, dissents = pair.says == Pair::Says::good && pair.newest > most && fresh(held, pair, now);
    if (bad && counts(vantage)) change.agreeing.push_back(intake.name(vantage)), ++layers[pair.layer];
    if (dissents) change.dissenting.push_back(intake.name(vantage));
    change.left_out[vantage] = dissents || !counts(vantage);
    if (!change.left_out[vantage]) change.edges[vantage] = pair.onset;
  }
  std::ranges::sort(change.agreeing);
  std::ranges::sort(change.dissenting);
  change.layer = most_frequent(layers);
  change.when = interval_of(change.edges, now);
  ++held.outages;
  const auto place = static_cast<std::uint32_t>(&held - targets.data());
  changed.push_back(place);
  (held.group != 0 ? any_dirty_group : layers_dirty) = true;
  dirty_groups[held.group] = true;
}

/// Everyone who counts, but for those that still see it fail after most saw it well.
void Tracker::State::freeze_ending(Held& held, Timestamp now) {
  auto& change =
      held.ending = {.edges = std::vector<Edge>(held.pairs.size()), .left_out = std::vector<bool>(held.pairs.size()), .known = now};
  change.alive = true;
  auto first_good = Timestamp::max();
  for (std::size_t vantage = 0; vantage < held.pairs.size(); ++vantage)
    if (const auto& pair = held.pairs[vantage]; pair.says == Pair::Says::good && counts(vantage) && !pair.ending.afters().empty())
      first_good = std::min(first_good, pair.ending.afters().front().sent);
  for (std::size_t vantage = 0; vantage < held.pairs.size(); ++vantage) {
    const auto& pair = held.pairs[vantage];
    const bool dissents = pair.says == Pair::Says::bad && pair.last_bad > first_good && fresh(held, pair, now);
    if (pair.says == Pair::Says::good && counts(vantage)) change.agreeing.push_back(intake.name(vantage));
    if (dissents) change.dissenting.push_back(intake.name(vantage));
    change.left_out[vantage] = dissents || !counts(vantage);
    if (!change.left_out[vantage]) change.edges[vantage] = pair.ending;
  }
  std::ranges::sort(change.agreeing);
  std::ranges::sort(change.dissenting);
  change.when = interval_of(change.edges, now);
  changed.push_back(static_cast<std::uint32_t>(&held - targets.data()));
}

/// A probe that became known only now may tell of a change that was said already.
void Tracker::State::apply(Held& held, std::size_t vantage, const Record& record, Word word, Mark mark) {
  const bool good = word == Word::good;
  const auto concerns = [&](const Change& change) {
    return change.alive && change.left_out.size() > vantage && !change.left_out[vantage] && record.sent <= change.known + 2 * held.every;
  };
  if (auto& onset = held.onset; concerns(onset)) {
    auto& edge = onset.edges[vantage];
    if (!good) edge.after(mark);
    else if (record.ended() <= onset.known || record.sent <= onset.when.latest) edge.before(mark);
    else if (edge.afters().empty() && held.condition == Condition::down) onset.left_out[vantage] = true, edge = {};
    refresh(held, onset, Condition::down, record.ended());
  }
  if (auto& ending = held.ending; concerns(ending)) {
    if (good) ending.edges[vantage].after(mark);
    else if (record.sent <= ending.when.latest) ending.edges[vantage].before(mark);
    refresh(held, ending, Condition::up, record.ended());
  }
}

void Tracker::State::refresh(Held& held, Change& change, Condition to, Timestamp now) {
  const auto when = interval_of(change.edges, change.known);
  if (when == change.when) return;
  change.when = when;
  if (held.condition == to) held.since = when;
  if (to == Condition::down) {
    (held.group != 0 ? any_dirty_group : layers_dirty) = true;
    dirty_groups[held.group] = true;
  }
  correct(held, change, to, now);
}

void Tracker::State::correct(Held& held, const Change& change, Condition to, Timestamp now) {
  said.push_back({.target = held.target.name,
                  .from = to,
                  .to = to,
                  .known = std::max(now, change.known),
                  .when = change.when,
                  .joint = change.joint,
                  .belief = held.pooled.thousandths(),
                  .agreeing = change.agreeing,
                  .dissenting = change.dissenting,
                  .correction = true,
                  .layer = change.layer});
}

/// What a vantage said since then is taken out of all that can still be corrected.
void Tracker::State::leave_out(std::size_t vantage, Timestamp since, Timestamp now) {
  for (const auto place : std::vector(changed)) {
    auto& held = targets[place];
    const auto leave = [&](Change& change, Condition to) {
      if (!change.alive || change.left_out.size() <= vantage || change.left_out[vantage] || change.known < since) return;
      change.left_out[vantage] = true;
      change.edges[vantage] = {};
      std::erase(change.agreeing, intake.name(vantage));
      refresh(held, change, to, now);
    };
    leave(held.onset, Condition::down);
    leave(held.ending, Condition::up);
  }
}

void Tracker::State::set_joint(Held& held, std::optional<Interval> joint, Timestamp now) {
  if (held.onset.joint == joint) return;
  held.onset.joint = joint;
  correct(held, held.onset, Condition::down, now);
}

/// A group that failed together: half of its members and more within what all of their intervals have in common.
void Tracker::State::join_group(const std::vector<std::uint32_t>& members, Timestamp now) {
  std::vector<std::uint32_t> failed;
  std::vector<Interval> intervals;
  Timestamp newest{};
  for (const auto place : members)
    if (targets[place].onset.alive) newest = std::max(newest, targets[place].onset.when.latest);
  std::size_t known = 0;
  for (const auto place : members) {
    const auto& held = targets[place];
    known += held.heard != Timestamp{};
    if (!held.onset.alive || held.onset.when.latest + joinable < newest) continue;
    failed.push_back(place);
    intervals.push_back(held.onset.when);
  }
  if (failed.empty()) return;
  const auto joint = failed.size() >= 2 && failed.size() * 2 >= known ? common(intervals) : std::nullopt;
  for (const auto place : failed) set_joint(targets[place], joint, now);
}

/// Targets without a group that fail in the same layer: the moment that most of their intervals have in common.
void Tracker::State::join_by_layer(Timestamp now) {
  struct Bound {
    Timestamp at;
    int step;
  };
  std::map<Layer, std::vector<Bound>> bounds;
  for (const auto place : changed)
    if (const auto& held = targets[place]; held.group == 0 && held.onset.alive && held.onset.known + joinable >= now)
      bounds[held.onset.layer].push_back({held.onset.when.earliest, 1}), bounds[held.onset.layer].push_back({held.onset.when.latest, -1});
  std::map<Layer, Timestamp> peaks;
  for (auto& [layer, ends] : bounds) {
    std::ranges::sort(
        ends, [](const Bound& left, const Bound& right) { return std::pair{left.at, -left.step} < std::pair{right.at, -right.step}; });
    std::size_t depth = 0, deepest = cluster - 1;
    for (const auto& end : ends) {
      depth += static_cast<std::size_t>(end.step);
      if (end.step > 0 && depth > deepest) deepest = depth, peaks[layer] = end.at;
    }
  }
  for (const auto& [layer, peak] : peaks) {
    std::vector<std::uint32_t> failed;
    std::vector<Interval> intervals;
    for (const auto place : changed)
      if (const auto& held = targets[place]; held.group == 0 && held.onset.alive && held.onset.known + joinable >= now &&
                                             held.onset.layer == layer && held.onset.when.earliest <= peak &&
                                             peak <= held.onset.when.latest)
        failed.push_back(place), intervals.push_back(held.onset.when);
    const auto joint = common(intervals);
    for (const auto place : failed) set_joint(targets[place], joint, now);
  }
}

void Tracker::State::join(Timestamp now) {
  if (std::exchange(any_dirty_group, false))
    for (std::size_t group = 1; group < groups.size(); ++group)
      if (dirty_groups[group]) dirty_groups[group] = false, join_group(groups[group], now);
  if (!std::exchange(layers_dirty, false)) return;
  unrepeat(changed);  // a target that turned several times is one, and none of its own company
  join_by_layer(now);
}

void Tracker::State::expire(Timestamp now) {
  if (now < expired + expire_every) return;
  expired = now;
  unrepeat(changed);
  std::erase_if(changed, [&](std::uint32_t place) {
    auto& held = targets[place];
    for (auto* change : {&held.onset, &held.ending})
      if (change->alive && change->known + parameters.late_patience < now) change->alive = false, change->edges = {}, change->left_out = {};
    return !held.onset.alive && !held.ending.alive;
  });
}
}  // namespace kulla::outage
