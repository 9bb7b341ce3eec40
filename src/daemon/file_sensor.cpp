#include "daemon/file_sensor.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <algorithm>

#include "incident/decide.hpp"

namespace kulla::daemon {
namespace {
constexpr std::size_t fresh_limit = 10'000;     // files created lately; beyond it a rewriting may be taken for one: the safe side
constexpr std::size_t said_limit = 1'000;
constexpr std::size_t files_kept = 1'000;       // enough to say "many"
constexpr int executables_said = 20;            // of one system within repeat_after; more are repeats: the first has closed already
constexpr std::size_t path_shown = 160;

/// File names come from attackers: only plain characters are shown.
std::string shown(std::string_view path) {
  std::string text;
  for (unsigned char c : path.substr(0, path_shown))
    text += std::isalnum(c) || std::string_view{"/._-"}.contains(static_cast<char>(c)) ? std::string(1, static_cast<char>(c))
                                                                                       : fmt::format("%{:02X}", c);
  return text;
}
}  // namespace

void FileJudge::place(const inspect::Change& change, Alert& alert) const {
  const auto system = systems_.find(change.system);
  if (system == systems_.end()) return;
  const auto full = (system->second.root / change.path).lexically_normal().string();
  for (const auto& [service, root] : system->second.document_roots) {
    const auto prefix = root.lexically_normal().string();
    if (!full.starts_with(prefix) || full.size() <= prefix.size() || full[prefix.size()] != '/') continue;
    alert.service = service;
    alert.object = detect::object_ref_of_path(pseudonyms_, service, full.substr(prefix.size()));
  }
}

Alert FileJudge::effect(const inspect::Change& change, std::string rule, std::string title, std::string what) const {
  Alert alert;
  alert.rule = RuleId{std::move(rule)};
  alert.title = std::move(title);
  alert.level = Level::critical;
  alert.nature = Nature::effect;
  alert.succeeded = true;
  alert.may_close = true;
  alert.sensor = SensorId{"files:" + change.system.str()};
  alert.system = change.system;
  alert.what = std::move(what);
  alert.happened = alert.seen = change.seen;
  place(change, alert);
  return alert;
}

std::optional<input::AlertRaised> FileJudge::judge_executable(const inspect::Change& change, PerSystem& system) {
  if (change.kind == inspect::ChangeKind::removed) system.said.erase(change.path);  // if it comes again it is said again
  if (!change.executable_or_script || change.kind == inspect::ChangeKind::removed) return {};
  if (change.seen - system.burst_from >= repeat_after) system.burst_from = change.seen, system.burst = 0;
  if (system.said.size() > said_limit) system.said.clear();
  auto [said, is_new] = system.said.try_emplace(change.path, change.seen);
  const bool repeat = system.burst >= executables_said || (!is_new && change.seen - said->second < repeat_after);
  if (!repeat) {
    said->second = change.seen;
    ++system.burst;
  }
  auto alert = effect(change, "kulla.files.executable", "New or changed executable or script", shown(change.path));
  alert.techniques = {"T1505.003"};
  return input::AlertRaised{std::move(alert), repeat};
}

std::optional<input::AlertRaised> FileJudge::judge_mass(const inspect::Change& change, PerSystem& system) {
  using Kind = inspect::ChangeKind;
  if (change.kind == Kind::created) {
    if (system.fresh.size() >= fresh_limit) system.fresh.clear();
    system.fresh[change.path] = change.seen;
    return {};
  }
  // What was created just now is written, or goes again under its first name, in every save by way of a temporary file.
  const auto created = system.fresh.find(change.path);
  const bool is_fresh = created != system.fresh.end() && change.seen - created->second <= mass_window;
  if (change.kind == Kind::attributes || is_fresh) return {};
  const bool moved = change.kind == Kind::moved_in;  // a save by way of a temporary name, or a file put over another
  auto& rewritten = moved ? system.moved : system.rewritten;
  std::erase_if(rewritten, [&](const auto& entry) { return change.seen - entry.first > mass_window || entry.second == change.path; });
  rewritten.emplace_back(change.seen, change.path);
  if (rewritten.size() > files_kept) rewritten.pop_front();
  if (rewritten.size() < (moved ? mass_moved : mass_change)) return {};
  const bool repeat = change.seen - system.mass_said < repeat_after;
  if (!repeat) system.mass_said = change.seen;
  auto alert = effect(change, "kulla.files.mass-change", "Many files rewritten or removed at once",
                      fmt::format("{} files within {} s", rewritten.size(), mass_window.count()));
  alert.count = rewritten.size();
  alert.techniques = {"T1485"};
  alert.service.reset();
  alert.object.reset();
  rewritten.clear();  // said: as many others are said again
  return input::AlertRaised{std::move(alert), repeat};
}

std::optional<input::AlertRaised> FileJudge::judge(const inspect::Change& change) {
  auto& system = seen_[change.system];
  auto executable = judge_executable(change, system);
  auto mass = judge_mass(change, system);
  if (!executable || (executable->repeat && mass && !mass->repeat)) return mass;
  return executable;
}

FileSensor::FileSensor(const Config& config, const Pseudonyms& pseudonyms, const Clock& clock, Report report)
    : judge_(config.systems, pseudonyms), report_(std::move(report)), thread_([this, &config, &clock] { work(config, clock); }) {}
FileSensor::~FileSensor() {
  stop_ = true;
  thread_.join();
}

/// Watches the roots that exist, until one goes, one that was missing comes, or the end. The others are watched meanwhile.
Result<> FileSensor::watch_what_is_there(const std::vector<inspect::Watched>& roots, const Clock& clock,
                                         const std::function<void(const inspect::Change&)>& on_change,
                                         const std::function<void(const inspect::Lost&)>& on_lost) {
  const auto exists = [](const inspect::Watched& watched) {
    std::error_code ignored;
    return std::filesystem::is_directory(watched.root, ignored);
  };
  std::vector<inspect::Watched> there, missing;
  for (const auto& root : roots) (exists(root) ? there : missing).push_back(root);
  for (const auto& root : missing) spdlog::error("{}: {} is not there; it is watched when it comes", root.system.str(), root.root.string());
  std::atomic<bool> again = false;
  const std::jthread looking{[&](const std::stop_token& stop) {
    while (!stop.stop_requested() && !stop_ && std::ranges::none_of(missing, exists))
      std::this_thread::sleep_for(std::chrono::milliseconds{50});
    again = true;
  }};
  // Until now nobody watched: what was inspected before this moment may have changed since.
  const auto on_ready = [&] { report_(input::Blind{incident::files_sensor, 0, blind_from_, clock.now().wall}); };
  const auto watched = inspect::watch(there, clock, again, on_change, on_lost, on_ready);
  blind_from_ = clock.now().wall;
  return watched;
}

void FileSensor::work(const Config& config, const Clock& clock) {
  std::vector<inspect::Watched> roots;
  for (const auto& [system, place] : config.systems) {
    if (!place.host.empty()) continue;  // another machine: its own logs tell of it
    if (place.watch.empty()) roots.push_back({system, place.root});
    for (const auto& folder : place.watch) roots.push_back({system, place.root / folder, folder});
  }
  const auto on_change = [this](const inspect::Change& change) {
    ++changes_;
    if (auto raised = judge_.judge(change)) report_(std::move(*raised));
  };
  const auto on_lost = [this](const inspect::Lost& lost) { report_(input::Blind{incident::files_sensor, 1, lost.at, lost.at}); };
  blind_from_ = clock.now().wall;
  while (!stop_) {
    const auto watched = watch_what_is_there(roots, clock, on_change, on_lost);
    if (stop_) return;
    if (!watched) spdlog::error("the systems' files are not watched: {}", watched.error().message());
    report_(input::Blind{incident::files_sensor, 0, blind_from_, clock.now().wall});
    std::this_thread::sleep_for(std::chrono::seconds{1});
  }
}
}  // namespace kulla::daemon
