// Facts: what is now true and recorded. State is the fold of all facts and nothing else.
// The JSON of a fact is {"kind":K,"v":1,"at":TIME,"mono":MS, …its fields}; see docs/ledger-format.md.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/canonical_json.hpp"
#include "model/alert.hpp"
#include "model/catalogue.hpp"
#include "model/evidence.hpp"
#include "model/gate_state.hpp"
#include "model/input.hpp"
#include "model/statement.hpp"

namespace kulla {

/// Who or what closed a service.
BOOST_DEFINE_ENUM_CLASS(ClosedBy, machine, person, gate)
/// Why a command was refused.
BOOST_DEFINE_ENUM_CLASS(Refusal, unknown_service, no_such_closure, not_closed, not_verified, stale_report, wrong_basis, unknown_person,
                        key_revoked, bad_signature, expired, already_used, same_person, wrong_purpose, approvers_frozen, too_few_approvers,
                        not_theirs, not_in_trial, malformed, stale_statement)

namespace fact {
#define KULLA_FACT(Type, Name, members) \
  static constexpr std::string_view kind = Name; \
  friend bool operator==(const Type&, const Type&) = default; \
  BOOST_DESCRIBE_CLASS(Type, (), members, (), ())
#define KULLA_MEMBERS(...) (__VA_ARGS__)

// clang-format off: a table, one fact a line
/// The daemon started; every timer that leads to a more open state starts again.
struct Started { std::string version, boot; KULLA_FACT(Started, "started", KULLA_MEMBERS(version, boot)) };
struct ModeSet { Mode mode = Mode::advise; PersonId by; KULLA_FACT(ModeSet, "mode_set", KULLA_MEMBERS(mode, by)) };
struct ServiceDeclared { Service service; KULLA_FACT(ServiceDeclared, "service_declared", KULLA_MEMBERS(service)) };
struct ServiceRetired { ServiceId service; KULLA_FACT(ServiceRetired, "service_retired", KULLA_MEMBERS(service)) };
struct SystemDeclared { System system; KULLA_FACT(SystemDeclared, "system_declared", KULLA_MEMBERS(system)) };
struct DatasetDeclared { Dataset dataset; KULLA_FACT(DatasetDeclared, "dataset_declared", KULLA_MEMBERS(dataset)) };
struct SensorDeclared { Sensor sensor; KULLA_FACT(SensorDeclared, "sensor_declared", KULLA_MEMBERS(sensor)) };
/// The set of approvers, whole; and who signed for it, where it is not the first.
struct ApproversSet { std::vector<Approver> approvers; std::optional<std::vector<PersonId>> by{}; KULLA_FACT(ApproversSet, "approvers_set", KULLA_MEMBERS(approvers, by)) };
struct RecoverySet { Recovery recovery; KULLA_FACT(RecoverySet, "recovery_set", KULLA_MEMBERS(recovery)) };
/// Ticks have a gap here: timers towards open start again. `before`: the wall clock at the tick before it.
struct ClockGap { std::optional<Timestamp> before{}; KULLA_FACT(ClockGap, "clock_gap", KULLA_MEMBERS(before)) };

/// Risk of one service after an alert, in thousandths of a point: what attempts and what effects have added up to.
struct Risk { ServiceId service; std::int64_t attempts = 0, effects = 0; friend bool operator==(const Risk&, const Risk&) = default; BOOST_DESCRIBE_CLASS(Risk, (), (service, attempts, effects), (), ()) };
/// `effect`: the alert shows an effect, by its own nature or because another sensor agrees. `source_points`: of its source, in thousandths.
struct Alerted { Alert alert; bool effect = false; std::vector<Risk> risks; std::int64_t source_points = 0; KULLA_FACT(Alerted, "alerted", KULLA_MEMBERS(alert, effect, risks, source_points)) };
/// A sensor spoke of what is not its own, or something was lost: moves nothing.
struct OutOfScope { Alert alert; KULLA_FACT(OutOfScope, "out_of_scope", KULLA_MEMBERS(alert)) };
struct Blind { SensorId sensor; std::int64_t lost = 0; Timestamp from, to; KULLA_FACT(Blind, "blind", KULLA_MEMBERS(sensor, lost, from, to)) };
struct IncidentOpened { IncidentId incident; KULLA_FACT(IncidentOpened, "incident_opened", KULLA_MEMBERS(incident)) };
struct IncidentEnded { IncidentId incident; KULLA_FACT(IncidentEnded, "incident_ended", KULLA_MEMBERS(incident)) };

struct SourceBlocked { SourceRef source; RuleId because; KULLA_FACT(SourceBlocked, "source_blocked", KULLA_MEMBERS(source, because)) };
struct SourceUnblocked { SourceRef source; KULLA_FACT(SourceUnblocked, "source_unblocked", KULLA_MEMBERS(source)) };
struct Guarded { ServiceId service; std::string why; KULLA_FACT(Guarded, "guarded", KULLA_MEMBERS(service, why)) };
struct Unguarded { ServiceId service; KULLA_FACT(Unguarded, "unguarded", KULLA_MEMBERS(service)) };
struct Closed { ServiceId service; ClosureId closure; ClosedBy by = ClosedBy::machine; PersonId person; std::string why; std::vector<SystemId> systems; KULLA_FACT(Closed, "closed", KULLA_MEMBERS(service, closure, by, person, why, systems)) };
/// In mode advise: what act would have done.
struct Advised { ServiceId service; std::string action, why; KULLA_FACT(Advised, "advised", KULLA_MEMBERS(service, action, why)) };
/// A person must look: a protected service is at risk, the limit of machine closures is reached, an order fails.
struct PersonPaged { std::optional<ServiceId> service; std::string why; KULLA_FACT(PersonPaged, "person_paged", KULLA_MEMBERS(service, why)) };

struct GateConfirmed { ServiceId service; GateEntry entry; Timestamp acknowledged; std::int64_t workers = 0, streams_ended = 0; KULLA_FACT(GateConfirmed, "gate_confirmed", KULLA_MEMBERS(service, entry, acknowledged, workers, streams_ended)) };
struct GateFailed { ServiceId service; GateEntry entry; std::string problem; KULLA_FACT(GateFailed, "gate_failed", KULLA_MEMBERS(service, entry, problem)) };
/// The gate did something else than was confirmed; corrected towards closed.
struct GateDrifted { GateFound found; GateEntry expected; KULLA_FACT(GateDrifted, "gate_drifted", KULLA_MEMBERS(found, expected)) };

struct BeliefChanged { Belief belief; Agreement agreement = Agreement::cannot_tell; std::string why; KULLA_FACT(BeliefChanged, "belief_changed", KULLA_MEMBERS(belief, agreement, why)) };

/// `since`: the evidence reaches back to that time, as a person knows; never later than alerts say.
struct VerificationAsked { ServiceId service; ClosureId closure; Purpose purpose = Purpose::reopen; PersonId by; std::string why; std::optional<Timestamp> since{}; KULLA_FACT(VerificationAsked, "verification_asked", KULLA_MEMBERS(service, closure, purpose, by, why, since)) };
struct InspectionOrdered { SystemId system; KULLA_FACT(InspectionOrdered, "inspection_ordered", KULLA_MEMBERS(system)) };
struct ProofOrdered { DatasetId dataset; KULLA_FACT(ProofOrdered, "proof_ordered", KULLA_MEMBERS(dataset)) };
struct Inspected { Report report; KULLA_FACT(Inspected, "inspected", KULLA_MEMBERS(report)) };
struct Proved { Proof proof; KULLA_FACT(Proved, "proved", KULLA_MEMBERS(proof)) };
struct BackupSuspected { DatasetId dataset; std::string why; KULLA_FACT(BackupSuspected, "backup_suspected", KULLA_MEMBERS(dataset, why)) };
struct VerificationFailed { ServiceId service; ClosureId closure; std::string why; KULLA_FACT(VerificationFailed, "verification_failed", KULLA_MEMBERS(service, closure, why)) };
/// All reports clean, all proofs passed. `basis` binds them: approvals sign it.
struct Verified { ServiceId service; ClosureId closure; Digest basis; KULLA_FACT(Verified, "verified", KULLA_MEMBERS(service, closure, basis)) };
/// A passed verification no longer counts: stale, or an alert with effect.
struct VerificationVoided { ServiceId service; ClosureId closure; std::string why; KULLA_FACT(VerificationVoided, "verification_voided", KULLA_MEMBERS(service, closure, why)) };
struct Approved { Approval approval; KULLA_FACT(Approved, "approved", KULLA_MEMBERS(approval)) };
struct TrialStarted { ServiceId service; ClosureId closure; int share = 0; std::optional<Limit> limit{}; KULLA_FACT(TrialStarted, "trial_started", KULLA_MEMBERS(service, closure, share, limit)) };
struct TrialWidened { ServiceId service; ClosureId closure; int share = 0; std::optional<Limit> limit{}; KULLA_FACT(TrialWidened, "trial_widened", KULLA_MEMBERS(service, closure, share, limit)) };
/// A trial goes no further until a person decides: it answers with errors outside, or a person asked for it.
struct TrialHeld { ServiceId service; ClosureId closure; PersonId by; std::string why; KULLA_FACT(TrialHeld, "trial_held", KULLA_MEMBERS(service, closure, by, why)) };
struct TrialResumed { ServiceId service; ClosureId closure; PersonId by; KULLA_FACT(TrialResumed, "trial_resumed", KULLA_MEMBERS(service, closure, by)) };
struct Opened { ServiceId service; ClosureId closure; Purpose purpose = Purpose::reopen; KULLA_FACT(Opened, "opened", KULLA_MEMBERS(service, closure, purpose)) };
struct Refused { std::string command; PersonId by; Refusal why = Refusal::unknown_service; std::string about; KULLA_FACT(Refused, "refused", KULLA_MEMBERS(command, by, why, about)) };
/// Who came to the console and went: `person` is "console:NAME", or "console:?" where the name is nobody's. These move nothing.
struct SignedIn { PersonId person; std::string method; std::optional<SourceRef> source{}; KULLA_FACT(SignedIn, "signed_in", KULLA_MEMBERS(person, method, source)) };
struct SignedOut { PersonId person; KULLA_FACT(SignedOut, "signed_out", KULLA_MEMBERS(person)) };
/// `failures`: how many it stands for.
struct SignInFailed { PersonId person; std::int64_t failures = 1; std::optional<SourceRef> source{}; KULLA_FACT(SignInFailed, "sign_in_failed", KULLA_MEMBERS(person, failures, source)) };
/// Somebody asked what stands behind a pseudonym, or behind the hash of evidence. Recorded before it is answered.
struct EvidenceAsked { PersonId by; std::optional<SourceRef> source{}; std::optional<Digest> evidence{}; std::string reason; KULLA_FACT(EvidenceAsked, "evidence_asked", KULLA_MEMBERS(by, source, evidence, reason)) };
/// A person reviewed findings of that report, and signed a baseline in which they are as they should be; `left`: those that remain.
struct FindingsAccepted { SystemId system; Digest report, baseline; PublicKey signer; PersonId by; std::int64_t findings = 0, left = 0; KULLA_FACT(FindingsAccepted, "findings_accepted", KULLA_MEMBERS(system, report, baseline, signer, by, findings, left)) };
/// A person released a statement for the public. Delivered: it went out by that channel; `tries`: how many it took.
struct StatementReleased { Statement statement; KULLA_FACT(StatementReleased, "statement_released", KULLA_MEMBERS(statement)) };
struct StatementDelivered { std::int64_t statement = 0; std::string channel; std::int64_t tries = 1; KULLA_FACT(StatementDelivered, "statement_delivered", KULLA_MEMBERS(statement, channel, tries)) };
// clang-format on
#undef KULLA_MEMBERS
#undef KULLA_FACT
}  // namespace fact

using AnyFact =
    std::variant<fact::Started, fact::ModeSet, fact::ServiceDeclared, fact::ServiceRetired, fact::SystemDeclared, fact::DatasetDeclared,
                 fact::SensorDeclared, fact::ApproversSet, fact::ClockGap, fact::Alerted, fact::OutOfScope, fact::Blind,
                 fact::IncidentOpened, fact::IncidentEnded, fact::SourceBlocked, fact::SourceUnblocked, fact::Guarded, fact::Unguarded,
                 fact::Closed, fact::Advised, fact::PersonPaged, fact::GateConfirmed, fact::GateFailed, fact::GateDrifted,
                 fact::BeliefChanged, fact::VerificationAsked, fact::InspectionOrdered, fact::ProofOrdered, fact::Inspected, fact::Proved,
                 fact::VerificationFailed, fact::Verified, fact::VerificationVoided, fact::Approved, fact::TrialStarted, fact::TrialWidened,
                 fact::TrialHeld, fact::TrialResumed, fact::RecoverySet, fact::BackupSuspected, fact::Opened, fact::Refused, fact::SignedIn,
                 fact::SignedOut, fact::SignInFailed, fact::EvidenceAsked, fact::FindingsAccepted, fact::StatementReleased,
                 fact::StatementDelivered>;

/// What these do with each kind is compiled once, in fact.cpp, and not in every file that copies a fact.
struct FactBody : AnyFact {
  using AnyFact::AnyFact;
  FactBody();
  FactBody(const FactBody&);
  FactBody(FactBody&&) noexcept;
  FactBody& operator=(const FactBody&);
  FactBody& operator=(FactBody&&) noexcept;
  ~FactBody();
  friend bool operator==(const FactBody&, const FactBody&);
};

struct Fact {
  Moment at;
  FactBody body;
  friend bool operator==(const Fact&, const Fact&) = default;
};
[[nodiscard]] std::string_view kind_of(const Fact& fact);
/// True where a sentence for the public may rest on it: after it, what was shown as true a moment ago may be so no longer.
[[nodiscard]] bool concerns_statement(const Fact& fact);

/// The fact's JSON, fit for `canonical`.
[[nodiscard]] json::value to_json(const Fact& fact);
/// Refuses unknown kinds, missing or unknown fields and wrong types; raises old versions to the present one.
[[nodiscard]] Result<Fact> fact_from_json(const json::value& value);

}  // namespace kulla
