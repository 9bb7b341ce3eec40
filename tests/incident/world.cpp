#include "incident/world.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

#include "incident/rules.hpp"

namespace kulla::incident {
namespace {
constexpr std::chrono::hours morning{10};
constexpr std::size_t outcomes_kept = 64;  // to be said again
}  // namespace

FakeGate::FakeGate(const Catalogue& catalogue) {
  for (const auto& service : catalogue.services) set(service.id, {GateMode::open, {}, 0});
}
void FakeGate::set(const ServiceId& service, const GateEntry& entry) {
  for (const auto* place : {"worker", "map file"}) set_in(place, service, entry);
}
void FakeGate::forget(const ServiceId& service) {
  for (auto& [place, entries] : places_) entries.erase(service);
}
GateEntry FakeGate::entry(const ServiceId& service) const {
  GateEntry loosest{GateMode::closed, {}, 0};
  bool first = true;
  for (const auto& [place, entries] : places_) {
    const auto at = entries.find(service);
    const auto here = at == entries.end() ? GateEntry{GateMode::closed, {}, 0} : at->second;
    if (first || loosest.stricter_than(here)) loosest = here;
    first = false;
  }
  return loosest;
}
std::vector<GateFound> FakeGate::read() const {
  std::vector<GateFound> found;
  for (const auto& [place, entries] : places_)
    for (const auto& [service, entry] : entries) found.push_back({service, entry, place});
  return found;
}

World::World(Setting with) : setting(std::move(with)), gate(setting.catalogue) {
  now_.wall = std::chrono::sys_days{std::chrono::year{2022} / 7 / 15} + morning;
  now_.mono = std::chrono::minutes{20};
}

void World::pass(Ticks time) {
  now_.wall += time;
  now_.mono += time;
}

const Decision& World::give(InputBody body) {
  decide_on({now_, std::move(body)});
  if (ledger_writes) make_durable();
  else release();
  check_gate(*this, broken_);
  return decisions.back();
}

void World::decide_on(const Input& input) {
  Decision decision{state_, input, decide(state_, input, setting.policy), {}, {}};
  for (const auto& fact : decision.facts) {
    state_ = evolve(std::move(state_), fact);
    facts_.push_back(fact);
    for (const auto& order : orders(state_, fact)) {
      decision.orders.push_back(order);
      hand_out(order, facts_.size());
    }
  }
  decision.after = state_;
  check_decision(decision, *this, broken_);
  decisions.push_back(std::move(decision));
}

void World::hand_out(const Order& order, std::size_t needs) {
  if (const auto* set = std::get_if<order::SetGate>(&order)) {
    drop_waiting(set->service);  // an opening that waits must not overtake what was ordered after it
    if (!set->opens) return to_gate(*set);
  } else if (const auto* block = std::get_if<order::BlockSource>(&order)) {
    gate.blocked.insert(block->source);
    return;
  } else if (!std::holds_alternative<order::UnblockSource>(order)) {
    return;
  }
  waiting_.push_back({order, needs});
}

void World::drop_waiting(const ServiceId& service) {
  std::erase_if(waiting_, [&](const Waiting& waiting) {
    const auto* set = std::get_if<order::SetGate>(&waiting.order);
    return set && set->service == service;
  });
}

void World::release() {
  std::deque<Waiting> left;
  for (auto& waiting : std::exchange(waiting_, {})) {
    const auto* set = std::get_if<order::SetGate>(&waiting.order);
    if (waiting.needs > durable_ || (set && !may_open(state_, *set, now_, setting.policy))) left.push_back(std::move(waiting));
    else if (set) to_gate(*set);
    else gate.blocked.erase(std::get<order::UnblockSource>(waiting.order).source);
  }
  waiting_ = std::move(left);
}

void World::to_gate(const order::SetGate& order) {
  if (gate.down) {
    unreliable_.insert(order.service);
    outcomes_.push_back(input::GateFailed{order.service, order.entry, "the gate does not answer"});
    return;
  }
  check_given({order, gate.entry(order.service), is_reliable(order.service)}, *this, broken_);
  gate.set(order.service, order.entry);
  if (unreliable_.erase(order.service)) recovering_.insert(order.service);
  outcomes_.push_back(input::GateConfirmed{order.service, order.entry, {now_.wall, 2, 0}});
}

void World::make_durable(std::size_t facts) {
  for (const auto end = std::min(durable_ + facts, facts_.size()); durable_ < end; ++durable_)
    durable_state_ = evolve(std::move(durable_state_), facts_[durable_]);
  if (durable_ == facts_.size()) recovering_.clear();
  release();
}

State World::refolded() const {
  State state;
  for (const auto& fact : facts_) state = evolve(std::move(state), fact_from_json(to_json(fact)).value());
  return state;
}

void World::crash() {
  facts_.resize(durable_);
  state_ = refolded();
  waiting_.clear();
  outcomes_.clear();
}
void World::reboot() {
  boot_ = fmt::format("boot-{}", ++boots_);
  now_.wall += std::chrono::minutes{2};
  now_.mono = std::chrono::seconds{40};
}

void World::start() {
  unreliable_.clear();
  recovering_.clear();  // all of the gate is read now
  decide_on({now_, input::Started{"test", boot_, setting.mode, setting.catalogue, gate.read()}});
  start_orders = unconfirmed(state_);
  check_unconfirmed(*this, broken_);
  for (const auto& order : start_orders) hand_out(order, facts_.size());
  if (ledger_writes) make_durable();
  check_gate(*this, broken_);
}

void World::deliver(std::size_t index) {
  const auto at = outcomes_.begin() + static_cast<std::ptrdiff_t>(index);
  auto outcome = *at;
  outcomes_.erase(at);
  delivered_.push_back(outcome);
  if (delivered_.size() > outcomes_kept) delivered_.erase(delivered_.begin());
  give(std::move(outcome));
}
void World::deliver_all() {
  for (auto left = outcomes_.size(); left > 0; --left) deliver(0);
}
void World::repeat(std::size_t index) { give(InputBody{delivered_.at(index)}); }

void World::other_hand(const ServiceId& service, const GateEntry& entry, const std::string& place) {
  if (place.empty()) gate.set(service, entry);
  else gate.set_in(place, service, entry);
  unreliable_.insert(service);
}
void World::other_hand_forgets(const ServiceId& service) {
  gate.forget(service);
  unreliable_.insert(service);
}

void World::read_back() {
  for (const auto& found : gate.read()) {
    const auto* record = state_.find(found.service);
    if (record && (record->confirmed != found.entry || record->wanted != found.entry)) give(input::GateDrifted{found});
  }
}

}  // namespace kulla::incident
