// Inputs of the decider: something seen or asked. Each arrives with its own time.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "model/alert.hpp"
#include "model/catalogue.hpp"
#include "model/evidence.hpp"
#include "model/gate_state.hpp"
#include "model/statement.hpp"

namespace kulla {

BOOST_DEFINE_ENUM_CLASS(Mode, advise, act)

namespace input {
/// The daemon starts: what the config declares, and what the gate was found to do (live in every worker, and in the map file).
struct Started {
  std::string version, boot;
  Mode mode = Mode::advise;
  Catalogue catalogue;
  std::vector<GateFound> gate;
};
/// Time passes. `gap`: the ticks before this one are not known to be whole (a jump of the wall clock, a stall). `before`: what the wall
/// clock said at the tick before, where there was one.
struct Tick {
  bool gap = false;
  std::optional<Timestamp> before{};
};
/// `repeat`: its sensor has said as much of the same system a moment ago. It is recorded only where it could still move something.
struct AlertRaised {
  Alert alert;
  bool repeat = false;
};
struct BeliefChanged {
  Belief belief;
};
struct GateConfirmed {
  ServiceId service;
  GateEntry entry;
  GateApplied applied;
};
struct GateFailed {
  ServiceId service;
  GateEntry entry;
  std::string problem;
};
/// A read-back found something else than was confirmed.
struct GateDrifted {
  GateFound found;
};
struct Inspected {
  Report report;
};
struct InspectionFailed {
  SystemId system;
  std::string problem;
};
struct Proved {
  Proof proof;
};
struct CloseAsked {
  std::vector<ServiceId> services;
  PersonId by;
  std::string reason;
};
/// `since`: a person knows that the intruders were there at that time.
struct VerifyAsked {
  std::vector<ServiceId> services;
  PersonId by;
  std::optional<Timestamp> since{};
};
struct WithdrawAsked {
  ClosureId closure;
  PersonId by;
  std::string reason;
};
struct ApprovalSubmitted {
  Approval approval;
};
/// Something about a backup that an attacker would do: a proved snapshot is gone, it can be deleted with what we hold.
struct BackupSuspected {
  DatasetId dataset;
  std::string why;
};
/// Towards closed: needs nobody's key.
struct HoldAsked {
  ServiceId service;
  PersonId by;
  std::string reason;
};
/// A held trial goes on: an approver's signature over signed_resume_text.
struct ResumeAsked {
  ServiceId service;
  ClosureId closure;
  PersonId by;
  Signature signature;
  Timestamp expires;
};
/// New approvers, whole: two present ones sign signed_approvers_text, or enough of the recovery keys.
struct ApproversAsked {
  struct Signed {
    PublicKey key;
    Signature signature;
  };
  std::vector<Approver> approvers;
  Timestamp expires;
  std::vector<Signed> signatures;
};
/// Towards act needs nobody's key; towards advise needs an approver's signature over signed_text.
struct ModeAsked {
  Mode mode = Mode::advise;
  PersonId by;
  Signature signature;
  Timestamp expires;
};
/// Something is wrong with the gate as a whole: its map file, a reload, a worker.
struct GateTroubled {
  std::string problem;
};
/// Something was lost on the way to us.
struct Blind {
  SensorId sensor;
  std::uint64_t lost = 0;
  Timestamp from, to;
};
/// People at the console, see the facts of the same names.
struct SignedIn {
  PersonId person;
  std::string method;
  std::optional<SourceRef> source{};
};
struct SignedOut {
  PersonId person;
};
struct SignInFailed {
  PersonId person;
  std::int64_t failures = 1;
  std::optional<SourceRef> source{};
};
struct EvidenceAsked {
  PersonId by;
  std::optional<SourceRef> source{};
  std::optional<Digest> evidence{};
  std::string reason;
};
/// A new baseline was signed, in which findings of that report are as they should be. What it says was checked.
struct FindingsAccepted {
  SystemId system;
  Digest report, baseline;
  PublicKey signer;
  PersonId by;
  std::int64_t findings = 0, left = 0;
};
/// A person releases a statement. `seen`: the newest fact that what was shown takes into account.
struct ReleaseAsked {
  Statement statement;
  std::uint64_t seen = 0;
};
/// It went out by this channel.
struct StatementDelivered {
  std::uint64_t statement = 0;  ///< the number of the fact that released it
  std::string channel;
  int tries = 1;
};
}  // namespace input

using InputBody =
    std::variant<input::Started, input::Tick, input::AlertRaised, input::BeliefChanged, input::GateConfirmed, input::GateFailed,
                 input::GateDrifted, input::Inspected, input::InspectionFailed, input::Proved, input::CloseAsked, input::VerifyAsked,
                 input::WithdrawAsked, input::ApprovalSubmitted, input::ModeAsked, input::Blind, input::GateTroubled, input::HoldAsked,
                 input::BackupSuspected, input::ResumeAsked, input::ApproversAsked, input::SignedIn, input::SignedOut, input::SignInFailed,
                 input::EvidenceAsked, input::FindingsAccepted, input::ReleaseAsked, input::StatementDelivered>;
struct Input {
  Moment at;
  InputBody body;
};

}  // namespace kulla
