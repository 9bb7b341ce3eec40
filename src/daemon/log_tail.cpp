#include "daemon/log_tail.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "event/reader.hpp"

namespace kulla::daemon {
namespace {
constexpr std::size_t at_once = std::size_t{1} << 20;
}

LogTail::LogTail(std::filesystem::path file, std::optional<Position> known) : file_(std::move(file)), known_(known) {}

Result<> LogTail::open() {
  Descriptor fresh{::open(file_.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)};
  struct stat about{};
  const bool first = std::exchange(first_, false);
  if (!fresh || ::fstat(fresh.get(), &about) != 0) return fail_errno(file_.string());
  if (!S_ISREG(about.st_mode)) return fail(Code::io, file_.string() + ": not a regular file");
  const auto size = static_cast<std::uint64_t>(about.st_size);
  inode_ = about.st_ino;
  if (known_ && known_->inode != inode_) begin_at(0), gap_ = Gap::replaced;
  else if (known_ && known_->offset > size) begin_at(0), gap_ = Gap::shortened;
  else begin_at(known_ ? known_->offset : (first ? size : 0));
  known_.reset();
  open_ = std::move(fresh);
  return {};
}

Result<bool> LogTail::read(const OnBytes& on_bytes) {
  if (!open_) KULLA_CHECK(open());
  struct stat about{};
  if (::fstat(open_.get(), &about) != 0) return fail_errno(file_.string());
  if (static_cast<std::uint64_t>(about.st_size) < offset_) begin_at(0), gap_ = Gap::shortened;
  buffer_.resize(at_once + event::read_padding);
  const auto count = ::pread(open_.get(), buffer_.data(), at_once, static_cast<off_t>(offset_));
  if (count < 0) return fail_errno(file_.string());
  if (count > 0) {
    const std::string_view bytes{buffer_.data(), static_cast<std::size_t>(count)};
    on_bytes(bytes);
    if (const auto newline = bytes.rfind('\n'); newline != std::string_view::npos) line_end_ = offset_ + newline + 1;
    offset_ += bytes.size();
    return true;
  }
  // At its end: another may have taken its name.
  struct stat named{};
  if (::stat(file_.c_str(), &named) != 0 || named.st_ino == inode_) return false;
  open_ = Descriptor{};
  return true;
}

}  // namespace kulla::daemon
