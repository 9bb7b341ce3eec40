#include "inspect/below.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <linux/openat2.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <climits>
#include <cstdint>
#include <memory>
#include <string_view>
#include <utility>

#include "base/tree_walk.hpp"

namespace kulla::inspect {
namespace {
constexpr int attempts = 16;  // the kernel gives up on ".." while something on the machine is renamed

// What answers by doing something: /proc/kmsg is emptied by its reader.
constexpr std::array<std::uint32_t, 13> pseudo{PROC_SUPER_MAGIC,   SYSFS_MAGIC,         DEBUGFS_MAGIC, TRACEFS_MAGIC,  SECURITYFS_MAGIC,
                                               CGROUP_SUPER_MAGIC, CGROUP2_SUPER_MAGIC, BPF_FS_MAGIC,  EFIVARFS_MAGIC, PSTOREFS_MAGIC,
                                               DEVPTS_SUPER_MAGIC, BINFMTFS_MAGIC,      SELINUX_MAGIC};

bool is_pseudo(int descriptor) {
  struct statfs system{};
  return ::fstatfs(descriptor, &system) != 0 || std::ranges::find(pseudo, static_cast<std::uint32_t>(system.f_type)) != pseudo.end();
}

/// Names a thing (O_PATH) without opening it; errno says why not.
Descriptor name_in_root(int root, const std::string& path, int flags) {
  if (path.contains('\0')) {
    errno = EINVAL;
    return {};
  }
  struct open_how how{};
  how.flags = static_cast<std::uint64_t>(O_PATH | O_CLOEXEC | flags);
  how.resolve = RESOLVE_IN_ROOT | RESOLVE_NO_MAGICLINKS | (is_pseudo(root) ? RESOLVE_NO_XDEV : 0);
  for (int attempt = 1;; ++attempt) {
    const auto named = static_cast<int>(::syscall(SYS_openat2, root, path.empty() ? "." : path.c_str(), &how, sizeof how));
    if (named >= 0 || attempt == attempts || (errno != EAGAIN && errno != EINTR)) return Descriptor{named};
  }
}

/// Whether the path, or what it goes through, is a link to nothing.
bool leads_nowhere(int root, const std::string& path) {
  std::vector<std::size_t> ends;
  for (auto end = path.find('/', 1); end != std::string::npos; end = path.find('/', end + 1)) ends.push_back(end);
  ends.push_back(path.size());
  // Once a part is not there, none that goes on from it is. Searched by halves: an intruder may make a path of 2,000 folders.
  const auto there = [&](std::size_t end) { return static_cast<bool>(name_in_root(root, path.substr(0, end), 0)); };
  const auto missing = std::ranges::partition_point(ends, there);
  return missing != ends.end() && link_below(root, path.substr(0, *missing));
}

std::unexpected<Error> refused(int root, const std::string& path) {
  const int error = errno;
  if (error == EXDEV) return fail(Code::io, "something is mounted over it");
  if (error == ESRCH) return fail(Code::not_found, "the process has ended");
  if (error != ENOENT && error != ENOTDIR) return fail_errno("cannot be opened", error);
  if (leads_nowhere(root, path)) return fail(Code::io, "a link that leads nowhere below the root");
  return fail(Code::not_found, "there is nothing of this name");
}

Result<Descriptor> open_kind(int root, const std::string& path, int flags, mode_t kind) {
  const auto named = name_in_root(root, path, flags);
  if (!named) return refused(root, path);
  struct stat status{};
  if (::fstat(named.get(), &status) != 0) return fail_errno("cannot be looked at");
  if ((status.st_mode & S_IFMT) != kind) return fail(Code::io, kind == S_IFDIR ? "no folder" : "no regular file");
  if (is_pseudo(named.get()) && !is_pseudo(root)) return fail(Code::io, "of a pseudo file system; not opened");
  auto opened = open_named(named.get(), status.st_mode);
  if (!opened) return refused(root, path);
  return opened;
}

struct CloseFolder {
  void operator()(DIR* folder) const { ::closedir(folder); }
};
}  // namespace

Result<Descriptor> open_root(const std::filesystem::path& root) {
  Descriptor opened{::open(root.c_str(), O_PATH | O_DIRECTORY | O_CLOEXEC)};
  if (!opened) return fail_errno("cannot be opened");
  return opened;
}

bool exists_below(int root, const std::string& path) { return static_cast<bool>(name_in_root(root, path, O_NOFOLLOW)); }

Result<Descriptor> open_below(int root, const std::string& path, LastLink link) {
  return open_kind(root, path, link == LastLink::refused ? O_NOFOLLOW : 0, S_IFREG);
}

Result<Descriptor> open_folder_below(int root, const std::string& path) { return open_kind(root, path, 0, S_IFDIR); }

Result<std::string> read_below(int root, const std::string& path, std::size_t limit) {
  KULLA_TRY(const Descriptor file, open_below(root, path));
  const auto too_large = [&] { return fail(Code::too_large, fmt::format("over {} bytes; not read", limit)); };
  struct stat status{};
  if (::fstat(file.get(), &status) == 0 && std::cmp_greater(status.st_size, limit)) return too_large();
  std::string content;
  std::array<char, 65536> buffer;
  for (;;) {
    const auto got = ::read(file.get(), buffer.data(), buffer.size());
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return fail_errno("cannot be read");
    if (got == 0) return content;
    if (content.size() + static_cast<std::size_t>(got) > limit) return too_large();
    content.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

Result<std::vector<std::string>> names_below(int root, const std::string& path, std::size_t limit) {
  KULLA_TRY(Descriptor opened, open_folder_below(root, path));
  const std::unique_ptr<DIR, CloseFolder> folder{::fdopendir(opened.get())};
  if (!folder) return fail_errno("cannot be listed");
  opened.release();
  std::vector<std::string> names;
  for (;;) {
    errno = 0;
    const auto* entry = ::readdir(folder.get());
    if (!entry && errno != 0) return fail_errno("cannot be listed");
    if (!entry) break;
    const std::string_view name{entry->d_name};
    if (name == "." || name == "..") continue;
    if (names.size() == limit) return fail(Code::too_large, fmt::format("more than {} names; not looked into", limit));
    names.emplace_back(name);
  }
  std::ranges::sort(names);
  return names;
}

std::optional<std::string> link_below(int root, const std::string& path) {
  const auto named = name_in_root(root, path, O_NOFOLLOW);
  std::array<char, PATH_MAX> buffer;
  const auto got = named ? ::readlinkat(named.get(), "", buffer.data(), buffer.size()) : -1;
  if (got < 0) return std::nullopt;
  return std::string(buffer.data(), static_cast<std::size_t>(got));
}
}  // namespace kulla::inspect
