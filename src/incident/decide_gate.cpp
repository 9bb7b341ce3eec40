// What the gate says: at start, when it confirms or fails, when it drifted. The stricter of ledger and gate wins.
#include <algorithm>
#include <map>
#include <ranges>
#include <set>

#include "incident/handlers.hpp"

namespace kulla::incident {
namespace {

struct FoundOf {
  GateEntry strictest{GateMode::open, {}, 0};
  GateFound loosest;
};
/// Over all workers and the map file, by service.
std::map<ServiceId, FoundOf> by_service(const std::vector<GateFound>& found) {
  std::map<ServiceId, FoundOf> result;
  for (const auto& entry : found) {
    auto [at, is_new] = result.try_emplace(entry.service, FoundOf{entry.entry, entry});
    if (is_new) continue;
    if (entry.entry.stricter_than(at->second.strictest)) at->second.strictest = entry.entry;
    if (at->second.loosest.entry.stricter_than(entry.entry)) at->second.loosest = entry;
  }
  return result;
}

bool is_declared(const Catalogue& catalogue, const ServiceId& service) {
  return std::ranges::find(catalogue.services, service, &Service::id) != catalogue.services.end();
}

/// What was inspected and proved for its trial is not what the config names now; or it names the service no more, and nobody looks after it.
bool rests_on_more(const ServiceRecord& record, const Catalogue& catalogue) {
  const auto now = std::ranges::find(catalogue.services, record.service.id, &Service::id);
  return now == catalogue.services.end() || (now->systems != record.service.systems || now->datasets != record.service.datasets);
}

/// The config names them once: while fewer than two are known, who could approve nothing, and while nothing waits for an approval. A closed
/// service that left the config counts here: else whoever writes the config could leave it out, name approvers, and put it back.
void declare_approvers(const State& state, const Catalogue& catalogue, Facts& facts) {
  const auto& named = catalogue.approvers;
  const auto refuse = [&](Refusal why, std::string about) { facts.add(fact::Refused{"approvers", {}, why, std::move(about)}); };
  if (named == state.approvers) return;
  if (state.approvers.size() >= approvals_needed)
    return refuse(Refusal::approvers_frozen, "the config names others than the ledger; the ledger's count");
  const auto declared = [&](const ServiceId& service) { return is_declared(catalogue, service); };
  if (auto why = objection_to(named, declared, expiry_time(state, facts.at().wall))) return refuse(why->why, std::move(why->about));
  if (std::ranges::any_of(state.services | std::views::values, [](const ServiceRecord& record) { return is_closed(record.state); }))
    return refuse(Refusal::approvers_frozen, "a service is closed: whoever opens it must have been named before");
  facts.add(fact::ApproversSet{named});
}

/// Named once, at set-up: whoever could change it could name approvers.
void declare_recovery(const State& state, const std::optional<Recovery>& named, Facts& facts) {
  if (!named || named == state.recovery) return;
  if (state.recovery)
    return facts.add(
        fact::Refused{"recovery", {}, Refusal::approvers_frozen, "the config names others than the ledger; the ledger's count"});
  if (std::ranges::any_of(state.services | std::views::values, [](const ServiceRecord& record) { return is_closed(record.state); }))
    return facts.add(fact::Refused{"recovery", {}, Refusal::approvers_frozen, "a service is closed: it must have been named before"});
  facts.add(fact::RecoverySet{*named});
}

void declare_services(const State& state, const input::Started& started, const std::map<ServiceId, FoundOf>& found, Facts& facts) {
  for (const auto& service : started.catalogue.services) {
    const auto* known = state.find(service.id);
    if (!known || known->service != service || known->retired) facts.add(fact::ServiceDeclared{service});
    if (known) continue;
    const auto at = found.find(service.id);
    if (at == found.end() || at->second.strictest.mode != GateMode::open) {
      const ServiceRecord fresh{.service = service, .closure = {}, .advised = {}};
      close(state, fresh, ClosedBy::gate, {}, "new, and not open at the gate: verify it and approve it to open it", {}, facts);
    }
  }
  for (const auto& [id, record] : state.services)
    if (!record.retired && !is_declared(started.catalogue, id)) facts.add(fact::ServiceRetired{id});
}

template <typename T, typename Known, typename MakeFact>
void declare(const std::vector<T>& declared, const Known& known, MakeFact make, Facts& facts) {
  for (const auto& each : declared) {
    const auto at = known.find(each.id);
    if (at == known.end() || at->second != each) facts.add(make(each));
  }
}

/// Takes over what the gate does where that is stricter than what was wanted; false where it is not.
bool adopt(const State& state, const ServiceRecord& record, const GateEntry& found, Facts& facts) {
  if (!found.stricter_than(record.wanted)) return false;
  if (found.mode == GateMode::guarded)
    facts.add(fact::Guarded{record.service.id, "found guarded at the gate, which the ledger does not know of"});
  else close(state, record, ClosedBy::gate, {}, "found stricter at the gate than the ledger knows of", {}, facts);
  return true;
}

/// An order on its way, or lost on it; at start it is given again.
bool not_there_yet(const ServiceRecord& record, const GateEntry& found) {
  return record.wanted != record.confirmed && found == record.confirmed;
}

/// What the gate does is held against what the ledger says of one service.
void reconcile(const State& state, const ServiceRecord& record, const FoundOf& found, Facts& facts) {
  if (!not_there_yet(record, found.strictest) && adopt(state, record, found.strictest, facts)) return;
  if (!not_there_yet(record, found.loosest.entry) && found.loosest.entry != record.wanted)
    facts.add(fact::GateDrifted{found.loosest, record.wanted});
}
/// What the gate does not know is closed.
FoundOf unknown_at_gate(const ServiceId& service) {
  const GateEntry closed{GateMode::closed, {}, 0};
  return {closed, {service, closed, ""}};
}
}  // namespace

void on(const State& state, const input::Started& started, const Policy&, Facts& facts) {
  facts.add(fact::Started{started.version, started.boot});
  if (!state.mode_known || (started.mode == Mode::act && state.mode == Mode::advise)) facts.add(fact::ModeSet{started.mode, {}});
  else if (started.mode != state.mode)
    facts.add(fact::Refused{
        "mode", {}, Refusal::bad_signature, "advise: a change from act to advise is signed by a person: kulla mode advise --key FILE"});

  const auto found = by_service(started.gate);
  declare(started.catalogue.systems, state.systems, [](const System& system) { return fact::SystemDeclared{system}; }, facts);
  declare(started.catalogue.datasets, state.datasets, [](const Dataset& dataset) { return fact::DatasetDeclared{dataset}; }, facts);
  declare(started.catalogue.sensors, state.sensors, [](const Sensor& sensor) { return fact::SensorDeclared{sensor}; }, facts);
  declare_approvers(state, started.catalogue, facts);
  declare_recovery(state, started.catalogue.recovery, facts);
  declare_services(state, started, found, facts);

  std::set<SystemId> unwatched;
  for (const auto& [id, record] : state.services) {
    if (record.state == ServiceState::trial && rests_on_more(record, started.catalogue)) {
      end_trial(state, record, "the config names other systems or data sets than were verified, or not this service; verify again", facts);
      continue;
    }
    distrust(state, record, "the daemon was not running, and nobody watched its files", unwatched, facts);
    if (is_trial_to_begin(record)) continue;  // closed just now
    const auto at = found.find(id);
    if (at != found.end()) reconcile(state, record, at->second, facts);
    else if (is_declared(started.catalogue, id)) reconcile(state, record, unknown_at_gate(id), facts);
  }
  for (const auto& system : unwatched) facts.add(fact::InspectionOrdered{system});
}

void on(const State& state, const input::GateConfirmed& input, const Policy&, Facts& facts) {
  const auto* record = state.find(input.service);
  if (!record || record->wanted != input.entry || record->confirmed == input.entry) return;  // late, or said twice
  facts.add(
      fact::GateConfirmed{input.service, input.entry, input.applied.acknowledged, input.applied.workers, input.applied.streams_ended});
}

void on(const State& state, const input::GateFailed& input, const Policy&, Facts& facts) {
  if (!state.find(input.service)) return;
  facts.add(fact::GateFailed{input.service, input.entry, input.problem});
  page(state, input.service, "the gate does not do what it is told: " + input.problem, facts);
}

/// Said each time it begins, in an incident or not: who reports it does not repeat it.
void on(const State&, const input::GateTroubled& input, const Policy&, Facts& facts) {
  facts.add(fact::PersonPaged{std::nullopt, "the gate: " + input.problem});
}

void on(const State& state, const input::GateDrifted& input, const Policy&, Facts& facts) {
  const auto* record = state.find(input.found.service);
  const auto& found = input.found.entry;
  if (!record || found == record->wanted) return;
  const bool closing_failed = record->wanted.stricter_than(found);  // or is on its way: closing twice harms nobody
  if (not_there_yet(*record, found) && !closing_failed) return;
  // To correct towards a trial that is not durable yet would open before the disk knows of it.
  if (record->state == ServiceState::trial && record->confirmed.stricter_than(record->wanted))
    return close(state, *record, ClosedBy::gate, {}, "the gate drifted before it had confirmed the trial", {}, facts);
  if (!adopt(state, *record, found, facts)) facts.add(fact::GateDrifted{input.found, record->wanted});
}
}  // namespace kulla::incident
