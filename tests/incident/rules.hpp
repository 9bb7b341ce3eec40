// The safety rules that concern decisions (design: "Safety rules"), told a second time: from the history, not from the state that the
// core keeps. Each check adds a line to `broken` for what it finds.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "incident/world.hpp"

namespace kulla::incident {

using Broken = std::vector<std::string>;

/// After one input: nothing closed by attempts, nothing opened by time, two approvals behind every way out of closed, …
void check_decision(const Decision& decision, const World& world, Broken& broken);
/// Before an order reaches the gate: a closing never loosens, an opening never tightens.
void check_given(const Given& given, const World& world, Broken& broken);
/// At any time: what is closed is closed at the gate, and the gate is never looser than what is durable.
void check_gate(const World& world, Broken& broken);
/// After a start: all that the gate does not show is ordered again, closings first.
void check_unconfirmed(const World& world, Broken& broken);

/// Why the history does not justify the last way out of closed of this service, at the time of its trial's start or at `when`; empty where
/// it does.
[[nodiscard]] std::string unearned(const std::vector<Fact>& history, const ServiceId& service, const Policy& policy,
                                   std::optional<Moment> when = {});
/// One of `systems` that nobody watched at some time since the closure's trial began and that was not found clean since; empty where none.
[[nodiscard]] std::string unwatched(const std::vector<Fact>& history, const ClosureId& closure, const std::vector<SystemId>& systems);

}  // namespace kulla::incident
