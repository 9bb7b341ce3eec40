// The way back: verification, approvals, trial. Nothing here can be shortened by anything seen from outside.
#include <fmt/format.h>

#include <algorithm>
#include <limits>
#include <ranges>
#include <set>
#include <tuple>

#include "incident/handlers.hpp"

namespace kulla::incident {
namespace {

/// What is to be inspected and proved, in the order in which that opens most: what many services share first, then by their priority.
class Work {
 public:
  void add(const ServiceRecord& record, Purpose purpose) {
    auto asked = record;
    asked.closure->purpose = purpose;
    const auto priority = record.service.priority.value_or(std::numeric_limits<std::int64_t>::max());
    for (const auto& system : systems_to_inspect(asked)) systems_[system].add(priority);
    for (const auto& dataset : datasets_to_prove(asked)) datasets_[dataset].add(priority);
  }
  [[nodiscard]] bool is_empty() const { return systems_.empty() && datasets_.empty(); }
  void order(Facts& facts) const {
    for (const auto& system : sorted(systems_)) facts.add(fact::InspectionOrdered{system});
    for (const auto& dataset : sorted(datasets_)) facts.add(fact::ProofOrdered{dataset});
  }

 private:
  struct Weight {
    std::int64_t services = 0, priority = std::numeric_limits<std::int64_t>::max();
    void add(std::int64_t of_service) {
      ++services;
      priority = std::min(priority, of_service);
    }
  };
  template <typename Id>
  static std::vector<Id> sorted(const std::map<Id, Weight>& weighed) {
    std::vector<std::pair<Id, Weight>> all(weighed.begin(), weighed.end());
    std::ranges::stable_sort(all, [](const auto& a, const auto& b) {
      return std::tie(b.second.services, a.second.priority) < std::tie(a.second.services, b.second.priority);
    });
    std::vector<Id> ids;
    for (auto& [id, weight] : all) ids.push_back(std::move(id));
    return ids;
  }
  std::map<SystemId, Weight> systems_;
  std::map<DatasetId, Weight> datasets_;
};
/// Also where it is under way: it may hang, and asking again begins it anew.
bool may_verify(const ServiceRecord& record) {
  return record.state == ServiceState::closed || record.state == ServiceState::verifying || record.state == ServiceState::verified;
}

void fail_verification(const ServiceRecord& record, const std::string& why, Facts& facts) {
  facts.add(fact::VerificationFailed{record.service.id, record.closure->id, why});
}
/// `record` as it is with the newest report or proof in.
void settle(const State& state, ServiceRecord record, Facts& facts) {
  record.closure->first_evidence = state.first_evidence;
  if (is_complete(state, record)) facts.add(fact::Verified{record.service.id, record.closure->id, hash_of(basis_of(record))});
}

bool was_asked_for(const ServiceRecord& record) {
  return record.state == ServiceState::verifying || record.state == ServiceState::verified || record.state == ServiceState::trial;
}
bool rests_on(const ServiceRecord& record, const SystemId& system) {
  return was_asked_for(record) && std::ranges::count(systems_to_inspect(record), system) > 0;
}
bool rests_on(const ServiceRecord& record, const DatasetId& dataset) {
  return was_asked_for(record) && std::ranges::count(datasets_to_prove(record), dataset) > 0;
}

/// A clean report concerns what rests on it; findings concern every service on that system, also one whose closing is called a false alarm.
bool is_concerned(const ServiceRecord& record, const Report& report) {
  if (rests_on(record, report.system)) return true;
  return !report.clean && was_asked_for(record) && std::ranges::count(record.service.systems, report.system) > 0;
}

/// It began while nobody watched the files: what was changed behind it, it did not see.
bool began_unwatched(const ServiceRecord& record, const Report& report) {
  const auto since = record.closure->unwatched.find(report.system);
  return since != record.closure->unwatched.end() && report.started.mono < since->second;
}

/// The newest word counts: what was verified with an earlier one no longer is.
void contradict(const ServiceRecord& record, const std::string& why, Facts& facts) {
  if (record.state == ServiceState::verifying) fail_verification(record, why, facts);
  if (record.state == ServiceState::verified) facts.add(fact::VerificationVoided{record.service.id, record.closure->id, why});
}
}  // namespace

void on(const State& state, const input::VerifyAsked& asked, const Policy&, Facts& facts) {
  Work work;
  auto since = asked.since;
  if (since) since = std::min(*since, facts.at().wall);
  for (const auto& service : asked.services) {
    const auto* record = state.find(service);
    if (!record || !may_verify(*record)) {
      facts.add(fact::Refused{"verify", asked.by, record ? Refusal::not_closed : Refusal::unknown_service, service.str()});
      continue;
    }
    if (since && !state.incident && work.is_empty()) open_incident(state, facts);  // what it reaches back to ends with it
    facts.add(fact::VerificationAsked{service, record->closure->id, Purpose::reopen, asked.by, "", since});
    work.add(*record, Purpose::reopen);
  }
  work.order(facts);
}

void on(const State& state, const input::WithdrawAsked& asked, const Policy&, Facts& facts) {
  const auto* record = state.find(asked.closure);
  if (!record || !may_verify(*record))
    return facts.add(fact::Refused{"withdraw", asked.by, record ? Refusal::not_closed : Refusal::no_such_closure, asked.closure.str()});
  Work work;
  facts.add(fact::VerificationAsked{record->service.id, asked.closure, Purpose::withdraw, asked.by, asked.reason});
  work.add(*record, Purpose::withdraw);
  work.order(facts);
}

void on(const State& state, const input::Inspected& input, const Policy&, Facts& facts) {
  const auto& report = input.report;
  const auto findings = fmt::format("{}: {} findings, worst {}", report.system.str(), report.findings, report.worst);
  bool too_early = false;
  facts.add(fact::Inspected{report});
  if (report.baseline && state.first_evidence && *report.baseline > *state.first_evidence)
    page(state, std::nullopt,
         report.system.str() + ": its baseline was taken after the first evidence of this attack: it may describe what the intruder left",
         facts);
  for (const auto& record : state.services | std::views::values) {
    if (!is_concerned(record, report) || report.started.mono < record.closure->asked.mono) continue;
    if (!report.clean && record.state == ServiceState::trial) close(state, record, ClosedBy::machine, {}, findings, {report.system}, facts);
    else if (!report.clean) contradict(record, findings, facts);
    else if (record.state == ServiceState::trial) too_early |= began_unwatched(record, report);
    if (!report.clean || record.state != ServiceState::verifying) continue;
    auto with = record;
    with.closure->reports[report.system] = report;
    settle(state, std::move(with), facts);
  }
  if (too_early) facts.add(fact::InspectionOrdered{report.system});
}

void on(const State& state, const input::InspectionFailed& input, const Policy&, Facts& facts) {
  for (const auto& record : state.services | std::views::values) {
    if (!rests_on(record, input.system)) continue;
    const auto why = input.system.str() + " could not be inspected: " + input.problem;
    if (record.state == ServiceState::verifying) fail_verification(record, why, facts);
    else if (record.state == ServiceState::trial && record.closure->unwatched.contains(input.system)) end_trial(state, record, why, facts);
  }
}

/// Each proof finds the same again; said once an incident, as all that a person is paged for.
void on(const State& state, const input::BackupSuspected& input, const Policy&, Facts& facts) {
  const auto why = fmt::format("backups of data set {}: {}", input.dataset.str(), input.why);
  if (was_paged(state, std::nullopt, why)) return;
  facts.add(fact::BackupSuspected{input.dataset, input.why});
  page(state, std::nullopt, why, facts);
}

void on(const State& state, const input::Proved& input, const Policy&, Facts& facts) {
  auto proof = input.proof;
  if (!proof.snapshot.empty()) proof.seen = first_seen(state, proof);
  facts.add(fact::Proved{proof});
  const auto tell = [&](const std::string& what) {
    page(state, std::nullopt, fmt::format("data set {}: {}", proof.dataset.str(), what), facts);
  };
  const auto problem = proof.passed ? lacks(state, proof) : proof.problem;
  const bool counts = proof.passed && problem.empty();
  if (!counts) tell(problem);
  if (proof.drift) tell(*proof.drift);
  if (proof.passed && state.first_evidence && proof.taken > *state.first_evidence)
    tell("the snapshot that was proved was taken after the first evidence of this attack: it may hold what the intruder left");
  else if (proof.passed && state.first_evidence && proof.seen > state.first_evidence)
    tell("kulla first proved this snapshot after the first evidence of this attack: that it is older is the repository's word alone");
  for (const auto& record : state.services | std::views::values) {
    if (!rests_on(record, proof.dataset) || proof.started.mono < record.closure->asked.mono) continue;
    if (!counts) contradict(record, fmt::format("data set {}: {}", proof.dataset.str(), problem), facts);
    if (!counts || record.state != ServiceState::verifying) continue;
    auto with = record;
    with.closure->proofs[proof.dataset] = proof;
    settle(state, std::move(with), facts);
  }
}

namespace {
constexpr int share_without_steps = 10;  // a service never opens but through a trial, whatever the policy

/// Why this approval does not count; nothing where it does.
std::optional<Refusal> objection(const State& state, const Approval& approval, Moment now, const Policy& policy) {
  const auto* record = state.find(approval.service);
  if (!record) return Refusal::unknown_service;
  if (!record->closure || record->closure->id != approval.closure) return Refusal::no_such_closure;
  if (record->state == ServiceState::trial) return Refusal::already_used;
  if (record->state != ServiceState::verified) return Refusal::not_verified;
  if (record->confirmed != record->wanted) return Refusal::not_closed;  // the gate has not confirmed the closing, or has drifted
  const auto& closure = *record->closure;
  if (approval.purpose != closure.purpose) return Refusal::wrong_purpose;
  if (!is_fresh(state, *record, now, policy)) return Refusal::stale_report;
  if (approval.basis != closure.basis) return Refusal::wrong_basis;
  const auto known = std::ranges::find(state.approvers, approval.person, &Approver::person);
  if (known == state.approvers.end()) return Refusal::unknown_person;
  if (known->key != approval.key) return Refusal::key_revoked;
  if (!approver_of(state, approval.person, approval.key, now.wall)) return Refusal::expired;
  if (known->services && !std::ranges::count(*known->services, approval.service)) return Refusal::not_theirs;
  if (!verify(approval.key, signed_text(approval), approval.signature)) return Refusal::bad_signature;
  if (!is_in_time(approval.expires, expiry_time(state, now.wall))) return Refusal::expired;
  const bool again = std::ranges::any_of(
      closure.approvals, [&](const Approval& other) { return other.person == approval.person || other.key == approval.key; });
  if (again) return Refusal::same_person;
  return std::nullopt;
}
}  // namespace

void on(const State& state, const input::ApprovalSubmitted& input, const Policy& policy, Facts& facts) {
  const auto& approval = input.approval;
  if (const auto why = objection(state, approval, facts.at(), policy))
    return facts.add(fact::Refused{"approve", approval.person, *why, approval.service.str()});
  const auto& record = *state.find(approval.service);
  const auto before = approvals_holding(state, *record.closure, facts.at());
  if (before < record.closure->approvals.size())  // one has expired since: all must sign again
    return facts.add(fact::VerificationVoided{approval.service, approval.closure, "an earlier approval has expired; verify again"});
  facts.add(fact::Approved{approval});
  if (before + 1 < approvals_needed) return;
  const int share = policy.trial_steps.empty() ? share_without_steps : policy.trial_steps.front();
  facts.add(fact::TrialStarted{approval.service, approval.closure, share, limit_at(policy, share)});
}

namespace {
/// The outside interval against our own record. `slack`: clocks and probes are not exact.
std::pair<Agreement, std::string> agreement(const ServiceRecord& record, const Belief& belief, Ticks slack) {
  const bool closed = is_closed(record.state);
  if (belief.seen == Seen::up)
    return closed && record.state != ServiceState::trial ? std::pair{Agreement::contradicts, "answers outside although closed here"}
                                                         : std::pair{Agreement::supports, "answers outside and is open here"};
  if (belief.seen != Seen::down) return {Agreement::cannot_tell, "no view from outside"};
  if (!closed) return {Agreement::contradicts, "down outside although open here"};
  if (!record.closure->acknowledged) return {Agreement::cannot_tell, "the gate has not confirmed the closing yet"};
  const auto at = *record.closure->acknowledged;
  if (at + slack < belief.last_good || at - slack > belief.first_bad)
    return {Agreement::contradicts, "went down outside at another time than it was closed here"};
  return {Agreement::supports,
          belief.notice ? "went down outside when it was closed here, and shows our notice" : "went down outside when it was closed here"};
}
}  // namespace

void on(const State& state, const input::BeliefChanged& input, const Policy& policy, Facts& facts) {
  const auto* record = state.find(input.belief.service);
  if (!record) return;
  const bool in_trial = record->state == ServiceState::trial && !is_trial_to_begin(*record);
  if (!input.belief.vantage.empty() && !input.belief.probability) {  // what one vantage sees counts in a trial alone, and is said once
    const auto known = state.beliefs.find(input.belief.service);
    if (!in_trial || (known != state.beliefs.end() && known->second == input.belief && !record->closure->held.empty())) return;
  }
  const auto [agrees, why] = agreement(*record, input.belief, policy.agreement_slack);
  facts.add(fact::BeliefChanged{input.belief, agrees, why});
  // Errors that the vantages measure themselves hold a trial where it is: whether they are the service's or the attack's, a person judges.
  const auto& belief = input.belief;
  if (!in_trial || belief.seen != Seen::down || belief.notice) return;
  if (!record->closure->held.empty()) return;
  const auto held = fmt::format("it answers with errors outside ({}, seen by {})", belief.layer,
                                belief.vantage.empty() ? "the vantages together" : belief.vantage.str());
  facts.add(fact::TrialHeld{belief.service, record->closure->id, {}, held});
  page(state, belief.service, fmt::format("its trial is held at {} % of clients: {}", record->wanted.share, held), facts);
}
}  // namespace kulla::incident
