// What the way back rests on: reports of inspected systems, proofs of backups, people's approvals; and what the vantages believe.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/keys.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla {

/// The outcome of inspecting one system against its signed baseline.
struct Report {
  SystemId system;
  bool clean = false;
  std::int64_t files = 0;     ///< looked at
  std::int64_t findings = 0;
  std::string worst;          ///< the worst finding in one line; empty when clean
  Digest hash;                ///< of the whole report as stored
  Moment started, finished;
  std::optional<Timestamp> baseline{};  ///< when what it was compared with was taken
  friend bool operator==(const Report&, const Report&) = default;
};

/// A backup restored to a scratch place and compared with its manifest.
struct Proof {
  DatasetId dataset;
  bool passed = false;
  std::string snapshot;       ///< restic's id, whole
  std::int64_t files = 0, bytes = 0;
  std::string problem;        ///< in one line; empty when passed
  Digest hash;                ///< of the manifest it was compared with
  Timestamp taken;            ///< when the snapshot was taken
  Moment started, finished;
  std::optional<std::int64_t> restored_ms{};  ///< what restoring alone took: the real recovery time
  std::optional<std::int64_t> compared{};     ///< files compared with the manifest, where it was a sample
  std::optional<std::string> alive{};         ///< the last line of the command that showed that the data is alive
  std::optional<std::string> drift{};         ///< what changed suddenly since the snapshot before it, in words
  std::optional<bool> inspected{};            ///< it was looked into for malware
  std::optional<Timestamp> seen{};  ///< when kulla first proved this snapshot: `taken` is the repository's word, and can be forged
  friend bool operator==(const Proof&, const Proof&) = default;
};

/// What an approval is for.
BOOST_DEFINE_ENUM_CLASS(Purpose, reopen, withdraw)

/// What a reopening rests on, whole: who signs it on another machine sees all of it, and hashes it again.
struct Basis {
  ServiceId service;
  ClosureId closure;
  Purpose purpose = Purpose::reopen;
  Timestamp closed;
  std::string why;  ///< it was closed
  std::optional<Timestamp> first_evidence{};  ///< of the attack, as it was known when the verification passed
  std::vector<Report> reports;
  std::vector<Proof> proofs;
  friend bool operator==(const Basis&, const Basis&) = default;
};
/// SHA-256 of its canonical JSON with {"kulla":"basis/2"}: every field of every report and proof is in it.
[[nodiscard]] Digest hash_of(const Basis& basis);

/// A person's signature over (purpose, service, closure, basis); single use, expiring.
struct Approval {
  Purpose purpose = Purpose::reopen;
  ServiceId service;
  ClosureId closure;
  Digest basis;  ///< hash_of(Basis)
  PersonId person;
  PublicKey key;
  Timestamp expires;
  Signature signature;  ///< over signed_text(*this)
  friend bool operator==(const Approval&, const Approval&) = default;
};
/// The canonical JSON that a person signs: all fields but the signature, and {"kulla":"approval/1"}.
[[nodiscard]] std::string signed_text(const Approval& approval);

BOOST_DEFINE_ENUM_CLASS(Seen, no_data, up, down, vantage_fault)
BOOST_DEFINE_ENUM_CLASS(Agreement, cannot_tell, supports, contradicts)

/// What the vantages together hold of a service, or one that is named, with the interval in which it changed.
struct Belief {
  ServiceId service;
  VantageId vantage;  ///< empty: all together
  Seen seen = Seen::no_data;
  Timestamp last_good, first_bad;  ///< of the onset, when down
  std::optional<Timestamp> first_good;  ///< of the end, when up again
  std::string layer;  ///< where it failed: connect, status, timeout; empty when up
  bool notice = false;  ///< the answer was our notice page
  std::optional<std::int64_t> probability{};  ///< that it is up, in thousandths
  std::optional<std::vector<VantageId>> agreeing{}, dissenting{};
  friend bool operator==(const Belief&, const Belief&) = default;
};
BOOST_DESCRIBE_STRUCT(Belief, (),
                      (service, vantage, seen, last_good, first_bad, first_good, layer, notice, probability, agreeing, dissenting))
BOOST_DESCRIBE_STRUCT(Report, (), (system, clean, files, findings, worst, hash, started, finished, baseline))
BOOST_DESCRIBE_STRUCT(Proof, (),
                      (dataset, passed, snapshot, files, bytes, problem, hash, taken, started, finished, restored_ms, compared, alive,
                       drift, inspected, seen))
BOOST_DESCRIBE_STRUCT(Basis, (), (service, closure, purpose, closed, why, first_evidence, reports, proofs))
BOOST_DESCRIBE_STRUCT(Approval, (), (purpose, service, closure, basis, person, key, expires, signature))
}  // namespace kulla
