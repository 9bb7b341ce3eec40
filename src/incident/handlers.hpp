// One handler an input, found by its type; inside incident/ only.
#pragma once
#include <functional>
#include <optional>
#include <set>
#include <string_view>

#include "incident/decide.hpp"

namespace kulla::incident {

/// The facts of one decision, all at one moment.
class Facts {
 public:
  explicit Facts(Moment at) : at_(at) {}
  void add(FactBody body) { facts_.push_back({at_, std::move(body)}); }
  [[nodiscard]] Moment at() const { return at_; }
  [[nodiscard]] std::vector<Fact> take() { return std::move(facts_); }

 private:
  Moment at_;
  std::vector<Fact> facts_;
};

void on(const State&, const input::Started&, const Policy&, Facts&);
void on(const State&, const input::Tick&, const Policy&, Facts&);
void on(const State&, const input::AlertRaised&, const Policy&, Facts&);
void on(const State&, const input::BeliefChanged&, const Policy&, Facts&);
void on(const State&, const input::GateConfirmed&, const Policy&, Facts&);
void on(const State&, const input::GateFailed&, const Policy&, Facts&);
void on(const State&, const input::GateDrifted&, const Policy&, Facts&);
void on(const State&, const input::GateTroubled&, const Policy&, Facts&);
void on(const State&, const input::Inspected&, const Policy&, Facts&);
void on(const State&, const input::InspectionFailed&, const Policy&, Facts&);
void on(const State&, const input::Proved&, const Policy&, Facts&);
void on(const State&, const input::CloseAsked&, const Policy&, Facts&);
void on(const State&, const input::VerifyAsked&, const Policy&, Facts&);
void on(const State&, const input::WithdrawAsked&, const Policy&, Facts&);
void on(const State&, const input::ApprovalSubmitted&, const Policy&, Facts&);
void on(const State&, const input::ModeAsked&, const Policy&, Facts&);
void on(const State&, const input::Blind&, const Policy&, Facts&);
void on(const State&, const input::BackupSuspected&, const Policy&, Facts&);
void on(const State&, const input::HoldAsked&, const Policy&, Facts&);
void on(const State&, const input::ResumeAsked&, const Policy&, Facts&);
void on(const State&, const input::ApproversAsked&, const Policy&, Facts&);
void on(const State&, const input::SignedIn&, const Policy&, Facts&);
void on(const State&, const input::SignedOut&, const Policy&, Facts&);
void on(const State&, const input::SignInFailed&, const Policy&, Facts&);
void on(const State&, const input::EvidenceAsked&, const Policy&, Facts&);
void on(const State&, const input::FindingsAccepted&, const Policy&, Facts&);
void on(const State&, const input::ReleaseAsked&, const Policy&, Facts&);
void on(const State&, const input::StatementDelivered&, const Policy&, Facts&);

/// A closure's identity: the same for the same history, another for every closing.
[[nodiscard]] ClosureId closure_id(const State& state, const ServiceId& service, Moment at);
void open_incident(const State& state, Facts& facts);
/// Closes, whatever the state before.
void close(const State& state, const ServiceRecord& record, ClosedBy by, const PersonId& person, std::string why,
           std::vector<SystemId> in_evidence, Facts& facts);
/// A trial ends where it came from: closed, and verified again from the beginning.
void end_trial(const State& state, const ServiceRecord& record, std::string why, Facts& facts);
/// Nobody watched this service's files for a while: what was inspected before that no longer counts. A trial that goes on has its systems
/// inspected again: they are added to `systems`.
void distrust(const State& state, const ServiceRecord& record, std::string_view why, std::set<SystemId>& systems, Facts& facts);
struct Objection {
  Refusal why;
  std::string about;
};
/// Why these may not be the ones who approve; nothing where they may. Two of them must be able to open whatever is closed, also a service
/// that is added later; whether names and keys are distinct is not looked at.
[[nodiscard]] std::optional<Objection> objection_to(const std::vector<Approver>& approvers,
                                                    const std::function<bool(const ServiceId&)>& is_declared, Timestamp now);
/// Bound to no services, with a key that has not run out: who signs for what concerns every service.
[[nodiscard]] bool may_approve_all(const Approver& approver, Timestamp now);
/// Pages a person once an incident for the same reason.
[[nodiscard]] bool was_paged(const State& state, const std::optional<ServiceId>& service, const std::string& why);
void page(const State& state, const std::optional<ServiceId>& service, const std::string& why, Facts& facts);

}  // namespace kulla::incident
