#include "incident/rules.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <set>

namespace kulla::incident {
namespace {

bool is_tick(const Decision& decision) { return std::holds_alternative<input::Tick>(decision.input.body); }
const Alert* alert_of(const Decision& decision) {
  const auto* raised = std::get_if<input::AlertRaised>(&decision.input.body);
  return raised ? &raised->alert : nullptr;
}
/// How much a state refuses; the way back from closed to verified refuses all alike.
int strictness(ServiceState state) {
  switch (state) {
    case ServiceState::open: return 0;
    case ServiceState::guarded: return 1;
    case ServiceState::trial: return 2;
    case ServiceState::closed:
    case ServiceState::verifying:
    case ServiceState::verified: return 3;
  }
  return 3;
}

template <typename T>
std::vector<T> facts_of(const Decision& decision) {
  std::vector<T> found;
  for (const auto& fact : decision.facts)
    if (const auto* body = std::get_if<T>(&fact.body)) found.push_back(*body);
  return found;
}

/// Closings by machine of services that were in use; a failed trial goes back to where it came from.
std::vector<const ServiceRecord*> closed_by_machine(const Decision& decision) {
  std::vector<const ServiceRecord*> closed;
  for (const auto& fact : facts_of<fact::Closed>(decision)) {
    const auto* before = decision.before.find(fact.service);
    if (fact.by == ClosedBy::machine && before && before->state != ServiceState::trial) closed.push_back(before);
  }
  return closed;
}

void pure(const Decision& decision, const World& world, Broken& broken) {
  if (decide(decision.before, decision.input, world.setting.policy) != decision.facts)
    broken.push_back("the same input decided otherwise the second time");
}

void replayed(const Decision& decision, const World& world, Broken& broken) {
  State state = decision.before;
  for (const auto& fact : decision.facts) {
    const auto read = fact_from_json(to_json(fact));
    if (!read || *read != fact) return broken.push_back(fmt::format("the fact {} does not read back as it was written", kind_of(fact)));
    state = evolve(std::move(state), *read);
  }
  if (state != world.state()) broken.push_back("the fold of the facts is not the state");
}

/// Only ticks and approvals lead towards open, and each only one way.
bool may_loosen(const Decision& decision, const ServiceRecord& from, const ServiceRecord& to, const Policy& policy) {
  if (is_tick(decision))
    return to.state == ServiceState::open && (from.state == ServiceState::guarded || from.state == ServiceState::trial);
  if (!std::holds_alternative<input::ApprovalSubmitted>(decision.input.body) || from.state != ServiceState::verified) return false;
  return to.state == ServiceState::trial || (to.state == ServiceState::open && policy.trial_steps.empty());
}

void never_opened_by_itself(const Decision& decision, const World& world, Broken& broken) {
  for (const auto& [id, to] : decision.after.services) {
    const auto* from = decision.before.find(id);
    if (!from) continue;
    const bool wider = from->state == ServiceState::trial && to.state == ServiceState::trial && to.wanted.share > from->wanted.share;
    if (wider && !is_tick(decision)) broken.push_back(fmt::format("the trial of {} was widened by something else than time", id.str()));
    if (strictness(to.state) < strictness(from->state) && !may_loosen(decision, *from, to, world.setting.policy))
      broken.push_back(fmt::format("{} went from {} to {} by itself", id.str(), static_cast<int>(from->state), static_cast<int>(to.state)));
    if (from->wanted.stricter_than(to.wanted) && !is_tick(decision) &&
        !std::holds_alternative<input::ApprovalSubmitted>(decision.input.body))
      broken.push_back(fmt::format("the gate is told to loosen {} by something else than time or approvals", id.str()));
  }
}

void left_closed_only_by_approvals(const Decision& decision, const World& world, Broken& broken) {
  for (const auto& [id, to] : decision.after.services) {
    const auto* from = decision.before.find(id);
    if (!from || strictness(from->state) < 2 || strictness(to.state) >= strictness(from->state)) continue;
    if (const auto why = unearned(world.facts(), id, world.setting.policy); !why.empty())
      broken.push_back(fmt::format("{} left closed unearned: {}", id.str(), why));
  }
}

/// While the daemon was away, or its sensor blind, nobody watched the files of a trial: it goes on only after another inspection.
void trials_go_on_only_watched(const Decision& decision, const World& world, Broken& broken) {
  const auto check = [&](const ServiceId& service, const ClosureId& closure) {
    if (const auto system = unwatched(world.facts(), closure, systems_to_inspect(*decision.before.find(service))); !system.empty())
      broken.push_back(fmt::format("the trial of {} went on although nobody had watched {}", service.str(), system));
  };
  for (const auto& widened : facts_of<fact::TrialWidened>(decision)) check(widened.service, widened.closure);
  for (const auto& opened : facts_of<fact::Opened>(decision)) check(opened.service, opened.closure);
}

/// A held trial waits for a person, who signs that it may go on.
void held_trials_wait(const Decision& decision, const World& world, Broken& broken) {
  const auto check = [&](const ServiceId& service) {
    if (!decision.before.find(service)->closure->held.empty())
      broken.push_back(fmt::format("the trial of {} went on although it was held", service.str()));
  };
  for (const auto& widened : facts_of<fact::TrialWidened>(decision)) check(widened.service);
  for (const auto& opened : facts_of<fact::Opened>(decision)) check(opened.service);
  for (const auto& resumed : facts_of<fact::TrialResumed>(decision)) {
    const auto* asked = std::get_if<input::ResumeAsked>(&decision.input.body);
    const auto text = asked ? signed_resume_text(*decision.before.find(asked->service)->closure, asked->by, asked->expires) : "";
    const bool signed_well = asked && std::ranges::any_of(decision.before.approvers, [&](const Approver& approver) {
                               return approver.person == asked->by && verify(approver.key, text, asked->signature);
                             });
    if (!signed_well || asked->expires <= expiry_time(decision.before, world.now().wall))
      broken.push_back(fmt::format("the trial of {} was resumed without an approver's signature", resumed.service.str()));
  }
}

/// Others approve only where two of the present ones signed for them and nothing was closed, or the recovery keys did.
void approvers_name_approvers(const Decision& decision, const World&, Broken& broken) {
  const auto* asked = std::get_if<input::ApproversAsked>(&decision.input.body);
  if (!asked || facts_of<fact::ApproversSet>(decision).empty()) return;
  const auto text = signed_approvers_text(decision.before, asked->approvers, asked->expires);
  std::set<PublicKey> present, recovery;
  for (const auto& [key, signature] : asked->signatures) {
    if (!verify(key, text, signature)) continue;
    if (std::ranges::count(decision.before.approvers, key, &Approver::key)) present.insert(key);
    if (decision.before.recovery && std::ranges::count(decision.before.recovery->keys, key)) recovery.insert(key);
  }
  if (decision.before.recovery && std::ssize(recovery) >= decision.before.recovery->needed) return;
  if (present.size() < approvals_needed) broken.push_back("approvers were named by fewer than two of the present ones");
  for (const auto& [id, record] : decision.before.services)
    if (!record.retired && is_closed(record.state)) broken.push_back(fmt::format("approvers were named while {} was closed", id.str()));
}

/// What nobody watched is not verified.
void absence_voids(const Decision& decision, const World&, Broken& broken) {
  const auto* blind = std::get_if<input::Blind>(&decision.input.body);
  if (!std::holds_alternative<input::Started>(decision.input.body) && !(blind && blind->sensor == files_sensor)) return;
  for (const auto& [id, record] : decision.after.services) {
    if (record.state == ServiceState::verifying || record.state == ServiceState::verified || is_trial_to_begin(record))
      broken.push_back(fmt::format("{} keeps a verification although nobody watched its files", id.str()));
    if (record.state == ServiceState::trial && record.closure->unwatched.empty())
      broken.push_back(fmt::format("the trial of {} need not be inspected again", id.str()));
  }
}

void verified_only_by_reports(const Decision& decision, const World&, Broken& broken) {
  for (const auto& verified : facts_of<fact::Verified>(decision)) {
    const auto* record = decision.after.find(verified.service);
    if (!is_complete(decision.after, *record) || hash_of(basis_of(*record)) != verified.basis)
      broken.push_back(fmt::format("{} is verified over something else than its reports", verified.service.str()));
  }
}

/// A verification passed after `from` that looked at where this was seen.
bool was_inspected(const Alert& seen, std::vector<Fact>::const_iterator from, const World& world) {
  return std::any_of(from, world.facts().end(), [&](const Fact& fact) {
    const auto* verified = std::get_if<fact::Verified>(&fact.body);
    if (!verified) return false;
    const auto service = std::ranges::find(world.setting.catalogue.services, verified->service, &Service::id);
    const auto withdrawn = [&] {  // then only what was in evidence was inspected
      const auto* record = world.state().find(verified->service);
      return record->closure && record->closure->purpose == Purpose::withdraw;
    };
    return seen.service == verified->service || (seen.system && !withdrawn() && std::ranges::count(service->systems, *seen.system) > 0);
  });
}

/// Another sensor saw the same thing succeed before, and it was not inspected since.
bool was_corroborated(const Alert& alert, Ticks now, const World& world) {
  if (!alert.object || !(alert.succeeded || alert.nature == Nature::effect)) return false;
  const auto& facts = world.facts();
  for (auto at = facts.begin(); at != facts.end(); ++at) {
    const auto* seen = std::get_if<fact::Alerted>(&at->body);
    const bool agrees = seen && seen->alert.object == alert.object && seen->alert.sensor != alert.sensor &&
                        now - at->at.mono <= world.setting.policy.corroborates_within &&
                        (seen->alert.succeeded || seen->alert.nature == Nature::effect);
    if (agrees && !was_inspected(seen->alert, at, world)) return true;
  }
  return false;
}

/// The config names other systems or data sets than its trial rests on.
bool rests_on_other(const ServiceRecord& before, const ServiceRecord& after) {
  return before.state == ServiceState::trial &&
         (after.retired || before.service.systems != after.service.systems || before.service.datasets != after.service.datasets);
}

bool may_close(const Decision& decision, const fact::Closed& closed, const World& world) {
  const auto& body = decision.input.body;
  if (closed.by == ClosedBy::person) return std::holds_alternative<input::CloseAsked>(body);
  if (closed.by == ClosedBy::gate) return std::holds_alternative<input::Started>(body) || std::holds_alternative<input::GateDrifted>(body);
  const auto& before = *decision.before.find(closed.service);
  if (std::holds_alternative<input::Tick>(body) || std::holds_alternative<input::Started>(body) ||
      std::holds_alternative<input::Blind>(body))
    return is_trial_to_begin(before) || rests_on_other(before, *decision.after.find(closed.service));
  if (const auto* failed = std::get_if<input::InspectionFailed>(&body))
    return before.state == ServiceState::trial && before.closure->unwatched.contains(failed->system);
  if (const auto* alert = alert_of(decision))
    return alert->nature == Nature::effect || (alert->may_close && was_corroborated(*alert, decision.input.at.mono, world));
  const auto* inspected = std::get_if<input::Inspected>(&body);  // findings end a trial
  return inspected && !inspected->report.clean && decision.before.find(closed.service)->state == ServiceState::trial;
}

/// What was inspected and proved for a trial is what the service rests on as long as the trial lasts.
void trials_rest_on_what_was_verified(const Decision& decision, const World&, Broken& broken) {
  for (const auto& [id, before] : decision.before.services)
    if (const auto& after = *decision.after.find(id); rests_on_other(before, after) && after.state == ServiceState::trial)
      broken.push_back(fmt::format("{} is in trial, and its config names what was never verified", id.str()));
}

void attempts_close_nothing(const Decision& decision, const World& world, Broken& broken) {
  for (const auto& closed : facts_of<fact::Closed>(decision))
    if (!may_close(decision, closed, world)) broken.push_back(closed.service.str() + " was closed without an effect, a person or the gate");
}

void machine_keeps_its_limits(const Decision& decision, const World& world, Broken& broken) {
  const auto closed = closed_by_machine(decision);
  if (closed.empty()) return;
  const auto share = static_cast<std::size_t>(world.setting.policy.machine_share_percent);
  const auto limit = std::max<std::size_t>(1, decision.before.services.size() * share / 100);
  const auto now_closed = decision.before.closed_by_machine() + closed.size();  // a failed trial always closes, and takes nobody's place
  if (now_closed > limit) broken.push_back(fmt::format("{} services are closed by machine; the limit is {}", now_closed, limit));
  for (const auto* record : closed)
    if (record->service.is_protected)
      broken.push_back(fmt::format("{} is protected and was closed by the machine", record->service.id.str()));
  if (!alert_of(decision) || !alert_of(decision)->may_close) broken.push_back("a rule that may not close has closed");
}

void advice_touches_nothing(const Decision& decision, const World&, Broken& broken) {
  if (decision.before.mode != Mode::advise || decision.after.mode != Mode::advise) return;
  if (!closed_by_machine(decision).empty()) broken.push_back("closed by machine while it only advises");
  if (!facts_of<fact::SourceBlocked>(decision).empty()) broken.push_back("blocked a source while it only advises");
  const auto* alert = alert_of(decision);
  if (alert && !facts_of<fact::Guarded>(decision).empty()) broken.push_back("guarded while it only advises");
  for (const auto& order : decision.orders)
    if (const auto* set = std::get_if<order::SetGate>(&order);
        set && alert && decision.before.find(set->service)->state != ServiceState::trial)
      broken.push_back("an alert moved the gate while it only advises");
}

/// Whether a sensor may say this, from what was declared.
bool may_say(const Catalogue& catalogue, const Alert& alert) {
  const auto sensor = std::ranges::find(catalogue.sensors, alert.sensor, &Sensor::id);
  if (sensor == catalogue.sensors.end()) return false;
  const auto owns = [&](const SystemId& system) { return std::ranges::count(sensor->systems, system) > 0; };
  if (alert.system && !owns(*alert.system)) return false;
  if (!alert.service || sensor->all_services) return true;
  const auto service = std::ranges::find(catalogue.services, *alert.service, &Service::id);
  return service != catalogue.services.end() && std::ranges::any_of(service->systems, owns);
}

void out_of_scope_moves_nothing(const Decision& decision, const World& world, Broken& broken) {
  const auto* alert = alert_of(decision);
  if (!alert || may_say(world.setting.catalogue, *alert)) return;
  auto before = decision.before;
  before.facts = decision.after.facts, before.seen = decision.after.seen;
  if (before != decision.after || !decision.orders.empty())
    broken.push_back(fmt::format("{} spoke of what is not its own, and was heard", alert->sensor.str()));
}

/// A repeat may stay out of the ledger only where it would have closed and voided nothing.
void no_effect_is_swallowed(const Decision& decision, const World& world, Broken& broken) {
  const auto* alert = alert_of(decision);
  if (!alert || !decision.facts.empty()) return;
  for (const auto& fact : decide(decision.before, {decision.input.at, input::AlertRaised{*alert, false}}, world.setting.policy))
    if (std::holds_alternative<fact::Closed>(fact.body) || std::holds_alternative<fact::VerificationVoided>(fact.body))
      broken.push_back("an effect was swallowed that would have led to " + std::string{kind_of(fact)});
}

void approvers_stay(const Decision& decision, const World&, Broken& broken) {
  if (decision.before.approvers == decision.after.approvers) return;
  if (std::holds_alternative<input::ApproversAsked>(decision.input.body)) return;  // approvers_name_approvers
  if (decision.before.approvers.size() >= 2) broken.push_back("the approvers were changed");
  for (const auto& [id, record] : decision.before.services)
    if (is_closed(record.state)) broken.push_back("approvers were named while " + id.str() + " was closed");
}

constexpr auto checks = {pure,
                         replayed,
                         never_opened_by_itself,
                         left_closed_only_by_approvals,
                         verified_only_by_reports,
                         trials_go_on_only_watched,
                         held_trials_wait,
                         trials_rest_on_what_was_verified,
                         approvers_name_approvers,
                         absence_voids,
                         attempts_close_nothing,
                         machine_keeps_its_limits,
                         advice_touches_nothing,
                         out_of_scope_moves_nothing,
                         no_effect_is_swallowed,
                         approvers_stay};
}  // namespace

void check_decision(const Decision& decision, const World& world, Broken& broken) {
  for (const auto check : checks) check(decision, world, broken);
}

void check_given(const Given& given, const World& world, Broken& broken) {
  const auto& order = given.order;
  const auto text = fmt::format("{}: from {} to {}", order.service.str(), to_map_value(given.was), to_map_value(order.entry));
  if (order.opens && world.durable_state().find(order.service)->wanted != order.entry)
    broken.push_back("opened before its fact was durable: " + text);
  if (order.opens && order.entry.mode == GateMode::trial && given.was.mode == GateMode::closed && given.reliable)
    if (const auto why = unearned(world.facts(), order.service, world.setting.policy, world.now()); !why.empty())
      broken.push_back(fmt::format("{}, when {}", text, why));
  if (!given.reliable) return;
  if (order.opens && order.entry.stricter_than(given.was)) broken.push_back("an opening tightens: " + text);
  if (!order.opens && given.was.stricter_than(order.entry)) broken.push_back("a closing loosens: " + text);
}

void check_gate(const World& world, Broken& broken) {
  for (const auto& [id, record] : world.state().services) {
    if (!world.is_reliable(id)) continue;
    const auto entry = world.gate.entry(id);
    const auto text = fmt::format("{}: the gate does {}", id.str(), to_map_value(entry));
    if (record.wanted.mode == GateMode::closed && entry.mode != GateMode::closed) broken.push_back("closed, and not at the gate; " + text);
    const auto* durable = world.durable_state().find(id);
    if (durable && !world.is_recovering(id) && durable->wanted.stricter_than(entry))
      broken.push_back(fmt::format("{}, and durable is {}", text, to_map_value(durable->wanted)));
  }
}

void check_unconfirmed(const World& world, Broken& broken) {
  bool seen_other = false;
  std::set<ServiceId> given;
  for (const auto& order : world.start_orders) {
    const auto* set = std::get_if<order::SetGate>(&order);
    if (set) given.insert(set->service);
    if (set && !set->opens && seen_other) broken.push_back("a closing is given again after something else");
    if (!set || set->opens) seen_other = true;
  }
  for (const auto& [id, record] : world.state().services) {
    if (record.wanted.stricter_than(world.gate.entry(id)) && !given.contains(id))
      broken.push_back(fmt::format("{} is looser at the gate than wanted, and nothing was ordered", id.str()));
  }
}

}  // namespace kulla::incident
