// Runs a scenario against the core, as it is written or made harder. The safety rules (rules.hpp) are checked all along.
//
//   at 12:00:00 STEP                                                the wall clock and the ticks go on until then
//   alert RULE attempt|effect LEVEL on [system S] [SERVICE] …       … from SOURCE, by SENSOR, about OBJECT, succeeded, times 100, may not close, saying TEXT
//   attempt RULE on SERVICE | every service [critical] …            alerts that show an attempt, of level medium
//   gate confirms | loses | is down | is up | is read back | confirms when told
//   gate shows SERVICE open|guarded|closed|trial N|nothing [in worker | in map file]     by another hand
//   ledger stops | writes | saves 3                                 the oldest three facts that wait
//   ask verify SERVICE … [since TIME] | close SERVICE … because TEXT | withdraw SERVICE because TEXT | mode act|advise [by PERSON] … | mode again N
//   inspected SYSTEM … clean | N findings [begun 10m ago]    inspection of SYSTEM fails    proved DATASET … [badly] [begun 10m ago] [of SNAPSHOT] [taken TIME] [compared N] [alive] [inspected]
//   approve SERVICE by PERSON [and PERSON] …       … with the key of PERSON, signature bad, basis wrong, expires in 30m, for closure NAME, to withdraw, to reopen
//   replay PERSON                                                   hands in that person's last approval again
//   remember closure of SERVICE as NAME
//   tick 10s    clock jumps ahead 1h | back 1h    clock stalls 1h
//   restart [in a new boot]    crash                                 a crash loses what is not durable
//   config SETTING | drops SERVICE | says act|advise                  what the next start reads
//   blind SENSOR 100
//   expect …                                                        see expectations.cpp
#pragma once
#include <map>
#include <string>
#include <vector>

#include "incident/scenario.hpp"

namespace kulla::incident {

BOOST_DEFINE_ENUM_CLASS(Variant, as_written, restart_after_every_step, confirmations_late_and_twice)

class Run {
 public:
  Run(const Scenario& scenario, Variant variant);
  /// What went otherwise than it should, a line each; empty where nothing did.
  [[nodiscard]] std::vector<std::string> problems();

  // Steps, by their first word.
  void at(Words& words);
  void alert(Words& words);
  void attempt(Words& words);
  void gate(Words& words);
  void ledger(Words& words);
  void ask(Words& words);
  void inspected(Words& words);
  void inspection(Words& words);
  void proved(Words& words);
  void approve(Words& words);
  void replay(Words& words);
  void remember(Words& words);
  void tick(Words& words);
  void clock(Words& words);
  void restart(Words& words);
  void crash(Words& words);
  void config(Words& words);
  void believe(Words& words);
  void resume(Words& words);
  void approvers(Words& words);
  void blind(Words& words);
  void expect(Words& words);

 private:
  void take(const Step& step);
  void do_step(const Step& step);
  void after_step();
  void deliver_late();
  [[nodiscard]] bool rests_on_watching() const;
  void inspect_trials_again();
  void check_fold();
  ServiceId service(Words& words);
  /// What was handed in as the n-th of its kind (from 1), once more.
  template <typename Input>
  void given_again(const std::vector<Input>& given, Words& words) {
    world_.give(given.at(static_cast<std::size_t>(words.number("which of them") - 1)));
  }
  SystemId system_named(Words& words);
  std::vector<ServiceId> services(Words& words);
  Alert new_alert(Words& words, Nature nature, Level level) const;
  void place(Words& words, Alert& alert);
  /// Reads what else is said of it; how often it is raised.
  static std::int64_t describe_alert(Words& words, Alert& alert);
  Moment begun(Words& words);
  bool read_proof_option(Words& words, Proof& proof);
  /// The time from which what the daemon offers runs out.
  [[nodiscard]] Timestamp expiry_now() const { return expiry_time(world_.state(), world_.now().wall); }
  Approval offer(const ServiceId& service);
  void approve_by(const std::string& person, const ServiceId& id, Words& words);
  void read_approval_options(Words& words, Approval& approval, std::string& key);
  void gate_shows(Words& words);
  void ask_mode(Words& words);

  // Expectations: `true` where met; the step's facts and orders are those of the last step.
  bool expect_state(Words& words);
  bool expect_gate(Words& words);
  bool expect_order(Words& words);
  bool expect_refused(Words& words);
  bool expect_paged(Words& words);
  bool expect_advised(Words& words);
  bool expect_blocked(Words& words);
  bool expect_nothing(Words& words);
  bool expect_never_closed(Words& words);
  bool expect_fact(Words& words);
  bool met(Words& words);
  [[nodiscard]] std::string seen() const;
  [[nodiscard]] std::size_t place_of_order(Words& words);

  Scenario scenario_;
  Variant variant_;
  std::vector<input::ModeAsked> modes_;
  std::vector<input::ResumeAsked> resumed_;
  std::vector<input::ApproversAsked> named_;
  World world_;
  State before_;  ///< the last step
  std::vector<Fact> facts_;  ///< of the last step
  std::vector<Order> orders_;  ///< of the last step
  bool confirms_at_once_ = true;
  std::map<std::string, Approval> last_approvals_;
  std::map<std::string, ClosureId> closures_;
  std::vector<std::string> problems_;
};

}  // namespace kulla::incident
