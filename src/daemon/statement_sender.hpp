// Sends what was released: a thread of its own, so that no server that is slow or down holds up anything. Each way out is tried again, at
// growing intervals, until it is through (a fact, so that a restart knows) or a newer release takes its place. At least once: what was
// sent just before a crash goes out again.
#pragma once
#include <atomic>
#include <condition_variable>
#include <functional>
#include <mutex>
#include <thread>
#include <vector>

#include "daemon/statements.hpp"
#include "model/input.hpp"

namespace kulla::daemon {

class StatementSender {
 public:
  using Report = std::function<void(InputBody)>;
  struct Patience {
    std::chrono::milliseconds first{2'000}, longest{300'000};  ///< between two tries; it doubles
    std::chrono::hours whole{24};  ///< after the release: what nobody took in a day is news no more, and a person sees the problem
  };
  /// What `statements` holds already is durable. `outlets`: by the settings, but in a test.
  StatementSender(Statements& statements, const Clock& clock, Report report)
      : StatementSender(statements, clock, std::move(report), notify::outlets_of(statements.settings().outlets), {}) {}
  StatementSender(Statements& statements, const Clock& clock, Report report, std::vector<notify::Outlet> outlets, Patience patience);
  ~StatementSender();
  StatementSender(const StatementSender&) = delete;

  /// The release of this fact is durable.
  void publish(std::uint64_t number);
  /// One object a way out: "channel", "statement", "delivered", "tries", "problem".
  [[nodiscard]] json::array state() const;

 private:
  struct Way {
    notify::Outlet outlet;
    std::uint64_t statement = 0;
    bool delivered = false;
    int tries = 0;
    std::string problem;
    std::chrono::steady_clock::time_point due{};
  };
  void work(const std::stop_token& stop);
  void begin(const notify::Record& record);
  void send(Way& way, const notify::Record& record, const std::stop_token& stop);
  [[nodiscard]] Result<> try_once(const Way& way, const notify::Record& record, const std::stop_token& stop) const;
  [[nodiscard]] bool is_due(const Way& way) const;

  Statements& statements_;
  const Clock& clock_;
  const Report report_;
  const Patience patience_;
  mutable std::mutex mutex_;
  std::condition_variable_any wake_;
  std::vector<Way> ways_;
  std::uint64_t durable_ = 0;
  bool woken_ = true;
  std::jthread thread_;  // last: it uses all of the above
};

}  // namespace kulla::daemon
