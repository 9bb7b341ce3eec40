// Backups under attack: whoever encrypts a system wants its backups gone, or filled with the encrypted data. Pure but for deletable().
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "backup/manifest.hpp"
#include "backup/restic.hpp"
#include "model/order.hpp"

namespace kulla::backup {

/// Ids of snapshots that were proved and are not there any more, but for those taken before `kept_since`, which a retention may remove.
/// Without a declared one, restic's own forget makes them go too: a person tells the two apart.
[[nodiscard]] std::vector<std::string> vanished(const std::vector<order::Pinned>& pinned, const Listing& present,
                                                std::optional<Timestamp> kept_since = {});

/// What became of a data set between two snapshots of it.
struct Drift {
  Totals before, now;
  std::int64_t same = 0, changed = 0, came = 0, gone = 0;  ///< files by path; changed: another content, or no file any more
  std::int64_t new_bytes = 0;                              ///< of contents that the earlier snapshot has nowhere: nothing to deduplicate
};
[[nodiscard]] Drift drift(const Manifest& before, const Manifest& now);
/// What is sudden in it, in words for a person; empty where nothing is. What it judges by: attack.cpp.
[[nodiscard]] std::string sudden(const Drift& drift);

/// Whether our account may delete in a repository on this machine: then so may whoever takes kulla over. Nothing is touched.
/// Not known of other kinds of repositories, nor where its folder cannot be seen.
[[nodiscard]] std::optional<bool> deletable(const Repository& repository);

}  // namespace kulla::backup
