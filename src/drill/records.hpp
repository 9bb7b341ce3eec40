// What the drill's own clients saw: the independent record that the score is computed from.
#pragma once
#include <chrono>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "base/time.hpp"

namespace kulla::drill {

enum class Who : std::uint8_t {
  citizen,  ///< legitimate load
  watcher,  ///< legitimate too, back to back on services that may close, for a fine measurement
  attempt,  ///< the endless background of attacks that do not succeed
  attack,   ///< the real one
};

struct Request {
  Who who = Who::citizen;
  std::uint32_t service = 0;   ///< index into Plan::services
  std::uint32_t address = 0;   ///< of the client
  Timestamp sent, received;
  int status = 0;              ///< 0: no answer came
  bool by_service = false;     ///< answered by a sandbox, not by the gate
  bool notice = false;         ///< the gate's closure notice
  [[nodiscard]] bool refused() const { return !by_service; }
};

/// Bytes of a long answer, as they arrived; no bytes: its end, when we noticed it.
struct StreamBytes {
  std::uint32_t service = 0;
  Timestamp at;
  std::size_t bytes = 0;
  std::uint32_t stream = 0;    ///< which of the service's streams_each
};
inline constexpr std::uint32_t streams_each = 2;  ///< long answers under way at each service that will close
inline constexpr std::chrono::milliseconds stream_grace{100};  ///< what was already in socket buffers when the gate acknowledged

[[nodiscard]] inline Timestamp wall_now() { return std::chrono::floor<std::chrono::microseconds>(std::chrono::system_clock::now()); }

/// Written by the traffic's threads, read by the conductor.
template <typename T>
class Log {
 public:
  void add(T item) {
    const std::scoped_lock lock{mutex_};
    items_.push_back(std::move(item));
  }
  [[nodiscard]] std::vector<T> copy(std::size_t from = 0) const {
    const std::scoped_lock lock{mutex_};
    return {items_.begin() + static_cast<std::ptrdiff_t>(std::min(from, items_.size())), items_.end()};
  }
  [[nodiscard]] std::size_t size() const {
    const std::scoped_lock lock{mutex_};
    return items_.size();
  }

 private:
  mutable std::mutex mutex_;
  std::vector<T> items_;
};

}  // namespace kulla::drill
