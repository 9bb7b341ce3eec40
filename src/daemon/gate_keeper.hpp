// The gate's thread: carries out orders, closings first; tries again until a newer order stands; reads the gate back without end.
// A second one forestalls: what waits to be closed is closed where citizens arrive, whatever the first is waiting for.
#pragma once
#include <condition_variable>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <thread>
#include <vector>

#include "gate/gate.hpp"
#include "model/input.hpp"
#include "model/order.hpp"

namespace kulla::daemon {

class GateKeeper {
 public:
  /// Outcomes come back as inputs, on the gate's thread.
  using Report = std::function<void(InputBody)>;
  /// Asked on the gate's thread before each opening, however long it has waited; where the answer is no it is asked again later.
  using MayOpen = std::function<bool(const order::SetGate&)>;
  GateKeeper(
      gate::Gate& gate, std::chrono::milliseconds read_back, Report report, MayOpen may_open = [](const order::SetGate&) { return true; });
  ~GateKeeper();
  GateKeeper(const GateKeeper&) = delete;

  /// `number` is that of the order's fact: an older order never overtakes a newer one for the same service, however long it
  /// waited to become durable.
  void set(std::uint64_t number, const order::SetGate& order);
  void block(std::string address, bool blocked);
  /// What the gate is believed to do before the first order, for the read-back.
  void expect(const ServiceId& service, const GateEntry& entry);
  [[nodiscard]] std::string problem() const;

 private:
  struct Task {
    order::SetGate order;
    std::uint64_t number = 0;
    std::chrono::steady_clock::time_point not_before{};
    std::chrono::milliseconds patience{20};
    std::string said;  ///< the last problem reported
    bool forestalled = false;
  };
  struct SourceTask {
    std::string address;
    bool blocked = true;
  };
  void work(const std::stop_token& stop);
  void carry_out(Task task);
  void retry(Task task, const Error& error);
  void later(Task task);
  void read_back();
  void say_problems();
  void restore_file(const std::vector<GateFound>& found);
  void done_loosening();
  void forestall(const std::stop_token& stop);
  std::vector<order::SetGate> take_waiting();
  static bool is_fresh(const Task& task);
  bool newest(const Task& task) const;

  gate::Gate& gate_;
  const std::chrono::milliseconds every_;
  const Report report_;
  const MayOpen may_open_;
  mutable std::mutex mutex_;
  std::mutex forestalling_;  // taken before mutex_; held while the gate forestalls
  std::condition_variable_any ready_, closing_waits_;
  std::deque<Task> closings_, others_;
  std::deque<SourceTask> sources_;
  std::map<ServiceId, std::uint64_t> newest_;
  std::map<ServiceId, GateEntry> expected_;
  std::string problem_;
  std::map<std::string, std::chrono::steady_clock::time_point> said_;  // problems of the gate, and when each was last there
  bool last_was_source_ = false;
  bool busy_ = false;                   ///< the gate's thread is at something
  std::optional<ServiceId> loosening_;  ///< that which it is setting to something else than closed
  std::jthread thread_, forestaller_;  // last: they use all of the above
};

}  // namespace kulla::daemon
