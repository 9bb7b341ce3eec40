#include "daemon/examiners.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "backup/attack.hpp"
#include "base/file.hpp"
#include "daemon/restored_look.hpp"
#include "inspect/remote.hpp"

namespace kulla::daemon {
namespace {
constexpr std::size_t together = 16;  // data sets of one repository, proved by one call

std::string describe(const Examiners::Task& task) {
  if (const auto* inspection = std::get_if<order::Inspect>(&task)) return "inspecting " + inspection->system.str();
  return "proving " + std::get<order::Prove>(task).dataset.str();
}
/// Ordered again with other words, it is the same task.
bool is_same(const Examiners::Task& a, const Examiners::Task& b) {
  const auto *proof = std::get_if<order::Prove>(&a), *other = std::get_if<order::Prove>(&b);
  return proof && other ? proof->dataset == other->dataset : a == b;
}
Proof not_in_config(const DatasetId& dataset, Moment now) {
  Proof proof;
  proof.dataset = dataset;
  proof.problem = "the configuration names no such data set: it cannot be proved";
  proof.started = proof.finished = now;
  return proof;
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
    const auto same = std::ranges::find_if(waiting_, [&](const Task& waiting) { return is_same(waiting, task); });
    const auto proof = [](const Task& waiting) { return std::holds_alternative<order::Prove>(waiting); };
    if (same == waiting_.end() && !proof(task))
      waiting_.insert(std::ranges::find_if(waiting_, proof), std::move(task));  // proofs take longer
    else if (same == waiting_.end()) waiting_.push_back(std::move(task));
    else *same = std::move(task);
  }
  ready_.notify_one();
}

std::vector<std::string> Examiners::progress() const {
  const std::scoped_lock lock{mutex_};
  std::vector<std::string> lines;
  for (const auto& task : under_way_) {
    auto line = describe(task);
    if (const auto* inspection = std::get_if<order::Inspect>(&task)) {
      if (const auto things = looked_at_.find(inspection->system); things != looked_at_.end())
        line += fmt::format(": {} looked at", things->second);
    } else if (const auto phase = phase_.find(std::get<order::Prove>(task).dataset); phase != phase_.end()) {
      line += ": " + phase->second;
    }
    lines.push_back(std::move(line));
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

/// One call of restic's check serves all that wait for the same repository.
std::vector<order::Prove> Examiners::with_others_of_its_repository(const order::Prove& first) {
  std::vector tasks{first};
  const auto place = config_.datasets.find(first.dataset);
  const std::scoped_lock lock{mutex_};
  for (auto each = waiting_.begin(); each != waiting_.end() && tasks.size() < together;) {
    const auto* proof = std::get_if<order::Prove>(&*each);
    const auto other = proof ? config_.datasets.find(proof->dataset) : config_.datasets.end();
    const bool joins = place != config_.datasets.end() && other != config_.datasets.end() &&
                       other->second.repository.location == place->second.repository.location &&
                       other->second.repository.password_file == place->second.repository.password_file;
    if (!joins) {
      ++each;
      continue;
    }
    tasks.push_back(*proof);
    under_way_.emplace_back(*proof);
    each = waiting_.erase(each);
  }
  return tasks;
}

void Examiners::prove(const std::vector<order::Prove>& tasks, const std::stop_token& stop) {
  const auto found = config_.datasets.find(tasks.front().dataset);
  if (found == config_.datasets.end()) return report_(input::Proved{not_in_config(tasks.front().dataset, clock_.now())});
  const auto& repository = found->second.repository;
  std::vector<backup::Wanted> wanted;
  for (const auto& task : tasks) wanted.push_back(wanted_of(task, stop));

  backup::ProveOptions options;
  options.stop = stop;
  options.progress = [&](std::string_view phase) {
    const std::scoped_lock lock{mutex_};
    for (const auto& task : tasks) phase_[task.dataset] = phase;
  };
  options.listed = [&](const backup::Listing& listing) {
    for (const auto& task : tasks)
      for (const auto& id : backup::vanished(task.pinned, listing, kept_since(task.dataset)))
        report_(input::BackupSuspected{task.dataset, fmt::format("snapshot {}, which was proved, is there no more", id.substr(0, 8))});
  };
  if (backup::deletable(repository) == true)
    for (const auto& task : tasks)
      report_(input::BackupSuspected{task.dataset, "its repository can be deleted by the account that kulla runs as"});
  for (auto& proof : backup::prove(repository, wanted, config_.state / "scratch", clock_, options)) {
    if (stop.stop_requested()) return;  // the daemon ends; the next one asks again
    report_(input::Proved{std::move(proof)});
  }
  const std::scoped_lock lock{mutex_};
  for (const auto& task : tasks) phase_.erase(task.dataset);
}

std::optional<Timestamp> Examiners::kept_since(const DatasetId& dataset) const {
  const auto kept = config_.datasets.at(dataset).kept;
  return kept > kept.zero() ? std::optional{clock_.now().wall - kept} : std::nullopt;
}

backup::Wanted Examiners::wanted_of(const order::Prove& task, const std::stop_token& stop) const {
  const auto& place = config_.datasets.at(task.dataset);
  // The last one before the attack, where there is one; else the newest, and a person is told.
  backup::Wanted wanted{.dataset = task.dataset,
                        .tag = place.tag,
                        .before = task.before,
                        .known = task.known,
                        .else_newest = true,
                        .sample = place.sample,
                        .alive = place.alive};
  if (place.inspect) wanted.examine = look_into_restored(place.yara, stop);
  return wanted;
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
    std::vector<Task> done{task};
    if (const auto* inspection = std::get_if<order::Inspect>(&task)) {
      if (config_.systems.contains(inspection->system)) inspect(inspection->system, stop);
    } else {
      const auto proofs = with_others_of_its_repository(std::get<order::Prove>(task));
      done.assign(proofs.begin(), proofs.end());
      prove(proofs, stop);
    }
    const std::scoped_lock lock{mutex_};
    for (const auto& each : done) under_way_.erase(std::ranges::find(under_way_, each));
    if (const auto* inspection = std::get_if<order::Inspect>(&task)) looked_at_.erase(inspection->system);
  }
}
}  // namespace kulla::daemon
