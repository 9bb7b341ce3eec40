#include "drill/closures.hpp"

#include <algorithm>
#include <ranges>

namespace kulla::drill {
namespace {
struct Fold {
  const Observed& observed;
  std::vector<ClosureSeen> closures;
  std::map<ClosureId, Digest> basis;
  std::map<ClosureId, std::map<PublicKey, PersonId>> signers;

  ClosureSeen* find(const ClosureId& id) {
    const auto found = std::ranges::find(closures, id, &ClosureSeen::id);
    return found == closures.end() ? nullptr : &*found;
  }
  /// The newest closure of a service: an order to open names none.
  ClosureSeen* newest(const ServiceId& service) {
    const auto index = observed.plan.find(service.str());
    for (auto& closure : closures | std::views::reverse)
      if (closure.service == index) return &closure;
    return nullptr;
  }
  void decided(ClosureSeen* closure, Timestamp at) {
    if (closure && !closure->trials.empty()) closure->trials.back().until = std::min(closure->trials.back().until, at);
  }

  template <typename T>
  void take(Timestamp, const T&) {}
  void take(Timestamp at, const fact::Closed& fact) {
    const auto service = observed.plan.find(fact.service.str());
    decided(newest(fact.service), at);
    if (service < observed.plan.services.size() && !find(fact.closure)) closures.emplace_back(service, fact.closure, at);
  }
  void take(Timestamp, const fact::GateConfirmed& fact) {
    auto* closure = fact.entry.closure.empty() ? newest(fact.service) : find(fact.entry.closure);
    if (!closure) return;
    if (fact.entry.mode == GateMode::closed && !closure->acknowledged) closure->acknowledged = fact.acknowledged;
    if (fact.entry.mode == GateMode::trial) closure->trials.push_back({fact.entry.share, fact.acknowledged, Timestamp::max()});
    if (fact.entry.mode <= GateMode::guarded && closure->opened && !closure->open_acknowledged)
      closure->open_acknowledged = fact.acknowledged;
  }
  void take(Timestamp at, const fact::TrialStarted& fact) {
    if (auto* closure = find(fact.closure); closure && !closure->trial) closure->trial = at;
  }
  void take(Timestamp at, const fact::TrialWidened& fact) { decided(find(fact.closure), at); }
  void take(Timestamp at, const fact::Opened& fact) {
    auto* closure = find(fact.closure);
    decided(closure, at);
    if (closure) closure->opened = at;
  }
  void take(Timestamp, const fact::Verified& fact) { basis[fact.closure] = fact.basis; }
  void take(Timestamp at, const fact::Approved& fact) {
    if (!is_valid(fact.approval, at, observed.officers, basis)) return;
    auto& keys = signers[fact.approval.closure];
    keys.emplace(fact.approval.key, fact.approval.person);
    std::set<PersonId> people;
    for (const auto& person : keys | std::views::values) people.insert(person);
    if (auto* closure = find(fact.approval.closure); closure && people.size() >= 2 && !closure->approved) closure->approved = at;
  }
};
}  // namespace

bool is_valid(const Approval& approval, Timestamp recorded, const std::vector<Approver>& officers,
              const std::map<ClosureId, Digest>& verified_basis) {
  const auto verified = verified_basis.find(approval.closure);
  return std::ranges::any_of(officers,
                             [&](const Approver& officer) { return officer.person == approval.person && officer.key == approval.key; }) &&
         verified != verified_basis.end() && verified->second == approval.basis && recorded <= approval.expires &&
         verify(approval.key, signed_text(approval), approval.signature);
}

std::vector<ClosureSeen> closures_of(const Observed& observed) {
  Fold fold{observed, {}, {}, {}};
  for (const auto& fact : observed.facts) std::visit([&](const auto& body) { fold.take(fact.at.wall, body); }, fact.body);
  return std::move(fold.closures);
}
}  // namespace kulla::drill
