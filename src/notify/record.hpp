// What sentences for the public rest on: of all facts what they need, each thing with the number of its fact. Read this first, then
// sentences.hpp (what may be said, and when) and judge.hpp. Filled by the fold in daemon/statement_record.hpp; nothing here reads a clock.
#pragma once
#include <boost/describe.hpp>
#include <chrono>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "model/evidence.hpp"
#include "model/gate_state.hpp"
#include "model/statement.hpp"

namespace kulla::notify {

/// A fact, and when what it says became true.
struct Mark {
  std::uint64_t fact = 0;
  Timestamp at{};
  friend bool operator==(const Mark&, const Mark&) = default;
};

BOOST_DEFINE_ENUM_CLASS(Standing, open, guarded, closed, verifying, verified, trial)
/// Why a service was closed, as far as the public is told: never the words of an alert or of a person.
BOOST_DEFINE_ENUM_CLASS(Because, intrusion, person, trial_ended, found_closed)

struct ClosureRecord {
  ClosureId id;
  Because because = Because::intrusion;
  Mark ordered;
  std::optional<Mark> confirmed;  ///< by the gate, and when it had acknowledged
  friend bool operator==(const ClosureRecord&, const ClosureRecord&) = default;
};
/// What the vantages together hold of a service, against our own record.
struct OutsideRecord {
  Mark told;
  Seen seen = Seen::no_data;
  Agreement agreement = Agreement::cannot_tell;
  friend bool operator==(const OutsideRecord&, const OutsideRecord&) = default;
};
struct ServiceRecord {
  std::string address;                                     ///< what citizens type: host, and path where it has one
  std::map<std::string, std::string, std::less<>> names;   ///< by language; may be empty
  std::vector<SystemId> systems;
  std::vector<DatasetId> datasets;
  bool retired = false;
  Standing standing = Standing::open;
  Mark since;                                              ///< of its standing
  GateMode gate = GateMode::open;                          ///< as the gate last confirmed, or was found
  Mark gate_since;                                         ///< fact 0: never confirmed
  std::optional<ClosureRecord> closure;
  std::optional<Mark> struck;                              ///< the first effect that an alert showed on it in this incident
  std::optional<OutsideRecord> outside;
};

struct ReportRecord {
  Mark told;
  bool clean = false;
  std::int64_t files = 0;
  Timestamp started, finished;
};
struct SystemRecord {
  std::optional<ReportRecord> report;  ///< the newest
  std::optional<Mark> struck;          ///< the newest alert with effect
};
struct ProofRecord {
  Mark told;
  bool passed = false, drifted = false;
  Timestamp finished;
};
struct DatasetRecord {
  std::optional<ProofRecord> proof;    ///< the newest
  std::optional<Mark> suspected;       ///< the newest sign that its backups are under attack
};

/// A released statement. `failed`: by its sentences, the fact after which each was false for the first time; 0: none yet.
struct Release {
  Mark mark;
  Statement statement;
  std::vector<std::uint64_t> failed;
};
inline constexpr std::size_t releases_kept = 20;  // for feeds, and for what a CAP message refers to

struct Record {
  std::uint64_t facts = 0;                          ///< the number of the newest fact that it takes into account
  Timestamp now;                                    ///< when it is asked
  std::chrono::milliseconds max_age = std::chrono::hours{1};       ///< an older report or proof holds no sentence
  std::chrono::milliseconds next_update = std::chrono::hours{1};   ///< what the next update is promised within
  std::optional<Mark> as_of;  ///< a release: time stands still at it, so that only facts after it make a sentence false
  std::optional<Mark> incident;  ///< opened, and not ended
  std::optional<Mark> first_sign;  ///< of the incident: the first alert with effect
  std::optional<Mark> calm;  ///< the end of the last incident
  std::map<ServiceId, ServiceRecord> services;
  std::map<SystemId, SystemRecord> systems;
  std::map<DatasetId, DatasetRecord> datasets;
  std::vector<Release> releases;  ///< the newest last
  std::map<std::string, Mark, std::less<>> delivered;  ///< by channel, of the newest release
};

}  // namespace kulla::notify
