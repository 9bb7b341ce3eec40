#include "backup/restic.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "backup/manifest.hpp"
#include "backup/restic_errors.hpp"
#include "backup/restored.hpp"
#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/path_text.hpp"
#include "base/process.hpp"

namespace kulla::backup {
namespace fs = std::filesystem;
namespace {
constexpr std::size_t listing_limit = std::size_t{64} << 20;
constexpr std::size_t locks_most = 32;  // each is a start of restic
constexpr std::size_t shown = 120;
constexpr std::string_view unreadable_mark = "could not load snapshot ";

using Arguments = std::vector<std::string>;

RunOptions options_of(const Repository& repository, const Patience& patience) {
  RunOptions options;
  options.environment["RESTIC_PASSWORD_FILE"] = repository.password_file.string();
  options.environment["LD_PRELOAD"] = "";  // it may write nowhere: a library that is loaded into us is not for it
  options.timeout = patience.timeout;
  options.stop = patience.stop;
  return options;
}
/// Whatever its exit.
Result<Finished> run_restic(const Repository& repository, std::string_view command, Arguments arguments, const RunOptions& options) {
  Arguments all{"restic", std::string(command), "--repo=" + repository.location};
  all.push_back(repository.cache.empty() ? "--no-cache" : "--cache-dir=" + repository.cache.string());
  std::ranges::move(arguments, std::back_inserter(all));
  auto finished = run(all, options);
  if (!finished) return std::unexpected(std::move(finished).error().in(fmt::format("restic {}", command)));
  return finished;
}
Result<std::string> restic(const Repository& repository, std::string_view command, Arguments arguments, const RunOptions& options) {
  KULLA_TRY(auto finished, run_restic(repository, command, std::move(arguments), options));
  if (finished.exit_code != 0) return std::unexpected(restic_error(command, finished.err, finished.exit_code));
  return std::move(finished.out);
}

const json::value* field(const json::value& value, std::string_view name) {
  const auto* object = value.if_object();
  return object ? object->if_contains(name) : nullptr;
}
std::optional<std::string> text_field(const json::value& value, std::string_view name) {
  const auto* found = field(value, name);
  if (!found || !found->is_string()) return std::nullopt;
  return std::string(found->get_string());
}
std::vector<std::string> list_field(const json::value& value, std::string_view name) {
  std::vector<std::string> items;
  if (const auto* found = field(value, name); found && found->is_array())
    for (const auto& item : found->get_array())
      if (item.is_string()) items.emplace_back(item.get_string());
  return items;
}

Result<Snapshot> snapshot_of(const json::value& value) {
  auto id = text_field(value, "id");
  const auto time = text_field(value, "time");
  if (!id || !time) return fail(Code::bad_json, "restic snapshots: not of the expected shape");
  KULLA_TRY(const auto taken, parse_rfc3339(*time));
  return Snapshot{std::move(*id), taken, list_field(value, "paths"), list_field(value, "tags")};
}

/// restic leaves out what it cannot load, says so, and calls that success.
std::vector<std::string> unreadable_in(std::string_view error_text) {
  std::vector<std::string> found;
  for (auto at = error_text.find(unreadable_mark); at != std::string_view::npos; at = error_text.find(unreadable_mark, at + 1))
    found.push_back(cut_text(escape_path(error_text.substr(at, error_text.find('\n', at) - at)), shown));
  return found;
}

Result<Listing> list_snapshots(const Repository& repository, Arguments arguments, const Patience& patience) {
  arguments.insert(arguments.begin(), {"--json", "--no-lock"});
  KULLA_TRY(const auto finished, run_restic(repository, "snapshots", std::move(arguments), options_of(repository, patience)));
  if (finished.exit_code != 0) return std::unexpected(restic_error("snapshots", finished.err, finished.exit_code));
  KULLA_TRY(const auto value, parse_json(finished.out, listing_limit));
  Listing listing{.snapshots = {}, .unreadable = unreadable_in(finished.err)};
  if (!value.is_array()) return listing;
  for (const auto& item : value.get_array()) {
    KULLA_TRY(auto snapshot, snapshot_of(item));
    listing.snapshots.push_back(std::move(snapshot));
  }
  std::ranges::sort(listing.snapshots, std::greater{}, &Snapshot::taken);
  return listing;
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
  auto id = value ? text_field(*value, "snapshot_id") : std::nullopt;
  if (!id) return fail(Code::process_failed, "restic backup: no snapshot in its summary");
  return std::move(*id);
}

std::vector<std::string> lines_of(std::string_view text) {
  std::vector<std::string> lines;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (!line.empty()) lines.emplace_back(line);
    text.remove_prefix(std::min(text.size(), line.size() + 1));
  }
  return lines;
}

/// Since when and by whom, where this lock is exclusive.
std::optional<std::string> exclusive(const json::value& lock) {
  const auto* is_exclusive = field(lock, "exclusive");
  if (!is_exclusive || !is_exclusive->is_bool() || !is_exclusive->get_bool()) return std::nullopt;
  const auto text = [&](std::string_view name) { return cut_text(escape_path(text_field(lock, name).value_or("?")), shown); };
  const auto* pid = field(lock, "pid");
  return fmt::format("exclusively since {} by {} on {}, process {}", text("time"), text("username"), text("hostname"),
                     pid && pid->is_int64() ? std::to_string(pid->get_int64()) : "?");
}
}  // namespace

std::optional<fs::path> local_folder(const Repository& repository) {
  constexpr std::array elsewhere{"sftp:", "rest:", "s3:", "b2:", "azure:", "gs:", "swift:", "rclone:"};
  const std::string_view location = repository.location;
  if (location.starts_with("local:")) return fs::path(location.substr(6));
  if (std::ranges::any_of(elsewhere, [&](const char* scheme) { return location.starts_with(scheme); })) return std::nullopt;
  return fs::path(location);
}

std::string shown_location(const Repository& repository) {
  auto shown = repository.location;
  const auto begin = shown.find("://");
  if (begin == std::string::npos) return shown;
  const auto host = begin + 3;
  const auto at = shown.rfind('@', shown.find('/', host));
  return at == std::string::npos || at < host ? shown : shown.erase(host, at + 1 - host);
}

Result<> init(const Repository& repository) {
  KULLA_CHECK(restic(repository, "init", {}, options_of(repository, {})));
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
  KULLA_TRY(const auto out, restic(repository, "backup", {"--json", "--tag=" + tag, "--", absolute.string(), manifest_file.string()},
                                   options_of(repository, {})));
  KULLA_TRY(const auto id, id_in_summary(out));
  KULLA_TRY(const auto found, list_snapshots(repository, {id}, {}));
  if (found.snapshots.size() != 1) return fail(Code::backup_no_snapshot, fmt::format("snapshot {} was made and is gone", id));
  return found.snapshots.front();
}

Result<std::vector<Snapshot>> snapshots(const Repository& repository, const std::string& tag, std::optional<Timestamp> before) {
  KULLA_CHECK(check_tag(tag));
  KULLA_TRY(auto found, list_snapshots(repository, {"--tag=" + tag}, {}));
  if (before) std::erase_if(found.snapshots, [&](const Snapshot& snapshot) { return snapshot.taken >= *before; });
  return std::move(found.snapshots);
}

Result<Listing> list(const Repository& repository, const Patience& patience) { return list_snapshots(repository, {}, patience); }

Result<std::optional<Damage>> check(const Repository& repository, const Patience& patience) {
  KULLA_TRY(const auto finished, run_restic(repository, "check", {"--no-lock"}, options_of(repository, patience)));
  if (finished.exit_code == 0) return std::nullopt;
  auto error = restic_error("check", finished.err, finished.exit_code);
  if (error.code != Code::backup_damaged) return std::unexpected(std::move(error));
  return Damage{damage_in(finished.err), malformed_indexes(finished.err)};
}

Result<std::optional<std::string>> exclusive_lock(const Repository& repository, const Patience& patience) {
  const auto options = options_of(repository, patience);
  const Arguments list_locks{"locks", "--no-lock"};
  KULLA_TRY(const auto listed, restic(repository, "list", list_locks, options));
  const auto ids = lines_of(listed);
  if (ids.size() > locks_most) return fail(Code::backup_locked, fmt::format("{} locks, more than are looked at", ids.size()));
  for (const auto& id : ids) {
    const auto text = restic(repository, "cat", {"lock", id, "--no-lock"}, options);
    if (!text) {
      KULLA_TRY(const auto again, restic(repository, "list", list_locks, options));
      if (!again.contains(id)) continue;  // let go meanwhile
      return std::unexpected(text.error());
    }
    KULLA_TRY(const auto lock, parse_json(*text));
    if (auto who = exclusive(lock)) return who;
  }
  return std::nullopt;
}

Result<std::string> dump(const Repository& repository, const Snapshot& snapshot, const fs::path& file, std::size_t limit,
                         const Patience& patience) {
  auto options = options_of(repository, patience);
  options.output_limit = limit + 1;
  KULLA_TRY(auto text, restic(repository, "dump", {"--no-lock", snapshot.id, file.string()}, options));
  if (text.size() > limit) return fail(Code::too_large, fmt::format("{}: larger than {} bytes", escape_path(file.string()), limit));
  return text;
}

Result<std::int64_t> restore_size(const Repository& repository, const Snapshot& snapshot, const Patience& patience) {
  KULLA_TRY(const auto text,
            restic(repository, "stats", {"--no-lock", "--json", "--mode=restore-size", snapshot.id}, options_of(repository, patience)));
  KULLA_TRY(const auto value, parse_json(text));
  const auto* size = field(value, "total_size");
  if (!size || !size->is_int64()) return fail(Code::bad_json, "restic stats: not of the expected shape");
  return size->get_int64();
}

Result<> restore_below(const Repository& repository, const Snapshot& snapshot, const fs::path& target,
                       const std::vector<std::string>& patterns, const Patience& patience) {
  auto options = options_of(repository, patience);
  options.writes = {target};
  std::error_code error;
  if (!repository.cache.empty() && (fs::create_directories(repository.cache, error), !error)) options.writes.push_back(repository.cache);
  Arguments arguments{"--no-lock", "--target=" + target.string(), snapshot.id};
  for (const auto& pattern : patterns) arguments.push_back("--include=" + pattern);
  auto restored = restic(repository, "restore", std::move(arguments), options);
  if (restored) return {};
  // restic writes nothing but what it restores: the full disk is ours.
  if (restored.error().code == Code::backup_full) restored.error().code = Code::scratch_full;
  return std::unexpected(std::move(restored).error());
}
}  // namespace kulla::backup
