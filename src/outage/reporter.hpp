// From a vantage to the daemon: one line an observation over a TCP connection, and, the other way, the daemon's heartbeat.
// The vantage outlives the daemon: it reconnects, keeps a bounded number of lines meanwhile, and says loudly when the daemon is silent.
#pragma once
#include <atomic>
#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <thread>

#include "base/file.hpp"
#include "base/queue.hpp"
#include "base/time.hpp"
#include "outage/address.hpp"

namespace kulla::outage {

/// Notices when something that should be heard of stays silent. Pure: time comes as ticks.
class Heartbeat {
 public:
  enum class Change { none, fell_silent, still_silent, is_back };
  static constexpr auto patience = std::chrono::seconds{5};  ///< the daemon's heart beats once a second
  static constexpr auto reminder = std::chrono::seconds{60};

  explicit Heartbeat(Moment start) : heard_(start) {}
  [[nodiscard]] Change heard(Moment now);
  /// The connection ended: that is silence at once.
  [[nodiscard]] Change closed(Moment now);
  [[nodiscard]] Change watch(Moment now);
  [[nodiscard]] Timestamp silent_since() const { return heard_.wall; }

 private:
  Moment heard_;
  Ticks told_{};
  bool silent_ = false;
};

class Reporter {
 public:
  /// `say` gets lines for a person ("daemon silent since …"), on the reporter's thread.
  Reporter(Address daemon, const Clock& clock, std::function<void(const std::string&)> say);
  ~Reporter();  ///< gives the lines that are left a second to go out
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  /// Any thread; without the line end. A full queue drops it, which is counted and said.
  void send(std::string line);
  [[nodiscard]] std::uint64_t dropped() const { return lines_.dropped(); }

 private:
  void run();
  void connect_when_due();
  void write_some();
  void read_some();
  void lose_connection();
  void tell(Heartbeat::Change change);
  void tell_dropped();

  const Address daemon_;
  const Clock& clock_;
  const std::function<void(const std::string&)> say_;
  BoundedQueue<std::string> lines_;
  Heartbeat heartbeat_;
  std::atomic<bool> stop_ = false;
  Descriptor socket_;
  std::string writing_;          ///< lines on their way, from the start of one
  std::size_t written_ = 0;      ///< how much of it the kernel took
  Ticks retry_at_{}, retry_after_{};
  std::uint64_t told_dropped_ = 0;
  std::thread thread_;
};

}  // namespace kulla::outage
