// A small tree that looks like a machine, and short ways to change it. What the system refuses is thrown as std::system_error.
#pragma once
#include <fcntl.h>
#include <fmt/format.h>
#include <linux/fs.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <filesystem>
#include <fstream>
#include <functional>
#include <iterator>
#include <set>
#include <string>
#include <string_view>
#include <system_error>
#include <vector>

#include "base/file.hpp"
#include "inspect/packages.hpp"

namespace kulla::planted {
namespace fs = std::filesystem;

inline void check(int result, std::string_view what) {
  if (result < 0) throw std::system_error(errno, std::generic_category(), std::string(what));
}

/// Text that no two paths share, longer than what anything counts as a sample.
inline std::string text_of(std::string_view path) {
  std::string text;
  for (int line = 1; line <= 40; ++line) text += fmt::format("record {} of {}\n", line, path);
  return text;
}
inline std::string noise(std::uint64_t seed, std::size_t size = 4096) {
  std::string bytes;
  for (auto state = seed + 1; bytes.size() < size;) {
    state = state * 6364136223846793005U + 1442695040888963407U;
    bytes += static_cast<char>(state >> 56);
  }
  return bytes;
}

/// Paths are relative to the root.
class Tree {
 public:
  explicit Tree(fs::path root) : root_(std::move(root)) { fs::create_directories(root_); }
  Tree(const Tree&) = delete;
  Tree& operator=(const Tree&) = delete;
  ~Tree() {
    for (const auto& path : immutable_) set_flags(path, 0);  // else nobody can remove the tree
  }

  [[nodiscard]] const fs::path& root() const { return root_; }
  [[nodiscard]] fs::path at(std::string_view path) const { return root_ / path; }
  [[nodiscard]] std::string read(std::string_view path) const {
    std::ifstream file{at(path), std::ios::binary};
    if (!file) check(-1, path);
    return {std::istreambuf_iterator<char>{file}, {}};
  }
  void folder(std::string_view path, mode_t mode = 0755) const {
    fs::create_directories(at(path));
    this->mode(path, mode);
  }
  /// Writes into the file that is there, or makes one of this mode.
  void put(std::string_view path, std::string_view content, mode_t mode = 0644) const {
    fs::create_directories(at(path).parent_path());
    const bool is_new = !fs::exists(at(path));
    std::ofstream file{at(path), std::ios::binary | std::ios::trunc};
    file << content;
    file.close();
    if (!file) check(-1, path);
    if (is_new) this->mode(path, mode);
  }
  void text(std::string_view path) const { put(path, text_of(path)); }
  void append(std::string_view path, std::string_view more) const { put(path, read(path) + std::string(more)); }
  void replace(std::string_view path, std::string_view from, std::string_view to) const {
    auto content = read(path);
    const auto found = content.find(from);
    if (found == std::string::npos) throw std::runtime_error(fmt::format("{}: has no \"{}\"", path, from));
    put(path, content.replace(found, from.size(), to));
  }
  /// One byte in the middle becomes another.
  void flip(std::string_view path) const {
    auto content = read(path);
    content.at(content.size() / 2) ^= 1;
    put(path, content);
  }
  /// Makes a change, and sets the time of modification back.
  void in_secret(std::string_view path, const std::function<void()>& change) const {
    struct ::stat status{};
    check(::lstat(at(path).c_str(), &status), path);
    change();
    const timespec times[]{status.st_atim, status.st_mtim};
    check(::utimensat(AT_FDCWD, at(path).c_str(), times, AT_SYMLINK_NOFOLLOW), path);
  }
  void touch(std::string_view path, std::int64_t seconds) const {
    const timespec times[]{{seconds, 0}, {seconds, 0}};
    check(::utimensat(AT_FDCWD, at(path).c_str(), times, AT_SYMLINK_NOFOLLOW), path);
  }
  void mode(std::string_view path, mode_t mode) const { check(::chmod(at(path).c_str(), mode), path); }
  void owner(std::string_view path, uid_t uid, gid_t gid) const { check(::lchown(at(path).c_str(), uid, gid), path); }
  void attribute(std::string_view path, const char* name, std::string_view value) const {
    check(::setxattr(at(path).c_str(), name, value.data(), value.size(), 0), fmt::format("{}: {}", path, name));
  }
  void link(std::string_view path, std::string_view target) const {
    fs::create_directories(at(path).parent_path());
    fs::create_symlink(target, at(path));
  }
  void remove(std::string_view path) const { fs::remove_all(at(path)); }
  void rename(std::string_view from, std::string_view to) const { fs::rename(at(from), at(to)); }
  void copy(std::string_view path, const fs::path& from, mode_t mode = 0755) const {
    fs::create_directories(at(path).parent_path());
    fs::copy_file(from, at(path));
    this->mode(path, mode);
  }
  void special(std::string_view path, mode_t type_and_mode, dev_t device = 0) const {
    check(::mknod(at(path).c_str(), type_and_mode, device), path);
  }
  void sparse(std::string_view path, off_t size) const {
    put(path, "");
    check(::truncate(at(path).c_str(), size), path);
  }
  void make_immutable(std::string_view path) {
    check(set_flags(at(path), FS_IMMUTABLE_FL), path);
    immutable_.insert(at(path));
  }
  /// A file below folders whose whole path no system call takes (PATH_MAX).
  void put_beyond_reach(std::string_view top, std::string_view part, int parts) const {
    folder(top);
    Descriptor here{::open(at(top).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    for (int i = 0; i < parts; ++i) {
      check(::mkdirat(here.get(), std::string(part).c_str(), 0755), "mkdirat");
      here = Descriptor{::openat(here.get(), std::string(part).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC)};
    }
    const Descriptor file{::openat(here.get(), "hidden", O_WRONLY | O_CREAT | O_CLOEXEC, 0644)};
    check(file.get(), "openat");
    check(static_cast<int>(::write(file.get(), "hidden\n", 7)), "write");
  }

 private:
  static int set_flags(const fs::path& path, int flags) {
    const Descriptor file{::open(path.c_str(), O_RDONLY | O_CLOEXEC)};
    int now = 0;
    if (::ioctl(file.get(), FS_IOC_GETFLAGS, &now) != 0) return -1;
    now = (now & ~FS_IMMUTABLE_FL) | flags;
    return ::ioctl(file.get(), FS_IOC_SETFLAGS, &now);
  }
  fs::path root_;
  std::set<fs::path> immutable_;
};

// --- packages, as dpkg writes them

struct Shipped {
  std::string name, version;
  std::vector<std::string> paths;            ///< of files and links
  std::vector<std::string> folders{};        ///< besides usr, usr/bin, usr/share
};
/// NAME.list and NAME.md5sums of what lies there now.
inline void write_lists(const Tree& tree, const Shipped& package) {
  std::string list = "/.\n/usr\n/usr/bin\n/usr/share\n", sums;
  for (const auto& folder : package.folders) list += fmt::format("/{}\n", folder);
  for (const auto& path : package.paths) {
    list += fmt::format("/{}\n", path);
    if (!fs::is_symlink(tree.at(path))) sums += fmt::format("{}  {}\n", inspect::sums_of(tree.root(), path).value().md5, path);
  }
  const auto base = fmt::format("var/lib/dpkg/info/{}", package.name);
  tree.put(base + ".list", list);
  tree.put(base + ".md5sums", sums);
}
inline std::string status_of(const Shipped& package) {
  return fmt::format("Package: {}\nStatus: install ok installed\nArchitecture: amd64\nVersion: {}\nDescription: one of three\n\n",
                     package.name, package.version);
}
inline Shipped first_package() { return {"first", "1.0", {"usr/bin/first", "usr/bin/first-tool"}}; }
inline Shipped second_package() { return {"second", "1.0", {"usr/bin/second", "usr/share/second/data"}, {"usr/share/second"}}; }
inline Shipped third_package() {
  return {"third", "1.0", {"usr/lib/libthird.so.1", "usr/lib/libthird.so.1.0", "usr/share/third/old"}, {"usr/lib", "usr/share/third"}};
}

inline void build_packages(const Tree& tree) {
  tree.copy("usr/bin/first", "/bin/true");
  tree.copy("usr/bin/first-tool", "/bin/false");
  tree.copy("usr/bin/second", "/bin/echo");
  tree.text("usr/share/second/data");
  tree.copy("usr/lib/libthird.so.1.0", "/bin/sync", 0644);
  tree.link("usr/lib/libthird.so.1", "libthird.so.1.0");
  tree.text("usr/share/third/old");
  std::string status;
  for (const auto& package : {first_package(), second_package(), third_package()}) {
    write_lists(tree, package);
    status += status_of(package);
  }
  tree.put("var/lib/dpkg/status", status);
  tree.put("var/lib/dpkg/status-old", status);
  tree.put("var/lib/dpkg/lock", "", 0640);
}

// --- the machine

inline constexpr std::string_view ana_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIAnaFromTheLaptopAnaFromTheLaptopAnaFromTheA ana@laptop\n";
inline constexpr std::string_view mallory_key = "ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIMalloryWasHereTooMalloryWasHereTooMalloryWA m\n";

inline void build_accounts(const Tree& tree) {
  tree.put("etc/passwd",
           "root:x:0:0:root:/root:/bin/bash\ndaemon:x:1:1:daemon:/usr/sbin:/usr/sbin/nologin\n"
           "www-data:x:33:33:www-data:/var/www:/usr/sbin/nologin\nana:x:1000:1000:Ana:/home/ana:/bin/bash\n"
           "guest:x:1001:1001:Guest:/nonexistent:/usr/sbin/nologin\n");
  tree.put("etc/shadow",
           "root:*:20000:0:99999:7:::\ndaemon:*:20000:0:99999:7:::\nwww-data:*:20000:0:99999:7:::\n"
           "ana:$y$j9T$abcdefghijklmnop$0123456789:20000:0:99999:7:::\nguest:!:20000:0:99999:7:::\n",
           0640);
  tree.put("etc/group", "root:x:0:\ndaemon:x:1:\nsudo:x:27:ana\nwww-data:x:33:\nana:x:1000:\nguest:x:1001:\n");
  tree.put("etc/sudoers", "Defaults env_reset\nroot ALL=(ALL:ALL) ALL\n%sudo ALL=(ALL:ALL) ALL\n@includedir /etc/sudoers.d\n", 0440);
  tree.put("etc/sudoers.d/README", "# one file a reason\n", 0440);
  tree.put("home/ana/.ssh/authorized_keys", ana_key, 0600);
  for (const char* path : {"root/.bashrc", "root/.profile", "home/ana/.bashrc"}) tree.put(path, "export PATH\numask 022\n");
}

inline void build_services(const Tree& tree) {
  tree.put("etc/cron.d/backup", "0 3 * * * root /usr/bin/first\n");
  tree.put("etc/cron.daily/clean", "#!/bin/sh\nexec /usr/bin/first\n", 0755);
  tree.put("etc/pam.d/common-auth", "auth required pam_unix.so\n");
  tree.put("etc/ssh/sshd_config", "PermitRootLogin no\nPasswordAuthentication no\n");
  tree.put("usr/lib/systemd/system/web.service", "[Service]\nExecStart=/usr/bin/second\n[Install]\nWantedBy=multi-user.target\n");
  tree.put("usr/lib/systemd/system/spare.service", "[Service]\nExecStart=/usr/bin/first-tool\n[Install]\nWantedBy=multi-user.target\n");
  tree.link("etc/systemd/system/multi-user.target.wants/web.service", "/usr/lib/systemd/system/web.service");
  tree.put("boot/grub/grub.cfg", "linux /boot/vmlinuz root=/dev/vda1 ro quiet\n");
  tree.put("boot/vmlinuz", noise(1, 65536));
  tree.put("usr/lib/modules/6.1/kernel/fs/ext4.ko", noise(2));
  tree.put("etc/ld.so.cache", noise(3));
  tree.put("etc/hosts", "127.0.0.1 localhost\n");
}

inline void build_rest(const Tree& tree) {
  tree.copy("usr/bin/tool", "/bin/cat");
  fs::create_hard_link(tree.at("usr/bin/tool"), tree.at("usr/bin/tool-too"));
  tree.copy("usr/lib/x.so", "/bin/sync", 0644);
  tree.link("bin", "usr/bin");
  tree.link("lib", "usr/lib");
  tree.put("usr/share/mime/mime.cache", noise(4));
  tree.put("var/www/site/index.php", "<?php require 'page.php'; ?>\n");
  tree.put("var/www/site/index.html", "<!doctype html>\n<title>Mirë se vini</title>\n<h1>Mirë se vini</h1>\n");
  tree.put("var/www/site/uploads/photo.jpg", "\xFF\xD8\xFF\xE0\x10JFIF" + noise(5));
  tree.folder("tmp", 01777);
  tree.folder("var/tmp", 01777);
  for (int i = 0; i < 40; ++i) tree.text(fmt::format("srv/untouched/{}", i));
}

/// What is there before anything is changed, but for what a single change wants.
inline void build_machine(const Tree& tree) {
  build_rest(tree);
  build_accounts(tree);
  build_services(tree);
  build_packages(tree);
}

}  // namespace kulla::planted
