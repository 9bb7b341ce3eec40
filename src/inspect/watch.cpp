// One inotify instance for all roots. A watch stands for a folder, not for a path, so each is added through a descriptor that was
// reached without following a link, and those of a folder that is moved away are given up.
#include "inspect/watch.hpp"

#include <dirent.h>
#include <fcntl.h>
#include <fmt/format.h>
#include <poll.h>
#include <sys/inotify.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <optional>
#include <unordered_map>

#include "base/file.hpp"
#include "base/tree_walk.hpp"
#include "inspect/runnable.hpp"

namespace kulla::inspect {
namespace {
constexpr std::uint32_t interests =
    IN_CLOSE_WRITE | IN_CREATE | IN_MOVED_TO | IN_DELETE | IN_MOVED_FROM | IN_ATTRIB | IN_DELETE_SELF | IN_MOVE_SELF | IN_ONLYDIR;
constexpr int patience_ms = 100;  // how late `stop` may be noticed; a change is noticed at once

std::string joined(const std::string& folder, std::string_view name) {
  return folder == "." ? std::string(name) : fmt::format("{}/{}", folder, name);
}
std::string limit_text(const char* name) {
  const auto text = read_file(fmt::format("/proc/sys/fs/inotify/{}", name), 64);
  return fmt::format("fs.inotify.{} is {}; raise it with 'sysctl fs.inotify.{}=N'", name,
                     text ? text->substr(0, text->find('\n')) : "unknown", name);
}

/// The first bytes of a regular file; empty where it cannot be read.
std::string head_of(int named, mode_t mode) {
  const auto file = S_ISREG(mode) ? open_named(named, mode) : Descriptor{};
  std::array<char, head_size> buffer;
  const auto got = file ? ::read(file.get(), buffer.data(), buffer.size()) : 0;
  return {buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0};
}

struct Place {
  std::size_t root;
  std::string path;
};

class Watching {
 public:
  Watching(const std::vector<Watched>& roots, const Clock& clock, const std::function<void(const Change&)>& on_change,
           const std::function<void(const Lost&)>& on_lost)
      : roots_(roots), clock_(clock), on_change_(on_change), on_lost_(on_lost) {}

  Result<> start() {
    inotify_ = Descriptor{::inotify_init1(IN_NONBLOCK | IN_CLOEXEC)};
    if (!inotify_) return errno == EMFILE ? fail(Code::io, "cannot watch: " + limit_text("max_user_instances")) : fail_errno("inotify");
    for (const auto& watched : roots_) {
      opened_.emplace_back(::open(watched.root.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
      if (!opened_.back()) return fail_errno(watched.root.string());
    }
    return watch_all();
  }

  Result<> run(const std::atomic<bool>& stop) {
    while (!stop) {
      pollfd waiting{inotify_.get(), POLLIN, 0};
      const int ready = ::poll(&waiting, 1, patience_ms);
      if (ready < 0 && errno != EINTR) return fail_errno("poll");
      if (ready > 0) KULLA_CHECK(read_events());
      if (root_gone_) return fail(Code::not_found, "a watched root was moved or removed: watch again");
    }
    return {};
  }

 private:
  Result<> watch_all() {
    for (std::size_t i = 0; i < roots_.size(); ++i) {
      std::optional<Error> error;
      const auto met = [&](const Met& thing) {
        if (!S_ISDIR(thing.status.st_mode) || error) return;
        if (auto added = add(thing.descriptor, {i, thing.path}); !added) error = std::move(added).error();
      };
      KULLA_CHECK(walk(roots_[i].root, {met, [](const std::string&, std::string_view) {}}));
      if (error) return std::unexpected(std::move(*error));
    }
    return {};
  }

  /// Watches a folder that a descriptor names.
  Result<> add(int descriptor, Place place) {
    const int watch = ::inotify_add_watch(inotify_.get(), fmt::format("/proc/self/fd/{}", descriptor).c_str(), interests);
    if (watch >= 0) {
      places_.insert_or_assign(watch, std::move(place));
      return {};
    }
    if (errno == ENOSPC)
      return fail(Code::io,
                  fmt::format("{}: too many folders to watch: {}", roots_[place.root].root.string(), limit_text("max_user_watches")));
    return errno == ENOENT ? Result<>{} : fail_errno(roots_[place.root].root.string() + "/" + place.path);
  }

  /// Reaches a folder of ours from its root, no link followed.
  Descriptor reach(const Place& place) const {
    auto reached = name_below(opened_[place.root].get(), ".");
    std::string_view rest{place.path};
    while (reached && !rest.empty()) {
      const std::string part{rest.substr(0, rest.find('/'))};
      reached = name_below(reached.get(), part.c_str());
      rest.remove_prefix(std::min(rest.size(), part.size() + 1));
    }
    return reached;
  }

  Result<> read_events() {
    alignas(inotify_event) std::array<char, 65536> buffer;
    const auto got = ::read(inotify_.get(), buffer.data(), buffer.size());
    if (got < 0) return errno == EAGAIN || errno == EINTR ? Result<>{} : fail_errno("inotify");
    const auto end = static_cast<std::size_t>(got);
    for (std::size_t at = 0; at + sizeof(inotify_event) <= end;) {
      inotify_event event;
      std::memcpy(&event, buffer.data() + at, sizeof event);
      at += sizeof event;
      const std::string name{event.len > 0 ? buffer.data() + at : ""};
      at += event.len;
      on(event, name);
    }
    return {};
  }

  void on(const inotify_event& event, const std::string& name) {
    if (event.mask & IN_Q_OVERFLOW) return overflowed();
    const auto found = places_.find(event.wd);
    if (found == places_.end()) return;
    if (event.mask & IN_IGNORED) return void(places_.erase(found));
    const Place folder = found->second;
    if (name.empty()) return on_root_itself(folder, event.mask);
    const Place place{folder.root, joined(folder.path, name)};
    const bool is_folder = event.mask & IN_ISDIR;
    if (event.mask & (IN_DELETE | IN_MOVED_FROM)) {
      report(place, ChangeKind::removed, !is_folder && !why_runnable(name, 0, {}).empty());
      if (is_folder) forget(place);
    } else if (event.mask & (IN_CREATE | IN_MOVED_TO)) {
      appeared(folder, name, event.mask & IN_CREATE ? ChangeKind::created : ChangeKind::moved_in);
    } else {
      changed(folder, name, event.mask & IN_CLOSE_WRITE ? ChangeKind::written : ChangeKind::attributes);
    }
  }

  void on_root_itself(const Place& folder, std::uint32_t mask) {
    if (folder.path != ".") return;  // its parent says the same, by name
    if (mask & (IN_DELETE_SELF | IN_MOVE_SELF)) report(folder, ChangeKind::removed, false), root_gone_ = true;
    else if (mask & IN_ATTRIB) report(folder, ChangeKind::attributes, false);
  }

  /// What was lost may have been new folders: they are watched from now on. What changed in them is for a scan to find.
  void overflowed() {
    on_lost_({clock_.now().wall});
    if (auto watched = watch_all(); !watched) on_lost_({clock_.now().wall});
  }

  void changed(const Place& folder, const std::string& name, ChangeKind kind) {
    const auto named = name_below(reach(folder).get(), name.c_str());
    struct stat status{};
    const bool known = named && ::fstat(named.get(), &status) == 0;
    report({folder.root, joined(folder.path, name)}, kind, runs(name, named.get(), known ? status.st_mode : 0));
  }
  static bool runs(const std::string& name, int named, mode_t mode) {
    return !S_ISDIR(mode) && !S_ISLNK(mode) && !why_runnable(name, mode & 07777, head_of(named, mode)).empty();
  }

  /// Reports a new thing; a folder with all that is in it, each folder watched before it is listed, so that nothing slips between.
  void appeared(const Place& folder, const std::string& name, ChangeKind kind) {
    const auto parent = reach(folder);
    appeared_in(parent.get(), folder, name, kind, 0);
  }
  void appeared_in(int parent, const Place& folder, const std::string& name, ChangeKind kind, std::size_t depth) {
    constexpr std::size_t deepest = WalkLimits{}.depth;
    const Place place{folder.root, joined(folder.path, name)};
    const auto named = name_below(parent, name.c_str());
    struct stat status{};
    if (!named || ::fstat(named.get(), &status) != 0) return report(place, kind, !why_runnable(name, 0, {}).empty());
    report(place, kind, runs(name, named.get(), status.st_mode));
    if (!S_ISDIR(status.st_mode)) return;
    if (depth == deepest || !add(named.get(), place)) return on_lost_({clock_.now().wall});
    auto opened = open_named(named.get(), status.st_mode);
    DIR* listing = opened ? ::fdopendir(opened.get()) : nullptr;
    if (!listing) return on_lost_({clock_.now().wall});
    opened.release();
    while (const auto* entry = ::readdir(listing))
      if (const std::string_view inner{entry->d_name}; inner != "." && inner != "..")
        appeared_in(named.get(), place, std::string(inner), kind, depth + 1);
    ::closedir(listing);
  }

  void forget(const Place& gone) {
    const auto below = gone.path + "/";
    std::erase_if(places_, [&](const auto& item) {
      const auto& place = item.second;
      if (place.root != gone.root || (place.path != gone.path && !place.path.starts_with(below))) return false;
      ::inotify_rm_watch(inotify_.get(), item.first);
      return true;
    });
  }

  void report(const Place& place, ChangeKind kind, bool runs_it) {
    const auto& root = roots_[place.root];
    on_change_({root.system, root.below.empty() ? place.path : joined(root.below, place.path), kind, runs_it, clock_.now().wall});
  }

  const std::vector<Watched>& roots_;
  const Clock& clock_;
  const std::function<void(const Change&)>& on_change_;
  const std::function<void(const Lost&)>& on_lost_;
  Descriptor inotify_;
  std::vector<Descriptor> opened_;
  std::unordered_map<int, Place> places_;
  bool root_gone_ = false;
};
}  // namespace

Result<> watch(const std::vector<Watched>& roots, const Clock& clock, const std::atomic<bool>& stop,
               const std::function<void(const Change&)>& on_change, const std::function<void(const Lost&)>& on_lost,
               const std::function<void()>& on_ready) {
  Watching watching{roots, clock, on_change, on_lost};
  KULLA_CHECK(watching.start());
  if (on_ready) on_ready();
  return watching.run(stop);
}
}  // namespace kulla::inspect
