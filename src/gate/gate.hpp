// The gate: where traffic is let in or refused. A seam with two implementations: HAProxy (haproxy.hpp), and a fake for tests.
// One thread calls it, and a second one `forestall`. Addresses are real addresses here: the gate must know whom to refuse.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "model/gate_state.hpp"
#include "model/names.hpp"
#include "model/order.hpp"

namespace kulla::gate {

/// Whether an opening still stands.
using StillWanted = std::function<bool()>;

class Gate {
 public:
  virtual ~Gate() = default;
  /// Makes the service do `entry`, in every worker and in the map file.
  /// Towards closed: live map first, then requests under way are ended, then the map file; acknowledged once the live maps of all
  /// workers hold it and their streams are ended, and a map file that cannot be written is reported by `file_problem`, not as failure.
  /// Towards open (`opens`): map file first (written, synced, renamed), then the live maps; any failure leaves it as it was. A worker is
  /// told only when it has just answered and `still_wanted` then says yes: one that was stopped obeys when it wakes, however late.
  [[nodiscard]] virtual Result<GateApplied> set(const ServiceId& service, const GateEntry& entry, bool opens,
                                                const StillWanted& still_wanted) = 0;
  [[nodiscard]] Result<GateApplied> set(const ServiceId& service, const GateEntry& entry, bool opens) {
    return set(service, entry, opens, [] { return true; });
  }
  /// Closings, as far as they go without waiting for anyone: in the worker that takes new connections and in the map file, for all of
  /// them in one go. `set` of each has to follow: it reaches the other workers, and says whether it went through. By any thread.
  virtual void forestall(const std::vector<order::SetGate>& closings) = 0;
  [[nodiscard]] virtual Result<> block(const std::string& address) = 0;
  [[nodiscard]] virtual Result<> unblock(const std::string& address) = 0;
  /// What every worker's live map and the map file say, for all services.
  [[nodiscard]] virtual Result<std::vector<GateFound>> read_back() = 0;
  /// The last problem with the map file, empty when it is well; closing went through all the same.
  [[nodiscard]] virtual std::string file_problem() const = 0;
  /// All that is wrong with the gate as the last order or read-back found it, a line each: the map file, a reload that failed, a worker
  /// that gives no answer.
  [[nodiscard]] virtual std::vector<std::string> problems() const = 0;
  /// Writes the map file where there is none; what stands there is left, however bad. True where it was written.
  [[nodiscard]] virtual Result<bool> restore_file(const std::map<ServiceId, GateEntry>& entries) = 0;
};

}  // namespace kulla::gate
