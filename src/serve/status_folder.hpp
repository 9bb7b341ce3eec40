// A folder of files that are rewritten only where they changed. Each is written beside, synced and renamed: whoever reads, and whatever
// crashes, there is the old file or the new one. Large ones lie there compressed too (NAME.gz, as nginx's gzip_static takes them).
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace kulla::serve {

/// A file whose inputs are the same is made anew after half of this to all of it, each at its own time: what changes by itself (the time,
/// the ledger's head) is at most as old.
inline constexpr std::chrono::minutes renewed_within{30};

struct StatusFile {
  std::string path;                      ///< relative, of plain names
  std::size_t inputs = 0;                ///< a hash of what it is made of, without what changes by itself; 0: it is made each time
  std::function<std::string()> content;  ///< called only where it is needed
};
struct Written {
  std::size_t files = 0, of = 0;  ///< written, of all
};

class StatusFolder {
 public:
  explicit StatusFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// Writes what differs, first what is made each time, and removes pages that are no longer among `files`: NAME.html and NAME.json of folders in which it writes any.
  /// The error is the first that was met: the other files were written all the same, but for the last one, which says that all were.
  /// What was not written is tried again at the next call.
  [[nodiscard]] Result<Written> write(std::span<const StatusFile> files, Timestamp now);

 private:
  struct Known {
    std::size_t inputs = 0;
    Timestamp written;
  };
  struct Piece {
    std::filesystem::path path, beside;
  };
  struct Batch {
    std::vector<Piece> pieces;
    std::vector<const StatusFile*> files;
  };
  [[nodiscard]] bool is_due(const StatusFile& file, Timestamp now) const;
  [[nodiscard]] Result<> write_some(std::span<const StatusFile> files, bool each_time, Timestamp now, Written& written);
  [[nodiscard]] Result<bool> put(const StatusFile& file, std::vector<Piece>& pieces);
  [[nodiscard]] Result<> lay_beside(const std::filesystem::path& path, std::string_view content, std::vector<Piece>& pieces);
  [[nodiscard]] Result<> settle(std::vector<Piece>& pieces);
  [[nodiscard]] Result<> finish(Batch& batch, Timestamp now);
  static void drop(std::vector<Piece>& pieces, std::size_t from);
  [[nodiscard]] Result<> remove_strangers(std::span<const StatusFile> files);

  std::filesystem::path folder_;
  std::map<std::string, Known, std::less<>> known_;
  bool looked_ = false;  ///< for strangers, since the set of files last changed
};

}  // namespace kulla::serve
