// The fold: each kind of fact in a few lines. Nothing here decides; a fact that names something unknown changes nothing.
#include <algorithm>
#include <ranges>

#include "incident/decide.hpp"

namespace kulla::incident {
namespace {

ServiceRecord* find(State& state, const ServiceId& id) {
  const auto found = state.services.find(id);
  return found == state.services.end() ? nullptr : &found->second;
}
/// The record, where its present closure is this one.
ServiceRecord* find(State& state, const ServiceId& id, const ClosureId& closure) {
  auto* record = find(state, id);
  return record && record->closure && record->closure->id == closure ? record : nullptr;
}

/// Every timer that leads to a more open state starts again.
void restart_timers(State& state, Ticks now) {
  for (auto& record : state.services | std::views::values) record.since = now;
  for (auto& source : state.sources | std::views::values)
    if (source.blocked_since) source.blocked_since = now;
}
/// Ticks of another boot mean nothing here: what was aged by them is dropped, risk stays as it was.
void enter_boot(State& state, const std::string& boot, Ticks now) {
  state.boot = boot;
  for (auto& record : state.services | std::views::values) {
    record.risk_at = now;
    if (!record.closure) continue;
    record.closure->reports.clear();
    record.closure->proofs.clear();
    record.closure->asked.mono = now;
  }
  for (auto& source : state.sources | std::views::values) source.at = now;
  for (auto& ordered : state.inspecting | std::views::values) ordered = now;
  for (auto& ordered : state.proving | std::views::values) ordered = now;
  state.sightings.clear();
}

/// Nobody watched the files until now. A trial waits for its systems to be inspected again; all else that rested on it is voided by a fact.
void unwatch(State& state, Ticks now) {
  for (auto& record : state.services | std::views::values)
    if (record.state == ServiceState::trial)
      for (const auto& system : systems_to_inspect(record)) record.closure->unwatched[system] = now;
}

void apply(State& state, const fact::Started& fact, Moment at) {
  if (state.boot != fact.boot) enter_boot(state, fact.boot, at.mono);
  restart_timers(state, at.mono);
  unwatch(state, at.mono);
}
void apply(State& state, const fact::ModeSet& fact, Moment) {
  state.mode = fact.mode;
  state.mode_known = true;
  state.mode_set_by = state.facts;
  for (auto& record : state.services | std::views::values) record.advised.clear();
}
void index_services(State& state) {
  state.services_on.clear();
  for (const auto& [id, record] : state.services)
    for (const auto& system : record.service.systems) state.services_on[system].push_back(id);
}
void apply(State& state, const fact::ServiceDeclared& fact, Moment at) {
  auto [entry, is_new] = state.services.try_emplace(fact.service.id);
  auto& record = entry->second;
  record.service = fact.service;
  record.retired = false;
  if (!is_new) return index_services(state);
  record.since = record.risk_at = at.mono;
  for (const auto& system : fact.service.systems) state.services_on[system].push_back(fact.service.id);
}
void apply(State& state, const fact::ServiceRetired& fact, Moment) {
  if (auto* record = find(state, fact.service)) record->retired = true;
}
void apply(State& state, const fact::SystemDeclared& fact, Moment) { state.systems[fact.system.id] = fact.system; }
void apply(State& state, const fact::DatasetDeclared& fact, Moment) { state.datasets[fact.dataset.id] = fact.dataset; }
void apply(State& state, const fact::SensorDeclared& fact, Moment) { state.sensors[fact.sensor.id] = fact.sensor; }
void apply(State& state, const fact::ApproversSet& fact, Moment) {
  state.approvers = fact.approvers;
  state.approvers_set_by = state.facts;
}
void apply(State& state, const fact::RecoverySet& fact, Moment) { state.recovery = fact.recovery; }
void apply(State& state, const fact::ClockGap& fact, Moment at) {
  if (fact.before) state.seen = std::max(state.seen, *fact.before);
  restart_timers(state, at.mono);
}

void remember(State& state, const Alert& alert, Ticks now) {
  if (!alert.object || !(alert.succeeded || alert.nature == Nature::effect)) return;
  state.sightings.push_back({alert.sensor, *alert.object, alert.service, alert.system, now});
  if (state.sightings.size() > sightings_kept) state.sightings.pop_front();
}
/// A closed service whose other system shows an effect too: a withdrawal must inspect that one as well. No evidence means all.
void add_evidence(ServiceRecord& record, const std::optional<SystemId>& system) {
  if (!system || !record.closure || record.closure->in_evidence.empty()) return;
  auto& evidence = record.closure->in_evidence;
  if (std::ranges::find(evidence, *system) == evidence.end()) evidence.push_back(*system);
}
void apply(State& state, const fact::Alerted& fact, Moment at) {
  if (fact.effect) state.first_evidence = std::min(state.first_evidence.value_or(Timestamp::max()), fact.alert.happened);
  for (const auto& risk : fact.risks)
    if (auto* record = find(state, risk.service)) {
      record->attempts = risk.attempts;
      record->effects = risk.effects;
      record->risk_at = at.mono;
      if (fact.effect) add_evidence(*record, fact.alert.system);
    }
  if (fact.alert.source) {
    if (state.sources.size() >= sources_kept) std::erase_if(state.sources, [](const auto& source) { return !source.second.blocked_since; });
    auto& source = state.sources[*fact.alert.source];
    source.points = fact.source_points;
    source.at = at.mono;
  }
  remember(state, fact.alert, at.mono);
}
void apply(State&, const fact::OutOfScope&, Moment) {}
void apply(State& state, const fact::Blind& fact, Moment at) {
  if (fact.sensor == files_sensor) unwatch(state, at.mono);
}
void apply(State& state, const fact::IncidentOpened& fact, Moment) { state.incident = fact.incident; }
void apply(State& state, const fact::IncidentEnded&, Moment) {
  state.incident.reset();
  state.first_evidence.reset();
  state.paged.clear();
}

void apply(State& state, const fact::SourceBlocked& fact, Moment at) { state.sources[fact.source].blocked_since = at.mono; }
void apply(State& state, const fact::SourceUnblocked& fact, Moment) { state.sources.erase(fact.source); }
void apply(State& state, const fact::Guarded& fact, Moment at) {
  auto* record = find(state, fact.service);
  if (!record || record->state != ServiceState::open) return;
  record->state = ServiceState::guarded;
  record->wanted = {GateMode::guarded, {}, 0};
  record->since = at.mono;
}
void apply(State& state, const fact::Unguarded& fact, Moment) {
  auto* record = find(state, fact.service);
  if (!record || record->state != ServiceState::guarded) return;
  record->state = ServiceState::open;
  record->wanted = {GateMode::open, {}, 0};
}
void apply(State& state, const fact::Closed& fact, Moment at) {
  auto* record = find(state, fact.service);
  if (!record) return;
  record->state = ServiceState::closed;
  record->closure = Closure{.id = fact.closure,
                            .service = fact.service,
                            .by = fact.by,
                            .why = fact.why,
                            .at = at,
                            .in_evidence = fact.systems,
                            .acknowledged = {},
                            .purpose = {},
                            .asked = {},
                            .reports = {},
                            .proofs = {},
                            .first_evidence = {},
                            .basis = {},
                            .approvals = {},
                            .unwatched = {},
                            .held = {}};
  record->wanted = {GateMode::closed, fact.closure, 0};
}
void apply(State& state, const fact::Advised& fact, Moment) {
  if (auto* record = find(state, fact.service)) record->advised = fact.action;
}
void apply(State& state, const fact::PersonPaged& fact, Moment) {
  state.paged.insert((fact.service ? fact.service->str() : "") + "|" + fact.why);
}

void apply(State& state, const fact::GateConfirmed& fact, Moment at) {
  auto* record = find(state, fact.service);
  if (!record || record->wanted != fact.entry) return;
  record->confirmed = fact.entry;
  record->since = at.mono;
  if (record->closure && fact.entry.mode == GateMode::closed && record->closure->id == fact.entry.closure)
    record->closure->acknowledged = fact.acknowledged;
}
void apply(State&, const fact::GateFailed&, Moment) {}
void apply(State& state, const fact::GateDrifted& fact, Moment) {
  if (auto* record = find(state, fact.found.service)) record->confirmed = fact.found.entry;
}
void apply(State& state, const fact::BeliefChanged& fact, Moment) { state.beliefs[fact.belief.service] = fact.belief; }

void reach_back(State& state, Timestamp to) { state.first_evidence = std::min(state.first_evidence.value_or(Timestamp::max()), to); }
void apply(State& state, const fact::VerificationAsked& fact, Moment at) {
  if (fact.since) reach_back(state, *fact.since);
  auto* record = find(state, fact.service, fact.closure);
  if (!record) return;
  record->state = ServiceState::verifying;
  auto& closure = *record->closure;
  closure.purpose = fact.purpose;
  closure.asked = at;
  closure.reports.clear();
  closure.proofs.clear();
  closure.basis.reset();
  closure.approvals.clear();
}
void apply(State& state, const fact::InspectionOrdered& fact, Moment at) { state.inspecting[fact.system] = at.mono; }
void apply(State& state, const fact::ProofOrdered& fact, Moment at) { state.proving[fact.dataset] = at.mono; }
void watch_again(ServiceRecord& record, const Report& report) {
  if (!record.closure || !report.clean) return;
  const auto since = record.closure->unwatched.find(report.system);
  if (since != record.closure->unwatched.end() && report.started.mono >= since->second) record.closure->unwatched.erase(since);
}
void apply(State& state, const fact::Inspected& fact, Moment) {
  const auto ordered = state.inspecting.find(fact.report.system);
  if (ordered != state.inspecting.end() && fact.report.started.mono >= ordered->second) state.inspecting.erase(ordered);
  for (auto& record : state.services | std::views::values) {
    watch_again(record, fact.report);
    // What was found stands against a false alarm too: a withdrawal must look at it again.
    if (!fact.report.clean && std::ranges::count(record.service.systems, fact.report.system)) add_evidence(record, fact.report.system);
    const bool waits = record.state == ServiceState::verifying && fact.report.started.mono >= record.closure->asked.mono;
    if (waits && std::ranges::count(systems_to_inspect(record), fact.report.system))
      record.closure->reports[fact.report.system] = fact.report;
  }
}
void apply(State&, const fact::BackupSuspected&, Moment) {}
void remember_snapshot(State& state, const Proof& proof) {
  if (proof.snapshot.empty()) return;
  auto& known = state.snapshots[proof.dataset];
  known[proof.snapshot] = first_seen(state, proof);
  if (known.size() > snapshots_kept) known.erase(std::ranges::min_element(known, {}, [](const auto& each) { return each.second; }));
}
void apply(State& state, const fact::Proved& fact, Moment) {
  remember_snapshot(state, fact.proof);
  auto& kept = state.proofs[fact.proof.dataset];
  kept.push_back(fact.proof);
  if (kept.size() > proofs_kept) kept.erase(kept.begin());
  const auto ordered = state.proving.find(fact.proof.dataset);
  if (ordered != state.proving.end() && fact.proof.started.mono >= ordered->second) state.proving.erase(ordered);
  for (auto& record : state.services | std::views::values)
    if (record.state == ServiceState::verifying &&
        std::ranges::find(record.service.datasets, fact.proof.dataset) != record.service.datasets.end() &&
        fact.proof.started.mono >= record.closure->asked.mono)
      record.closure->proofs[fact.proof.dataset] = fact.proof;
}
void back_to_closed(ServiceRecord& record) {
  record.state = ServiceState::closed;
  record.closure->basis.reset();
  record.closure->approvals.clear();
}
void apply(State& state, const fact::VerificationFailed& fact, Moment) {
  if (auto* record = find(state, fact.service, fact.closure)) back_to_closed(*record);
}
void apply(State& state, const fact::VerificationVoided& fact, Moment) {
  if (auto* record = find(state, fact.service, fact.closure)) back_to_closed(*record);
}
/// What was seen before was looked at, and found clean: the rebuild's own writes make no effect of a request that comes later.
void forget_sightings(State& state, const ServiceRecord& record) {
  const auto& systems = systems_to_inspect(record);
  std::erase_if(state.sightings, [&](const Sighting& seen) {
    return seen.service == record.service.id || (seen.system && std::ranges::find(systems, *seen.system) != systems.end());
  });
}
void apply(State& state, const fact::Verified& fact, Moment) {
  auto* record = find(state, fact.service, fact.closure);
  if (!record) return;
  forget_sightings(state, *record);
  record->state = ServiceState::verified;
  record->closure->first_evidence = state.first_evidence;
  record->closure->basis = fact.basis;
}
void apply(State& state, const fact::Approved& fact, Moment) {
  if (auto* record = find(state, fact.approval.service, fact.approval.closure)) record->closure->approvals.push_back(fact.approval);
}
template <typename Trial>
void set_trial(State& state, const Trial& fact, Ticks now) {
  auto* record = find(state, fact.service, fact.closure);
  if (!record) return;
  record->state = ServiceState::trial;
  record->wanted = {GateMode::trial, fact.closure, fact.share, fact.limit};
  record->since = now;
}
void apply(State& state, const fact::TrialStarted& fact, Moment at) { set_trial(state, fact, at.mono); }
void apply(State& state, const fact::TrialWidened& fact, Moment at) { set_trial(state, fact, at.mono); }
/// A step that was ordered and not confirmed is taken back.
void apply(State& state, const fact::TrialHeld& fact, Moment) {
  auto* record = find(state, fact.service, fact.closure);
  if (!record) return;
  record->closure->held = fact.why;
  record->closure->held_by = state.facts;
  if (record->confirmed.mode == GateMode::trial && record->confirmed.closure == fact.closure &&
      record->confirmed.stricter_than(record->wanted))
    record->wanted = record->confirmed;
}
/// Its step begins again: what the errors hid is watched for the whole time.
void apply(State& state, const fact::TrialResumed& fact, Moment at) {
  auto* record = find(state, fact.service, fact.closure);
  if (!record) return;
  record->closure->held.clear();
  record->since = at.mono;
}
void apply(State& state, const fact::Opened& fact, Moment at) {
  auto* record = find(state, fact.service, fact.closure);
  if (!record) return;
  record->state = ServiceState::open;
  record->closure.reset();
  record->wanted = {GateMode::open, {}, 0};
  record->attempts = record->effects = 0;
  record->since = record->risk_at = at.mono;
}
void apply(State&, const fact::Refused&, Moment) {}
void apply(State&, const fact::SignedIn&, Moment) {}
void apply(State&, const fact::SignedOut&, Moment) {}
void apply(State&, const fact::SignInFailed&, Moment) {}
void apply(State&, const fact::EvidenceAsked&, Moment) {}
void apply(State&, const fact::FindingsAccepted&, Moment) {}
void apply(State& state, const fact::StatementReleased&, Moment) { state.statement = state.facts; }
void apply(State&, const fact::StatementDelivered&, Moment) {}

}  // namespace

State evolve(State state, const Fact& fact) {
  ++state.facts;
  state.seen = std::max(state.seen, fact.at.wall);
  if (concerns_statement(fact)) state.public_fact = state.facts;
  std::visit([&](const auto& body) { apply(state, body, fact.at); }, fact.body);
  return state;
}
}  // namespace kulla::incident
