// All that the score is computed from: what the drill's own clients, its own look at the disk and the ledger's file say.
// Nothing here is the daemon's word alone: facts are taken from the ledger after it was verified, and each check sets them against the rest.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "drill/plan.hpp"
#include "drill/records.hpp"
#include "ledger/ledger.hpp"
#include "model/fact.hpp"

namespace kulla::drill {

/// Something the attacker did to a system's disk, as the drill itself saw it there.
struct Effect {
  std::size_t system = 0;
  Timestamp at;
  std::string path;  ///< below the system's root
  bool wiped = false;  ///< a data file overwritten; else a file added
};
/// What one inspection by the daemon said of an attacked system.
struct Inspection {
  std::size_t system = 0;
  bool clean = false;
  std::set<std::string> paths;  ///< of its findings
};
/// How a system's disk compared with the plan after its rebuild: the drill's own comparison, without restic or the inspector.
struct Rebuilt {
  std::size_t system = 0;
  std::size_t files = 0, wrong = 0, missing = 0;
  std::vector<std::string> added;  ///< files that the plan does not know
  std::string problem;  ///< where restoring itself failed
};
/// An approval on purpose twice by the same officer.
struct SameOfficer {
  bool tried = false, refused = false, still_closed = false;
};
/// The closed page of one service as a client got it; empty problem: as it must be.
struct Notice {
  std::size_t service = 0;
  std::string problem;
};
/// A spelling of a closed service's address, and who answered.
struct Spelling {
  std::string target;
  int status = 0;
  bool by_service = false;
};

struct Observed {
  Plan plan;
  std::vector<Request> requests;
  std::vector<StreamBytes> streams;
  std::vector<Effect> effects;
  std::map<std::size_t, Timestamp> breached_at;  ///< system → when the request that did it was sent, or its file was written
  std::vector<Inspection> first, second;  ///< inspections of the attacked systems, before and after the rebuild
  std::vector<Rebuilt> rebuilt;
  std::vector<Notice> notices;
  std::vector<Spelling> spellings;
  SameOfficer same_officer;
  std::vector<Approver> officers;  ///< the drill's own: who may sign
  Timestamp attack_began, way_back_began, ended;
  std::vector<Fact> facts;  ///< from the ledger's file
  ledger::Verification ledger;  ///< with the public key and the witness
  std::string ledger_problem;  ///< where it could not be read at all
  /// Addresses and passwords of the drill found in the bytes of the ledger and its witness, and what could not be searched; must be
  /// empty. Nothing: nobody looked.
  std::optional<std::vector<std::string>> secrets_found;
  std::string failed_step;  ///< a step that did not end in time, in one line
};

}  // namespace kulla::drill
