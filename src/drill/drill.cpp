#include "drill/drill.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <ranges>

#include "drill/conductor.hpp"
#include "drill/reopening.hpp"
#include "drill/report.hpp"

namespace kulla::drill {
namespace fs = std::filesystem;
namespace {
constexpr std::size_t files_least = 4096,
                      files_each_service = 8;  // HAProxy: a listener's, two idle connections and a health of each service, with room

Result<World> make_world(const Options& options, Story& story, const std::function<bool()>& stopped) {
  KULLA_TRY(auto plan, make_plan(options.services, options.seed));
  fs::path rules = options.rules;
  if (rules.empty()) {
    KULLA_TRY(rules, find_rules());
  }
  KULLA_CHECK(allow_open_files(std::max(files_least, options.services * files_each_service)));
  story.tell(Lane::drill, fmt::format("makes a small state: {} services, seed {}", options.services, options.seed));
  return World::make(std::move(plan), rules, [&](std::string_view what, std::size_t done, std::size_t all) {
    story.progress(what, done, all);
    return !stopped();
  });
}

std::string card(const Score& score, bool colours) {
  const auto in = [&](std::string_view colour, std::string_view text) {
    return colours ? fmt::format("{}{}\x1b[0m", colour, text) : std::string(text);
  };
  std::string text = "\n";
  for (const auto& check : score.checks)
    text += fmt::format("  {} {:<12} {}\n", check.passed ? in("\x1b[32m", "pass") : in("\x1b[1;31m", "FAIL"), check.name, check.evidence);
  return text +
         fmt::format(
             "\n  {}\n  For comparison, Albania in July 2022: {} hours from discovery to the cut, {} days until services reopened.\n\n",
             in("\x1b[1m", sentence_of(score)), hours_to_cut_2022, days_to_reopening_2022);
}

void show(const Options& options, const World& world, const Score& score, Story& story) {
  story.say(card(score, story.colours()));
  auto object = to_json(score);
  if (options.keep) {
    object["ledger"] = world.ledger().string();
    object["trust"] = world.ledger_trust().string();
    object["witness"] = world.witness().string();
    story.say(fmt::format("  Kept: {}\n", world.path("").string()));
  }
  story.emit(object);
}
}  // namespace

Result<fs::path> find_rules() {
  std::vector<fs::path> places;
  if (const char* named = std::getenv("KULLA_RULES")) places.emplace_back(named);
  const fs::path binary = own_binary();
  places.push_back(binary.parent_path().parent_path().parent_path() / "rules");  // build/release/kulla in the source tree
  places.push_back(binary.parent_path().parent_path() / "share/kulla/rules");
  std::error_code error;
  for (const auto& place : places)
    if (fs::is_directory(place, error)) return fs::absolute(place);
  return fail(Code::not_found, fmt::format("no folder of rules; looked at {}; name it in the environment as KULLA_RULES",
                                           fmt::join(places | std::views::transform([](const fs::path& p) { return p.string(); }), ", ")));
}

Result<bool> rehearse(const Options& options, const std::function<bool()>& stopped) {
  Story story{options.form, options.terminal};
  KULLA_TRY(auto world, make_world(options, story, stopped));
  if (options.keep) world.keep();
  if (options.reopen_all) {
    KULLA_TRY(const auto reopening, reopen_all(world, story, stopped));
    show(reopening, story);
    return reopening.passed();
  }
  Processes processes{world};
  Conductor conductor{options, world, processes, story, stopped};
  KULLA_TRY(const auto observed, conductor.conduct());
  const auto score = score_of(observed);
  if (!options.report.empty()) {
    KULLA_CHECK(write_report(options.report, {observed, score, story.all(), options.command_line}));
    story.say(fmt::format("\n  Report: {}\n", (options.report / "index.html").string()));
  }
  show(options, world, score, story);
  return score.passed();
}
}  // namespace kulla::drill
