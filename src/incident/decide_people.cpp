// What people ask and sign besides a reopening: the mode, a trial that is held or goes on, who may approve, who came to the console.
#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "base/canonical_json.hpp"
#include "incident/handlers.hpp"
#include "model/codec.hpp"

namespace kulla::incident {

// --- the mode

std::string signed_mode_text(Mode mode, std::uint64_t set_by, const PersonId& by, Timestamp expires) {
  return canonical(json::object{{"kulla", "mode/2"},
                                {"mode", mode == Mode::act ? "act" : "advise"},
                                {"set_by", set_by},
                                {"person", by.str()},
                                {"expires", to_rfc3339(expires)}});
}

namespace {
/// Why one approver's signature over a text does not count; nothing where it does.
std::optional<Refusal> objection(const State& state, const PersonId& by, const std::string& text, const Signature& signature,
                                 Timestamp expires, Moment now) {
  const auto known = std::ranges::find(state.approvers, by, &Approver::person);
  if (known == state.approvers.end()) return Refusal::unknown_person;
  if (!is_in_time(expires, expiry_time(state, now.wall)) || !approver_of(state, by, known->key, now.wall)) return Refusal::expired;
  if (!verify(known->key, text, signature)) return Refusal::bad_signature;
  return std::nullopt;
}
}  // namespace

void on(const State& state, const input::ModeAsked& asked, const Policy&, Facts& facts) {
  if (asked.mode == state.mode) return;
  const auto refuse = [&](Refusal why) { facts.add(fact::Refused{"mode", asked.by, why, asked.mode == Mode::act ? "act" : "advise"}); };
  if (asked.mode == Mode::act) {  // what it closes nobody could open
    if (state.approvers.size() < approvals_needed) return refuse(Refusal::too_few_approvers);
    return facts.add(fact::ModeSet{asked.mode, asked.by});
  }
  const auto text = signed_mode_text(asked.mode, state.mode_set_by, asked.by, asked.expires);
  if (const auto why = objection(state, asked.by, text, asked.signature, asked.expires, facts.at())) return refuse(*why);
  if (!may_approve_all(*std::ranges::find(state.approvers, asked.by, &Approver::person), expiry_time(state, facts.at().wall)))
    return refuse(Refusal::not_theirs);  // it concerns every service
  facts.add(fact::ModeSet{asked.mode, asked.by});
}

// --- a trial that is held

std::string signed_resume_text(const Closure& closure, const PersonId& by, Timestamp expires) {
  return canonical(json::object{{"kulla", "resume/2"},
                                {"service", closure.service.str()},
                                {"closure", closure.id.str()},
                                {"held_by", closure.held_by},
                                {"held", closure.held},
                                {"person", by.str()},
                                {"expires", to_rfc3339(expires)}});
}

void on(const State& state, const input::HoldAsked& asked, const Policy&, Facts& facts) {
  const auto* record = state.find(asked.service);
  if (!record || record->state != ServiceState::trial)
    return facts.add(fact::Refused{"hold", asked.by, record ? Refusal::not_in_trial : Refusal::unknown_service, asked.service.str()});
  facts.add(fact::TrialHeld{asked.service, record->closure->id, asked.by, asked.reason});
}

void on(const State& state, const input::ResumeAsked& asked, const Policy&, Facts& facts) {
  const auto refuse = [&](Refusal why) { facts.add(fact::Refused{"resume", asked.by, why, asked.service.str()}); };
  const auto* record = state.find(asked.service);
  if (!record) return refuse(Refusal::unknown_service);
  if (record->state != ServiceState::trial || record->closure->held.empty()) return refuse(Refusal::not_in_trial);
  if (record->closure->id != asked.closure) return refuse(Refusal::no_such_closure);
  const auto text = signed_resume_text(*record->closure, asked.by, asked.expires);
  if (const auto why = objection(state, asked.by, text, asked.signature, asked.expires, facts.at())) return refuse(*why);
  const auto& approver = *std::ranges::find(state.approvers, asked.by, &Approver::person);
  if (approver.services && !std::ranges::count(*approver.services, asked.service)) return refuse(Refusal::not_theirs);
  facts.add(fact::TrialResumed{asked.service, asked.closure, asked.by});
}

// --- who may approve

namespace {
json::array listed(const std::vector<Approver>& approvers) {
  json::array array;
  for (const auto& approver : approvers) array.push_back(codec::encode(approver));
  return array;
}
bool are_distinct(const std::vector<Approver>& approvers) {
  for (auto a = approvers.begin(); a != approvers.end(); ++a)
    if (std::any_of(a + 1, approvers.end(), [&](const Approver& b) { return a->person == b.person || a->key == b.key; })) return false;
  return true;
}
/// The present approvers who signed, each once; two names with one key are one person. Who may approve some services alone names nobody:
/// it would be for the others too.
std::vector<PersonId> who_signed(const State& state, const input::ApproversAsked& asked, const std::string& text, Timestamp now) {
  std::vector<PersonId> people;
  std::set<PublicKey> keys;
  for (const auto& approver : state.approvers)
    for (const auto& [key, signature] : asked.signatures)
      if (key == approver.key && may_approve_all(approver, now) && !keys.contains(key) && verify(key, text, signature)) {
        people.push_back(approver.person);
        keys.insert(key);
      }
  return people;
}
bool is_recovery(const State& state, const input::ApproversAsked& asked, const std::string& text) {
  if (!state.recovery || state.recovery->needed < 1) return false;
  std::set<PublicKey> keys;
  for (const auto& [key, signature] : asked.signatures)
    if (std::ranges::count(state.recovery->keys, key) && verify(key, text, signature)) keys.insert(key);
  return std::cmp_greater_equal(keys.size(), state.recovery->needed);
}
}  // namespace

std::string signed_approvers_text(const State& state, const std::vector<Approver>& next, Timestamp expires) {
  return canonical(json::object{{"kulla", "approvers/2"},
                                {"present", listed(state.approvers)},
                                {"set_by", state.approvers_set_by},
                                {"next", listed(next)},
                                {"expires", to_rfc3339(expires)}});
}

void on(const State& state, const input::ApproversAsked& asked, const Policy&, Facts& facts) {
  const auto refuse = [&](Refusal why, std::string about) { facts.add(fact::Refused{"approvers", {}, why, std::move(about)}); };
  const auto now = expiry_time(state, facts.at().wall);
  const auto is_declared = [&](const ServiceId& service) {
    const auto* record = state.find(service);
    return record && !record->retired;
  };
  if (auto why = objection_to(asked.approvers, is_declared, now)) return refuse(why->why, std::move(why->about));
  if (!are_distinct(asked.approvers)) return refuse(Refusal::same_person, "a name or a key stands twice");
  if (!is_in_time(asked.expires, now)) return refuse(Refusal::expired, "sign anew");
  const auto text = signed_approvers_text(state, asked.approvers, asked.expires);
  if (is_recovery(state, asked, text)) {
    facts.add(fact::ApproversSet{asked.approvers, std::vector{PersonId{"recovery"}}});
    page(state, std::nullopt, "the approvers were replaced with the recovery keys", facts);
    for (const auto& record : state.services | std::views::values)
      if (record.state == ServiceState::verified)
        facts.add(fact::VerificationVoided{record.service.id, record.closure->id, "others approve now; verify again"});
    return;
  }
  if (any_to_reopen(state)) return refuse(Refusal::approvers_frozen, "a service is closed: whoever opens it must have been named before");
  auto by = who_signed(state, asked, text, now);
  if (by.size() < approvals_needed)
    return refuse(Refusal::bad_signature, "two of the present approvers sign who may approve every service");
  facts.add(fact::ApproversSet{asked.approvers, std::move(by)});
}

// --- who came to the console: recorded, and moves nothing

void on(const State&, const input::SignedIn& came, const Policy&, Facts& facts) {
  facts.add(fact::SignedIn{came.person, came.method, came.source});
}
void on(const State&, const input::SignedOut& went, const Policy&, Facts& facts) { facts.add(fact::SignedOut{went.person}); }
void on(const State&, const input::SignInFailed& failed, const Policy&, Facts& facts) {
  facts.add(fact::SignInFailed{failed.person, failed.failures, failed.source});
}
void on(const State&, const input::EvidenceAsked& asked, const Policy&, Facts& facts) {
  facts.add(fact::EvidenceAsked{asked.by, asked.source, asked.evidence, asked.reason});
}
void on(const State&, const input::FindingsAccepted& accepted, const Policy&, Facts& facts) {
  facts.add(fact::FindingsAccepted{accepted.system, accepted.report, accepted.baseline, accepted.signer, accepted.by, accepted.findings,
                                   accepted.left});
}

// --- a statement for the public

/// What was shown as true is released only while nothing has happened since that could make it false.
void on(const State& state, const input::ReleaseAsked& asked, const Policy&, Facts& facts) {
  const auto& statement = asked.statement;
  if (state.public_fact > asked.seen)
    return facts.add(fact::Refused{"release", statement.by, Refusal::stale_statement, to_hex(statement.version).substr(0, 12)});
  facts.add(fact::StatementReleased{statement});
}

void on(const State& state, const input::StatementDelivered& delivered, const Policy&, Facts& facts) {
  if (delivered.statement == 0 || delivered.statement != state.statement) return;  // a newer one has taken its place
  facts.add(fact::StatementDelivered{static_cast<std::int64_t>(delivered.statement), delivered.channel, delivered.tries});
}

}  // namespace kulla::incident
