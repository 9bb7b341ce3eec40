// What follows from an alert: risk, blocking its source, guarding, closing. An attempt never closes; only an effect does.
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <set>

#include "incident/handlers.hpp"

namespace kulla::incident {
namespace {

// In thousandths of a point, by Level. One high effect closes (close_at = 20 points); many attempts guard (guard_at = 10), none closes.
constexpr std::array<Points, 5> attempt_points{0, 500, 1'000, 3'000, 5'000};
constexpr std::array<Points, 5> effect_points{0, 2'000, 10'000, 25'000, 40'000};
constexpr Points points_limit = 1'000'000;  // a flood of alerts adds up to no more: risk stays within what decays in a night

Points weight(const Alert& alert, bool effect) {
  return (effect ? effect_points : attempt_points).at(static_cast<std::size_t>(alert.level));
}

bool in_scope(const State& state, const Alert& alert) {
  const auto sensor = state.sensors.find(alert.sensor);
  if (sensor == state.sensors.end()) return false;
  const auto owns = [&](const SystemId& system) {
    return std::ranges::find(sensor->second.systems, system) != sensor->second.systems.end();
  };
  if (alert.system && !owns(*alert.system)) return false;
  if (!alert.service || sensor->second.all_services) return true;
  const auto* record = state.find(*alert.service);
  return record && std::ranges::any_of(record->service.systems, owns);
}

/// Another sensor saw the same thing succeed. Two sightings by one sensor are one.
bool corroborated(const State& state, const Alert& alert, Ticks now, const Policy& policy) {
  if (!alert.object || !(alert.succeeded || alert.nature == Nature::effect)) return false;
  return std::ranges::any_of(state.sightings, [&](const Sighting& seen) {
    return seen.object == *alert.object && seen.sensor != alert.sensor && now - seen.at <= policy.corroborates_within;
  });
}

struct Reach {
  std::vector<SystemId> systems;                 ///< that the alert speaks of
  std::vector<const ServiceRecord*> affected;    ///< share its fate
  std::vector<const ServiceRecord*> neighbours;  ///< share something with those: guarded on an effect
};

void add_service(std::vector<const ServiceRecord*>& to, std::set<ServiceId>& seen, const ServiceRecord* record) {
  if (record && !record->retired && seen.insert(record->service.id).second) to.push_back(record);
}
void add_services_on(const State& state, const SystemId& system, std::vector<const ServiceRecord*>& to, std::set<ServiceId>& seen) {
  const auto found = state.services_on.find(system);
  if (found == state.services_on.end()) return;
  for (const auto& id : found->second) add_service(to, seen, state.find(id));
}

/// Systems that share something with this one, said by either side.
std::set<SystemId> neighbours_of(const State& state, const SystemId& system) {
  std::set<SystemId> neighbours;
  for (const auto& [id, other] : state.systems) {
    if (id == system) neighbours.insert(other.shares_with.begin(), other.shares_with.end());
    else if (std::ranges::find(other.shares_with, system) != other.shares_with.end()) neighbours.insert(id);
  }
  return neighbours;
}

Reach reach_of_effect(const State& state, const Alert& alert) {
  Reach reach;
  const auto* named = alert.service ? state.find(*alert.service) : nullptr;
  if (alert.system) reach.systems = {*alert.system};
  else if (named && !named->service.systems.empty()) reach.systems = {named->service.systems.front()};
  std::set<ServiceId> seen;
  if (named) add_service(reach.affected, seen, named);
  for (const auto& system : reach.systems) add_services_on(state, system, reach.affected, seen);
  std::set<SystemId> near;
  for (const auto& system : reach.systems) near.merge(neighbours_of(state, system));
  for (const auto* record : reach.affected) near.insert(record->service.systems.begin(), record->service.systems.end());
  for (const auto& system : near) add_services_on(state, system, reach.neighbours, seen);
  return reach;
}

struct Judged {
  const Alert& alert;
  bool effect;
  std::vector<SystemId> systems;
  std::string why;
};

fact::Risk risk_after(const ServiceRecord& record, const Judged& judged, Points points, Ticks now, const Policy& policy) {
  fact::Risk risk{record.service.id, decayed(record.attempts, record.risk_at, now, policy.half_life),
                  decayed(record.effects, record.risk_at, now, policy.half_life)};
  auto& sum = judged.effect ? risk.effects : risk.attempts;
  sum = std::min(sum + points, points_limit);
  return risk;
}

void guard(const State& state, const ServiceRecord& record, const std::string& why, Facts& facts) {
  if (record.state != ServiceState::open) return;
  // Its opening is on its way and may not be durable: the gate is stricter still, and a guard, which goes at once, would loosen it.
  if (record.confirmed.stricter_than({GateMode::guarded, {}, 0})) return;
  if (state.mode == Mode::act) facts.add(fact::Guarded{record.service.id, why});
  else if (record.advised.empty()) facts.add(fact::Advised{record.service.id, "guard", why});
}

class MachineLimit {
 public:
  MachineLimit(const State& state, const Policy& policy)
      : left_(std::max<std::size_t>(1, state.services.size() * static_cast<std::size_t>(policy.machine_share_percent) / 100)) {
    left_ -= std::min(left_, state.closed_by_machine());
  }
  /// Takes one closing, if one is left.
  [[nodiscard]] bool take() { return left_ > 0 && left_-- > 0; }

 private:
  std::size_t left_;
};

void guard_and_page(const State& state, const ServiceRecord& record, const Judged& judged, std::string_view instead, Facts& facts) {
  guard(state, record, judged.why, facts);
  page(state, record.service.id, fmt::format("{}; {}: kulla close {}", judged.why, instead, record.service.id.str()), facts);
}

void close_by_machine(const State& state, const ServiceRecord& record, const Judged& judged, MachineLimit& limit, Facts& facts) {
  if (record.service.is_protected) return guard_and_page(state, record, judged, "protected, only a person closes it", facts);
  if (!judged.alert.may_close) return guard_and_page(state, record, judged, "its rule may not close", facts);
  if (state.mode == Mode::advise) {
    if (record.advised != "close") facts.add(fact::Advised{record.service.id, "close", judged.why});
    return;
  }
  if (!limit.take())
    return guard_and_page(state, record, judged, "the limit of closings by machine is reached, a person must decide", facts);
  close(state, record, ClosedBy::machine, {}, judged.why, judged.systems, facts);
}

/// What one affected service does about it, by its state.
void respond(const State& state, const ServiceRecord& record, const fact::Risk& risk, const Judged& judged, const Policy& policy,
             MachineLimit& limit, Facts& facts) {
  const bool serious = judged.effect && risk.effects >= policy.close_at;
  switch (record.state) {
    case ServiceState::open:
    case ServiceState::guarded:
      if (serious) close_by_machine(state, record, judged, limit, facts);
      else if (risk.attempts + risk.effects >= policy.guard_at) guard(state, record, judged.why, facts);
      return;
    case ServiceState::trial:
      if (judged.alert.nature == Nature::effect || (judged.effect && judged.alert.may_close))
        close(state, record, ClosedBy::machine, {}, judged.why, judged.systems, facts);
      else if (judged.effect) guard_and_page(state, record, judged, "its rule may not close", facts);
      return;
    case ServiceState::verifying:
    case ServiceState::verified:
      if (judged.effect) facts.add(fact::VerificationVoided{record.service.id, record.closure->id, judged.why});
      return;
    case ServiceState::closed: return;
  }
}

Points source_points_after(const State& state, const Alert& alert, Ticks now, const Policy& policy) {
  if (!alert.source) return 0;
  const auto known = state.sources.find(*alert.source);
  const auto before = known == state.sources.end() ? 0 : decayed(known->second.points, known->second.at, now, policy.half_life);
  return std::min(before + weight(alert, false), points_limit);
}

void block_source(const State& state, const Alert& alert, Points points, const Policy& policy, Facts& facts) {
  if (!alert.source || points < policy.block_after || state.mode == Mode::advise) return;
  const auto known = state.sources.find(*alert.source);
  if (known == state.sources.end() || !known->second.blocked_since) facts.add(fact::SourceBlocked{*alert.source, alert.rule});
}

/// A repeat moves nothing here: the service is closed already, for this system too, or what could be done about it was done.
bool is_settled(const State& state, const ServiceRecord& record, const Alert& alert, Ticks now, const Policy& policy) {
  const auto in_evidence = [&] {
    const auto& evidence = record.closure->in_evidence;
    return evidence.empty() || std::ranges::find(evidence, *alert.system) != evidence.end();
  };
  const auto was_answered = [&] {  // as close_by_machine() answers
    if (decayed(record.effects, record.risk_at, now, policy.half_life) < policy.close_at) return false;
    if (record.service.is_protected || !alert.may_close) return true;
    if (state.mode == Mode::advise) return record.advised == "close";
    return !MachineLimit{state, policy}.take();
  };
  switch (record.state) {
    case ServiceState::closed: return in_evidence();
    case ServiceState::open:
    case ServiceState::guarded: return was_answered();
    case ServiceState::verifying:
    case ServiceState::verified:
    case ServiceState::trial: return false;
  }
  return false;
}
/// A sensor of files says every change; a wiper or a restore makes thousands. Those that could move nothing stay out of the ledger.
bool says_nothing_new(const State& state, const input::AlertRaised& raised, Ticks now, const Policy& policy) {
  if (!raised.repeat || !raised.alert.system) return false;
  const auto found = state.services_on.find(*raised.alert.system);
  return found == state.services_on.end() || std::ranges::all_of(found->second, [&](const ServiceId& id) {
           const auto* record = state.find(id);
           return !record || record->retired || is_settled(state, *record, raised.alert, now, policy);
         });
}

std::string why_of(const Alert& alert, const Reach& reach) {
  const auto place = reach.systems.empty() ? std::string{} : fmt::format(" on {}", reach.systems.front().str());
  return alert.what.empty() ? alert.title + place : fmt::format("{}{}: {}", alert.title, place, alert.what);
}
}  // namespace

void on(const State& state, const input::AlertRaised& raised, const Policy& policy, Facts& facts) {
  const auto& alert = raised.alert;
  if (!in_scope(state, alert)) return facts.add(fact::OutOfScope{alert});
  const auto now = facts.at().mono;
  if (says_nothing_new(state, raised, now, policy)) return;
  const bool agreed = corroborated(state, alert, now, policy), effect = alert.nature == Nature::effect || agreed;
  Reach reach;
  if (effect) reach = reach_of_effect(state, alert);
  else if (const auto* record = alert.service ? state.find(*alert.service) : nullptr) reach.affected = {record};
  const Judged judged{alert, effect, reach.systems, why_of(alert, reach)};

  fact::Alerted alerted{alert, effect, {}, source_points_after(state, alert, now, policy)};
  const auto points = weight(alert, effect) * (effect && agreed ? 2 : 1);
  for (const auto* record : reach.affected) alerted.risks.push_back(risk_after(*record, judged, points, now, policy));
  facts.add(alerted);
  block_source(state, alert, alerted.source_points, policy, facts);
  if (effect && !state.incident) open_incident(state, facts);

  MachineLimit limit{state, policy};
  for (std::size_t i = 0; i < reach.affected.size(); ++i)
    respond(state, *reach.affected[i], alerted.risks[i], judged, policy, limit, facts);
  for (const auto* record : reach.neighbours) guard(state, *record, "shares a system with what was attacked: " + judged.why, facts);
}

}  // namespace kulla::incident
