#include "event/input.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "base/file.hpp"
#include "event/unpack.hpp"

namespace kulla::event {
namespace fs = std::filesystem;
namespace {

class FileBytes final : public Bytes {
 public:
  FileBytes(Descriptor owned, int fd, std::string name) : owned_(std::move(owned)), fd_(fd), name_(std::move(name)) {}
  Result<std::size_t> read(std::span<char> into) override {
    for (;;) {
      const auto count = ::read(fd_, into.data(), into.size());
      if (count < 0 && errno == EINTR) continue;
      if (count < 0) return fail_errno(name_);
      taken_ += static_cast<std::uint64_t>(count);
      return static_cast<std::size_t>(count);
    }
  }
  std::uint64_t taken() const override { return taken_; }

 private:
  Descriptor owned_;
  int fd_;
  std::string name_;
  std::uint64_t taken_ = 0;
};

Result<std::unique_ptr<Bytes>> open_raw(const fs::path& path) {
  if (path == "-") return std::make_unique<FileBytes>(Descriptor{}, STDIN_FILENO, "standard input");
  Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
  if (!file) return fail_errno(path.string());
  const int fd = file.get();
  return std::make_unique<FileBytes>(std::move(file), fd, path.string());
}
}  // namespace

Result<std::unique_ptr<Bytes>> open_input(const fs::path& path) {
  KULLA_TRY(auto raw, open_raw(path));
  auto packed = std::make_unique<Peeked>(std::move(raw));
  KULLA_TRY(const auto magic, packed->head());
  std::unique_ptr<Bytes> plain;
  if (magic.starts_with("\x1f\x8b")) plain = unpack_gzip(std::move(packed), path.string());
  else if (magic == "\x28\xb5\x2f\xfd") plain = unpack_zstd(std::move(packed), path.string());
  else plain = std::move(packed);
  auto text = std::make_unique<Peeked>(std::move(plain));
  const auto mark = text->head();
  if (!mark) return std::unique_ptr<Bytes>{std::move(text)};  // the first read() says what is wrong
  char dropped[3];
  if (mark->starts_with("\xFF\xFE") || mark->starts_with("\xFE\xFF")) {
    const bool big_endian = mark->starts_with("\xFE");
    KULLA_CHECK(text->read({dropped, 2}));
    return utf16_to_utf8(std::move(text), big_endian);
  }
  if (mark->starts_with("\xEF\xBB\xBF")) KULLA_CHECK(text->read({dropped, 3}));
  return std::unique_ptr<Bytes>{std::move(text)};
}

Result<std::vector<fs::path>> list_inputs(const std::vector<fs::path>& paths) {
  std::vector<fs::path> files;
  for (const auto& path : paths) {
    std::error_code error;
    if (path == "-" || !fs::is_directory(path, error)) {
      if (path != "-" && !fs::exists(path, error)) return fail(Code::not_found, fmt::format("{}: no such file or folder", path.string()));
      files.push_back(path);
      continue;
    }
    const auto first = files.size();
    fs::recursive_directory_iterator walk{path, error};
    for (const fs::recursive_directory_iterator end; !error && walk != end; walk.increment(error)) {
      if (!walk->is_regular_file(error)) continue;
      if (files.size() == input_limit) return fail(Code::too_large, fmt::format("{}: more than {} files", path.string(), input_limit));
      files.push_back(walk->path());
    }
    if (error) return fail(Code::io, fmt::format("{}: {}", path.string(), error.message()));
    std::sort(files.begin() + static_cast<std::ptrdiff_t>(first), files.end());
  }
  return files;
}

}  // namespace kulla::event
