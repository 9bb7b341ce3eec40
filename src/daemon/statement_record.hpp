// The fold of facts that sentences for the public rest on: shared by the daemon, which feeds it as facts come, and `kulla statement`, which
// feeds it from a ledger. It follows incident/evolve for where a service stands (a test holds them against each other), and adds the facts'
// numbers. One thread.
#pragma once
#include "model/fact.hpp"
#include "notify/judge.hpp"

namespace kulla::daemon {

class StatementRecord {
 public:
  /// `max_age`: an older report or proof holds no sentence.
  explicit StatementRecord(std::chrono::milliseconds max_age = std::chrono::hours{1}) { record_.max_age = max_age; }
  /// Facts in order. Those that no sentence rests on may be left out: wanted().
  void take(std::uint64_t number, const Fact& fact);
  [[nodiscard]] static bool wanted(const Fact& fact);
  /// As it is; whoever asks sets `now` and the rest that no fact says.
  [[nodiscard]] const notify::Record& record() const { return record_; }

 private:
  notify::Record record_;
};

}  // namespace kulla::daemon
