#include "backup/restored.hpp"

#include <fmt/format.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <algorithm>
#include <limits>
#include <ranges>

#include "base/path_text.hpp"

namespace kulla::backup {
namespace fs = std::filesystem;
namespace {
constexpr std::int64_t block = 4096;  // of nearly every file system

bool is_plain_folder(const fs::path& path) {
  struct stat status{};
  return ::lstat(path.c_str(), &status) == 0 && S_ISDIR(status.st_mode);
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
Result<> move_content(const fs::path& from, const fs::path& to, const struct ::stat& status) {
  std::error_code error;
  for (const auto& item : fs::directory_iterator{from, error})
    if (::rename(item.path().c_str(), (to / item.path().filename()).c_str()) != 0) return fail_errno(item.path().string());
  if (error) return fail(Code::io, fmt::format("{}: {}", from.string(), error.message()));
  if (::chmod(to.c_str(), status.st_mode & 07777) != 0) return fail_errno(to.string());
  if (::geteuid() == 0 && ::chown(to.c_str(), status.st_uid, status.st_gid) != 0) return fail_errno(to.string());
  return {};
}
}  // namespace

Result<Parts> parts_of(const Snapshot& snapshot) {
  Parts parts;
  for (const auto& path : snapshot.paths) (fs::path(path).filename() == manifest_name ? parts.manifest : parts.data) = path;
  if (snapshot.paths.size() != 2 || parts.data.empty() || parts.manifest.empty())
    return fail(Code::backup_no_snapshot, fmt::format("snapshot {} has no manifest: not made by kulla", snapshot.id.substr(0, 8)));
  return parts;
}

Result<ScratchFolder> ScratchFolder::make(const fs::path& scratch) {
  if (!is_plain_folder(scratch))
    return fail(Code::bad_argument, fmt::format("scratch {}: not a folder, or a link to one", escape_path(scratch.string())));
  KULLA_TRY(auto folder, TemporaryFolder::make("proof", scratch));
  return ScratchFolder{std::move(folder)};
}
ScratchFolder::~ScratchFolder() {
  if (!path().empty()) remove_whole(path());
}
Result<> ScratchFolder::remove() {
  remove_whole(path());
  std::error_code ignored;
  if (fs::exists(path(), ignored)) return fail(Code::io, fmt::format("{}: the scratch copy could not be removed", path().string()));
  return {};
}

std::vector<fs::path> clear_scratch(const fs::path& scratch) {
  std::vector<fs::path> stay;
  std::error_code error;
  for (const auto& left : fs::directory_iterator{scratch, error}) {
    remove_whole(left.path());
    if (fs::exists(left.symlink_status(error))) stay.push_back(left.path());
  }
  return stay;
}

Result<fs::path> locate_folder(const fs::path& below, const fs::path& path) {
  const auto missing = [&] { return fail(Code::backup_damaged, fmt::format("{} was not restored", escape_path(path.string()))); };
  auto located = below;
  for (const auto& part : path.relative_path()) {
    if (part == "..") return missing();
    located /= part;
    if (!is_plain_folder(located)) return missing();
    std::error_code ignored;
    if (::access(located.c_str(), R_OK | W_OK | X_OK) != 0) fs::permissions(located, fs::perms::owner_all, fs::perm_options::add, ignored);
  }
  return located;
}

Result<> restore(const Repository& repository, const Snapshot& snapshot, const fs::path& target) {
  std::error_code error;
  if (!is_plain_folder(target)) return fail(Code::bad_argument, fmt::format("{}: not a folder, or a link to one", target.string()));
  if (!fs::is_empty(target, error) || error) return fail(Code::bad_argument, fmt::format("{}: not empty", target.string()));
  KULLA_TRY(const auto parts, parts_of(snapshot));
  KULLA_TRY(auto staging, ScratchFolder::make(target));
  KULLA_CHECK(restore_below(repository, snapshot, staging.path()));
  struct stat status{};  // before locate_folder changes it
  (void)::lstat((staging.path() / parts.data.relative_path()).c_str(), &status);
  KULLA_TRY(const auto data, locate_folder(staging.path(), parts.data));
  KULLA_CHECK(move_content(data, target, status));
  return {};
}

Room room_needed(const Manifest& manifest) {
  Room room{.things = std::ssize(manifest)};
  for (const auto& thing : manifest | std::views::values) room.bytes += (thing.size.value_or(0) / block + 1) * block;
  return room;
}

Result<Room> room_in(const fs::path& folder) {
  struct ::statvfs about{};
  if (::statvfs(folder.c_str(), &about) != 0) return fail_errno(folder.string());
  const bool root = ::geteuid() == 0;  // may use what is kept for it
  constexpr auto any = std::numeric_limits<std::int64_t>::max();
  const auto blocks = static_cast<std::int64_t>(root ? about.f_bfree : about.f_bavail);
  return Room{blocks * static_cast<std::int64_t>(about.f_frsize),
              about.f_files == 0 ? any : static_cast<std::int64_t>(root ? about.f_ffree : about.f_favail)};
}

Result<Repository> without_indexes(const Repository& repository, const std::vector<std::string>& ids, const fs::path& place) {
  const auto folder = local_folder(repository);
  if (!folder) return fail(Code::bad_argument, "only a repository on this machine can be read without an index");
  std::error_code error;
  const auto whole = fs::canonical(*folder, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", folder->string(), error.message()));
  for (const char* name : {"index", "locks"}) fs::create_directories(place / name, error);
  for (const char* name : {"config", "data", "keys", "snapshots"})
    if (::symlink((whole / name).c_str(), (place / name).c_str()) != 0) return fail_errno((place / name).string());
  for (const auto& item : fs::directory_iterator{whole / "index", error})  // links would be overlooked here
    if (!error && item.is_regular_file(error) && std::ranges::find(ids, item.path().filename().string()) == ids.end())
      fs::copy_file(item.path(), place / "index" / item.path().filename(), error);
  if (error) return fail(Code::io, fmt::format("{}: {}", place.string(), error.message()));
  auto rest = repository;
  rest.location = place.string();
  rest.cache.clear();
  return rest;
}
}  // namespace kulla::backup
