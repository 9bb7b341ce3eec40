#include "daemon/outside.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <boost/describe/enum_to_string.hpp>
#include <set>

namespace kulla::daemon {
namespace {
/// Vantage faults are no view of the service.
Seen seen_of(outage::Condition condition) {
  switch (condition) {
    case outage::Condition::up:
    case outage::Condition::degraded: return Seen::up;
    case outage::Condition::down: return Seen::down;
    case outage::Condition::vantage_fault: return Seen::vantage_fault;
    case outage::Condition::no_data: return Seen::no_data;
  }
  return Seen::no_data;
}

std::vector<outage::Target> targets_of(const OutsideSettings& settings) {
  std::vector<outage::Target> targets;
  for (const auto& service : settings.services) targets.push_back({.name = service, .every = settings.every});
  return targets;
}
}  // namespace

Outside::Outside(const OutsideSettings& settings, Report report) : tracker_(targets_of(settings)), report_(std::move(report)) {}

Result<std::unique_ptr<Outside>> Outside::open(const OutsideSettings& settings, const Clock& clock, Report report) {
  std::unique_ptr<Outside> outside{new Outside{settings, std::move(report)}};
  for (const auto& vantage : settings.vantages) {
    KULLA_TRY(auto store, outage::Store::open({.folder = settings.folder, .vantage = vantage}));
    KULLA_CHECK(store.set_targets(targets_of(settings), clock.now().wall));
    outside->stores_.emplace(vantage, std::move(store));
  }
  std::vector<outage::Store*> stores;
  for (auto& [vantage, store] : outside->stores_) stores.push_back(&store);
  if (!stores.empty())
    outside->archivist_.emplace(settings.folder, settings.retention, std::move(stores), clock,
                                [](const std::string& line) { spdlog::error("vantages: {}", line); });
  return outside;
}

Result<> Outside::take(const outage::Observation& observation) {
  auto stored = store(observation);
  glance(observation);
  return stored;
}

void Outside::glance(const outage::Observation& observation) {
  {
    const std::scoped_lock lock{mutex_};
    if (stores_.contains(observation.vantage)) {
      auto& newest = newest_sent_[observation.vantage];
      newest = std::max(newest, observation.sent);
    }
    if (auto& newest = believed_[observation.vantage]; observation.number > newest) newest = observation.number, believe(observation);
    gather_turns();
  }
  report();
}

Result<> Outside::store(const outage::Observation& observation) {
  const std::scoped_lock lock{mutex_};
  const auto found = stores_.find(observation.vantage);
  if (found == stores_.end()) return {};
  auto stored = found->second.append(observation);
  if (!stored && stored.error().code == Code::bad_argument) return {};  // which the store counts
  if (stored) unstored_.erase(observation.vantage);
  else unstored_[observation.vantage] = stored.error().what;
  return stored;
}

void Outside::believe(const outage::Observation& observation) {
  tracker_.take(observation);
  if (!tracker_.state(observation.target)) return;  // of no service of ours, which the tracker counts
  if (observation.failed != outage::Layer::none) newest_bad_[observation.target] = observation.notice;
  if (auto errors = errors_.take(observation)) changed_.push_back(std::move(*errors));
}

void Outside::pass(Timestamp now) {
  {
    const std::scoped_lock lock{mutex_};
    tracker_.pass(now);
    gather_turns();
    look_for_problems();
  }
  report();
}

std::vector<ServiceId> Outside::suspects() {
  const std::scoped_lock lock{mutex_};
  return tracker_.suspects();
}

void Outside::gather_turns() {
  for (const auto& turn : tracker_.turns())
    if (seen_of(turn.from) != seen_of(turn.to) || turn.correction) changed_.push_back(belief_of(turn));
}

/// Without the lock: who takes it may ask back.
void Outside::report() {
  std::vector<Belief> changed;
  {
    const std::scoped_lock lock{mutex_};
    changed.swap(changed_);
  }
  for (auto& belief : changed) report_(input::BeliefChanged{std::move(belief)});
}

Belief Outside::belief_of(const outage::Turn& turn) const {
  Belief belief;
  belief.service = turn.target;
  belief.seen = seen_of(turn.to);
  belief.probability = turn.belief;
  belief.agreeing = turn.agreeing;
  if (!turn.dissenting.empty()) belief.dissenting = turn.dissenting;
  if (belief.seen == Seen::up) {
    if (turn.when.earliest != Timestamp{}) belief.first_good = turn.when.latest;
    belief.last_good = turn.when.latest;
  } else {
    belief.last_good = turn.when.earliest;
    belief.first_bad = turn.when.latest;
  }
  if (const auto bad = newest_bad_.find(turn.target); belief.seen == Seen::down && bad != newest_bad_.end()) {
    belief.layer = boost::describe::enum_to_string(turn.layer, "");
    belief.notice = bad->second == NoticeSeen::valid || bad->second == NoticeSeen::unverified;
  }
  return belief;
}

/// Without the lock: the stores are those of the start, and a slow disk must hold up nobody who only asks.
Result<> Outside::keep() {
  for (auto& [vantage, store] : stores_) KULLA_CHECK(store.sync());
  return {};
}

std::map<VantageId, std::uint64_t> Outside::held() const {
  const std::scoped_lock lock{mutex_};
  std::map<VantageId, std::uint64_t> numbers;
  for (const auto& [vantage, store] : stores_) numbers.emplace(vantage, store.newest());
  return numbers;
}

std::vector<std::string> Outside::problems() const {
  const std::scoped_lock lock{problems_mutex_};
  return problems_;
}

json::array Outside::heard() const {
  const std::scoped_lock lock{problems_mutex_};
  return heard_;
}

void Outside::look_for_problems() {
  std::vector<std::string> lines;
  std::set<VantageId> at_fault;
  json::array heard;
  for (const auto& [vantage, why] : unstored_)
    lines.push_back(fmt::format("{}: what it sees cannot be stored and stays with it: {}", vantage.str(), why));
  for (const auto& vantage : tracker_.vantages())
    if (vantage.health != outage::VantageHealth::healthy) {
      lines.push_back(fmt::format("{}: does not count: {}", vantage.vantage.str(), boost::describe::enum_to_string(vantage.health, "")));
      at_fault.insert(vantage.vantage);
    }
  for (const auto& [vantage, store] : stores_) {
    const auto newest = newest_sent_.find(vantage);
    heard.push_back(json::object{{"id", vantage.str()},
                                 {"heard", newest == newest_sent_.end() ? json::value(nullptr) : json::value(to_rfc3339(newest->second))},
                                 {"trusted", !at_fault.contains(vantage)}});
  }
  const std::scoped_lock lock{problems_mutex_};
  problems_ = std::move(lines);
  heard_ = std::move(heard);
}
}  // namespace kulla::daemon
