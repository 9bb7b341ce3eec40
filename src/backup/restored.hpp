// Where a snapshot is restored to: a folder of ours in the scratch folder, whose content nobody trusts, and which goes again.
#pragma once
#include <cstdint>
#include <filesystem>
#include <string_view>
#include <vector>

#include "backup/manifest.hpp"
#include "backup/restic.hpp"
#include "base/file.hpp"

namespace kulla::backup {

/// A snapshot holds two things: the folder, and this file, which was staged elsewhere.
constexpr std::string_view manifest_name = "kulla-manifest.ndjson";
constexpr std::size_t manifest_limit = std::size_t{2} << 30;

struct Parts {
  std::filesystem::path data, manifest;
};
/// Code::backup_no_snapshot where it is none of kulla's.
[[nodiscard]] Result<Parts> parts_of(const Snapshot& snapshot);

/// A folder readable by us alone below `scratch`, an existing folder that is no link; removed with all in it, whatever rights that has.
class ScratchFolder {
 public:
  [[nodiscard]] static Result<ScratchFolder> make(const std::filesystem::path& scratch);
  ScratchFolder(ScratchFolder&&) = default;
  ScratchFolder& operator=(ScratchFolder&&) = delete;
  ~ScratchFolder();
  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }
  /// Now; an error where something stays.
  [[nodiscard]] Result<> remove();

 private:
  explicit ScratchFolder(TemporaryFolder folder) : folder_(std::move(folder)) {}
  TemporaryFolder folder_;
};

/// Removes what proofs that were killed left in `scratch`, whatever rights it has; what stays.
[[nodiscard]] std::vector<std::filesystem::path> clear_scratch(const std::filesystem::path& scratch);

/// Where `path` of a snapshot lies below `below`; every folder on the way, and it itself, is one, so that nothing leads out. What was backed
/// up without rights for its owner becomes readable.
[[nodiscard]] Result<std::filesystem::path> locate_folder(const std::filesystem::path& below, const std::filesystem::path& path);

struct Room {
  std::int64_t bytes = 0, things = 0;
};
[[nodiscard]] Room room_needed(const Manifest& manifest);
/// What is free for us; file systems that make inodes as they are needed have room for any number of things.
[[nodiscard]] Result<Room> room_in(const std::filesystem::path& folder);

/// A repository on this machine as if it had no index files of these ids: a folder of links at `place`, with copies of the other indexes.
/// restic restores nothing while it cannot read one of them.
[[nodiscard]] Result<Repository> without_indexes(const Repository& repository, const std::vector<std::string>& ids,
                                                 const std::filesystem::path& place);

}  // namespace kulla::backup
