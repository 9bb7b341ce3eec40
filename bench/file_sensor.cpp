// The live sensor of files: from a script's last write to the alert that the daemon would raise, while 5,000 other changes a second happen;
// and whether any of them is lost without a word. Limits: p99 10 ms; nothing lost that is not recorded.
// bench_file_sensor [SECONDS]
#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <filesystem>
#include <map>
#include <mutex>
#include <thread>
#include <vector>

#include "base/file.hpp"
#include "daemon/file_sensor.hpp"
#include "inspect/watch.hpp"

using namespace kulla;
using namespace std::chrono;

namespace {
constexpr int changes_a_second = 5000, scripts_a_second = 50, folders = 200;

void put(const std::filesystem::path& path, std::string_view text) {
  const Descriptor file{::open(path.c_str(), O_CREAT | O_WRONLY | O_TRUNC, 0644)};
  if (file) (void)write_all(file.get(), text, "a file");
}
}  // namespace

int main(int count, char** arguments) {
  const int seconds_wanted = count > 1 ? std::atoi(arguments[1]) : 10;
  const auto folder = *TemporaryFolder::make("kulla-bench-files");
  for (int i = 0; i < folders; ++i) std::filesystem::create_directories(folder.path() / std::to_string(i));
  std::map<SystemId, daemon::SystemPlace> systems;
  systems[SystemId{"bench"}].root = folder.path();
  const Pseudonyms pseudonyms{sha256("bench")};
  daemon::FileJudge judge{systems, pseudonyms};
  const SystemClock clock;
  std::atomic<bool> stop = false, ready = false;
  std::mutex mutex;
  std::map<std::string, steady_clock::time_point> written;
  std::vector<double> delays_ms;
  std::int64_t seen = 0, lost = 0, alerts = 0;
  std::thread watcher{[&] {
    const auto on_change = [&](const inspect::Change& change) {
      seen += change.kind == inspect::ChangeKind::written;
      const auto raised = judge.judge(change);
      const auto now = steady_clock::now();
      alerts += raised.has_value();
      if (!change.executable_or_script || change.kind != inspect::ChangeKind::written) return;
      const std::scoped_lock lock{mutex};
      if (const auto found = written.find(change.path); found != written.end()) {
        delays_ms.push_back(duration<double, std::milli>(now - found->second).count());
        written.erase(found);
      }
    };
    const auto watched = inspect::watch(
        {{SystemId{"bench"}, folder.path()}}, clock, stop, on_change, [&](const inspect::Lost&) { ++lost; }, [&] { ready = true; });
    if (!watched) fmt::print(stderr, "{}\n", watched.error().message());
  }};
  while (!ready) std::this_thread::sleep_for(1ms);
  const auto start = steady_clock::now();
  std::int64_t made = 0, scripts = 0;
  const std::int64_t all = std::int64_t{changes_a_second} * seconds_wanted;
  for (std::int64_t i = 0; i < all; ++i) {
    std::this_thread::sleep_until(start + i * microseconds{1'000'000 / changes_a_second});
    const bool is_script = i % (changes_a_second / scripts_a_second) == 0;
    const auto name = fmt::format("{}/{}{}", i % folders, i % 40'000, is_script ? ".php" : ".csv");
    if (is_script) {
      const std::scoped_lock lock{mutex};
      written[name] = steady_clock::now();
      ++scripts;
    }
    put(folder.path() / name, is_script ? "<?php echo 1;" : "a line\n");
    ++made;
  }
  const double took = duration<double>(steady_clock::now() - start).count();
  for (int i = 0; i < 100 && seen < made; ++i) std::this_thread::sleep_for(50ms);
  stop = true;
  watcher.join();
  std::ranges::sort(delays_ms);
  const auto at = [&](double share) {
    return delays_ms.empty() ? -1 : delays_ms[static_cast<std::size_t>(share * static_cast<double>(delays_ms.size() - 1))];
  };
  fmt::print("live sensor: {} changes in {:.1f} s ({:.0f} a second), {} seen, {} times the kernel's queue overflowed (each is recorded)\n",
             made, took, static_cast<double>(made) / took, seen, lost);
  fmt::print("  script written → judged: p50 {:.2f} ms, p99 {:.2f} ms, worst {:.2f} ms of {} (limit p99 10 ms); {} alerts\n", at(0.5),
             at(0.99), at(1), delays_ms.size(), alerts);
  const bool whole = lost > 0 || (seen == made && std::ssize(delays_ms) == scripts);
  return whole && !delays_ms.empty() && at(0.99) <= 10 ? 0 : 1;
}
