#include "daemon/view_rows.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

#include "incident/decide.hpp"
#include "model/codec.hpp"

namespace kulla::daemon {
namespace {
using incident::Closure;
using incident::ServiceRecord;
using incident::ServiceState;
using incident::State;

template <typename E>
std::string word(E value) {
  return boost::describe::enum_to_string(value, "?");
}

json::object outside_of(const Belief& belief, Agreement agreement) {
  json::object outside{{"state", word(belief.seen)}, {"agreement", word(agreement)}};
  if (belief.seen == Seen::up) {
    if (belief.first_good) outside["changed"] = {to_rfc3339(*belief.first_good), to_rfc3339(*belief.first_good)};
  } else if (belief.first_bad != Timestamp{}) {
    outside["changed"] = {to_rfc3339(belief.last_good), to_rfc3339(belief.first_bad)};
  }
  return outside;
}

void add_closure(const Closure& closure, json::object& row) {
  row["closure"] = closure.id.str();
  row["by"] = word(closure.by);
  row["why"] = closure.why;
  row["closed_at"] = to_rfc3339(closure.at.wall);
  if (closure.purpose != Purpose::reopen) row["purpose"] = word(closure.purpose);
  if (closure.acknowledged) row["acknowledged"] = to_rfc3339(*closure.acknowledged);
  if (!closure.held.empty()) row["held"] = closure.held;
  if (closure.approvals.empty()) return;
  json::array people;
  for (const auto& approval : closure.approvals) people.emplace_back(approval.person.str());
  row["approvals"] = std::move(people);
}

void add_state(const ServiceRecord& record, const Aside& aside, json::object& row) {
  if (record.state != ServiceState::open) row["state"] = word(record.state);
  if (aside.since != Timestamp{}) row["since"] = to_rfc3339(aside.since);
  if (record.closure) add_closure(*record.closure, row);
  else if (record.state == ServiceState::guarded && !aside.guarded.empty()) row["why"] = aside.guarded;
  if (auto waits = incident::waits_for(record); !waits.empty()) row["waits_for"] = std::move(waits);
  if (record.state == ServiceState::trial) {
    row["share"] = record.wanted.share;
    if (record.wanted.limit) row["limit"] = word(*record.wanted.limit);
  }
  if (record.wanted != record.confirmed) row["unconfirmed"] = true;
  if (!record.advised.empty()) row["advised"] = record.advised;
}

/// Those who may sign for it and have not.
json::array may_still_sign(const State& state, const ServiceRecord& record) {
  json::array people;
  for (const auto& approver : state.approvers) {
    const bool has = std::ranges::any_of(record.closure->approvals,
                                         [&](const Approval& each) { return each.person == approver.person || each.key == approver.key; });
    if (!has && (!approver.services || std::ranges::count(*approver.services, record.service.id)))
      people.emplace_back(approver.person.str());
  }
  return people;
}

struct Wait {
  std::string_view what;
  std::string text;
  json::array who{};
};

std::optional<Wait> wait_of_closed(const ServiceRecord& record, const Aside& aside) {
  const auto& closure = *record.closure;
  const auto dirty = std::ranges::find_if(closure.reports, [](const auto& each) { return !each.second.clean; });
  if (dirty != closure.reports.end())
    return Wait{"findings", fmt::format("{}: {} findings, worst: {}", dirty->first.str(), dirty->second.findings, dirty->second.worst)};
  const auto bad = std::ranges::find_if(closure.proofs, [](const auto& each) { return !each.second.passed; });
  if (bad != closure.proofs.end()) return Wait{"proof", fmt::format("{}: {}", bad->first.str(), bad->second.problem)};
  return Wait{"verification", aside.failed.empty() ? incident::waits_for(record) : aside.failed};
}

std::optional<Wait> wait_of_verifying(const ServiceRecord& record) {
  auto text = incident::waits_for(record);
  const auto left = [](const auto& needed, const auto& there) {
    return std::ranges::any_of(needed, [&](const auto& id) { return !there.contains(id); });
  };
  if (left(systems_to_inspect(record), record.closure->reports)) return Wait{"inspection", std::move(text)};
  if (left(datasets_to_prove(record), record.closure->proofs)) return Wait{"proof", std::move(text)};
  return Wait{"person", std::move(text)};
}

std::optional<Wait> wait_of(const State& state, const ServiceRecord& record, const Aside& aside) {
  switch (record.state) {
    case ServiceState::open:
    case ServiceState::guarded: return aside.paged.empty() ? std::nullopt : std::optional{Wait{"person", aside.paged}};
    case ServiceState::closed: return wait_of_closed(record, aside);
    case ServiceState::verifying: return wait_of_verifying(record);
    case ServiceState::verified:
      return Wait{record.closure->approvals.empty() ? "approvals" : "second_approval", incident::waits_for(record),
                  may_still_sign(state, record)};
    case ServiceState::trial:
      if (!record.closure->unwatched.empty()) return Wait{"inspection", incident::waits_for(record)};
      if (!record.closure->held.empty()) return Wait{"person", incident::waits_for(record), may_still_sign(state, record)};
      return std::nullopt;
  }
  return std::nullopt;
}
}  // namespace

json::object row_of(const State& state, const ServiceRecord& record, const Aside& aside, const Presentation& presentation) {
  const auto& service = record.service;
  json::object row{{"id", service.id.str()}};
  if (record.retired) {
    row["retired"] = true;
    return row;
  }
  if (const auto known = presentation.find(service.id); known != presentation.end())
    for (const auto& [key, value] : known->second.row) row[key] = value;
  row["host"] = service.host;
  if (service.path != "/") row["path"] = service.path;
  row["owner"] = service.owner;
  if (service.priority) row["priority"] = *service.priority;
  if (service.is_protected) row["protected"] = true;
  add_state(record, aside, row);
  if (record.effects > 0) row["effects"] = record.effects;
  if (record.attempts > 0) row["attempts"] = record.attempts;
  if (aside.alerted) row["alerted"] = to_rfc3339(*aside.alerted);
  if (const auto belief = state.beliefs.find(service.id); belief != state.beliefs.end())
    row["outside"] = outside_of(belief->second, aside.agreement);
  row["systems"] = codec::encode(service.systems);
  row["datasets"] = codec::encode(service.datasets);
  return row;
}

std::optional<json::object> waiting_of(const State& state, const ServiceRecord& record, const Aside& aside) {
  if (record.retired) return std::nullopt;
  auto wait = wait_of(state, record, aside);
  if (!wait) return std::nullopt;
  json::object waiting{{"service", record.service.id.str()}, {"for", wait->what}, {"text", std::move(wait->text)}};
  if (!wait->who.empty()) waiting["who"] = std::move(wait->who);
  return waiting;
}

// --- what a fact concerns

namespace {
using Concerned = std::optional<std::vector<ServiceId>>;

const Concerned every{};
Concerned none() { return std::vector<ServiceId>{}; }
Concerned only(const ServiceId& service) { return std::vector{service}; }

std::vector<ServiceId> services_with(const State& state, const auto& holds) {
  std::vector<ServiceId> services;
  for (const auto& [id, record] : state.services)
    if (holds(record)) services.push_back(id);
  return services;
}
std::vector<ServiceId> services_of(const State& state, const SystemId& system) {
  return services_with(state, [&](const ServiceRecord& record) {
    return std::ranges::count(record.service.systems, system) > 0 ||
           (record.closure && std::ranges::count(record.closure->in_evidence, system) > 0);
  });
}
std::vector<ServiceId> services_of(const State& state, const DatasetId& dataset) {
  return services_with(state, [&](const ServiceRecord& record) { return std::ranges::count(record.service.datasets, dataset) > 0; });
}

template <typename T>
concept OfOneService = requires(const T& fact) {
  { fact.service } -> std::convertible_to<const ServiceId&>;
};

struct Concerns {
  const State& state;
  template <typename T>
  Concerned operator()(const T& fact) const {
    if constexpr (OfOneService<T>) return only(fact.service);
    else return none();
  }
  Concerned operator()(const fact::ServiceDeclared& fact) const { return only(fact.service.id); }
  Concerned operator()(const fact::GateDrifted& fact) const { return only(fact.found.service); }
  Concerned operator()(const fact::BeliefChanged& fact) const { return only(fact.belief.service); }
  Concerned operator()(const fact::Approved& fact) const { return only(fact.approval.service); }
  Concerned operator()(const fact::PersonPaged& fact) const { return fact.service ? only(*fact.service) : none(); }
  Concerned operator()(const fact::Alerted& fact) const {
    std::vector<ServiceId> services;
    for (const auto& risk : fact.risks) services.push_back(risk.service);
    return services;
  }
  Concerned operator()(const fact::Inspected& fact) const { return services_of(state, fact.report.system); }
  Concerned operator()(const fact::InspectionOrdered& fact) const { return services_of(state, fact.system); }
  Concerned operator()(const fact::Proved& fact) const { return services_of(state, fact.proof.dataset); }
  Concerned operator()(const fact::ProofOrdered& fact) const { return services_of(state, fact.dataset); }
  Concerned operator()(const fact::BackupSuspected& fact) const { return services_of(state, fact.dataset); }
  // These reach into every service: its reports, its advice, who may sign for it, what it was called for, what was watched.
  Concerned operator()(const fact::Started&) const { return every; }
  Concerned operator()(const fact::ModeSet&) const { return every; }
  Concerned operator()(const fact::ApproversSet&) const { return every; }
  Concerned operator()(const fact::IncidentEnded&) const { return every; }
  Concerned operator()(const fact::Blind& fact) const { return fact.sensor == incident::files_sensor ? every : none(); }
};

/// What a fact says in words; most say nothing here.
struct Words {
  Aside& aside;
  Timestamp at;
  template <typename T>
  void operator()(const T&) const {}
  void operator()(const fact::Alerted&) const { aside.alerted = at; }
  void operator()(const fact::Guarded& fact) const { aside.guarded = fact.why; }
  void operator()(const fact::PersonPaged& fact) const { aside.paged = fact.why; }
  void operator()(const fact::Closed&) const { aside.paged.clear(), aside.failed.clear(); }
  void operator()(const fact::IncidentEnded&) const { aside.paged.clear(); }
  void operator()(const fact::VerificationAsked&) const { aside.failed.clear(); }
  void operator()(const fact::VerificationFailed& fact) const { aside.failed = fact.why; }
  void operator()(const fact::VerificationVoided& fact) const { aside.failed = fact.why; }
  void operator()(const fact::BeliefChanged& fact) const { aside.agreement = fact.agreement; }
};
}  // namespace

std::optional<std::vector<ServiceId>> concerned(const State& state, const Fact& fact) { return std::visit(Concerns{state}, fact.body); }

void note(Aside& aside, const Fact& fact, ServiceState was, ServiceState is) {
  if (was != is || aside.since == Timestamp{}) aside.since = fact.at.wall;
  std::visit(Words{aside, fact.at.wall}, fact.body);
}
}  // namespace kulla::daemon
