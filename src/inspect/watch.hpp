// A live sensor: what changes below the watched roots, as it changes (inotify). What happened while it was not running is found by
// the next inspection.
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla::inspect {

struct Watched {
  SystemId system;
  std::filesystem::path root;
  std::string below{};   ///< where `root` lies below the system's own root; empty: it is that
};
enum class ChangeKind { written, created, removed, moved_in, attributes };
struct Change {
  SystemId system;
  std::string path;           ///< relative to the system's root, bytes as the file system has them; escape_path() before showing it
  ChangeKind kind = ChangeKind::written;
  bool executable_or_script =
      false;  ///< looks like something a server would run: mode bits, name, or first bytes (#!, <?php, ELF); of a removed one: its name
  Timestamp seen;
};
struct Lost {                 ///< the kernel's queue overflowed: changes were lost, a scan is due
  Timestamp at;
};

/// Runs on the calling thread until `stop`. New folders are watched as they appear, and what is already in them is reported, some of it
/// twice where it appears at that moment. `on_ready` is called once every folder is watched: a scan after it leaves no gap.
/// Not seen: writing through mmap, and by whoever keeps the file open, until it is closed.
/// Code::io naming fs.inotify.max_user_watches where the kernel allows too few; later such folders are reported as Lost.
[[nodiscard]] Result<> watch(const std::vector<Watched>& roots, const Clock& clock, const std::atomic<bool>& stop,
                             const std::function<void(const Change&)>& on_change, const std::function<void(const Lost&)>& on_lost,
                             const std::function<void()>& on_ready = {});

}  // namespace kulla::inspect
