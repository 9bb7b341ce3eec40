#include "daemon/journal.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <ranges>

namespace kulla::daemon {
using namespace std::chrono_literals;

Journal::Journal(std::unique_ptr<ledger::Ledger> ledger, Release release)
    : ledger_(std::move(ledger)),
      release_(std::move(release)),
      durable_(ledger_->head()),
      thread_([this](const std::stop_token& stop) { work(stop); }) {}

Journal::~Journal() {
  thread_.request_stop();
  thread_.join();
}

void Journal::append(Entry entry) {
  {
    const std::scoped_lock lock{mutex_};
    waiting_.push_back(std::move(entry));
  }
  ready_.notify_one();
}

bool Journal::overloaded() const {
  const std::scoped_lock lock{mutex_};
  return waiting_.size() + in_hand_ >= waiting_limit;
}

Journal::Health Journal::health() const {
  const std::scoped_lock lock{mutex_};
  return {durable_, waiting_.size() + in_hand_, problem_};
}

bool Journal::becomes_durable(std::uint64_t number, std::chrono::milliseconds patience) const {
  std::unique_lock lock{mutex_};
  return stored_.wait_for(lock, patience, [&] { return durable_.number >= number; });
}

/// False when it could not be written; said once for each new problem.
bool Journal::store(std::vector<Entry>& group) {
  std::vector<Fact> facts;
  for (const auto& entry : group) facts.push_back(entry.fact);
  const auto head = ledger_->append(facts);
  const auto problem = head ? ledger_->witness_problem() : head.error().message();
  const std::scoped_lock lock{mutex_};
  if (problem != problem_) {
    if (!problem.empty()) spdlog::error("{}", problem);
    else spdlog::info("the ledger is well again");
  }
  problem_ = problem;
  if (head) durable_ = *head, in_hand_ = 0, stored_.notify_all();
  return head.has_value();
}

void Journal::work(const std::stop_token& stop) {
  std::vector<Entry> group;
  for (;;) {
    {
      std::unique_lock lock{mutex_};
      if (group.empty()) {
        ready_.wait(lock, stop, [this] { return !waiting_.empty(); });
        if (waiting_.empty()) return;  // stopped, and all is stored
        const auto size = std::min(group_limit, waiting_.size());
        std::move(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size), std::back_inserter(group));
        waiting_.erase(waiting_.begin(), waiting_.begin() + static_cast<std::ptrdiff_t>(size));
        in_hand_ = size;
      } else {
        ready_.wait_for(lock, stop, 200ms, [] { return false; });  // the disk was full: a little patience, then again
      }
    }
    const bool last_try = stop.stop_requested();
    if (store(group)) {
      for (const auto& entry : group)
        for (const auto& order : entry.once_durable) release_(entry.number, order);
      group.clear();
    } else if (last_try) {
      return;  // the disk is still full: these facts are lost, and the gate is found stricter than the ledger at the next start
    }
  }
}
}  // namespace kulla::daemon
