// The core with a world around it: clocks that a test moves, a gate that keeps what it is told, a ledger that may lose its newest facts.
// It does what a daemon must do with orders, no more: closings at once, openings when their fact is durable and may still be carried out.
#pragma once
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "incident/decide.hpp"

namespace kulla::incident {

struct Setting {
  Catalogue catalogue;
  Policy policy{.trial_steps = {10, 50}};
  Mode mode = Mode::act;
  bool no_approvers = false;  ///< a scenario without two is about that
};

/// A worker and a map file. What it does not know is closed.
class FakeGate {
 public:
  explicit FakeGate(const Catalogue& catalogue);
  /// What the service's clients meet: the loosest of all places.
  [[nodiscard]] GateEntry entry(const ServiceId& service) const;
  [[nodiscard]] std::vector<GateFound> read() const;
  void set(const ServiceId& service, const GateEntry& entry);
  void set_in(const std::string& place, const ServiceId& service, const GateEntry& entry) { places_[place][service] = entry; }
  void forget(const ServiceId& service);

  bool down = false;  ///< every order fails
  std::set<SourceRef> blocked;

 private:
  std::map<std::string, std::map<ServiceId, GateEntry>> places_;
};

/// An order as the gate got it, with what the gate did before.
struct Given {
  order::SetGate order;
  GateEntry was;
  bool reliable = true;  ///< the gate did what it was told last; no other hand, no failure
};

/// One input and all that followed from it.
struct Decision {
  State before;
  Input input;
  std::vector<Fact> facts;
  State after;
  std::vector<Order> orders;
};

class World {
 public:
  explicit World(Setting setting);

  void pass(Ticks time);
  void jump(std::chrono::milliseconds wall) { now_.wall += wall; }
  const Decision& give(InputBody body);

  /// The daemon starts: what the gate shows goes in, what is unconfirmed is ordered again.
  void start();
  /// Facts that are not durable are lost, and so are confirmations on their way. start() is to follow.
  void crash();
  void reboot();
  /// Makes the oldest `facts` that are not durable so.
  void make_durable(std::size_t facts);
  void make_durable() { make_durable(facts_.size()); }

  /// Hands the outcome at `index` of those on their way to the core; it stays to be handed over again.
  void deliver(std::size_t index);
  void deliver_all();
  void repeat(std::size_t index);
  void lose_outcomes() { outcomes_.clear(); }
  /// Another hand changes the gate.
  void other_hand(const ServiceId& service, const GateEntry& entry, const std::string& place = {});
  void other_hand_forgets(const ServiceId& service);
  void read_back();

  [[nodiscard]] const State& state() const { return state_; }
  [[nodiscard]] const State& durable_state() const { return durable_state_; }
  [[nodiscard]] const std::vector<Fact>& facts() const { return facts_; }
  [[nodiscard]] std::size_t durable() const { return durable_; }
  [[nodiscard]] Moment now() const { return now_; }
  [[nodiscard]] bool is_reliable(const ServiceId& service) const { return !unreliable_.contains(service); }
  /// It was looser than it should, and was corrected towards what is decided and not yet durable.
  [[nodiscard]] bool is_recovering(const ServiceId& service) const { return recovering_.contains(service); }
  [[nodiscard]] const std::deque<InputBody>& outcomes() const { return outcomes_; }
  [[nodiscard]] const std::vector<InputBody>& delivered() const { return delivered_; }
  [[nodiscard]] const std::vector<std::string>& broken() const { return broken_; }
  [[nodiscard]] State refolded() const;

  Setting setting;
  FakeGate gate;
  bool ledger_writes = true;           ///< facts become durable as soon as they are decided
  std::vector<Decision> decisions;     ///< since the test last cleared it
  std::vector<Order> start_orders;     ///< what the last start gave again

 private:
  struct Waiting {
    Order order;
    std::size_t needs;  ///< facts that must be durable first
  };
  void decide_on(const Input& input);
  void hand_out(const Order& order, std::size_t needs);
  void release();
  void to_gate(const order::SetGate& order);
  void drop_waiting(const ServiceId& service);

  Moment now_;
  std::string boot_ = "boot-1";
  int boots_ = 1;
  State state_, durable_state_;
  std::vector<Fact> facts_;
  std::size_t durable_ = 0;
  std::deque<Waiting> waiting_;
  std::deque<InputBody> outcomes_;
  std::vector<InputBody> delivered_;
  std::set<ServiceId> unreliable_, recovering_;
  std::vector<std::string> broken_;
};

}  // namespace kulla::incident
