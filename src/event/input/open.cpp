#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.hpp"
#include "event/input/decompressor.hpp"

namespace kulla::event {
namespace {
constexpr std::size_t magic_size = 4;

/// A file as it is; its first bytes can be looked at before they are read.
class File final : public ByteStream {
 public:
  File(Descriptor file, std::string name) : file_(std::move(file)), name_(std::move(name)) {}
  Result<std::size_t> read(std::span<char> into) override;
  [[nodiscard]] std::uint64_t taken() const override { return taken_; }
  Result<std::string_view> head();

 private:
  Result<std::size_t> read_file(std::span<char> into);
  Descriptor file_;
  std::string name_, head_;
  std::uint64_t taken_ = 0;
};

Result<std::size_t> File::read_file(std::span<char> into) {
  for (;;) {
    const auto got = ::read(file_.get(), into.data(), into.size());
    if (got >= 0) {
      taken_ += static_cast<std::uint64_t>(got);
      return static_cast<std::size_t>(got);
    }
    if (errno != EINTR) return fail_errno(name_);
  }
}

Result<std::string_view> File::head() {
  while (head_.size() < magic_size) {
    char byte = 0;
    KULLA_TRY(const auto got, read_file({&byte, 1}));
    if (got == 0) break;
    head_ += byte;
  }
  return head_;
}

Result<std::size_t> File::read(std::span<char> into) {
  if (head_.empty()) return read_file(into);
  const auto size = std::min(into.size(), head_.size());
  std::copy_n(head_.data(), size, into.data());
  head_.erase(0, size);
  return size;
}
}  // namespace

Result<bool> fill(ByteStream& from, std::string& bytes, std::size_t size) {
  auto have = bytes.size();
  bytes.resize(std::max(have, size));
  while (have < size) {
    const auto count = from.read({bytes.data() + have, size - have});
    have += count.value_or(0);
    if (count && *count > 0) continue;
    bytes.resize(have);
    if (!count) return std::unexpected(count.error());
    return false;
  }
  return true;
}

Result<std::unique_ptr<ByteStream>> open_input(const std::string& path) {
  const bool standard = path == "-";
  Descriptor opened{standard ? ::fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0) : ::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  const std::string name = standard ? "standard input" : path;
  if (!opened) return fail_errno(name);
  auto file = std::make_unique<File>(std::move(opened), name);
  KULLA_TRY(const auto head, file->head());
  if (head.starts_with(gzip_magic)) return gunzip(std::move(file), name);
  if (is_zstd(head)) return unzstd(std::move(file), name);
  return file;
}

}  // namespace kulla::event
