// One handler an input, found by its type; inside incident/ only.
#pragma once
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
void on(const State&, const input::ReleaseAsked&, const Policy&, Facts&);
void on(const State&, const input::StatementDelivered&, const Policy&, Facts&);

/// A closure's identity: the same for the same history, another for every closing.
[[nodiscard]] ClosureId closure_id(const State& state, const ServiceId& service, Moment at);
/// Closes, whatever the state before.
void close(const State& state, const ServiceRecord& record, ClosedBy by, const PersonId& person, std::string why,
           std::vector<SystemId> in_evidence, Facts& facts);
/// A trial ends where it came from: closed, and verified again from the beginning.
void end_trial(const State& state, const ServiceRecord& record, std::string why, Facts& facts);
/// Nobody watched this service's files for a while: what was inspected before that no longer counts. A trial that goes on has its systems
/// inspected again: they are added to `systems`.
void distrust(const State& state, const ServiceRecord& record, std::string_view why, std::set<SystemId>& systems, Facts& facts);
/// Pages a person once an incident for the same reason.
void page(const State& state, const std::optional<ServiceId>& service, const std::string& why, Facts& facts);

}  // namespace kulla::incident
