// A few threads that inspect systems and prove data sets, as ordered; each is done once even if ordered again while it waits.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <variant>
#include <vector>

#include "backup/proof.hpp"
#include "daemon/config.hpp"
#include "model/input.hpp"
#include "model/order.hpp"

namespace kulla::daemon {

class Examiners {
 public:
  using Task = std::variant<order::Inspect, order::Prove>;
  using Report = std::function<void(InputBody)>;
  Examiners(const Config& config, const Clock& clock, Report report);
  ~Examiners();
  Examiners(const Examiners&) = delete;

  void order(Task task);
  /// What is under way and what waits, for `kulla status`.
  [[nodiscard]] std::vector<std::string> progress() const;
  /// Where a report is kept: reports/SYSTEM.json below the state folder is the newest.
  [[nodiscard]] static std::filesystem::path report_file(const Config& config, const SystemId& system);

 private:
  void work(const std::stop_token& stop);
  void inspect(const SystemId& system, const std::stop_token& stop);
  void prove(const std::vector<order::Prove>& tasks, const std::stop_token& stop);
  [[nodiscard]] backup::Wanted wanted_of(const order::Prove& task, const std::stop_token& stop) const;
  /// Before then a declared retention may have removed snapshots.
  [[nodiscard]] std::optional<Timestamp> kept_since(const DatasetId& dataset) const;
  std::vector<order::Prove> with_others_of_its_repository(const order::Prove& first);

  const Config& config_;
  const Clock& clock_;
  const Report report_;
  mutable std::mutex mutex_;
  std::condition_variable_any ready_;
  std::deque<Task> waiting_;
  std::vector<Task> under_way_;
  std::map<SystemId, std::int64_t> looked_at_;    // of what is under way
  std::map<DatasetId, std::string> phase_;
  std::vector<std::jthread> threads_;  // last: they use all of the above
};

}  // namespace kulla::daemon
