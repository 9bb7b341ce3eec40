#include "ledger/lock.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>

namespace kulla::ledger {
namespace {
/// False where the file was removed by its last holder between our open and our lock.
bool still_there(int file, const std::filesystem::path& path) {
  struct stat ours{}, present{};
  return ::fstat(file, &ours) == 0 && ::stat(path.c_str(), &present) == 0 && ours.st_dev == present.st_dev && ours.st_ino == present.st_ino;
}
}  // namespace

Result<WriterLock> WriterLock::take(const std::filesystem::path& ledger) {
  auto path = ledger;
  path += ".lock";
  for (;;) {
    Descriptor file{::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600)};
    if (!file)
      return fail(errno == ENOSPC || errno == EDQUOT || errno == EROFS ? Code::ledger_full : Code::io,
                  fail_errno(path.string()).error().what);
    if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
      if (errno != EWOULDBLOCK) return fail_errno(path.string());
      return fail(Code::ledger_busy, fmt::format("{} is locked", path.string()));
    }
    if (still_there(file.get(), path)) return WriterLock{std::move(path), std::move(file)};
  }
}
WriterLock::~WriterLock() {
  if (file_) ::unlink(path_.c_str());
}
}  // namespace kulla::ledger
