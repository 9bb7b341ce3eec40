// Proving that backups can be brought back: restic's check, a restore to a scratch folder, comparison with the manifest that was taken
// with the backup, and whatever else shows that the data is sound. docs/backup.md is for people.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <optional>
#include <stop_token>
#include <string>
#include <string_view>
#include <vector>

#include "backup/attack.hpp"
#include "backup/restic.hpp"

namespace kulla::backup {

struct Wanted {
  DatasetId dataset;
  std::string tag;
  std::optional<Timestamp> before{};  ///< the last one before this: the attack
  std::vector<std::string> known{};  ///< ids of those that are known to be from before it: the last of them goes before all others, as a
      ///< snapshot's own time is what its maker wrote
  bool else_newest = false;  ///< where there is none from before it; else that is a failure
  std::string snapshot{};  ///< an id of the tag, or its beginning; empty: the newest
  std::int64_t sample = 0;  ///< files to restore and compare (at most sample_most); 0: all. Fewer prove nothing
  /// A command that shows that the data is alive. It runs in the restored folder, which KULLA_RESTORED names (KULLA_DATASET: what it is
  /// of); exit 0 passes, and its last line of output is kept.
  std::vector<std::string> alive{};
  /// A further look at the restored folder, before the command runs: what was found (the proof fails with it), or an empty text.
  std::function<Result<std::string>(const std::filesystem::path& restored)> examine{};
};

/// How long each step may take; a host that hangs holds up no longer. Each is of one call of restic.
struct Timeouts {
  std::chrono::milliseconds listing = std::chrono::minutes{10};
  std::chrono::milliseconds checking = std::chrono::hours{12};
  std::chrono::milliseconds restoring = std::chrono::hours{24};
  std::chrono::milliseconds alive = std::chrono::hours{2};
};
struct ProveOptions {
  std::function<void(std::string_view phase)> progress{};  ///< what is begun, in words
  std::function<void(const Listing&)> listed{};  ///< what is there, once: for vanished() of attack.hpp
  std::stop_token stop{};  ///< the proofs under way fail, soon
  Timeouts timeouts{};
};

/// A proof for each, in the same order. The repository is listed and checked once; one that fails does not stop the others. A failure of
/// any kind is a Proof that did not pass, with its problem in one line. Where the check finds damage no proof passes, but each still says
/// whether its own data came back. A repository locked exclusively (somebody removes from it) proves nothing.
/// `scratch`: an existing folder, no link; restored is into a folder of our own in it, readable by us alone, removed at the end, and restic
/// can write nowhere else. Nothing here takes restic's lock. The command and `examine` run with our rights.
[[nodiscard]] std::vector<Proof> prove(const Repository& repository, const std::vector<Wanted>& wanted,
                                       const std::filesystem::path& scratch, const Clock& clock, const ProveOptions& options = {});

}  // namespace kulla::backup
