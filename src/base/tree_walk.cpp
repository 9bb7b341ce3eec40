// A name may be swapped between two calls, so each thing is named once (O_PATH, O_NOFOLLOW) and everything else goes through that
// descriptor: its kind, and, only where that is a regular file or a folder, the opening through /proc/self/fd.
#include "base/tree_walk.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <memory>
#include <optional>
#include <system_error>
#include <vector>

namespace kulla {
namespace {
struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
std::string text_of(int error_number) { return std::generic_category().message(error_number); }

/// The names in a folder, sorted; nothing where it cannot be read to its end. Takes at most `limit`.
std::optional<std::vector<std::string>> names_in(DIR* folder, std::int64_t limit) {
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const auto* entry = ::readdir(folder);
    if (!entry && errno != 0) return std::nullopt;
    if (!entry || std::ssize(names) >= limit) break;
    const std::string_view name{entry->d_name};
    if (name != "." && name != "..") names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

class Walk {
 public:
  Walk(const Walker& walker, const WalkLimits& limits) : walker_(walker), limits_(limits) {}

  void folder(Descriptor opened, const std::string& path, std::size_t depth) {
    const std::unique_ptr<DIR, CloseFolder> stream{::fdopendir(opened.get())};
    if (!stream) return walker_.unreadable(path, text_of(errno));
    opened.release();
    const auto names = names_in(stream.get(), limits_.things - things_ + 1);
    if (!names) return walker_.unreadable(path, text_of(errno));
    for (const auto& name : *names) {
      if (++things_ > limits_.things) return too_many();
      thing(::dirfd(stream.get()), name, path == "." ? name : path + "/" + name, depth);
    }
  }

 private:
  void thing(int folder_descriptor, const std::string& name, const std::string& path, std::size_t depth) {
    auto named = name_below(folder_descriptor, name.c_str());
    if (!named) return walker_.unreadable(path, errno == ENOENT ? "vanished while it was looked at" : text_of(errno));
    struct stat status{};
    if (::fstat(named.get(), &status) != 0) return walker_.unreadable(path, text_of(errno));
    walker_.met({path, status, named.get()});
    if (!S_ISDIR(status.st_mode) || (walker_.enter && !walker_.enter({path, status, named.get()}))) return;
    if (depth >= limits_.depth) return walker_.unreadable(path, fmt::format("deeper than {} folders; not looked into", limits_.depth));
    auto opened = open_named(named.get(), status.st_mode);
    if (!opened) return walker_.unreadable(path, text_of(errno));
    named = {};
    folder(std::move(opened), path, depth + 1);
  }
  void too_many() {
    if (!told_) walker_.unreadable(".", fmt::format("more than {} things; not all were looked at", limits_.things));
    told_ = true;
  }

  const Walker& walker_;
  const WalkLimits& limits_;
  std::int64_t things_ = 0;
  bool told_ = false;
};

bool same_content(const struct stat& a, const struct stat& b) {
  const auto same = [](timespec x, timespec y) { return x.tv_sec == y.tv_sec && x.tv_nsec == y.tv_nsec; };
  return a.st_size == b.st_size && same(a.st_mtim, b.st_mtim) && same(a.st_ctim, b.st_ctim);
}
}  // namespace

Descriptor name_below(int folder, const char* name) { return Descriptor{::openat(folder, name, O_PATH | O_NOFOLLOW | O_CLOEXEC)}; }

Descriptor open_named(int descriptor, mode_t mode) {
  if (!S_ISREG(mode) && !S_ISDIR(mode)) {
    errno = EINVAL;
    return {};
  }
  const auto name = fmt::format("/proc/self/fd/{}", descriptor);
  const int flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY | (S_ISDIR(mode) ? O_DIRECTORY : 0);
  // Reading leaves no trace in the access time where we may choose (the owner, root); it may be evidence.
  Descriptor opened{::open(name.c_str(), flags | O_NOATIME)};
  return opened ? std::move(opened) : Descriptor{::open(name.c_str(), flags)};
}

Result<> walk(const std::filesystem::path& root, const Walker& walker, const WalkLimits& limits) {
  Descriptor opened{::open(root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
  struct stat status{};
  if (!opened || ::fstat(opened.get(), &status) != 0) return fail_errno(root.string());
  static const std::string self = ".";
  walker.met({self, status, opened.get()});
  Walk{walker, limits}.folder(std::move(opened), self, 1);
  return {};
}

Result<> read_met(const Met& met, std::int64_t size_limit, const std::function<void(std::string_view)>& sink) {
  const auto opened = open_named(met.descriptor, met.status.st_mode);
  struct stat before{}, after{};
  if (!opened || ::fstat(opened.get(), &before) != 0) return fail_errno("cannot be read");
  if (before.st_size > size_limit) return fail(Code::too_large, fmt::format("larger than {} bytes; not read", size_limit));
  std::array<char, 65536> buffer;
  for (std::int64_t total = 0; total <= before.st_size;) {
    const auto got = ::read(opened.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot be read");
    if (got == 0) break;
    sink({buffer.data(), static_cast<std::size_t>(got)});
    total += got;
  }
  if (::fstat(opened.get(), &after) != 0 || !same_content(met.status, after)) return fail(Code::io, "changed while it was read");
  return {};
}

namespace {
/// Asks with more room each time until all has room.
template <typename Get>
Result<std::string> read_sized(Get&& get) {
  constexpr std::size_t attribute_limit = 65536;  // the kernel's own
  for (std::size_t size = 256; size <= attribute_limit; size *= 4) {
    std::string bytes(size, '\0');
    const auto got = get(bytes.data(), bytes.size());
    if (got >= 0) {
      bytes.resize(static_cast<std::size_t>(got));
      return bytes;
    }
    if (errno != ERANGE) return fail_errno("extended attributes cannot be read");
  }
  return fail(Code::too_large, "extended attributes larger than 64 KiB");
}
}  // namespace

Result<std::map<std::string, std::string>> extended_attributes(const Met& met) {
  const auto path = fmt::format("/proc/self/fd/{}", met.descriptor);  // through which even a link names itself
  std::map<std::string, std::string> attributes;
  const auto names = read_sized([&](char* data, std::size_t size) {
    const auto got = ::listxattr(path.c_str(), data, size);
    return got < 0 && errno == ENOTSUP ? 0 : got;
  });
  if (!names) return std::unexpected(names.error());
  for (std::string_view rest = *names; !rest.empty();) {
    const std::string name{rest.substr(0, rest.find('\0'))};
    rest.remove_prefix(std::min(rest.size(), name.size() + 1));
    KULLA_TRY(attributes[name],
              read_sized([&](char* data, std::size_t size) { return ::getxattr(path.c_str(), name.c_str(), data, size); }));
  }
  return attributes;
}

Result<std::string> link_target(const Met& met) {
  std::array<char, PATH_MAX> buffer;
  const auto got = ::readlinkat(met.descriptor, "", buffer.data(), buffer.size());
  if (got < 0) return fail_errno("link cannot be read");
  return std::string(buffer.data(), static_cast<std::size_t>(got));
}
}  // namespace kulla
