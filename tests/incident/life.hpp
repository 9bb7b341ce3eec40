// Random lives: sequences of inputs, valid and garbage, with crashes, lost and repeated confirmations, other hands and jumping clocks.
#pragma once
#include <cstdint>
#include <iosfwd>
#include <string>
#include <vector>

#include "incident/world.hpp"

namespace kulla::incident {

BOOST_DEFINE_ENUM_CLASS(Do, attempt, flood, attempt_seen_to_succeed, effect, effect_of_a_rule_that_may_not_close, out_of_scope, ask_close,
                        ask_verify, ask_withdraw, inspect_clean, inspect_findings, inspect_failed, inspect_old, prove, prove_badly,
                        verify_whole, come_back, approve, approve_twice, approve_badly, replay_approval, tick, quiet, all_well, wait,
                        jump_wall, stall, confirm_one, confirm_all, repeat_confirmation, lose_confirmations, confirm_what_was_not_ordered,
                        gate_down, gate_up, other_hand, other_hand_forgets, read_back, sync_some, sync_all, crash, crash_and_reboot,
                        restart, ask_mode, ask_mode_badly, hold, resume, resume_badly, change_approvers, change_approvers_badly, believe,
                        go_blind)

/// What happens, and to whom: a, b and c choose among what there is.
struct Action {
  Do what = Do::tick;
  std::uint8_t a = 0, b = 0, c = 0;
};
std::ostream& operator<<(std::ostream& out, const Action& action);

/// Six services, four systems, one of them shared, one service protected; four approvers with three keys; short times.
[[nodiscard]] Setting random_setting(Mode mode = Mode::act);

/// Plays actions on a world and keeps what was signed, to sign and hand in again.
class Life {
 public:
  explicit Life(Setting setting) : world(std::move(setting)) {
    world.ledger_writes = false;
    world.start();
  }
  void play(const Action& action);
  void play(const std::vector<Action>& actions);
  /// All is durable, the gate works, everything on its way arrives.
  void settle();

  World world;

 private:
  [[nodiscard]] Timestamp expiry_now() const { return expiry_time(world.state(), world.now().wall); }
  const Service& service(std::uint8_t which) const;
  const System& system(std::uint8_t which) const;
  Alert alert(const Action& action, Nature nature) const;
  void inspect(const SystemId& system, bool clean, Ticks ago);
  void prove(const DatasetId& dataset, bool passed);
  void verify_whole(const ServiceId& service);
  void come_back(const Action& action);
  void make_well();
  void approve(const ServiceId& service, std::uint8_t who);
  void approve_badly(const Action& action);
  void ask_mode(const Action& action, bool well);
  void resume(const Action& action, bool well);
  void change_approvers(const Action& action, bool well);
  void other_hand(const Action& action);
  bool play_alert(const Action& action);
  bool play_way_back(const Action& action);
  bool play_gate(const Action& action);
  void play_time(const Action& action);

  std::vector<Approval> handed_in_;
};

}  // namespace kulla::incident
