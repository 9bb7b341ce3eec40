// A folder of files that are rewritten only where they changed. Each is written beside, synced and renamed: whoever reads, and whatever
// crashes, there is the old file or the new one. Large ones lie there compressed too (NAME.gz, as nginx's gzip_static takes them).
#pragma once
#include <filesystem>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"

namespace kulla::serve {

/// What stands between these two bytes changes by itself (the time, the ledger's head) and is alone no reason to write a file before
/// `renewed_after`. They are not part of the file. Escaped text never holds them.
inline constexpr char by_itself_begin = '\x02', by_itself_end = '\x03';
inline constexpr std::chrono::minutes renewed_after{10};

struct StatusFile {
  std::string path;  ///< relative, of plain names
  std::string content;
};
struct Written {
  std::size_t files = 0, of = 0;  ///< written, of all
};

class StatusFolder {
 public:
  explicit StatusFolder(std::filesystem::path folder) : folder_(std::move(folder)) {}
  /// Writes what differs, and removes pages that are no longer among `files`: NAME.html and NAME.json of folders in which it writes any.
  /// The error is the first that was met: the other files were written all the same, but for the last one, which says that all were.
  /// What was not written is tried again at the next call.
  [[nodiscard]] Result<Written> write(std::span<const StatusFile> files, Timestamp now);

 private:
  struct Known {
    std::size_t hash = 0;
    Timestamp written;
  };
  struct Piece {
    std::filesystem::path path, beside;
  };
  struct Batch {
    std::vector<Piece> pieces;
    std::vector<std::pair<const StatusFile*, std::size_t>> files;  ///< with their hashes
  };
  [[nodiscard]] bool is_due(const StatusFile& file, std::size_t hash, Timestamp now) const;
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
