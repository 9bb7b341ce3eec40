#include "daemon/statement_record.hpp"

#include <ranges>

namespace kulla::daemon {
namespace {
using notify::Mark;
using notify::Record;
using notify::ServiceRecord;
using notify::Standing;

/// A fact on its way into the record; each handler says which aspects it touched.
struct Taken {
  Record& record;
  Mark mark;

  ServiceRecord* find(const ServiceId& id) const {
    const auto found = record.services.find(id);
    return found == record.services.end() ? nullptr : &found->second;
  }
  ServiceRecord* find(const ServiceId& id, const ClosureId& closure) const {
    auto* service = find(id);
    return service && service->closure && service->closure->id == closure ? service : nullptr;
  }
  unsigned stand(ServiceRecord* service, Standing standing) const {
    if (!service) return 0;
    service->standing = standing;
    service->since = mark;
    return notify::of_services;
  }
};

template <typename T>
unsigned apply(const Taken&, const T&) {
  return 0;
}

unsigned apply(const Taken& taken, const fact::ServiceDeclared& fact) {
  const auto& declared = fact.service;
  auto [entry, is_new] = taken.record.services.try_emplace(declared.id);
  auto& service = entry->second;
  service.address = declared.host + (declared.path == "/" ? "" : declared.path);
  service.systems = declared.systems;
  service.datasets = declared.datasets;
  service.retired = false;
  if (is_new) service.since = taken.mark;
  return notify::of_services | notify::of_proofs | notify::of_reports;
}
unsigned apply(const Taken& taken, const fact::ServiceRetired& fact) {
  if (auto* service = taken.find(fact.service)) service->retired = true;
  return notify::of_services | notify::of_proofs | notify::of_reports;
}

unsigned apply(const Taken& taken, const fact::Alerted& fact) {
  if (!fact.effect) return 0;
  auto& record = taken.record;
  if (!record.first_sign) record.first_sign = taken.mark;
  for (const auto& risk : fact.risks)
    if (auto* service = taken.find(risk.service); service && !service->struck) service->struck = taken.mark;
  if (fact.alert.system) record.systems[*fact.alert.system].struck = taken.mark;
  return notify::of_incident;
}
unsigned apply(const Taken& taken, const fact::IncidentOpened&) {
  taken.record.incident = taken.mark;
  return notify::of_incident;
}
unsigned apply(const Taken& taken, const fact::IncidentEnded&) {
  auto& record = taken.record;
  record.incident.reset();
  record.first_sign.reset();
  record.calm = taken.mark;
  for (auto& service : record.services | std::views::values) service.struck.reset();
  return notify::of_incident;
}

unsigned apply(const Taken& taken, const fact::Guarded& fact) {
  auto* service = taken.find(fact.service);
  return taken.stand(service && service->standing == Standing::open ? service : nullptr, Standing::guarded);
}
unsigned apply(const Taken& taken, const fact::Unguarded& fact) {
  auto* service = taken.find(fact.service);
  return taken.stand(service && service->standing == Standing::guarded ? service : nullptr, Standing::open);
}

notify::Because because(const ServiceRecord& service, ClosedBy by) {
  if (by == ClosedBy::person) return notify::Because::person;
  if (by == ClosedBy::gate) return notify::Because::found_closed;
  return service.standing == Standing::trial ? notify::Because::trial_ended : notify::Because::intrusion;
}
unsigned apply(const Taken& taken, const fact::Closed& fact) {
  auto* service = taken.find(fact.service);
  if (!service) return 0;
  service->closure = notify::ClosureRecord{fact.closure, because(*service, fact.by), taken.mark, {}};
  return taken.stand(service, Standing::closed) | notify::of_reports;
}

unsigned set_gate(const Taken& taken, ServiceRecord* service, const GateEntry& entry, Timestamp at) {
  if (!service) return 0;
  service->gate = entry.mode;
  service->gate_since = {taken.mark.fact, at};
  auto& closure = service->closure;
  if (closure && !closure->confirmed && entry.mode == GateMode::closed && entry.closure == closure->id)
    closure->confirmed = service->gate_since;
  return notify::of_services | notify::of_reports;
}
unsigned apply(const Taken& taken, const fact::GateConfirmed& fact) {
  return set_gate(taken, taken.find(fact.service), fact.entry, fact.acknowledged);
}
/// Found, and not ordered: it confirms nothing, whatever it is.
unsigned apply(const Taken& taken, const fact::GateDrifted& fact) {
  auto* service = taken.find(fact.found.service);
  if (!service) return 0;
  service->gate = fact.found.entry.mode;
  service->gate_since = taken.mark;
  return notify::of_services | notify::of_reports;
}

/// What one vantage alone saw of a trial is no view of them all.
unsigned apply(const Taken& taken, const fact::BeliefChanged& fact) {
  auto* service = taken.find(fact.belief.service);
  if (!service || !fact.belief.vantage.empty()) return 0;
  service->outside = notify::OutsideRecord{taken.mark, fact.belief.seen, fact.agreement};
  return notify::of_outside;
}

unsigned apply(const Taken& taken, const fact::VerificationAsked& fact) {
  return taken.stand(taken.find(fact.service, fact.closure), Standing::verifying);
}
unsigned apply(const Taken& taken, const fact::VerificationFailed& fact) {
  return taken.stand(taken.find(fact.service, fact.closure), Standing::closed);
}
unsigned apply(const Taken& taken, const fact::VerificationVoided& fact) {
  return taken.stand(taken.find(fact.service, fact.closure), Standing::closed);
}
unsigned apply(const Taken& taken, const fact::Verified& fact) {
  return taken.stand(taken.find(fact.service, fact.closure), Standing::verified);
}
unsigned apply(const Taken& taken, const fact::TrialStarted& fact) {
  return taken.stand(taken.find(fact.service, fact.closure), Standing::trial);
}
unsigned apply(const Taken& taken, const fact::TrialWidened& fact) {
  return taken.stand(taken.find(fact.service, fact.closure), Standing::trial);
}
unsigned apply(const Taken& taken, const fact::Opened& fact) {
  auto* service = taken.find(fact.service, fact.closure);
  if (service) service->closure.reset();
  return taken.stand(service, Standing::open) | notify::of_reports;
}

unsigned apply(const Taken& taken, const fact::Inspected& fact) {
  const auto& report = fact.report;
  taken.record.systems[report.system].report =
      notify::ReportRecord{taken.mark, report.clean, report.files, report.started.wall, report.finished.wall};
  return notify::of_reports;
}
unsigned apply(const Taken& taken, const fact::Proved& fact) {
  const auto& proof = fact.proof;
  taken.record.datasets[proof.dataset].proof = notify::ProofRecord{taken.mark, proof.passed, proof.drift.has_value(), proof.finished.wall};
  return notify::of_proofs;
}
unsigned apply(const Taken& taken, const fact::BackupSuspected& fact) {
  taken.record.datasets[fact.dataset].suspected = taken.mark;
  return notify::of_proofs;
}

unsigned apply(const Taken& taken, const fact::StatementReleased& fact) {
  auto& releases = taken.record.releases;
  releases.push_back({taken.mark, fact.statement, std::vector<std::uint64_t>(fact.statement.sentences.size())});
  if (releases.size() > notify::releases_kept) releases.erase(releases.begin());
  taken.record.delivered.clear();
  return notify::of_all;
}
unsigned apply(const Taken& taken, const fact::StatementDelivered& fact) {
  const auto& releases = taken.record.releases;
  if (!releases.empty() && std::cmp_equal(fact.statement, releases.back().mark.fact)) taken.record.delivered[fact.channel] = taken.mark;
  return 0;
}
}  // namespace

bool StatementRecord::wanted(const Fact& fact) {
  return concerns_statement(fact) || std::holds_alternative<fact::StatementDelivered>(fact.body);
}

void StatementRecord::take(std::uint64_t number, const Fact& fact) {
  if (!wanted(fact)) return;
  record_.facts = number;
  const Taken taken{record_, {number, fact.at.wall}};
  const auto aspects = std::visit([&](const auto& body) { return apply(taken, body); }, fact.body);
  if (aspects != 0) notify::note_failures(record_, number, aspects);
}
}  // namespace kulla::daemon
