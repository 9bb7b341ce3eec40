// The core: one thread owns the state, takes inputs, decides, and hands facts to the journal and orders to the adapters.
// Orders that tighten go out before their fact is durable; orders that open wait for it.
#pragma once
#include <functional>
#include <future>
#include <mutex>

#include "base/time.hpp"
#include "daemon/inbox.hpp"
#include "incident/decide.hpp"

namespace kulla::daemon {

/// Where the core's results go. Called on the core's thread; must not block.
struct Outlets {
  std::function<void(std::uint64_t number, Fact fact, std::vector<Order> once_durable)> record;
  std::function<void(std::uint64_t number, const Order& order)> carry_out;
  std::function<bool()> overloaded;  ///< too many facts wait for the disk: telemetry is counted, not taken in
};

class Core {
 public:
  Core(incident::State state, incident::Policy policy, const Clock& clock, std::chrono::milliseconds tick, Outlets outlets)
      : state_(std::move(state)), policy_(std::move(policy)), clock_(clock), tick_(tick), outlets_(std::move(outlets)) {}

  bool post(InputBody input);
  /// Runs `query` on the core's thread and waits; false if the core does not answer in `patience`.
  bool ask(Query query, std::chrono::milliseconds patience = std::chrono::seconds{5});
  [[nodiscard]] Inbox& inbox() { return inbox_; }

  /// The core's loop; returns when `stop` says so. `first` is decided before all else.
  void run(const std::function<bool()>& stop, InputBody first);
  /// Before run: orders given before a restart and never confirmed, closings first.
  void give_again();

 private:
  void handle(InputBody body);
  void tick();
  [[nodiscard]] bool jumped(Moment now) const;
  bool turned_away(const InputBody& body);

  incident::State state_;
  const incident::Policy policy_;
  const Clock& clock_;
  const std::chrono::milliseconds tick_;
  const Outlets outlets_;
  Inbox inbox_;
  Moment last_{};
  std::uint64_t turned_away_ = 0;
  Timestamp turned_away_from_;
};

/// The wall clock and the ticks went apart by more than this between two inputs: a jump, or a stall of the machine.
inline constexpr std::chrono::milliseconds jump_limit{2000};

}  // namespace kulla::daemon
