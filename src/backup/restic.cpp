// A snapshot holds two things: the folder, and a file kulla-manifest.ndjson that was staged elsewhere. Reading (check, restore, list)
// asks for no lock: a lock that a dead or hostile restic left behind must not delay a proof. Should somebody prune meanwhile, the
// proof fails, which is the safe side.
#include "backup/restic.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

#include "backup/manifest.hpp"
#include "backup/restic_errors.hpp"
#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/path_text.hpp"
#include "base/process.hpp"

namespace kulla::backup {
namespace fs = std::filesystem;
namespace {
constexpr auto long_enough = std::chrono::hours{24};  // a large data set over a slow line
constexpr std::string_view manifest_name = "kulla-manifest.ndjson";
constexpr std::size_t manifest_limit = std::size_t{2} << 30;
constexpr std::size_t problem_limit = 300;

Result<Finished> restic(const Repository& repository, std::string_view command, std::vector<std::string> arguments) {
  std::vector<std::string> all{"restic", std::string(command), "--repo=" + repository.location};
  all.push_back(repository.cache.empty() ? "--no-cache" : "--cache-dir=" + repository.cache.string());
  std::ranges::move(arguments, std::back_inserter(all));
  RunOptions options;
  options.environment["RESTIC_PASSWORD_FILE"] = repository.password_file.string();
  options.timeout = long_enough;
  KULLA_TRY(auto finished, run(all, options));
  if (finished.exit_code != 0) return std::unexpected(restic_error(command, finished.err));
  return finished;
}

Result<Snapshot> snapshot_of(const json::value& value) {
  const auto bad = [] { return fail(Code::bad_json, "restic snapshots: not of the expected shape"); };
  const auto text = [&](const char* name) -> const json::string* {
    const auto* object = value.if_object();
    const auto* field = object ? object->if_contains(name) : nullptr;
    return field ? field->if_string() : nullptr;
  };
  const auto list = [&](const char* name) {
    std::vector<std::string> items;
    const auto* field = value.if_object() ? value.get_object().if_contains(name) : nullptr;
    if (field && field->is_array())
      for (const auto& item : field->get_array())
        if (item.is_string()) items.emplace_back(item.get_string());
    return items;
  };
  if (!text("id") || !text("time")) return bad();
  KULLA_TRY(const auto taken, parse_rfc3339(*text("time")));
  return Snapshot{std::string(*text("id")), taken, list("paths"), list("tags")};
}

Result<std::vector<Snapshot>> list_snapshots(const Repository& repository, std::vector<std::string> arguments) {
  arguments.insert(arguments.begin(), {"--json", "--no-lock"});
  KULLA_TRY(const auto finished, restic(repository, "snapshots", std::move(arguments)));
  KULLA_TRY(const auto value, parse_json(finished.out, std::size_t{64} << 20));
  std::vector<Snapshot> found;
  if (!value.is_array()) return found;
  for (const auto& item : value.get_array()) {
    KULLA_TRY(auto snapshot, snapshot_of(item));
    found.push_back(std::move(snapshot));
  }
  std::ranges::sort(found, std::greater{}, &Snapshot::taken);
  return found;
}

/// A comma would be a second tag to restic.
Result<> check_tag(const std::string& tag) {
  if (tag.empty() || tag.contains(','))
    return fail(Code::bad_argument, fmt::format("'{}' cannot be a tag: a word without a comma", escape_path(tag)));
  return {};
}

/// The id in the last line of `restic backup --json`.
Result<std::string> id_in_summary(std::string_view out) {
  while (out.ends_with('\n')) out.remove_suffix(1);
  const auto value = parse_json(out.substr(out.rfind('\n') + 1));
  const auto* object = value ? value->if_object() : nullptr;
  const auto* id = object ? object->if_contains("snapshot_id") : nullptr;
  if (!id || !id->is_string()) return fail(Code::process_failed, "restic backup: no snapshot in its summary");
  return std::string(id->get_string());
}

struct Parts {
  fs::path data, manifest;
};
Result<Parts> parts_of(const Snapshot& snapshot) {
  Parts parts;
  for (const auto& path : snapshot.paths) (fs::path(path).filename() == manifest_name ? parts.manifest : parts.data) = path;
  if (snapshot.paths.size() != 2 || parts.data.empty() || parts.manifest.empty())
    return fail(Code::backup_no_snapshot, fmt::format("snapshot {} has no manifest: not made by kulla", snapshot.id.substr(0, 8)));
  return parts;
}

bool is_plain_folder(const fs::path& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
}

/// Where `path` of a snapshot lies below `below`; every folder on the way is one, so that nothing leads out.
Result<fs::path> locate(const fs::path& below, const fs::path& path) {
  auto located = below;
  for (const auto& part : path.relative_path()) {
    if (part == ".." || !is_plain_folder(located))
      return fail(Code::backup_damaged, fmt::format("{} was not restored", escape_path(path.string())));
    located /= part;
  }
  return located;
}

/// Makes way for removal: folders that were backed up read-only would stay.
void remove_whole(const fs::path& folder) {
  std::error_code ignored;
  for (fs::recursive_directory_iterator item{folder, fs::directory_options::skip_permission_denied, ignored}, end; item != end;
       item.increment(ignored))
    if (item->symlink_status(ignored).type() == fs::file_type::directory)
      fs::permissions(item->path(), fs::perms::owner_all, fs::perm_options::add, ignored);
  fs::remove_all(folder, ignored);
}

/// Moves what is in `from` to `to`, which takes over its mode and owner.
Result<> move_content(const fs::path& from, const fs::path& to) {
  struct stat status{};
  if (::lstat(from.c_str(), &status) != 0 || !S_ISDIR(status.st_mode))
    return fail(Code::backup_damaged, fmt::format("{} was not restored", escape_path(from.string())));
  std::error_code error;
  if (::access(from.c_str(), W_OK | X_OK) != 0) fs::permissions(from, fs::perms::owner_all, fs::perm_options::add, error);
  for (const auto& item : fs::directory_iterator{from, error})
    if (::rename(item.path().c_str(), (to / item.path().filename()).c_str()) != 0) return fail_errno(item.path().string());
  if (error) return fail(Code::io, fmt::format("{}: {}", from.string(), error.message()));
  if (::chmod(to.c_str(), status.st_mode & 07777) != 0) return fail_errno(to.string());
  if (::geteuid() == 0 && ::chown(to.c_str(), status.st_uid, status.st_gid) != 0) return fail_errno(to.string());
  return {};
}

Result<std::string> restore_with_manifest(const Repository& repository, const Snapshot& snapshot, const fs::path& target) {
  std::error_code error;
  if (!is_plain_folder(target)) return fail(Code::bad_argument, fmt::format("{}: not a folder, or a link to one", target.string()));
  if (!fs::is_empty(target, error) || error) return fail(Code::bad_argument, fmt::format("{}: not empty", target.string()));
  KULLA_TRY(const auto parts, parts_of(snapshot));
  KULLA_TRY(const auto staging, TemporaryFolder::make(".kulla-restore", target));
  const auto work = [&]() -> Result<std::string> {
    KULLA_CHECK(restic(repository, "restore", {"--no-lock", "--target=" + staging.path().string(), snapshot.id}));
    KULLA_TRY(const auto manifest_path, locate(staging.path(), parts.manifest));
    KULLA_TRY(const auto data, locate(staging.path(), parts.data));
    KULLA_TRY(auto manifest, read_file(manifest_path, manifest_limit));
    KULLA_CHECK(move_content(data, target));
    return manifest;
  };
  auto manifest = work();
  remove_whole(staging.path());
  return manifest;
}

/// Fills the proof; its error is the proof's problem.
Result<> prove_into(Proof& proof, const Repository& repository, const std::string& tag, const fs::path& scratch,
                    std::optional<Timestamp> before) {
  if (!is_plain_folder(scratch))
    return fail(Code::bad_argument, fmt::format("scratch {}: not a folder, or a link to one", scratch.string()));
  KULLA_TRY(const auto found, snapshots(repository, tag, before));
  if (found.empty()) return fail(Code::backup_no_snapshot, fmt::format("tag '{}'", escape_path(tag)));
  proof.snapshot = found.front().id;
  proof.taken = found.front().taken;
  KULLA_CHECK(restic(repository, "check", {"--no-lock"}));
  KULLA_TRY(const auto place, TemporaryFolder::make("proof", scratch));
  const auto target = place.path() / "data";
  const auto work = [&]() -> Result<> {
    if (::mkdir(target.c_str(), 0700) != 0) return fail_errno(target.string());
    KULLA_TRY(const auto text, restore_with_manifest(repository, found.front(), target));
    proof.hash = sha256(text);
    KULLA_TRY(const auto expected, parse_manifest(text));
    KULLA_TRY(const auto restored, take_manifest(target));
    for (const auto& [path, thing] : restored)
      if (thing.type == ThingType::regular) ++proof.files, proof.bytes += thing.size.value_or(0);
    const auto difference = compare(expected, restored);
    if (difference.first.empty()) return {};
    return fail(Code::backup_damaged, fmt::format("{} missing, {} different, {} extra: {}", difference.missing, difference.different,
                                                  difference.extra, difference.first));
  };
  auto result = work();
  remove_whole(place.path());
  if (result && fs::exists(place.path()))
    return fail(Code::io, fmt::format("{}: the scratch copy could not be removed", place.path().string()));
  return result;
}
}  // namespace

Result<> init(const Repository& repository) {
  KULLA_CHECK(restic(repository, "init", {}));
  return {};
}

Result<Snapshot> back_up(const Repository& repository, const std::string& tag, const fs::path& folder) {
  KULLA_CHECK(check_tag(tag));
  std::error_code error;
  const auto absolute = fs::canonical(folder, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", folder.string(), error.message()));
  if (absolute.filename() == manifest_name)
    return fail(Code::bad_argument, fmt::format("{}: this name is the manifest's", absolute.string()));
  KULLA_TRY(const auto manifest, take_manifest(absolute));
  KULLA_TRY(const auto staging, TemporaryFolder::make("kulla-manifest"));
  const auto manifest_file = fs::canonical(staging.path(), error) / manifest_name;
  KULLA_CHECK(write_file_atomic(manifest_file, to_text(manifest), 0600));
  KULLA_TRY(const auto finished, restic(repository, "backup", {"--json", "--tag=" + tag, "--", absolute.string(), manifest_file.string()}));
  KULLA_TRY(const auto id, id_in_summary(finished.out));
  KULLA_TRY(const auto found, list_snapshots(repository, {id}));
  if (found.size() != 1) return fail(Code::backup_no_snapshot, fmt::format("snapshot {} was made and is gone", id));
  return found.front();
}

Result<std::vector<Snapshot>> snapshots(const Repository& repository, const std::string& tag, std::optional<Timestamp> before) {
  KULLA_CHECK(check_tag(tag));
  KULLA_TRY(auto found, list_snapshots(repository, {"--tag=" + tag}));
  if (before) std::erase_if(found, [&](const Snapshot& snapshot) { return snapshot.taken >= *before; });
  return found;
}

Result<> restore(const Repository& repository, const Snapshot& snapshot, const fs::path& target) {
  KULLA_CHECK(restore_with_manifest(repository, snapshot, target));
  return {};
}

Proof prove(const DatasetId& dataset, const Repository& repository, const std::string& tag, const fs::path& scratch,
            std::optional<Timestamp> before, const Clock& clock) {
  Proof proof;
  proof.dataset = dataset;
  proof.started = clock.now();
  const auto proved = prove_into(proof, repository, tag, scratch, before);
  proof.passed = proved.has_value();
  if (!proved) proof.problem = cut_text(fmt::format("{}: {}", meaning(proved.error().code), proved.error().what), problem_limit);
  proof.finished = clock.now();
  return proof;
}
}  // namespace kulla::backup
