// All that the decider knows: the fold of all facts, and nothing else.
#pragma once
#include <deque>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "incident/policy.hpp"
#include "model/fact.hpp"
#include "model/order.hpp"

namespace kulla::incident {

BOOST_DEFINE_ENUM_CLASS(ServiceState, open, guarded, closed, verifying, verified, trial)

/// One closing of one service: its identity binds verification, approvals and reopening.
struct Closure {
  ClosureId id;
  ServiceId service;
  ClosedBy by = ClosedBy::machine;
  std::string why;
  Moment at;
  std::vector<SystemId> in_evidence;          ///< systems that the alerts spoke of
  std::optional<Timestamp> acknowledged;      ///< by the gate
  // The verification now under way or passed:
  Purpose purpose = Purpose::reopen;
  Moment asked;
  std::map<SystemId, Report> reports;
  std::map<DatasetId, Proof> proofs;
  std::optional<Timestamp> first_evidence;    ///< the state's, when verified
  std::optional<Digest> basis;                ///< set when verified
  std::vector<Approval> approvals;
  std::map<SystemId, Ticks> unwatched;        ///< in trial: whose files nobody watched until then; inspected again before it goes on
  std::string held;                           ///< in trial: why it goes no further until a person decides; empty: it goes on
  std::uint64_t held_by = 0;                  ///< the number of the fact that held it: a signature that lifts it lifts this hold alone
  friend bool operator==(const Closure&, const Closure&) = default;
};

struct ServiceRecord {
  Service service;
  bool retired = false;
  ServiceState state = ServiceState::open;
  std::optional<Closure> closure;             ///< while closed, verifying, verified or trial
  GateEntry wanted{GateMode::open, {}, 0};    ///< what the last order said
  GateEntry confirmed{GateMode::open, {}, 0}; ///< what the gate last confirmed
  Points attempts = 0, effects = 0;           ///< risk at `risk_at`
  Ticks risk_at{};
  Ticks since{};                              ///< of the present timer: guard, or trial step once confirmed
  std::string advised;                        ///< the last advice given, so that it is given once
  friend bool operator==(const ServiceRecord&, const ServiceRecord&) = default;
};

struct SourceRecord {
  Points points = 0;
  Ticks at{};
  std::optional<Ticks> blocked_since;
  friend bool operator==(const SourceRecord&, const SourceRecord&) = default;
};

/// Something a sensor saw succeed, kept for a while so that another sensor can agree.
struct Sighting {
  SensorId sensor;
  ObjectRef object;
  std::optional<ServiceId> service;  ///< where it was seen
  std::optional<SystemId> system;
  Ticks at{};
  friend bool operator==(const Sighting&, const Sighting&) = default;
};
inline constexpr std::size_t sightings_kept = 256;     // enough for minutes of successes; older ones cannot corroborate
inline constexpr std::size_t proofs_kept = 8;            // of each data set, to see a trend
inline constexpr std::size_t snapshots_kept = 500;       // of each data set: more than a year, proved each day; the oldest go first
inline constexpr std::size_t sources_kept = 100'000;   // addresses with points; the map is cut when an attacker brings more

struct State {
  std::uint64_t facts = 0;
  Timestamp seen;                             ///< the latest wall time of any fact
  std::string boot;
  Mode mode = Mode::advise;
  bool mode_known = false;
  std::uint64_t mode_set_by = 0;              ///< the number of the fact that set it: what is signed over it counts for one change
  std::map<ServiceId, ServiceRecord> services;
  std::map<SystemId, System> systems;
  std::map<DatasetId, Dataset> datasets;
  std::map<SensorId, Sensor> sensors;
  std::vector<Approver> approvers;
  std::uint64_t approvers_set_by = 0;         ///< the number of the fact that named them: what is signed over them counts for one change
  std::optional<Recovery> recovery;
  std::map<SystemId, std::vector<ServiceId>> services_on;  ///< index of services by system
  std::map<SourceRef, SourceRecord> sources;
  std::deque<Sighting> sightings;
  std::optional<IncidentId> incident;
  std::optional<Timestamp> first_evidence;    ///< when the first effect of this incident happened, or a person knows
  std::map<SystemId, Ticks> inspecting;       ///< ordered and not reported
  std::map<DatasetId, Ticks> proving;
  std::map<DatasetId, std::vector<Proof>> proofs;  ///< the last few of each, newest last
  std::map<DatasetId, std::map<std::string, Timestamp>> snapshots;  ///< when each was proved first
  std::set<std::string> paged;                ///< what a person was paged for since the incident began
  std::map<ServiceId, Belief> beliefs;
  std::uint64_t public_fact = 0;              ///< the number of the newest fact on which a statement may rest
  std::uint64_t statement = 0;                ///< the number of the fact that released the last statement; 0: none
  friend bool operator==(const State&, const State&) = default;

  [[nodiscard]] const ServiceRecord* find(const ServiceId& id) const;
  [[nodiscard]] const ServiceRecord* find(const ClosureId& id) const;
  [[nodiscard]] std::size_t closed_by_machine() const;
};

/// True while traffic is refused to all (closed, verifying, verified) or to some (trial).
[[nodiscard]] bool is_closed(ServiceState state);
/// A service that is closed and that somebody is to open again: not one that left the config, which stays closed and holds nothing up.
[[nodiscard]] bool any_to_reopen(const State& state);
/// What must be inspected and proved for this closure.
[[nodiscard]] const std::vector<SystemId>& systems_to_inspect(const ServiceRecord& record);
[[nodiscard]] const std::vector<DatasetId>& datasets_to_prove(const ServiceRecord& record);
/// What its data set demands of a proof now and this one does not show, in words; empty where it shows all.
[[nodiscard]] std::string lacks(const State& state, const Proof& proof);
/// All reports and proofs there, clean, younger than the asking, and proofs no weaker than demanded.
[[nodiscard]] bool is_complete(const State& state, const ServiceRecord& record);
/// Complete, and no older than the policy allows by ticks and by wall time.
[[nodiscard]] bool is_fresh(const State& state, const ServiceRecord& record, Moment now, const Policy& policy);
/// The time by which keys, approvals and signatures run out: never earlier than the latest that the ledger has seen, so that a clock that is
/// set back revives nothing.
[[nodiscard]] Timestamp expiry_time(const State& state, Timestamp now);
/// Who may approve with this key at this time; nullptr where nobody may.
[[nodiscard]] const Approver* approver_of(const State& state, const PersonId& person, const PublicKey& key, Timestamp now);
/// Approvals given that hold still: not expired, their person still an approver with that key.
[[nodiscard]] std::size_t approvals_holding(const State& state, const Closure& closure, Moment now);
/// When this snapshot was proved first; now, where it never was.
[[nodiscard]] Timestamp first_seen(const State& state, const Proof& proof);
/// Snapshots that were proved before the first evidence: they were there, whatever time the repository says of others.
[[nodiscard]] std::vector<std::string> known_before_evidence(const State& state, const DatasetId& dataset);
/// Snapshots that the last proofs found sound, newest proof first, each once: they should be there still.
[[nodiscard]] std::vector<order::Pinned> pinned(const State& state, const DatasetId& dataset);
/// A trial that was ordered, and that the gate has not confirmed: its clients are still refused.
[[nodiscard]] bool is_trial_to_begin(const ServiceRecord& record);
/// What a trial rests on holds at this moment: fresh reports and proofs, and two approvals.
[[nodiscard]] bool is_earned(const State& state, const ServiceRecord& record, Moment now, const Policy& policy);
/// What approvals sign; of a complete record.
[[nodiscard]] Basis basis_of(const ServiceRecord& record);
/// In one line, what keeps this service from being open; empty where nothing does.
[[nodiscard]] std::string waits_for(const ServiceRecord& record);
/// Risk now: what is left of `points` from `then`.
[[nodiscard]] Points decayed(Points points, Ticks then, Ticks now, Ticks half_life);

}  // namespace kulla::incident
