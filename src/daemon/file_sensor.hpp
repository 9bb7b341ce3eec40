// The second sensor: file changes on the systems themselves. What it raises are effects: something is different now.
//   a new or changed executable or script anywhere below a system's root
//   many existing files rewritten or removed in a short time
#pragma once
#include <atomic>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <thread>

#include "daemon/addresses.hpp"
#include "daemon/config.hpp"
#include "inspect/watch.hpp"
#include "model/input.hpp"

namespace kulla::daemon {

/// Turns changes into alerts. One thread; time comes with the changes.
class FileJudge {
 public:
  FileJudge(const std::map<SystemId, SystemPlace>& systems, const Pseudonyms& pseudonyms) : systems_(systems), pseudonyms_(pseudonyms) {}
  /// The alert that this change makes, if any. Nothing is held back: what was said a moment ago is said again, as a repeat.
  [[nodiscard]] std::optional<input::AlertRaised> judge(const inspect::Change& change);

  static constexpr std::size_t mass_change = 5;                    ///< files rewritten or removed …
  static constexpr std::size_t mass_moved = 25;                    ///< or moved in, as ordinary saves are too, only faster
  static constexpr std::chrono::seconds mass_window{10};           ///< … within this time
  static constexpr std::chrono::seconds repeat_after{10};  ///< the same kind on the same system is a repeat until then

 private:
  struct PerSystem {
    std::deque<std::pair<Timestamp, std::string>> rewritten, moved;
    std::map<std::string, Timestamp> fresh;     ///< created when: writing or removing them within mass_window is no harm
    std::map<std::string, Timestamp> said;      ///< rule and path → when
    Timestamp mass_said{}, burst_from{};
    int burst = 0;                              ///< executables said since burst_from
  };
  std::optional<input::AlertRaised> judge_executable(const inspect::Change& change, PerSystem& system);
  std::optional<input::AlertRaised> judge_mass(const inspect::Change& change, PerSystem& system);
  [[nodiscard]] Alert effect(const inspect::Change& change, std::string rule, std::string title, std::string what) const;
  void place(const inspect::Change& change, Alert& alert) const;

  const std::map<SystemId, SystemPlace>& systems_;
  const Pseudonyms pseudonyms_;
  std::map<SystemId, PerSystem> seen_;
};

class FileSensor {
 public:
  using Report = std::function<void(InputBody)>;
  FileSensor(const Config& config, const Pseudonyms& pseudonyms, const Clock& clock, Report report);
  ~FileSensor();
  FileSensor(const FileSensor&) = delete;
  [[nodiscard]] std::uint64_t changes() const { return changes_; }

 private:
  void work(const Config& config, const Clock& clock);
  Result<> watch_what_is_there(const std::vector<inspect::Watched>& roots, const Clock& clock,
                               const std::function<void(const inspect::Change&)>& on_change,
                               const std::function<void(const inspect::Lost&)>& on_lost);
  FileJudge judge_;
  const Report report_;
  std::atomic<bool> stop_ = false;
  std::atomic<std::uint64_t> changes_ = 0;
  Timestamp blind_from_{};  ///< used by the thread alone
  std::thread thread_;
};

}  // namespace kulla::daemon
