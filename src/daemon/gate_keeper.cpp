#include "daemon/gate_keeper.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace kulla::daemon {
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {
constexpr auto longest_patience = 1000ms;
constexpr auto forgotten_after = 60s;          // a problem that comes and goes is said once in a while, not each time
constexpr auto between_forestallings = 50ms;  // while an order is under way that may undo them
constexpr std::size_t sources_waiting = 10'000;  // blocks wait behind closings; more than this at once are refused and said
}  // namespace

GateKeeper::GateKeeper(gate::Gate& gate, std::chrono::milliseconds read_back, Report report, MayOpen may_open)
    : gate_(gate),
      every_(read_back),
      report_(std::move(report)),
      may_open_(std::move(may_open)),
      thread_([this](const std::stop_token& stop) { work(stop); }),
      forestaller_([this](const std::stop_token& stop) { forestall(stop); }) {}

GateKeeper::~GateKeeper() {
  thread_.request_stop();
  forestaller_.request_stop();
  forestaller_.join();
  thread_.join();
}

void GateKeeper::set(std::uint64_t number, const order::SetGate& order) {
  {
    const std::scoped_lock lock{mutex_};
    auto& newest = newest_[order.service];
    if (number < newest) return;
    newest = number;
    (order.opens ? others_ : closings_).push_back({order, number, {}, 20ms, {}, false});
  }
  ready_.notify_one();
  closing_waits_.notify_one();
}

void GateKeeper::block(std::string address, bool blocked) {
  {
    const std::scoped_lock lock{mutex_};
    if (sources_.size() >= sources_waiting) return spdlog::warn("too many sources wait to be blocked; one is left out");
    sources_.push_back({std::move(address), blocked});
  }
  ready_.notify_one();
}

void GateKeeper::expect(const ServiceId& service, const GateEntry& entry) {
  const std::scoped_lock lock{mutex_};
  expected_.try_emplace(service, entry);
}

std::string GateKeeper::problem() const {
  const std::scoped_lock lock{mutex_};
  return problem_;
}

bool GateKeeper::is_fresh(const Task& task) { return !task.forestalled && task.order.entry.mode == GateMode::closed; }

bool GateKeeper::newest(const Task& task) const {
  const std::scoped_lock lock{mutex_};
  const auto found = newest_.find(task.order.service);
  return found == newest_.end() || found->second <= task.number;
}

void GateKeeper::retry(Task task, const Error& error) {
  if (task.said != error.what) {
    task.said = error.what;
    spdlog::error("{}: {}", task.order.service.str(), error.message());
    report_(input::GateFailed{task.order.service, task.order.entry, error.what});
  }
  later(std::move(task));
}

void GateKeeper::later(Task task) {
  task.not_before = steady_clock::now() + task.patience;
  task.patience = std::min<std::chrono::milliseconds>(task.patience * 2, longest_patience);
  const std::scoped_lock lock{mutex_};
  (task.order.opens ? others_ : closings_).push_back(std::move(task));
}

/// The closings that wait while the gate's thread is at something else; only the newest orders: nothing older may come late.
std::vector<order::SetGate> GateKeeper::take_waiting() {
  const std::scoped_lock lock{mutex_};
  std::vector<order::SetGate> waiting;
  for (auto& task : closings_) {
    if (!is_fresh(task)) continue;
    if (newest_.at(task.order.service) == task.number) waiting.push_back(task.order);
    task.forestalled = task.order.service != loosening_;  // else it may be undone meanwhile, and is not done with
  }
  return waiting;
}

void GateKeeper::forestall(const std::stop_token& stop) {
  while (!stop.stop_requested()) {
    {
      std::unique_lock lock{mutex_};
      closing_waits_.wait(lock, stop, [&] { return busy_ && std::ranges::any_of(closings_, is_fresh); });
    }
    {
      const std::scoped_lock one_at_a_time{forestalling_};
      if (const auto waiting = take_waiting(); !waiting.empty()) gate_.forestall(waiting);
    }
    std::unique_lock lock{mutex_};
    closing_waits_.wait_for(lock, stop, between_forestallings, [&] { return !loosening_; });
  }
}

void GateKeeper::carry_out(Task task) {
  if (!newest(task)) return;
  if (task.order.opens && !may_open_(task.order)) return later(std::move(task));
  const bool loosens = task.order.entry.mode != GateMode::closed;
  if (loosens) {
    const std::scoped_lock in_order{forestalling_, mutex_};  // no older closing comes late
    loosening_ = task.order.service;
  }
  if (!newest(task)) return done_loosening();
  const auto still_wanted = [&] { return newest(task) && (!task.order.opens || may_open_(task.order)); };
  const auto applied = gate_.set(task.order.service, task.order.entry, task.order.opens, still_wanted);
  done_loosening();
  if (!applied && !newest(task)) return;
  if (!applied && !still_wanted()) return later(std::move(task));
  if (!applied) return retry(std::move(task), applied.error());
  {
    const std::scoped_lock lock{mutex_};
    expected_[task.order.service] = task.order.entry;
  }
  say_problems();
  report_(input::GateConfirmed{task.order.service, task.order.entry, *applied});
}

void GateKeeper::done_loosening() {
  const std::scoped_lock lock{mutex_};
  loosening_.reset();
}

void GateKeeper::say_problems() {
  const auto now = steady_clock::now();
  std::string all;
  for (const auto& problem : gate_.problems()) {
    all += (all.empty() ? "" : "; ") + problem;
    if (std::exchange(said_[problem], now) != steady_clock::time_point{}) continue;
    spdlog::error("the gate: {}", problem);
    report_(input::GateTroubled{problem});
  }
  std::erase_if(said_, [&](const auto& one) { return one.second + forgotten_after < now; });
  const std::scoped_lock lock{mutex_};
  problem_ = std::move(all);
}

/// Where the file has gone: the stricter of what the workers do and what they were told. Not while a closing is on its way.
void GateKeeper::restore_file(const std::vector<GateFound>& found) {
  if (std::ranges::find(found, "map file", &GateFound::worker) != found.end()) return;
  std::map<ServiceId, GateEntry> entries;
  {
    const std::scoped_lock lock{mutex_};
    if (!closings_.empty()) return;
    for (const auto& each : found) entries.try_emplace(each.service, each.entry);
    for (auto& [service, entry] : entries)
      if (const auto expected = expected_.find(service); expected != expected_.end()) entry = expected->second;
    for (const auto& each : found)
      if (each.entry.stricter_than(entries[each.service])) entries[each.service] = each.entry;
  }
  const auto written = gate_.restore_file(entries);
  if (!written) spdlog::error("the gate: {}", written.error().message());
  else if (*written) spdlog::warn("the gate: the state map was missing, and is written anew from what the workers do");
}

void GateKeeper::read_back() {
  const auto found = gate_.read_back();
  say_problems();
  if (!found) {
    const std::scoped_lock lock{mutex_};
    problem_ = found.error().message();
    return;
  }
  restore_file(*found);
  for (const auto& each : *found) {
    bool drifted = false;
    {
      const std::scoped_lock lock{mutex_};
      const auto expected = expected_.find(each.service);
      // An opening that waits for its reasons to hold is not under way, unless the gate does as it says already.
      const auto waiting = [&](const Task& task) {
        return task.order.service == each.service && (!task.order.opens || task.order.entry == each.entry);
      };
      const bool under_way = std::ranges::any_of(closings_, waiting) || std::ranges::any_of(others_, waiting);
      drifted = expected != expected_.end() && expected->second != each.entry && !under_way;
    }
    if (drifted) report_(input::GateDrifted{each});
  }
}

void GateKeeper::work(const std::stop_token& stop) {
  auto next_read = steady_clock::now() + every_;
  const auto take = [](std::deque<Task>& from, steady_clock::time_point now) -> std::optional<Task> {
    const auto due = std::ranges::find_if(from, [&](const Task& task) { return task.not_before <= now; });
    if (due == from.end()) return std::nullopt;
    std::optional<Task> task{std::move(*due)};
    from.erase(due);
    return task;
  };
  while (!stop.stop_requested()) {
    std::optional<Task> task;
    std::optional<SourceTask> source;
    {
      std::unique_lock lock{mutex_};
      busy_ = false;
      const auto soon = std::min(next_read, steady_clock::now() + (closings_.empty() && others_.empty() ? every_ : 10ms));
      ready_.wait_until(lock, stop, soon, [&] {
        const auto now = steady_clock::now();
        task = take(closings_, now);
        if (!task && last_was_source_) task = take(others_, now);  // a flood of sources must not keep services closed
        if (!task && !sources_.empty()) {
          source = std::move(sources_.front());
          sources_.pop_front();
        }
        if (!task && !source) task = take(others_, now);
        last_was_source_ = source.has_value();
        return task || source;
      });
      busy_ = true;
      closing_waits_.notify_one();
    }
    if (task) carry_out(std::move(*task));
    if (source) {
      const auto done = source->blocked ? gate_.block(source->address) : gate_.unblock(source->address);
      if (!done) spdlog::error("a source could not be {}: {}", source->blocked ? "blocked" : "unblocked", done.error().message());
    }
    if (steady_clock::now() >= next_read) {
      read_back();
      next_read = steady_clock::now() + every_;
    }
  }
}
}  // namespace kulla::daemon
