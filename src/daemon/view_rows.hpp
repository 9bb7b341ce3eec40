// One service as the console shows it, and what it waits for; from the state, and from what the decider has no use for. Pure.
#pragma once
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/canonical_json.hpp"
#include "incident/state.hpp"
#include "model/fact.hpp"

namespace kulla::daemon {

/// Of one service, what the state does not keep: wall times, and words.
struct Aside {
  Timestamp since{};                   ///< of its state
  std::optional<Timestamp> alerted;    ///< when its risk was last raised
  std::string guarded;                 ///< why, while guarded
  std::string paged;                   ///< why a person was called, until it is closed or the incident ends
  std::string failed;                  ///< why the last verification did not pass, until it is asked again
  Agreement agreement = Agreement::cannot_tell;  ///< of the newest belief
};

/// What the config adds for people. Merged into a service's row, and into its detail, as it is.
struct Presented {
  json::object row, detail;
};
using Presentation = std::map<ServiceId, Presented>;

/// The ROW of the API: docs/api.md. What is as usual is left out. Depends on no clock.
[[nodiscard]] json::object row_of(const incident::State& state, const incident::ServiceRecord& record, const Aside& aside,
                                  const Presentation& presentation);
/// What a person, or a machine that a person waits for, has to do next for this service; nothing where nobody is waited for.
[[nodiscard]] std::optional<json::object> waiting_of(const incident::State& state, const incident::ServiceRecord& record,
                                                     const Aside& aside);

/// The services whose row or waiting a fact may change; nothing: of all.
[[nodiscard]] std::optional<std::vector<ServiceId>> concerned(const incident::State& state, const Fact& fact);
/// What a fact that concerns a service adds to its aside. `was`: the service's state before it, `is`: after.
void note(Aside& aside, const Fact& fact, incident::ServiceState was, incident::ServiceState is);

}  // namespace kulla::daemon
