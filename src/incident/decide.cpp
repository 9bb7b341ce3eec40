#include "incident/decide.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <ranges>

#include "base/canonical_json.hpp"
#include "incident/handlers.hpp"

namespace kulla::incident {

std::vector<Fact> decide(const State& state, const Input& input, const Policy& policy) {
  Facts facts{input.at};
  std::visit([&](const auto& body) { on(state, body, policy, facts); }, input.body);
  return facts.take();
}

ClosureId closure_id(const State& state, const ServiceId& service, Moment at) {
  const auto digest = sha256(fmt::format("closure/1 {} {} {} {}", service.str(), to_rfc3339(at.wall), at.mono.count(), state.facts));
  return ClosureId{to_hex(digest).substr(0, closure_id_length)};
}

void open_incident(const State& state, Facts& facts) {
  facts.add(fact::IncidentOpened{IncidentId{closure_id(state, ServiceId{"incident"}, facts.at()).str()}});
}

void close(const State& state, const ServiceRecord& record, ClosedBy by, const PersonId& person, std::string why,
           std::vector<SystemId> in_evidence, Facts& facts) {
  const auto& id = record.service.id;
  facts.add(fact::Closed{id, closure_id(state, id, facts.at()), by, person, std::move(why), std::move(in_evidence)});
}

bool was_paged(const State& state, const std::optional<ServiceId>& service, const std::string& why) {
  return state.paged.contains((service ? service->str() : "") + "|" + why);
}
void page(const State& state, const std::optional<ServiceId>& service, const std::string& why, Facts& facts) {
  if (!was_paged(state, service, why)) facts.add(fact::PersonPaged{service, why});
}

void end_trial(const State& state, const ServiceRecord& record, std::string why, Facts& facts) {
  close(state, record, ClosedBy::machine, {}, std::move(why), record.closure->in_evidence, facts);
}

void distrust(const State& state, const ServiceRecord& record, std::string_view why, std::set<SystemId>& systems, Facts& facts) {
  if (record.state == ServiceState::verifying || record.state == ServiceState::verified)
    facts.add(fact::VerificationVoided{record.service.id, record.closure->id, fmt::format("{}; verify again", why)});
  else if (is_trial_to_begin(record)) end_trial(state, record, fmt::format("{} before its trial had begun; verify again", why), facts);
  else if (record.state == ServiceState::trial)
    for (const auto& system : systems_to_inspect(record)) systems.insert(system);
}

void on(const State& state, const input::Blind& blind, const Policy&, Facts& facts) {
  facts.add(fact::Blind{blind.sensor, static_cast<std::int64_t>(blind.lost), blind.from, blind.to});
  if (blind.sensor != files_sensor) return;
  std::set<SystemId> systems;
  for (const auto& record : state.services | std::views::values) {
    // Where one was ordered for the same reason its report is still to come, and where that comes too early it is ordered again.
    if (record.state == ServiceState::trial && !record.closure->unwatched.empty()) continue;
    distrust(state, record, "its files were not watched all the time", systems, facts);
    if (record.state == ServiceState::trial && !is_trial_to_begin(record))
      page(state, record.service.id,
           "its files were not watched all the time during its trial; it goes on when its systems are inspected again", facts);
  }
  for (const auto& system : systems) facts.add(fact::InspectionOrdered{system});
}

void on(const State& state, const input::CloseAsked& asked, const Policy&, Facts& facts) {
  for (const auto& service : asked.services) {
    const auto* record = state.find(service);
    if (!record) facts.add(fact::Refused{"close", asked.by, Refusal::unknown_service, service.str()});
    else if (!is_closed(record->state) || record->state == ServiceState::trial)
      close(state, *record, ClosedBy::person, asked.by, asked.reason, {}, facts);
  }
}

namespace {
using Records = std::vector<const ServiceRecord*>;

/// One walk over all services a tick: most are open, and nothing is to be done about them.
Records not_open(const State& state) {
  Records records;
  for (const auto& record : state.services | std::views::values)
    if (record.state != ServiceState::open) records.push_back(&record);
  return records;
}

void tick_sources(const State& state, const Policy& policy, Facts& facts) {
  for (const auto& [source, record] : state.sources)
    if (record.blocked_since && facts.at().mono - *record.blocked_since >= policy.block_for) facts.add(fact::SourceUnblocked{source});
}

void tick_guarded(const ServiceRecord& record, const Policy& policy, Facts& facts) {
  const auto now = facts.at().mono;
  const auto risk = decayed(record.attempts + record.effects, record.risk_at, now, policy.half_life);
  const auto quiet = now - std::max(record.since, record.risk_at);
  if (record.wanted == record.confirmed && quiet >= policy.guard_quiet && risk < policy.guard_at)
    facts.add(fact::Unguarded{record.service.id});
}

void tick_verified(const State& state, const ServiceRecord& record, const Policy& policy, Facts& facts) {
  if (!is_fresh(state, record, facts.at(), policy))
    facts.add(fact::VerificationVoided{record.service.id, record.closure->id, "its reports or proofs have grown stale; verify again"});
}

/// A step counts only from the gate's confirmation, and only ticks count.
void tick_trial(const ServiceRecord& record, const Policy& policy, Facts& facts) {
  const auto& closure = *record.closure;
  if (record.wanted != record.confirmed || !closure.unwatched.empty() || !closure.held.empty() ||
      facts.at().mono - record.since < policy.trial_step)
    return;
  KULLA_ASSERT(closure.approvals.size() >= approvals_needed);
  const auto next = std::ranges::upper_bound(policy.trial_steps, record.wanted.share);
  if (next != policy.trial_steps.end() && (*next < 100 || limit_at(policy, *next)))
    facts.add(fact::TrialWidened{record.service.id, closure.id, *next, limit_at(policy, *next)});
  else facts.add(fact::Opened{record.service.id, closure.id, closure.purpose});
}

/// Two approvals and fresh reports count when the gate opens, not only when it was told to.
void tick_trials_to_begin(const State& state, const Records& not_open, const Policy& policy, Facts& facts) {
  for (const auto* record : not_open)
    if (is_trial_to_begin(*record) && !is_earned(state, *record, facts.at(), policy))
      end_trial(state, *record, "its reports, proofs or approvals no longer held when the gate was to open; verify again", facts);
}

/// Each data set that a service holds, the longest unproved first; a few at once, so that what is asked for does not wait behind them.
void tick_proofs(const State& state, const Policy& policy, Facts& facts) {
  constexpr std::size_t at_once = 8;
  if (policy.prove_every <= Ticks{0} || !state.proving.empty()) return;
  std::multimap<Timestamp, DatasetId> due;
  std::set<DatasetId> held;
  for (const auto& record : state.services | std::views::values)
    if (!record.retired) held.insert(record.service.datasets.begin(), record.service.datasets.end());
  for (const auto& dataset : held) {
    const auto known = state.proofs.find(dataset);
    const auto last = known == state.proofs.end() || known->second.empty() ? Timestamp{} : known->second.back().finished.wall;
    if (facts.at().wall - last >= policy.prove_every) due.emplace(last, dataset);
  }
  for (const auto& dataset : due | std::views::values | std::views::take(at_once)) facts.add(fact::ProofOrdered{dataset});
}
}  // namespace

void on(const State& state, const input::Tick& tick, const Policy& policy, Facts& facts) {
  const auto records = not_open(state);
  tick_trials_to_begin(state, records, policy, facts);
  if (tick.gap) return facts.add(fact::ClockGap{tick.before});
  tick_sources(state, policy, facts);
  tick_proofs(state, policy, facts);
  for (const auto* record : records) {
    if (record->state == ServiceState::guarded) tick_guarded(*record, policy, facts);
    if (record->state == ServiceState::verified) tick_verified(state, *record, policy, facts);
    if (record->state == ServiceState::trial) tick_trial(*record, policy, facts);
  }
  if (state.incident && !any_to_reopen(state)) facts.add(fact::IncidentEnded{*state.incident});
}

}  // namespace kulla::incident
