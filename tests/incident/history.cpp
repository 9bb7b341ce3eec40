// One service's way back, told again from its facts alone: what a court would ask before it believes that a reopening was earned.
#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <set>

#include "incident/rules.hpp"

namespace kulla::incident {
namespace {

struct Told {
  Service service;
  std::string boot;
  std::vector<Approver> approvers;
  std::optional<fact::Closed> closed;
  std::optional<fact::VerificationAsked> asked;
  Moment asked_at;
  std::map<SystemId, Report> reports;  ///< the newest of each
  std::map<DatasetId, Proof> proofs;
  std::optional<fact::Verified> verified;
  std::map<SystemId, Report> reports_verified;  ///< what it was verified over, and what approvals sign
  std::map<DatasetId, Proof> proofs_verified;
  std::vector<Approval> approvals;
  Timestamp latest;  ///< wall time of any fact

  void forget_verification() {
    verified.reset();
    approvals.clear();
  }
  /// Nobody watched the files until now: what was verified before does not count.
  void hear_of_absence() {
    asked.reset();
    forget_verification();
  }
  void hear(const fact::Blind& fact, Moment) {
    if (fact.sensor == files_sensor) hear_of_absence();
  }
  void hear(const fact::Started& fact, Moment) {
    hear_of_absence();
    if (fact.boot == boot) return;
    boot = fact.boot;
    reports.clear();
    proofs.clear();
  }
  void hear(const fact::ApproversSet& fact, Moment) { approvers = fact.approvers; }
  void hear(const fact::ClockGap& fact, Moment) { latest = std::max(latest, fact.before.value_or(latest)); }
  void hear(const fact::ServiceDeclared& fact, Moment) {
    if (fact.service.id == service.id) service = fact.service;
  }
  void hear(const fact::Closed& fact, Moment) {
    if (fact.service != service.id) return;
    closed = fact;
    asked.reset();
    forget_verification();
  }
  void hear(const fact::VerificationAsked& fact, Moment at) {
    if (fact.service != service.id) return;
    asked = fact;
    asked_at = at;
    reports.clear();
    proofs.clear();
    forget_verification();
  }
  template <typename Key, typename Evidence>
  static void keep_newest(std::map<Key, Evidence>& kept, const Key& key, const Evidence& evidence) {
    const auto [at, is_new] = kept.try_emplace(key, evidence);
    if (!is_new && evidence.started.mono >= at->second.started.mono) at->second = evidence;
  }
  void hear(const fact::Inspected& fact, Moment) { keep_newest(reports, fact.report.system, fact.report); }
  void hear(const fact::Proved& fact, Moment) { keep_newest(proofs, fact.proof.dataset, fact.proof); }
  void hear(const fact::VerificationFailed& fact, Moment) {
    if (fact.service == service.id) forget_verification();
  }
  void hear(const fact::VerificationVoided& fact, Moment) {
    if (fact.service == service.id) forget_verification();
  }
  void hear(const fact::Verified& fact, Moment) {
    if (fact.service != service.id) return;
    verified = fact;
    reports_verified = reports;
    proofs_verified = proofs;
  }
  void hear(const fact::Approved& fact, Moment) {
    if (fact.approval.service == service.id) approvals.push_back(fact.approval);
  }
  template <typename T>
  void hear(const T&, Moment) {}

  /// Tells on until this service left closed the last time; when that was. Nothing where it never did.
  std::optional<Moment> tell(const std::vector<Fact>& history) {
    const auto left = [&](const Fact& fact) -> std::optional<ClosureId> {
      if (const auto* trial = std::get_if<fact::TrialStarted>(&fact.body); trial && trial->service == service.id) return trial->closure;
      if (const auto* opened = std::get_if<fact::Opened>(&fact.body); opened && opened->service == service.id) return opened->closure;
      return std::nullopt;
    };
    const auto last = std::find_if(history.rbegin(), history.rend(), [&](const Fact& fact) { return left(fact).has_value(); });
    if (last == history.rend()) return std::nullopt;
    // A trial's end rests on its start.
    const auto first = std::ranges::find_if(history, [&](const Fact& fact) { return left(fact) == left(*last); });
    for (auto at = history.begin(); at != first; ++at) {
      latest = std::max(latest, at->at.wall);
      std::visit([&](const auto& body) { hear(body, at->at); }, at->body);
    }
    return first->at;
  }
};

bool young(Moment started, Moment finished, Moment asked, Moment now, const Policy& policy) {
  return started.mono >= asked.mono && finished.mono <= now.mono && now.mono - finished.mono <= policy.report_max_age &&
         now.wall - finished.wall <= policy.report_max_age;
}

/// The newest word may not be bad; what it was verified over must be young.
template <typename Key, typename Evidence>
std::string doubt_about(const std::vector<Key>& needed, const std::map<Key, Evidence>& verified_over, const std::map<Key, Evidence>& newest,
                        bool Evidence::* good, std::string_view what, Moment asked, Moment now, const Policy& policy) {
  for (const auto& key : needed) {
    const auto at = verified_over.find(key);
    if (at == verified_over.end()) return fmt::format("no {} of {}", what, key.str());
    if (!(at->second.*good) || !(newest.at(key).*good)) return fmt::format("the {} of {} is bad", what, key.str());
    if (!young(at->second.started, at->second.finished, asked, now, policy)) return fmt::format("the {} of {} is stale", what, key.str());
  }
  return {};
}

std::string doubt_about_evidence(const Told& told, Moment now, const Policy& policy) {
  const bool withdrawn = told.asked->purpose == Purpose::withdraw;
  const auto& systems = withdrawn && !told.closed->systems.empty() ? told.closed->systems : told.service.systems;
  if (systems.empty()) return "no system was inspected";
  auto doubt = doubt_about(systems, told.reports_verified, told.reports, &Report::clean, "report", told.asked_at, now, policy);
  if (!doubt.empty() || withdrawn) return doubt;
  return doubt_about(told.service.datasets, told.proofs_verified, told.proofs, &Proof::passed, "proof", told.asked_at, now, policy);
}

bool holds(const Told& told, const Approval& approval, Moment now) {
  const auto latest = std::max(told.latest, now.wall);
  return approval.service == told.service.id && approval.closure == told.closed->closure && approval.basis == told.verified->basis &&
         approval.purpose == told.asked->purpose && approval.expires > latest && approval.expires <= latest + approval_lifetime &&
         std::ranges::find(told.approvers, Approver{approval.person, approval.key}) != told.approvers.end() &&
         verify(approval.key, signed_text(approval), approval.signature);
}

/// Since when nobody had watched the files, and what was inspected after that.
struct Watch {
  std::optional<Moment> since;
  std::set<SystemId> inspected;
  void look_away(Moment at) {
    since = at;
    inspected.clear();
  }
  void hear(const Fact& fact) {
    const auto* blind = std::get_if<fact::Blind>(&fact.body);
    if (std::holds_alternative<fact::Started>(fact.body) || (blind && blind->sensor == files_sensor)) look_away(fact.at);
    const auto* inspected_now = std::get_if<fact::Inspected>(&fact.body);
    if (inspected_now && inspected_now->report.clean && since && inspected_now->report.started.mono >= since->mono)
      inspected.insert(inspected_now->report.system);
  }
};
}  // namespace

std::string unwatched(const std::vector<Fact>& history, const ClosureId& closure, const std::vector<SystemId>& systems) {
  const auto began = std::ranges::find_if(history, [&](const Fact& fact) {
    const auto* trial = std::get_if<fact::TrialStarted>(&fact.body);
    return trial && trial->closure == closure;
  });
  Watch watch;
  for (auto at = began; at != history.end(); ++at) watch.hear(*at);
  if (!watch.since) return {};
  for (const auto& system : systems)
    if (!watch.inspected.contains(system)) return system.str();
  return {};
}

std::string unearned(const std::vector<Fact>& history, const ServiceId& service, const Policy& policy, std::optional<Moment> when) {
  Told told;
  told.service.id = service;
  auto now = told.tell(history);
  if (!now) return "nothing says that it may leave closed";
  if (when) now = when;
  if (!told.closed || !told.asked || !told.verified) return "it was never closed, asked for and verified";
  if (told.verified->closure != told.closed->closure || told.asked->closure != told.closed->closure) return "another closure was verified";
  if (auto doubt = doubt_about_evidence(told, *now, policy); !doubt.empty()) return doubt;
  std::set<PersonId> persons;
  std::set<PublicKey> keys;
  for (const auto& approval : told.approvals) {
    if (!holds(told, approval, *now)) return fmt::format("the approval of {} does not hold", approval.person.str());
    persons.insert(approval.person);
    keys.insert(approval.key);
  }
  if (persons.size() < 2 || keys.size() < 2) return fmt::format("{} persons and {} keys approved", persons.size(), keys.size());
  return {};
}

}  // namespace kulla::incident
