// One writer: a lock file beside the ledger, held with flock(2), so that it falls with its process however that ends.
// Not the ledger's own file: closing any descriptor on that would drop SQLite's locks of the same process.
#pragma once
#include <filesystem>

#include "base/file.hpp"

namespace kulla::ledger {
class WriterLock {
 public:
  /// Code::ledger_busy where another holds it.
  [[nodiscard]] static Result<WriterLock> take(const std::filesystem::path& ledger);
  WriterLock(WriterLock&&) = default;
  WriterLock& operator=(WriterLock&&) = delete;
  ~WriterLock();

 private:
  WriterLock(std::filesystem::path path, Descriptor file) : path_(std::move(path)), file_(std::move(file)) {}
  std::filesystem::path path_;
  Descriptor file_;
};
}  // namespace kulla::ledger
