#include "daemon/examiners.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "backup/restic.hpp"
#include "base/file.hpp"
#include "inspect/remote.hpp"

namespace kulla::daemon {
namespace {
std::string describe(const Examiners::Task& task) {
  if (const auto* system = std::get_if<SystemId>(&task)) return "inspecting " + system->str();
  return "proving " + std::get<DatasetId>(task).str();
}
}  // namespace

Examiners::Examiners(const Config& config, const Clock& clock, Report report) : config_(config), clock_(clock), report_(std::move(report)) {
  for (int i = 0; i < config.inspections_at_once; ++i) threads_.emplace_back([this](const std::stop_token& stop) { work(stop); });
}
Examiners::~Examiners() {
  for (auto& thread : threads_) thread.request_stop();
}

std::filesystem::path Examiners::report_file(const Config& config, const SystemId& system) {
  return config.state / "reports" / (system.str() + ".json");
}

void Examiners::order(Task task) {
  {
    const std::scoped_lock lock{mutex_};
    if (std::ranges::find(waiting_, task) == waiting_.end()) waiting_.push_back(std::move(task));
  }
  ready_.notify_one();
}

std::vector<std::string> Examiners::progress() const {
  const std::scoped_lock lock{mutex_};
  std::vector<std::string> lines;
  for (const auto& task : under_way_) {
    const auto* system = std::get_if<SystemId>(&task);
    const auto things = system ? looked_at_.find(*system) : looked_at_.end();
    lines.push_back(describe(task) + (things == looked_at_.end() ? "" : fmt::format(": {} looked at", things->second)));
  }
  for (const auto& task : waiting_) lines.push_back("waiting: " + describe(task));
  return lines;
}

void Examiners::inspect(const SystemId& system, const std::stop_token& stop) {
  const auto& place = config_.systems.at(system);
  auto options = place.inspection;
  options.stop = stop;
  auto yara = inspect::read_rule_files(place.yara);
  if (!yara) return report_(input::InspectionFailed{system, yara.error().what});
  options.yara = std::move(*yara);
  options.progress = [this, &system](std::int64_t things) {
    const std::scoped_lock lock{mutex_};
    looked_at_[system] = things;
  };
  const auto outcome = place.host.empty() ? inspect::check(system, place.root, place.baseline, config_.trusted_baselines, clock_, options)
                                          : inspect::check_remote({.destination = place.host, .root = place.root, .copy = place.copy},
                                                                  system, place.baseline, config_.trusted_baselines, clock_, options);
  if (!outcome && stop.stop_requested()) return;  // the daemon ends; the next one asks again
  if (!outcome) return report_(input::InspectionFailed{system, outcome.error().what});
  if (const auto kept = write_file_atomic(report_file(config_, system), outcome->report_text, 0600); !kept)
    return report_(input::InspectionFailed{system, "its report could not be kept: " + kept.error().what});
  report_(input::Inspected{outcome->report});
}

void Examiners::prove(const DatasetId& dataset) {
  const auto& place = config_.datasets.at(dataset);
  report_(input::Proved{backup::prove(dataset, place.repository, place.tag, config_.state / "scratch", {}, clock_)});
}

void Examiners::work(const std::stop_token& stop) {
  for (;;) {
    Task task;
    {
      std::unique_lock lock{mutex_};
      if (!ready_.wait(lock, stop, [this] { return !waiting_.empty(); })) return;
      task = std::move(waiting_.front());
      waiting_.pop_front();
      under_way_.push_back(task);
    }
    if (const auto* system = std::get_if<SystemId>(&task); system && config_.systems.contains(*system)) inspect(*system, stop);
    else if (const auto* dataset = std::get_if<DatasetId>(&task); dataset && config_.datasets.contains(*dataset)) prove(*dataset);
    const std::scoped_lock lock{mutex_};
    under_way_.erase(std::ranges::find(under_way_, task));
    if (const auto* system = std::get_if<SystemId>(&task)) looked_at_.erase(*system);
  }
}
}  // namespace kulla::daemon
