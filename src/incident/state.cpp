#include "incident/state.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <cmath>
#include <ranges>

namespace kulla::incident {

const ServiceRecord* State::find(const ServiceId& id) const {
  const auto found = services.find(id);
  return found == services.end() ? nullptr : &found->second;
}
const ServiceRecord* State::find(const ClosureId& id) const {
  for (const auto& [service, record] : services)
    if (record.closure && record.closure->id == id) return &record;
  return nullptr;
}
std::size_t State::closed_by_machine() const {
  return static_cast<std::size_t>(std::ranges::count_if(services, [](const auto& entry) {
    const auto& closure = entry.second.closure;
    return !entry.second.retired && closure && closure->by == ClosedBy::machine;
  }));
}

bool is_closed(ServiceState state) { return state >= ServiceState::closed; }
bool any_to_reopen(const State& state) {
  return std::ranges::any_of(state.services | std::views::values,
                             [](const ServiceRecord& record) { return !record.retired && is_closed(record.state); });
}

const std::vector<SystemId>& systems_to_inspect(const ServiceRecord& record) {
  const bool false_alarm = record.closure && record.closure->purpose == Purpose::withdraw;
  if (false_alarm && !record.closure->in_evidence.empty()) return record.closure->in_evidence;
  return record.service.systems;
}
const std::vector<DatasetId>& datasets_to_prove(const ServiceRecord& record) {
  static const std::vector<DatasetId> none;
  return record.closure && record.closure->purpose == Purpose::withdraw ? none : record.service.datasets;
}

std::string lacks(const State& state, const Proof& proof) {
  const auto found = state.datasets.find(proof.dataset);
  if (found == state.datasets.end()) return {};
  const auto& demanded = found->second;
  const auto compared = proof.compared.value_or(proof.files), needed = std::min(demanded.sample.value_or(proof.files), proof.files);
  if (compared < needed) return fmt::format("{} of its {} files were compared, and {} are asked for", compared, proof.files, needed);
  if (demanded.alive.value_or(false) && !proof.alive) return "it was not put to its own test";
  if (demanded.inspected.value_or(false) && !proof.inspected.value_or(false)) return "it was not looked into for malware";
  return {};
}

bool is_complete(const State& state, const ServiceRecord& record) {
  if (!record.closure) return false;
  const auto& closure = *record.closure;
  const auto clean = [&](const SystemId& system) {
    const auto report = closure.reports.find(system);
    return report != closure.reports.end() && report->second.clean && report->second.started.mono >= closure.asked.mono;
  };
  const auto proved = [&](const DatasetId& dataset) {
    const auto proof = closure.proofs.find(dataset);
    return proof != closure.proofs.end() && proof->second.passed && proof->second.started.mono >= closure.asked.mono &&
           lacks(state, proof->second).empty();
  };
  const auto& systems = systems_to_inspect(record);
  return !systems.empty() && std::ranges::all_of(systems, clean) && std::ranges::all_of(datasets_to_prove(record), proved);
}

bool is_fresh(const State& state, const ServiceRecord& record, Moment now, const Policy& policy) {
  if (!is_complete(state, record)) return false;
  const auto young = [&](Moment finished) {
    return now.mono >= finished.mono && now.mono - finished.mono <= policy.report_max_age &&
           now.wall - finished.wall <= policy.report_max_age;
  };
  for (const auto& system : systems_to_inspect(record))
    if (!young(record.closure->reports.at(system).finished)) return false;
  for (const auto& dataset : datasets_to_prove(record))
    if (!young(record.closure->proofs.at(dataset).finished)) return false;
  return true;
}

Timestamp expiry_time(const State& state, Timestamp now) { return std::max(now, state.seen); }
const Approver* approver_of(const State& state, const PersonId& person, const PublicKey& key, Timestamp now) {
  const auto found = std::ranges::find_if(state.approvers, [&](const Approver& approver) {
    return approver.person == person && approver.key == key && (!approver.until || *approver.until > expiry_time(state, now));
  });
  return found == state.approvers.end() ? nullptr : &*found;
}
std::size_t approvals_holding(const State& state, const Closure& closure, Moment now) {
  return static_cast<std::size_t>(std::ranges::count_if(closure.approvals, [&](const Approval& approval) {
    return approval.expires > expiry_time(state, now.wall) && approver_of(state, approval.person, approval.key, now.wall);
  }));
}
Timestamp first_seen(const State& state, const Proof& proof) {
  const auto of_dataset = state.snapshots.find(proof.dataset);
  if (of_dataset == state.snapshots.end()) return proof.started.wall;
  const auto known = of_dataset->second.find(proof.snapshot);
  return known == of_dataset->second.end() ? proof.started.wall : std::min(known->second, proof.started.wall);
}
std::vector<std::string> known_before_evidence(const State& state, const DatasetId& dataset) {
  std::vector<std::string> known;
  const auto of_dataset = state.snapshots.find(dataset);
  if (of_dataset == state.snapshots.end() || !state.first_evidence) return known;
  for (const auto& [snapshot, seen] : of_dataset->second)
    if (seen < *state.first_evidence) known.push_back(snapshot);
  return known;
}
std::vector<order::Pinned> pinned(const State& state, const DatasetId& dataset) {
  std::vector<order::Pinned> snapshots;
  const auto found = state.proofs.find(dataset);
  if (found == state.proofs.end()) return snapshots;
  for (const auto& proof : found->second | std::views::reverse)
    if (proof.passed && std::ranges::find(snapshots, proof.snapshot, &order::Pinned::id) == snapshots.end())
      snapshots.push_back({proof.snapshot, proof.taken});
  return snapshots;
}
bool is_trial_to_begin(const ServiceRecord& record) {
  return record.state == ServiceState::trial && record.wanted != record.confirmed && record.confirmed.mode == GateMode::closed;
}
bool is_earned(const State& state, const ServiceRecord& record, Moment now, const Policy& policy) {
  return is_fresh(state, record, now, policy) && approvals_holding(state, *record.closure, now) >= approvals_needed;
}

Basis basis_of(const ServiceRecord& record) {
  KULLA_ASSERT(record.closure);
  const auto& closure = *record.closure;
  Basis basis{record.service.id, closure.id, closure.purpose, closure.at.wall, closure.why, closure.first_evidence, {}, {}};
  for (const auto& system : systems_to_inspect(record)) basis.reports.push_back(closure.reports.at(system));
  for (const auto& dataset : datasets_to_prove(record)) basis.proofs.push_back(closure.proofs.at(dataset));
  return basis;
}

namespace {
std::string verification_waits(const ServiceRecord& record) {
  std::vector<std::string> left;
  for (const auto& system : systems_to_inspect(record))
    if (!record.closure->reports.contains(system)) left.push_back("inspection of " + system.str());
  for (const auto& dataset : datasets_to_prove(record))
    if (!record.closure->proofs.contains(dataset)) left.push_back("proof of " + dataset.str());
  if (left.empty()) return "a person: kulla verify " + record.service.id.str();  // what came last was lost in a crash
  return fmt::format("{}", fmt::join(left, ", "));
}
}  // namespace

std::string waits_for(const ServiceRecord& record) {
  switch (record.state) {
    case ServiceState::open:
    case ServiceState::guarded: return "";
    case ServiceState::closed: return "a person: kulla verify " + record.service.id.str();
    case ServiceState::verifying: return verification_waits(record);
    case ServiceState::verified:
      return fmt::format("{} of {} approvals: kulla approve {}",
                         approvals_needed - std::min(approvals_needed, record.closure->approvals.size()), approvals_needed,
                         record.service.id.str());
    case ServiceState::trial:
      if (const auto& unwatched = record.closure->unwatched; !unwatched.empty())
        return fmt::format("inspection of {}, whose files were not watched for a while", unwatched.begin()->first.str());
      if (!record.closure->held.empty())
        return fmt::format("a person: held at {} % of clients: {}; kulla resume {}, or kulla close", record.wanted.share,
                           record.closure->held, record.service.id.str());
      return fmt::format("a clean time at {} % of clients", record.wanted.share);
  }
  return "";
}

Points decayed(Points points, Ticks then, Ticks now, Ticks half_life) {
  if (now <= then) return points;
  return static_cast<Points>(static_cast<double>(points) *
                             std::exp2(-static_cast<double>((now - then).count()) / static_cast<double>(half_life.count())));
}
}  // namespace kulla::incident
