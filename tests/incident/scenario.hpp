// Scenarios as data: tests/scenarios/*.scn, a readable line a step; '#' begins a comment. First what there is, then what happens.
//
//   service e-tax on web-1 db-1 [holds tax-data …] [protected]    its systems and data sets come with it
//   system web-3 shares with db-1 …                               services of those are guarded when this one shows an effect
//   sensor NAME for every service | for SYSTEM …                  "gate" speaks of every service, "watch-SYSTEM" of its system: always there
//   approver NAME [with the key of NAME]                          anna and bert where none is named
//   policy trial_step 10s | machine_share_percent 50 | …
//   starts in advise                                              otherwise in act
//   without restarts: REASON | without delays: REASON             leaves out a variant
//
// What happens is listed in runner.cpp; each step takes one second.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "incident/world.hpp"

namespace kulla::incident {

/// What is wrong with a scenario's text; thrown.
struct Mistake {
  int line = 0;
  std::string what;
};

/// A line, read word by word.
class Words {
 public:
  explicit Words(std::string_view line);
  /// Takes these words where they come next.
  bool take(std::string_view words);
  void demand(std::string_view words);
  std::string next(std::string_view what);
  /// The next word, which stays; empty at the end.
  [[nodiscard]] std::string peek() const { return done() ? "" : words_[at_]; }
  /// The next word, which must be one of these.
  std::string one_of(std::string_view what, const std::vector<std::string>& known);
  Ticks duration();
  std::int64_t number(std::string_view what);
  std::string rest();
  [[nodiscard]] bool done() const { return at_ == words_.size(); }
  void end() const;

 private:
  std::vector<std::string> words_;
  std::size_t at_ = 0;
};

struct Step {
  int line = 0;
  std::string text;
};
struct Scenario {
  Setting setting;
  std::vector<Step> steps;
  std::string without_restarts, without_delays;  ///< the reasons
};

/// Reads a line that says what there is, if it is one.
[[nodiscard]] bool read_setting(Words& words, Scenario& scenario);
/// Adds the sensors and approvers that every scenario has.
void complete(Setting& setting);
/// Throws Mistake for a setting that is wrong or a step whose first word is unknown.
[[nodiscard]] Scenario parse_scenario(std::string_view text);
/// The first words of steps, see runner.cpp.
[[nodiscard]] const std::vector<std::string>& step_verbs();

}  // namespace kulla::incident
