#include "drill/disk.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>

#include <algorithm>
#include <regex>

#include "drill/shell.hpp"

namespace kulla::drill {
namespace fs = std::filesystem;
namespace {
constexpr std::size_t file_limit = 4 << 20;
constexpr std::size_t ledger_limit = std::size_t{2} << 30;

/// When a wiped file was last written, or an added one came to be (where the file system knows: it is noticed before it is filled).
Timestamp changed_at(const fs::path& file, bool wiped) {
  struct statx status{};
  if (::statx(AT_FDCWD, file.c_str(), AT_SYMLINK_NOFOLLOW, STATX_MTIME | STATX_BTIME, &status) != 0) return {};
  const auto& time = !wiped && (status.stx_mask & STATX_BTIME) ? status.stx_btime : status.stx_mtime;
  return Timestamp{std::chrono::microseconds{time.tv_sec * 1'000'000 + time.tv_nsec / 1000}};
}

std::map<std::string, std::string> planned_files(const World& world, std::size_t system) {
  std::map<std::string, std::string> files;
  for (auto& file : files_of(world.plan(), system)) files.emplace(std::move(file.path), std::move(file.content));
  return files;
}

std::vector<std::string> files_below(const fs::path& root) {
  std::vector<std::string> paths;
  std::error_code error;
  for (fs::recursive_directory_iterator each{root, error}, end; !error && each != end; each.increment(error))
    if (!each->is_directory(error)) paths.push_back(each->path().lexically_relative(root).string());
  return paths;
}

Result<backup::Snapshot> newest_backup(const World& world, std::size_t system) {
  const auto tag = World::dataset(world.plan().systems[system].id);
  KULLA_TRY(const auto snapshots, backup::snapshots(world.repository(), tag));
  if (snapshots.empty()) return fail(Code::backup_no_snapshot, tag);
  return snapshots.front();
}
}  // namespace

std::vector<Effect> effects_on_disk(const World& world, std::size_t system) {
  const auto root = world.root(system);
  const auto planned = planned_files(world, system);
  std::vector<Effect> effects;
  for (const auto& path : files_below(root)) {
    const auto content = read_file(root / path, file_limit);
    if (!content) continue;
    const auto expected = planned.find(path);
    const bool wiped = expected != planned.end() && expected->second != *content;
    const bool added = expected == planned.end() && content->find(shell_marker) != std::string::npos;
    if (wiped || added) effects.push_back({system, changed_at(root / path, wiped), path, wiped});
  }
  std::ranges::sort(effects, {}, &Effect::at);
  return effects;
}

Rebuilt compare_with_plan(const World& world, std::size_t system) {
  const auto root = world.root(system);
  auto planned = planned_files(world, system);
  Rebuilt result{system, planned.size(), 0, 0, {}, {}};
  for (const auto& path : files_below(root)) {
    const auto expected = planned.find(path);
    if (expected == planned.end()) {
      result.added.push_back(path);
      continue;
    }
    const auto content = read_file(root / path, file_limit);
    result.wrong += !content || *content != expected->second;
    planned.erase(expected);
  }
  result.missing = planned.size();
  return result;
}

Result<> rebuild_whole(const World& world, std::size_t system) {
  KULLA_TRY(const auto snapshot, newest_backup(world, system));
  std::error_code error;
  for (const auto& entry : fs::directory_iterator{world.root(system), error}) fs::remove_all(entry.path(), error);
  if (error) return fail(Code::io, error.message());
  return backup::restore(world.repository(), snapshot, world.root(system));
}

Result<> rebuild_over(const World& world, std::size_t system) {
  KULLA_TRY(const auto snapshot, newest_backup(world, system));
  KULLA_TRY(const auto scratch, TemporaryFolder::make("restored", world.path("run")));
  KULLA_CHECK(backup::restore(world.repository(), snapshot, scratch.path()));
  std::error_code error;
  fs::copy(scratch.path(), world.root(system), fs::copy_options::recursive | fs::copy_options::overwrite_existing, error);
  if (error) return fail(Code::io, error.message());
  return {};
}

std::vector<std::string> secrets_in(const fs::path& file, const std::vector<std::string>& passwords) {
  const auto text = read_file(file, ledger_limit);
  if (!text) return {fmt::format("it cannot be searched: {}", text.error().what)};
  const auto name = file.filename().string();
  std::vector<std::string> found;
  for (const auto& password : passwords)
    if (text->find(password) != std::string::npos) found.push_back(name + " holds a password");
  static const std::regex address{R"(127\.\d{1,3}\.\d{1,3}\.\d{1,3})"};
  for (auto at = text->find("127."); at != std::string::npos; at = text->find("127.", at + 1))
    if (std::regex_search(text->begin() + static_cast<std::ptrdiff_t>(at),
                          text->begin() + static_cast<std::ptrdiff_t>(std::min(text->size(), at + 16)), address,
                          std::regex_constants::match_continuous)) {
      found.push_back(name + " holds an address");
      break;
    }
  return found;
}
}  // namespace kulla::drill
