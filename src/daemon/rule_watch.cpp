#include "daemon/rule_watch.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <condition_variable>
#include <filesystem>
#include <mutex>

#include "daemon/gate_log_sensor.hpp"

namespace kulla::daemon {
namespace fs = std::filesystem;

RuleWatch::RuleWatch(detect::Settings settings, Pseudonyms pseudonyms, GateLogSensor& sensor, std::chrono::milliseconds pause)
    : settings_(std::move(settings)),
      pseudonyms_(std::move(pseudonyms)),
      sensor_(sensor),
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
  auto paths = settings_.rules;
  paths.insert(paths.end(), settings_.backtests.begin(), settings_.backtests.end());
  for (const auto& path : paths) {
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
    renew();
  }
}

void RuleWatch::renew() {
  auto detector = detect::Detector::make(settings_, pseudonyms_, SensorId{"gate"});
  if (!detector) {
    spdlog::error("rules changed and cannot be used; the old ones go on: {}", detector.error().message());
    return;
  }
  for (const auto& rejected : (*detector)->rejected()) spdlog::warn("{}:{}: {}", rejected.file.string(), rejected.line, rejected.reason);
  spdlog::info("rules renewed: {} in use, {} rejected", (*detector)->rules(), (*detector)->rejected().size());
  sensor_.renew(std::move(*detector));
}

}  // namespace kulla::daemon
