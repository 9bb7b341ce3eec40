// Conducts the sequence: every step with a time limit; a step that can no longer succeed is skipped, said, and seen by the checks.
#pragma once
#include <optional>

#include "drill/disk.hpp"
#include "drill/drill.hpp"
#include "drill/feed.hpp"
#include "drill/officers.hpp"
#include "drill/traffic.hpp"

namespace kulla::drill {

class Conductor {
 public:
  Conductor(const Options& options, const World& world, Processes& processes, Story& story, std::function<bool()> stopped);
  /// Starts everything, rehearses, stops everything; then looks at what is left.
  [[nodiscard]] Result<Observed> conduct();

 private:
  using Facts = Feed::Facts;
  using Millis = std::chrono::milliseconds;
  using Done = std::function<bool(const Facts&, const std::string& service)>;
  // set-up
  Result<> start_all();
  void say_ready();
  void hold();
  // the attack and the closing
  Result<> warm_up();
  void strike();
  void await_harm();
  void await_closings();
  void look_at_closed_pages();
  void try_spellings();
  void confirm_from_outside();
  // the way back
  std::vector<Inspection> verify_all(std::string_view which);
  void verify_by_officers(std::string_view which);
  void rebuild();
  void try_same_officer_twice();
  void sign_again(std::size_t service, std::size_t officer);
  void approve_all();
  void watch_trials();
  void settle();
  void way_back();
  // the same by people: conductor_by_hand.cpp
  void await_people(std::string_view what, const std::vector<std::string>& services, const Done& done);
  void await_first_verification();
  void await_second_verification();
  void await_same_officer();
  void await_approvals();
  std::size_t facts_so_far();
  // the end
  void finish();
  void read_ledger();

  void miss(std::string what);   ///< a step that did not end as it should
  [[nodiscard]] bool over() const { return stopped_(); }
  bool wait(Millis patience, const std::function<bool()>& holds) const;
  [[nodiscard]] std::vector<std::string> names(const std::vector<std::size_t>& services) const;
  [[nodiscard]] std::vector<std::size_t> rebuilt_services() const { return plan_.systems[Plan::breached].services; }
  [[nodiscard]] bool sabotage(Sabotage what) const { return options_.sabotage == what; }
  [[nodiscard]] bool defended() const { return !options_.no_defence; }
  [[nodiscard]] Millis patience(Millis small) const { return small * (plan_.services.size() > 200 ? 4 : 1); }

  const Options& options_;
  const World& world_;
  const Plan& plan_;
  Processes& processes_;
  Story& story_;
  std::function<bool()> stopped_;
  std::function<bool()> interrupted_;  ///< the same, asked by whoever waits: a daemon that ended is started again
  Saboteur saboteur_;
  Officers officers_;
  Observed seen_;
  std::optional<Traffic> traffic_;
  std::optional<Feed> feed_;
};

}  // namespace kulla::drill
