// What a day came to: its minutes and its outages, kept when its observations are gone. docs/observation-store.md, "Roll-ups".
//   DIR/.history/DAY.history
#pragma once
#include <chrono>
#include <filesystem>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "base/keys.hpp"
#include "base/result.hpp"
#include "outage/history.hpp"
#include "outage/outage.hpp"

namespace kulla::outage {

using Day = std::chrono::sys_days;

struct ArchivedDay {
  Tracks minutes;
  std::vector<Outage> outages;  ///< those that were first known bad on it; one without an end had none within a month
};

/// The file's bytes, signed.
[[nodiscard]] std::string archive_bytes(const ArchivedDay& day, const SecretKey& key);
/// Code::store_damaged where they cannot be read; Code::bad_signature where none of `trusted` signed them.
[[nodiscard]] Result<ArchivedDay> read_archive_bytes(std::string_view bytes, std::span<const PublicKey> trusted);

/// From the observations in the store at `folder`: the day's, and as many around it as its outages need.
[[nodiscard]] Result<ArchivedDay> conclude_day(const std::filesystem::path& folder, Day day);

[[nodiscard]] bool is_archived(const std::filesystem::path& folder, Day day);
[[nodiscard]] Result<> write_archive(const std::filesystem::path& folder, Day day, const ArchivedDay& archived, const SecretKey& key);
/// One of the vantages that `folder` holds has signed it.
[[nodiscard]] Result<ArchivedDay> read_archive(const std::filesystem::path& folder, Day day);
/// In their order; none where there is no archive.
[[nodiscard]] std::vector<Day> archived_days(const std::filesystem::path& folder);

}  // namespace kulla::outage
