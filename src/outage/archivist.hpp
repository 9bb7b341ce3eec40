// Keeps a store within bounds: days that are old become minutes and outages (archive.hpp), and their observations go.
#pragma once
#include <filesystem>
#include <functional>
#include <thread>
#include <vector>

#include "base/time.hpp"
#include "outage/archive.hpp"
#include "outage/retention.hpp"
#include "outage/store.hpp"

namespace kulla::outage {

/// Days of which observations are to go, of these vantages' folders, oldest first. Never today and yesterday.
[[nodiscard]] std::vector<Day> due_days(const std::vector<std::filesystem::path>& vantage_folders, const Retention& retention,
                                        Timestamp now);

/// Rolls up each day that is due and is not yet, and then lets `stores` retire it. All that `folder` holds is rolled up, by whomever it
/// was written. The first error ends it; what is done stays done. Any thread.
[[nodiscard]] Result<> roll_up(const std::filesystem::path& folder, const Retention& retention, const std::vector<Store*>& stores,
                               Timestamp now, const std::stop_token& stop = {});

/// Does so at its start and once an hour, on a thread of its own, behind all others.
class Archivist {
 public:
  using Say = std::function<void(const std::string&)>;
  /// `stores` and `clock` outlive it.
  Archivist(std::filesystem::path folder, Retention retention, std::vector<Store*> stores, const Clock& clock, Say say);

 private:
  void work(const std::stop_token& stop);
  const std::filesystem::path folder_;
  const Retention retention_;
  const std::vector<Store*> stores_;
  const Clock& clock_;
  const Say say_;
  std::jthread thread_;
};

}  // namespace kulla::outage
