#include "base/file.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cerrno>
#include <system_error>
#include <utility>

namespace kulla {

Descriptor& Descriptor::operator=(Descriptor&& other) noexcept {
  if (this != &other) {
    if (fd_ >= 0) ::close(fd_);
    fd_ = other.release();
  }
  return *this;
}
Descriptor::~Descriptor() {
  if (fd_ >= 0) ::close(fd_);
}
int Descriptor::release() { return std::exchange(fd_, -1); }

Result<std::string> read_file(const std::filesystem::path& path, std::size_t limit) {
  const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) return fail_errno(path.string());
  std::string content;
  std::array<char, 65536> buffer;
  for (;;) {
    const auto got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno(path.string());
    if (got == 0) return content;
    if (content.size() + static_cast<std::size_t>(got) > limit)
      return fail(Code::too_large, fmt::format("{}: over {} bytes", path.string(), limit));
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

Result<> write_all(int fd, std::string_view content, std::string_view what) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return fail_errno(what);
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return {};
}

Result<> sync_folder(const std::filesystem::path& folder) {
  const Descriptor descriptor{::open(folder.empty() ? "." : folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  if (!descriptor || ::fsync(descriptor.get()) != 0) return fail_errno(folder.string());
  return {};
}

Result<AtomicFile> AtomicFile::create(const std::filesystem::path& path, mode_t mode) {
  static std::atomic<unsigned> number = 0;  // two threads may write the same file
  auto beside = path;
  beside += fmt::format(".new{}-{}", ::getpid(), number++);
  Descriptor file{::open(beside.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode)};
  if (!file || ::fchmod(file.get(), mode) != 0) return fail_errno(beside.string());
  return AtomicFile{path, std::move(beside), std::move(file)};
}
AtomicFile::AtomicFile(std::filesystem::path path, std::filesystem::path beside, Descriptor file)
    : path_(std::move(path)), beside_(std::move(beside)), file_(std::move(file)) {}
AtomicFile::AtomicFile(AtomicFile&& other) noexcept
    : path_(std::move(other.path_)), beside_(std::exchange(other.beside_, {})), file_(std::move(other.file_)) {}
AtomicFile::~AtomicFile() {
  if (!beside_.empty()) ::unlink(beside_.c_str());
}
Result<> AtomicFile::write(std::string_view content) { return write_all(file_.get(), content, beside_.string()); }
Result<> AtomicFile::as_the_old_one() {
  struct stat old{}, own{};
  if (::stat(path_.c_str(), &old) != 0) return errno == ENOENT ? Result<>{} : fail_errno(path_.string());
  if (::fstat(file_.get(), &own) != 0) return fail_errno(beside_.string());
  const bool others = own.st_uid != old.st_uid || own.st_gid != old.st_gid;
  if (others && ::fchown(file_.get(), old.st_uid, old.st_gid) != 0) return fail_errno(fmt::format("{}: keeping its owner", path_.string()));
  if (::fchmod(file_.get(), old.st_mode & 07777) != 0) return fail_errno(beside_.string());
  return {};
}
Result<> AtomicFile::commit() {
  if (::fsync(file_.get()) != 0) return fail_errno(beside_.string());
  if (::rename(beside_.c_str(), path_.c_str()) != 0) return fail_errno(path_.string());
  beside_.clear();
  return sync_folder(path_.parent_path());
}

Result<> write_file_atomic(const std::filesystem::path& path, std::string_view content, mode_t mode) {
  KULLA_TRY(auto file, AtomicFile::create(path, mode));
  KULLA_CHECK(file.write(content));
  return file.commit();
}

Result<TemporaryFolder> TemporaryFolder::make(std::string_view prefix, const std::filesystem::path& below) {
  std::error_code error;
  const auto parent = below.empty() ? std::filesystem::temp_directory_path(error) : below;
  if (error) return fail(Code::io, fmt::format("temporary folder: {}", error.message()));
  std::string pattern = (parent / fmt::format("{}-XXXXXX", prefix)).string();
  if (!::mkdtemp(pattern.data())) return fail_errno(pattern);
  return TemporaryFolder{pattern};
}
TemporaryFolder::TemporaryFolder(TemporaryFolder&& other) noexcept : path_(std::exchange(other.path_, {})), kept_(other.kept_) {}
TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty() && !kept_) std::filesystem::remove_all(path_, ignored);
}
}  // namespace kulla
