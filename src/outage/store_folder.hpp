// Where things lie in a store's folder, and the small files in it: names, keys, targets, what is present.
#pragma once
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/file.hpp"
#include "base/keys.hpp"
#include "outage/observation.hpp"
#include "outage/store_block.hpp"
#include "outage/target.hpp"

namespace kulla::outage::store {

/// A vantage's name as a folder's: letters, digits, '.', '-' and '_' as they are, no '.' at the front; every other byte as %XX.
[[nodiscard]] std::string folder_name(const VantageId& vantage);
/// The name again; nothing where `folder` is not what folder_name makes.
[[nodiscard]] std::optional<VantageId> vantage_of(const std::string& folder);
[[nodiscard]] std::filesystem::path day_file(const std::filesystem::path& vantage_folder, Timestamp sent);
/// The day of such a file; nothing of another's name.
[[nodiscard]] std::optional<std::chrono::sys_days> day_of(const std::filesystem::path& file);
[[nodiscard]] std::filesystem::path present_file(const std::filesystem::path& vantage_folder, std::uint64_t number);

/// The name of a vantage that was given none, as the store remembers it: a host may have another at its next start. Of DIR, not of
/// DIR/VANTAGE; nothing where none is remembered.
[[nodiscard]] std::optional<VantageId> remembered_name(const std::filesystem::path& folder);
[[nodiscard]] Result<> remember_name(const std::filesystem::path& folder, const VantageId& name);

/// A vantage's folder as it is now.
struct Listing {
  std::vector<std::filesystem::path> days;     ///< in their order
  std::vector<std::filesystem::path> present;  ///< in their order
};
[[nodiscard]] Result<Listing> list_folder(const std::filesystem::path& vantage_folder);

/// Blocks of all days by their number, and what lies between them.
struct Chain {
  struct Lost {
    std::filesystem::path file;
    Rubble rubble;
  };
  std::vector<BlockPlace> blocks;
  std::vector<Lost> rubble;
  [[nodiscard]] std::uint64_t newest() const;  ///< number of the newest observation; 0: none
};
[[nodiscard]] Result<Chain> read_chain(const std::vector<std::filesystem::path>& days);

/// One writer a vantage: DIR/VANTAGE/lock, held with flock(2). Code::store_busy where another has it.
[[nodiscard]] Result<Descriptor> lock_folder(const std::filesystem::path& vantage_folder);
[[nodiscard]] bool is_written(const std::filesystem::path& vantage_folder);

struct Present {
  std::vector<Observation> observations;  ///< numbers rise
  std::uint64_t good = 0, size = 0;       ///< bytes: up to the first that is no whole record; of the file
};
/// Only those with a number above `newest`.
[[nodiscard]] Result<Present> read_present(const std::filesystem::path& file, const VantageId& vantage, std::uint64_t newest);

/// What a vantage took away on purpose, signed by it: blocks up to this number, and how many observations they held.
struct Retired {
  std::uint64_t blocks = 0, observations = 0;
};
/// None where there is none, or its key did not sign it.
[[nodiscard]] Retired read_retired(const std::filesystem::path& vantage_folder, const VantageId& vantage, const PublicKey& key);
/// Takes away the days before this one, as far as none of their blocks is newer than one that stays, and never all: what is written
/// next goes on from the newest.
[[nodiscard]] Result<> retire_days(const std::filesystem::path& vantage_folder, const VantageId& vantage, const SecretKey& key,
                                   Timestamp before);

struct TargetsVersion {
  Timestamp from;
  std::vector<Target> targets;
};
/// Oldest first; none where the file is missing.
[[nodiscard]] Result<std::vector<TargetsVersion>> read_targets(const std::filesystem::path& vantage_folder);
/// Adds a version where it differs from the newest; the oldest of more than 1000 go. A file that is damaged becomes targets.json.bad,
/// which is said, and a new one begins.
[[nodiscard]] Result<> add_targets(const std::filesystem::path& vantage_folder, const std::vector<Target>& targets, Timestamp from,
                                   const std::function<void(const std::string&)>& say);

}  // namespace kulla::outage::store
