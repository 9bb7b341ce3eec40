// The daemon's statements: what may be said now, and the check of what a person wants released. Facts are handed over by the core and
// folded by whoever asks, so that the core never waits. Any thread.
#pragma once
#include <deque>
#include <map>
#include <mutex>
#include <string>

#include "base/canonical_json.hpp"
#include "base/time.hpp"
#include "daemon/config_statement.hpp"
#include "daemon/statement_record.hpp"

namespace kulla::daemon {

/// The newest release, for who shows it.
struct Released {
  std::uint64_t number = 0;
  std::optional<notify::Promised> promised{};
  std::vector<std::map<std::string, std::string>> withdrawn{};  ///< sentences of it that hold no longer, each by language
};

class Statements {
 public:
  /// Names of services by language, where the config gives some.
  using Names = std::map<ServiceId, std::map<std::string, std::string, std::less<>>>;
  Statements(const StatementSettings& settings, std::chrono::milliseconds max_age, Names names, const Clock& clock)
      : settings_(settings), names_(std::move(names)), clock_(clock), fold_(max_age) {}

  /// In order; returns at once.
  void take(std::uint64_t number, const Fact& fact);
  /// Folds what was handed over.
  void settle();

  /// docs/statement.md has the shape. Code::not_found for a language that is not configured; empty: the first.
  [[nodiscard]] Result<json::object> show(std::string_view language);
  /// The newest release as a CAP message; a draft of what may be said now where there is none. Code::not_found without [statement.cap].
  [[nodiscard]] Result<std::string> cap();
  /// Ready for the core, which refuses it where a fact has come in between. Errors as notify::release.
  [[nodiscard]] Result<input::ReleaseAsked> release(const json::object& body, const PersonId& by);
  /// None while nothing was released.
  [[nodiscard]] std::optional<Released> released();
  /// The update that the newest release promised, as promised_json has it.
  [[nodiscard]] json::value promised();
  /// As it is now.
  [[nodiscard]] notify::Record record();
  [[nodiscard]] const StatementSettings& settings() const { return settings_; }

 private:
  const StatementSettings& settings_;
  const Names names_;
  const Clock& clock_;
  std::mutex inbox_mutex_;
  std::deque<std::pair<std::uint64_t, Fact>> inbox_;
  std::mutex fold_mutex_;  // taken before inbox_mutex_, never by the core
  StatementRecord fold_;
};

}  // namespace kulla::daemon
