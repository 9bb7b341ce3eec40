// The heart. Pure: no clock, no socket, no file, no thread, no randomness. Read this first, then state.hpp, then the decide_*.cpp.
#pragma once
#include <vector>

#include "incident/policy.hpp"
#include "incident/state.hpp"
#include "model/fact.hpp"
#include "model/input.hpp"
#include "model/order.hpp"

namespace kulla::incident {

/// The live sensor of files speaks under this name when it was blind: what it missed could be anything.
inline const SensorId files_sensor{"files"};

/// What follows from one input. Same state, input and policy, same facts. Facts come in the order in which they become true.
[[nodiscard]] std::vector<Fact> decide(const State& state, const Input& input, const Policy& policy);
/// How a fact changes what we know. Total: any fact that decodes can be folded.
[[nodiscard]] State evolve(State state, const Fact& fact);
/// What a fact makes us do; `after` is the state with the fact folded in.
[[nodiscard]] std::vector<Order> orders(const State& after, const Fact& fact);
/// Whether an order that opens may be carried out now. It may have waited long for the disk or for the gate: it must still be the last
/// word, and what it rests on must still hold. Where it does not, it waits, or a newer order takes its place.
[[nodiscard]] bool may_open(const State& state, const order::SetGate& order, Moment now, const Policy& policy);
/// Orders given and never confirmed, closings first: what start-up gives again.
[[nodiscard]] std::vector<Order> unconfirmed(const State& state);

/// What an approver signs to change the mode from act to advise. `set_by`: the state's mode_set_by, so that it changes the mode once.
[[nodiscard]] std::string signed_mode_text(Mode mode, std::uint64_t set_by, const PersonId& by, Timestamp expires);

/// What an approver signs to let a held trial go on.
[[nodiscard]] std::string signed_resume_text(const Closure& closure, const PersonId& by, Timestamp expires);
/// What two approvers, or the holders of recovery keys, sign to put others in the place of the present ones.
[[nodiscard]] std::string signed_approvers_text(const State& state, const std::vector<Approver>& next, Timestamp expires);

}  // namespace kulla::incident
