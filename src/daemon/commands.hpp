// The commands of the control socket and of the console's API. What only reads asks the core; what changes something goes in as an input
// and answers with what followed from it. Any thread.
#pragma once
#include "daemon/config.hpp"
#include "daemon/control_server.hpp"
#include "daemon/core.hpp"
#include "daemon/feed.hpp"
#include "daemon/reports.hpp"
#include "daemon/statements.hpp"

namespace kulla::daemon {

/// Health that is not in the state, for `status`.
using HealthReport = std::function<json::object()>;

class Commands {
 public:
  Commands(Core& core, Feed& feed, Statements& statements, const Config& config, const Clock& clock, HealthReport health)
      : core_(core), feed_(feed), statements_(statements), config_(config), clock_(clock), health_(std::move(health)) {}
  [[nodiscard]] Result<> answer(const Conversation& conversation);
  /// For one who asks without a socket: the lines of the answer. `by` is recorded.
  [[nodiscard]] Result<std::vector<std::string>> ask(std::string_view command, json::object question, const PersonId& by);
  /// The last report of a system of the config, shared by all who ask for it.
  [[nodiscard]] Result<Reports::Text> report_of(const SystemId& system);

 private:
  Result<> status(const Conversation&);
  Result<> timeline(const Conversation&);
  Result<> close(const Conversation&);
  Result<> verify(const Conversation&);
  Result<> withdraw(const Conversation&);
  Result<> offer(const Conversation&);
  Result<> submit(const Conversation&);
  Result<> mode(const Conversation&);
  Result<> report(const Conversation&);
  Result<> hold(const Conversation&);
  Result<> backups(const Conversation&);
  Result<> approvers(const Conversation&);
  Result<> to_sign(const Conversation&);
  Result<> signed_by_people(const Conversation&);
  Result<> statement(const Conversation&);
  Result<> release(const Conversation&);
  /// Posts and waits until the core has taken it; then the refusals of what `by` asked that followed are the answer.
  Result<> post(const PersonId& by, InputBody input);
  Result<std::vector<ServiceId>> services_of(const Conversation& conversation);

  Core& core_;
  Feed& feed_;
  Statements& statements_;
  const Config& config_;
  const Clock& clock_;
  const HealthReport health_;
  Reports reports_;
};

}  // namespace kulla::daemon
