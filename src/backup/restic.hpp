// Backups through the real restic, driven as a child process with --json where it has it. A start of it takes more than half a second
// (it derives a key), so data sets of one owner share a repository, a tag each, and one call serves many: proof.hpp.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <stop_token>
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
/// Its location for people: without the name and password that a REST server's address may hold.
[[nodiscard]] std::string shown_location(const Repository& repository);
/// The folder of a repository that lies on this machine.
[[nodiscard]] std::optional<std::filesystem::path> local_folder(const Repository& repository);

struct Snapshot {
  std::string id;
  Timestamp taken;
  std::vector<std::string> paths, tags;
};
struct Listing {
  std::vector<Snapshot> snapshots;      ///< newest first
  std::vector<std::string> unreadable;  ///< what restic says of snapshots that it could not load, escaped
};
/// How long a call may take, and what ends it before.
struct Patience {
  std::chrono::milliseconds timeout = std::chrono::hours{24};  ///< a large data set over a slow line
  std::stop_token stop{};
};

[[nodiscard]] Result<> init(const Repository& repository);
/// Backs up `folder` under `tag` (a word without a comma); beside the data goes a manifest (manifest.hpp: path, size, SHA-256 of every
/// file), staged elsewhere and itself part of the snapshot. A file that does not hold still is an error that names it: back up a quiet copy.
[[nodiscard]] Result<Snapshot> back_up(const Repository& repository, const std::string& tag, const std::filesystem::path& folder);

// What follows reads, and takes no lock: what a dead or hostile restic left behind must not delay it.
/// The snapshots of `tag`, newest first. `before`: only those taken before it.
[[nodiscard]] Result<std::vector<Snapshot>> snapshots(const Repository& repository, const std::string& tag,
                                                      std::optional<Timestamp> before = {});
/// Of all tags.
[[nodiscard]] Result<Listing> list(const Repository& repository, const Patience& patience = {});

struct Damage {
  std::string what;  ///< what restic's check names, in one line
  std::vector<std::string> indexes;  ///< ids of malformed ones: with them, restic restores nothing
};
/// restic's own check, without reading data; none where it finds nothing. An error where it could not check.
[[nodiscard]] Result<std::optional<Damage>> check(const Repository& repository, const Patience& patience = {});
/// Since when and by whom the repository is locked exclusively: somebody removes from it. Locks to read or to add do not count.
[[nodiscard]] Result<std::optional<std::string>> exclusive_lock(const Repository& repository, const Patience& patience = {});
/// A file of a snapshot, whole.
[[nodiscard]] Result<std::string> dump(const Repository& repository, const Snapshot& snapshot, const std::filesystem::path& file,
                                       std::size_t limit, const Patience& patience = {});
/// What the files of a snapshot need; hard links once.
[[nodiscard]] Result<std::int64_t> restore_size(const Repository& repository, const Snapshot& snapshot, const Patience& patience = {});
/// Everything, or what `patterns` include, with its whole path below `target`; restic can write nowhere else (base/write_rules.hpp).
[[nodiscard]] Result<> restore_below(const Repository& repository, const Snapshot& snapshot, const std::filesystem::path& target,
                                     const std::vector<std::string>& patterns = {}, const Patience& patience = {});

/// proof.hpp's, of one data set, with what is usual.
[[nodiscard]] Proof prove(const DatasetId& dataset, const Repository& repository, const std::string& tag,
                          const std::filesystem::path& scratch, std::optional<Timestamp> before, const Clock& clock);
/// restored.hpp's: into `target`, an existing empty folder, so that the files of the backed-up folder lie directly in it; it takes over
/// that folder's mode and owner. Code::backup_no_snapshot for a snapshot without a manifest.
[[nodiscard]] Result<> restore(const Repository& repository, const Snapshot& snapshot, const std::filesystem::path& target);

}  // namespace kulla::backup
