// The rehearsal: a small state on this machine, attacked from the first malicious request to the last reopened service, and the score.
#pragma once
#include <filesystem>
#include <functional>
#include <string>

#include "drill/saboteur.hpp"
#include "drill/score.hpp"
#include "drill/story.hpp"

namespace kulla::drill {

struct Options {
  std::size_t services = 12;
  std::uint64_t seed = 1;
  std::filesystem::path report;      ///< folder for index.html; empty: none
  std::filesystem::path rules;       ///< folder of Sigma rules; empty: found beside the program
  bool keep = false;
  int hold_seconds = 0;
  bool by_hand = false;              ///< people at the console verify and approve; the drill waits for them
  bool no_defence = false;
  bool reopen_all = false;           ///< the other rehearsal: see reopening.hpp
  Sabotage sabotage = Sabotage::none;
  Story::Form form = Story::Form::text;
  bool terminal = false;
  std::string command_line;          ///< to reproduce, for the report
};

/// Runs it whole. False where a check failed; an error where it could not run. Nothing is left behind unless `keep`.
[[nodiscard]] Result<bool> rehearse(const Options& options, const std::function<bool()>& stopped);

/// The folder of rules that belongs to this program: KULLA_RULES, the source tree's, or the package's.
[[nodiscard]] Result<std::filesystem::path> find_rules();

}  // namespace kulla::drill
