// The ledger's thread: takes facts in order, appends them in groups, and releases what waited for them to be durable.
// If the ledger cannot be written it tries again and again with the same facts: closing went on without it, opening waits.
#pragma once
#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "ledger/ledger.hpp"
#include "model/order.hpp"

namespace kulla::daemon {

struct Entry {
  std::uint64_t number = 0;
  Fact fact;
  std::vector<Order> once_durable;  ///< given when the fact is safely stored
};

class Journal {
 public:
  using Release = std::function<void(std::uint64_t number, const Order&)>;
  Journal(std::unique_ptr<ledger::Ledger> ledger, Release release);
  ~Journal();
  Journal(const Journal&) = delete;

  void append(Entry entry);
  /// More facts wait than a full disk may make us keep: the caller lets no more telemetry in.
  [[nodiscard]] bool overloaded() const;
  struct Health {
    ledger::Head durable;
    std::size_t waiting = 0;
    std::string problem;  ///< of the store, else of a witness; empty when well
  };
  [[nodiscard]] Health health() const;
  /// Waits until the fact of this number is safely stored; false when `patience` ends before.
  [[nodiscard]] bool becomes_durable(std::uint64_t number, std::chrono::milliseconds patience) const;
  [[nodiscard]] const ledger::Ledger& ledger() const { return *ledger_; }

 private:
  void work(const std::stop_token& stop);
  bool store(std::vector<Entry>& group);

  static constexpr std::size_t group_limit = 512;          // facts appended with one sync
  static constexpr std::size_t waiting_limit = 100'000;    // about 50 MB while the disk is full
  const std::unique_ptr<ledger::Ledger> ledger_;
  const Release release_;
  mutable std::mutex mutex_;
  std::condition_variable_any ready_;
  mutable std::condition_variable_any stored_;
  std::deque<Entry> waiting_;
  std::size_t in_hand_ = 0;
  std::string problem_;
  ledger::Head durable_;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace kulla::daemon
