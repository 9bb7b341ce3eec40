#include "backup/attack.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <ranges>
#include <set>

namespace kulla::backup {
namespace {
constexpr std::int64_t files_least = 20;        // below, half of the files is no attack but an afternoon's work
constexpr std::int64_t bytes_least = 1 << 20;   // below, a size says nothing
constexpr std::int64_t growth_sudden = 3;       // encrypted beside the original doubles; with the next day's, three times
}  // namespace

std::vector<std::string> vanished(const std::vector<order::Pinned>& pinned, const Listing& present, std::optional<Timestamp> kept_since) {
  std::vector<std::string> gone;
  for (const auto& [id, taken] : pinned)
    if ((!kept_since || taken >= *kept_since) && std::ranges::find(present.snapshots, id, &Snapshot::id) == present.snapshots.end())
      gone.push_back(id);
  return gone;
}

Drift drift(const Manifest& before, const Manifest& now) {
  Drift found{.before = totals(before), .now = totals(now)};
  std::set<Digest> known;
  for (const auto& [path, thing] : before) {
    if (thing.type != ThingType::regular) continue;
    if (thing.sha256) known.insert(*thing.sha256);
    const auto other = now.find(path);
    ++(other == now.end() ? found.gone : other->second == thing ? found.same : found.changed);
  }
  for (const auto& [path, thing] : now) {
    if (thing.type != ThingType::regular) continue;
    const auto other = before.find(path);
    if (other == before.end() || other->second.type != ThingType::regular) ++found.came;
    if (thing.sha256 && !known.contains(*thing.sha256)) found.new_bytes += thing.size.value_or(0);
  }
  return found;
}

std::string sudden(const Drift& drift) {
  std::vector<std::string> words;
  const auto lost = drift.changed + drift.gone;
  if (drift.before.files >= files_least && lost * 2 > drift.before.files)
    words.push_back(fmt::format("{} of {} files changed or went ({} went, {} came), {} of {} bytes are new", lost, drift.before.files,
                                drift.gone, drift.came, drift.new_bytes, drift.now.bytes));
  const auto before = drift.before.bytes, now = drift.now.bytes;
  if (before >= bytes_least && (now <= before / 2 || now / growth_sudden >= before))
    words.push_back(fmt::format("{} bytes became {}", before, now));
  return fmt::format("{}", fmt::join(words, "; "));
}

std::optional<bool> deletable(const Repository& repository) {
  const auto folder = local_folder(repository);
  if (!folder) return std::nullopt;
  const auto snapshots = *folder / "snapshots";
  struct ::statx about{};
  if (::statx(AT_FDCWD, snapshots.c_str(), 0, STATX_TYPE, &about) != 0) return std::nullopt;
  if (about.stx_attributes & (STATX_ATTR_IMMUTABLE | STATX_ATTR_APPEND)) return false;
  return ::faccessat(AT_FDCWD, snapshots.c_str(), W_OK | X_OK, AT_EACCESS) == 0;
}
}  // namespace kulla::backup
