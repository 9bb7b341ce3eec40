#include "daemon/rule_watch.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>

namespace kulla::daemon {
namespace fs = std::filesystem;

RuleWatch::RuleWatch(std::vector<fs::path> paths, std::function<void()> renew, std::chrono::milliseconds pause)
    : paths_(std::move(paths)),
      renew_(std::move(renew)),
      pause_(pause),
      known_(state_of_files()),
      thread_([this](const std::stop_token& stop) { watch(stop); }) {}

// Names, sizes and times are enough to see that somebody wrote; what is then read decides.
Digest RuleWatch::state_of_files() const {
  std::vector<std::string> lines;
  const auto add = [&](const fs::path& path) {
    std::error_code error;
    const auto time = fs::last_write_time(path, error);
    const auto size = fs::file_size(path, error);
    lines.push_back(fmt::format("{} {} {}", path.string(), size, time.time_since_epoch().count()));
  };
  for (const auto& path : paths_) {
    std::error_code error;
    add(path);
    fs::recursive_directory_iterator walk{path, error};
    for (const fs::recursive_directory_iterator end; !error && walk != end; walk.increment(error)) add(walk->path());
  }
  std::sort(lines.begin(), lines.end());
  Sha256 hash;
  for (const auto& line : lines) hash.add(line + "\n");
  return hash.finish();
}

void RuleWatch::watch(const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  auto last = known_;
  std::unique_lock lock{mutex};
  while (!wake.wait_for(lock, stop, pause_, [&] { return stop.stop_requested(); })) {
    const auto now = state_of_files();
    const bool stands = now == std::exchange(last, now);
    if (!stands || now == known_) continue;
    known_ = now;
    renew_();
  }
}

}  // namespace kulla::daemon
