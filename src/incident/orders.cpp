#include <ranges>

#include "incident/decide.hpp"

namespace kulla::incident {
namespace {
using Orders = std::vector<Order>;

Orders set_gate(const State& after, const ServiceId& service, bool opens) {
  const auto* record = after.find(service);
  if (!record) return {};
  return {order::SetGate{service, record->wanted, opens}};
}

template <typename T>
Orders of(const State&, const T&) {
  return {};
}
Orders of(const State& after, const fact::Closed& fact) { return set_gate(after, fact.service, false); }
Orders of(const State& after, const fact::Guarded& fact) { return set_gate(after, fact.service, false); }
Orders of(const State& after, const fact::Unguarded& fact) { return set_gate(after, fact.service, true); }
Orders of(const State& after, const fact::TrialStarted& fact) { return set_gate(after, fact.service, true); }
Orders of(const State& after, const fact::TrialWidened& fact) { return set_gate(after, fact.service, true); }
/// Of a step that may be on its way the last word is the one before it.
Orders of(const State& after, const fact::TrialHeld& fact) {
  const auto* record = after.find(fact.service);
  return record && record->wanted == record->confirmed ? set_gate(after, fact.service, false) : Orders{};
}
Orders of(const State& after, const fact::Opened& fact) { return set_gate(after, fact.service, true); }
Orders of(const State& after, const fact::GateDrifted& fact) { return set_gate(after, fact.found.service, false); }
Orders of(const State&, const fact::SourceBlocked& fact) { return {order::BlockSource{fact.source}}; }
Orders of(const State&, const fact::SourceUnblocked& fact) { return {order::UnblockSource{fact.source}}; }
Orders of(const State&, const fact::InspectionOrdered& fact) { return {order::Inspect{fact.system}}; }
order::Prove prove(const State& state, const DatasetId& dataset) {
  return {dataset, state.first_evidence, known_before_evidence(state, dataset), pinned(state, dataset)};
}
Orders of(const State& after, const fact::ProofOrdered& fact) { return {prove(after, fact.dataset)}; }
Orders of(const State&, const fact::PersonPaged& fact) {
  return {order::Page{(fact.service ? fact.service->str() + ": " : "") + fact.why}};
}
Orders of(const State&, const fact::StatementReleased&) { return {order::Publish{}}; }
}  // namespace

std::vector<Order> orders(const State& after, const Fact& fact) {
  return std::visit([&](const auto& body) { return of(after, body); }, fact.body);
}

bool may_open(const State& state, const order::SetGate& order, Moment now, const Policy& policy) {
  const auto* record = state.find(order.service);
  if (!record || record->wanted != order.entry) return false;
  if (record->state != ServiceState::trial) return true;
  return record->closure->unwatched.empty() && (!is_trial_to_begin(*record) || is_earned(state, *record, now, policy));
}

std::vector<Order> unconfirmed(const State& state) {
  Orders closings, rest;
  for (const auto& [id, record] : state.services) {
    if (record.wanted == record.confirmed) continue;
    const bool opens = record.confirmed.stricter_than(record.wanted);
    (opens ? rest : closings).push_back(order::SetGate{id, record.wanted, opens});
  }
  for (const auto& [source, record] : state.sources)
    if (record.blocked_since) rest.push_back(order::BlockSource{source});
  for (const auto& system : state.inspecting | std::views::keys) rest.push_back(order::Inspect{system});
  for (const auto& dataset : state.proving | std::views::keys) rest.push_back(prove(state, dataset));
  closings.insert(closings.end(), rest.begin(), rest.end());
  return closings;
}
}  // namespace kulla::incident
