// Backups through the real restic, driven as a child process with --json where it has it.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/evidence.hpp"

namespace kulla::backup {

struct Repository {
  std::string location;                  ///< as restic has it: a path, sftp:…, s3:…, rest:…
  std::filesystem::path password_file;   ///< 0600
  std::filesystem::path cache;           ///< restic's cache folder; empty: --no-cache
};
struct Snapshot {
  std::string id;
  Timestamp taken;
  std::vector<std::string> paths, tags;
};

[[nodiscard]] Result<> init(const Repository& repository);
/// Backs up `folder` under `tag` (a word without a comma); beside the data goes a manifest (manifest.hpp: path, size, SHA-256 of every
/// file), staged elsewhere and itself part of the snapshot. A file that does not hold still is an error that names it: back up a quiet copy.
[[nodiscard]] Result<Snapshot> back_up(const Repository& repository, const std::string& tag, const std::filesystem::path& folder);
/// Newest first. `before`: only those taken before it.
[[nodiscard]] Result<std::vector<Snapshot>> snapshots(const Repository& repository, const std::string& tag,
                                                      std::optional<Timestamp> before = {});
/// Restores into `target`, an existing empty folder, so that the files of the backed-up folder lie directly in it; it takes over
/// that folder's mode and owner. Code::backup_no_snapshot for a snapshot without a manifest.
[[nodiscard]] Result<> restore(const Repository& repository, const Snapshot& snapshot, const std::filesystem::path& target);

/// Checks the repository, restores the newest snapshot of `tag` (before `before` where given) to a fresh folder below `scratch`, compares every
/// file with the manifest, removes the scratch copy. A failure of any kind is a Proof that did not pass, with its problem in one line.
/// `scratch`: an existing folder, no link; the copy lies in a folder of its own in it, readable by us alone. Nothing here takes restic's lock.
[[nodiscard]] Proof prove(const DatasetId& dataset, const Repository& repository, const std::string& tag,
                          const std::filesystem::path& scratch, std::optional<Timestamp> before, const Clock& clock);

}  // namespace kulla::backup
