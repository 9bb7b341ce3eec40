#include "daemon/view_detail.hpp"

#include <algorithm>
#include <ranges>

#include "model/codec.hpp"

namespace kulla::daemon {
namespace {
using incident::Closure;
using incident::ServiceRecord;
using incident::ServiceState;
using incident::State;

constexpr std::size_t nodes_most = 200;  // what fits a drawing; more are counted

json::object summary_of(const Report& report) {
  return {{"system", report.system.str()}, {"finished", to_rfc3339(report.finished.wall)},
          {"clean", report.clean},         {"findings", report.findings},
          {"files", report.files},         {"worst", report.worst},
          {"hash", to_hex(report.hash)}};
}

/// Services, systems and data sets, each named by its kind and id: a service and a system may have the same name.
class Graph {
 public:
  explicit Graph(const State& state, const ServiceRecord& record) : state_(state), record_(record) {}
  json::object make() {
    add_service(record_);
    for (const auto& dataset : record_.service.datasets) add_dataset(dataset);
    const auto systems = record_.service.systems;
    for (const auto& system : systems) {
      add_system(system);
      edge("service:" + record_.service.id.str(), "system:" + system.str(), "runs on");
    }
    std::set<SystemId> near;
    for (const auto& system : systems) near.merge(add_neighbours(system));
    for (const auto& system : systems) add_services_on(system);
    for (const auto& system : near) add_services_on(system);
    json::object graph{{"nodes", std::move(nodes_)}, {"edges", std::move(edges_)}};
    if (left_out_ > 0) graph["left_out"] = left_out_;
    return graph;
  }

 private:
  bool add(std::string id, json::object node) {
    if (known_.contains(id)) return true;
    if (known_.size() >= nodes_most) return ++left_out_, false;
    node["id"] = id;
    known_.insert(std::move(id));
    nodes_.push_back(std::move(node));
    return true;
  }
  void edge(std::string from, std::string to, std::string_view why) {
    if (known_.contains(from) && known_.contains(to)) edges_.push_back(json::object{{"from", from}, {"to", to}, {"why", why}});
  }
  bool add_service(const ServiceRecord& record) {
    json::object node{
        {"kind", "service"}, {"label", record.service.id.str()}, {"state", boost::describe::enum_to_string(record.state, "?")}};
    if (record.effects > 0) node["effects"] = record.effects;
    if (record.attempts > 0) node["attempts"] = record.attempts;
    return add("service:" + record.service.id.str(), std::move(node));
  }
  void add_system(const SystemId& system) {
    json::object node{{"kind", "system"}, {"label", system.str()}};
    if (record_.closure && std::ranges::count(record_.closure->in_evidence, system)) node["evidence"] = true;
    add("system:" + system.str(), std::move(node));
  }
  void add_dataset(const DatasetId& dataset) {
    add("dataset:" + dataset.str(), {{"kind", "dataset"}, {"label", dataset.str()}});
    edge("service:" + record_.service.id.str(), "dataset:" + dataset.str(), "holds");
  }
  /// Systems that share something with this one, said by either side.
  std::set<SystemId> add_neighbours(const SystemId& system) {
    std::set<SystemId> near;
    for (const auto& [id, other] : state_.systems) {
      if (id == system) near.insert(other.shares_with.begin(), other.shares_with.end());
      else if (std::ranges::count(other.shares_with, system)) near.insert(id);
    }
    for (const auto& other : near) {
      add_system(other);
      edge("system:" + system.str(), "system:" + other.str(), "shares with");
    }
    return near;
  }
  void add_services_on(const SystemId& system) {
    const auto found = state_.services_on.find(system);
    if (found == state_.services_on.end()) return;
    for (const auto& id : found->second) {
      const auto* record = state_.find(id);
      if (!record || record->retired || id == record_.service.id) continue;
      if (add_service(*record)) edge("service:" + id.str(), "system:" + system.str(), "runs on");
    }
  }

  const State& state_;
  const ServiceRecord& record_;
  json::array nodes_, edges_;
  std::set<std::string> known_;
  std::size_t left_out_ = 0;
};

json::array approvals_of(const Closure& closure) {
  json::array approvals;
  for (const auto& approval : closure.approvals)
    approvals.push_back(json::object{{"person", approval.person.str()},
                                     {"fingerprint", fingerprint(approval.key)},
                                     {"purpose", boost::describe::enum_to_string(approval.purpose, "?")},
                                     {"expires", to_rfc3339(approval.expires)}});
  return approvals;
}

json::value closure_of(const ServiceRecord& record) {
  if (!record.closure) return nullptr;
  const auto& closure = *record.closure;
  json::array reports, proofs, unwatched;
  for (const auto& report : closure.reports | std::views::values) reports.push_back(summary_of(report));
  for (const auto& proof : closure.proofs | std::views::values) proofs.push_back(codec::encode(proof));
  for (const auto& system : closure.unwatched | std::views::keys) unwatched.emplace_back(system.str());
  json::object object{{"id", closure.id.str()},
                      {"by", boost::describe::enum_to_string(closure.by, "?")},
                      {"why", closure.why},
                      {"at", to_rfc3339(closure.at.wall)},
                      {"in_evidence", codec::encode(closure.in_evidence)},
                      {"purpose", boost::describe::enum_to_string(closure.purpose, "?")},
                      {"to_inspect", codec::encode(systems_to_inspect(record))},
                      {"to_prove", codec::encode(datasets_to_prove(record))},
                      {"reports", std::move(reports)},
                      {"proofs", std::move(proofs)},
                      {"approvals", approvals_of(closure)}};
  if (closure.acknowledged) object["acknowledged"] = to_rfc3339(*closure.acknowledged);
  if (closure.asked.wall != Timestamp{}) object["asked"] = to_rfc3339(closure.asked.wall);
  if (closure.basis) object["basis"] = to_hex(*closure.basis);
  if (!unwatched.empty()) object["unwatched"] = std::move(unwatched);
  if (!closure.held.empty()) object["held"] = closure.held, object["held_by"] = closure.held_by;
  return object;
}

json::value trial_of(const ServiceRecord& record, const incident::Policy& policy) {
  if (record.state != ServiceState::trial) return nullptr;
  json::object trial{{"share", record.wanted.share},
                     {"confirmed", record.wanted == record.confirmed},
                     {"steps", codec::encode(policy.trial_steps)},
                     {"step_ms", policy.trial_step.count()}};
  if (record.wanted.limit) trial["limit"] = boost::describe::enum_to_string(*record.wanted.limit, "?");
  if (!record.closure->held.empty()) trial["held"] = record.closure->held;
  return trial;
}
}  // namespace

json::object detail_of(const Picture& picture, const ServiceRecord& record, const incident::Policy& policy) {
  json::object detail;
  if (const auto known = picture.presentation().find(record.service.id); known != picture.presentation().end())
    detail = known->second.detail;
  json::array reports, proofs;
  for (const auto& system : record.service.systems)
    if (const auto report = picture.reports().find(system); report != picture.reports().end())
      reports.push_back(summary_of(report->second));
  for (const auto& dataset : record.service.datasets)
    if (const auto known = picture.state().proofs.find(dataset); known != picture.state().proofs.end())
      for (const auto& proof : known->second | std::views::reverse) proofs.push_back(codec::encode(proof));
  detail["graph"] = Graph{picture.state(), record}.make();
  detail["closure"] = closure_of(record);
  detail["reports"] = std::move(reports);
  detail["proofs"] = std::move(proofs);
  detail["trial"] = trial_of(record, policy);
  return detail;
}
}  // namespace kulla::daemon
