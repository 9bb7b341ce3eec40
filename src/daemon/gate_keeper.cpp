#include "daemon/gate_keeper.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>

namespace kulla::daemon {
using namespace std::chrono_literals;
using std::chrono::steady_clock;

namespace {
constexpr auto longest_patience = 1000ms;
constexpr std::size_t sources_waiting = 10'000;  // blocks wait behind closings; more than this at once are refused and said
}  // namespace

GateKeeper::GateKeeper(gate::Gate& gate, std::chrono::milliseconds read_back, Report report, MayOpen may_open)
    : gate_(gate),
      every_(read_back),
      report_(std::move(report)),
      may_open_(std::move(may_open)),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}
GateKeeper::~GateKeeper() {
  thread_.request_stop();
  thread_.join();
}

void GateKeeper::set(std::uint64_t number, const order::SetGate& order) {
  {
    const std::scoped_lock lock{mutex_};
    auto& newest = newest_[order.service];
    if (number < newest) return;
    newest = number;
    (order.opens ? others_ : closings_).push_back({order, number, {}, 20ms, {}});
  }
  ready_.notify_one();
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

void GateKeeper::carry_out(Task task) {
  if (!newest(task)) return;
  if (task.order.opens && !may_open_(task.order)) return later(std::move(task));
  const auto applied = gate_.set(task.order.service, task.order.entry, task.order.opens);
  if (!applied) return retry(std::move(task), applied.error());
  {
    const std::scoped_lock lock{mutex_};
    expected_[task.order.service] = task.order.entry;
    problem_ = gate_.file_problem();
  }
  report_(input::GateConfirmed{task.order.service, task.order.entry, *applied});
}

void GateKeeper::read_back() {
  const auto found = gate_.read_back();
  {
    const std::scoped_lock lock{mutex_};
    problem_ = found ? gate_.file_problem() : found.error().message();
    if (!found) return;
  }
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
