#include "outage/archivist.hpp"

#include <fmt/format.h>
#include <sys/resource.h>
#include <unistd.h>

#include <condition_variable>
#include <map>
#include <mutex>

#include "outage/bgp_listener.hpp"
#include "outage/store_folder.hpp"

namespace kulla::outage {
namespace fs = std::filesystem;
using std::chrono::days;
namespace {
constexpr std::chrono::hours every{1};
constexpr int niceness = 15;  // asking on time comes first
}  // namespace

std::vector<Day> due_days(const std::vector<fs::path>& vantage_folders, const Retention& retention, Timestamp now) {
  std::map<Day, std::uint64_t> sizes;
  std::uint64_t all = 0;
  for (const auto& folder : vantage_folders) {
    const auto listing = store::list_folder(folder);
    for (const auto& file : listing ? listing->days : std::vector<fs::path>{}) {
      std::error_code error;
      const auto size = fs::file_size(file, error);
      const auto day = store::day_of(file);
      if (error || !day) continue;
      sizes[*day] += size;
      all += size;
    }
  }
  const auto today = std::chrono::floor<days>(now);
  std::vector<Day> due;
  for (const auto& [day, size] : sizes) {
    if (day + days{1} >= today || (day + retention.raw >= today && all <= retention.limit)) break;
    due.push_back(day);
    all -= size;
  }
  return due;
}

Result<> roll_up(const fs::path& folder, const Retention& retention, const std::vector<Store*>& stores, Timestamp now,
                 const std::stop_token& stop) {
  std::vector<fs::path> folders;
  for (const auto* each : stores) folders.push_back(each->folder());
  for (const auto day : due_days(folders, retention, now)) {
    if (stop.stop_requested()) return {};
    if (!is_archived(folder, day)) {
      KULLA_TRY(const auto archived, conclude_day(folder, day));
      KULLA_CHECK(write_archive(folder, day, archived, stores.front()->key()));
    }
    for (auto* each : stores) KULLA_CHECK(each->retire(day + days{1}));
    for (const auto& log : route_logs(folder))
      if (std::error_code error; log.stem().string() <= to_rfc3339(Timestamp{day}).substr(0, 10)) fs::remove(log, error);
  }
  return {};
}

Archivist::Archivist(fs::path folder, Retention retention, std::vector<Store*> stores, const Clock& clock, Say say)
    : folder_(std::move(folder)),
      retention_(retention),
      stores_(std::move(stores)),
      clock_(clock),
      say_(std::move(say)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

void Archivist::work(const std::stop_token& stop) {
  (void)::setpriority(PRIO_PROCESS, static_cast<id_t>(::gettid()), niceness);
  std::mutex mutex;
  std::condition_variable_any waits;
  std::unique_lock lock{mutex};
  while (!stop.stop_requested()) {
    if (const auto rolled = roll_up(folder_, retention_, stores_, clock_.now().wall, stop); !rolled)
      say_(fmt::format("old observations are not rolled up, and stay: {}", rolled.error().message()));
    waits.wait_for(lock, stop, every, [] { return false; });
  }
}
}  // namespace kulla::outage
