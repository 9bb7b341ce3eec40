// Causes on drawn outages. What was used for fitting the weights, and what only for scoring: docs/outage-causes.md.
#include "outage/cause.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cmath>

#include "outage_scenarios.hpp"

namespace kulla::outage {
namespace {
using test::scenarios;

std::string_view name_of(Cause cause) { return boost::describe::enum_to_string(cause, "?"); }

struct Score {
  int right = 0, all = 0, wrong_closures = 0;
  double log_loss = 0;
  std::map<std::pair<std::string, std::string>, int> table;  ///< (scenario, what was said)

  void add(const test::Scenario& scenario, const test::Outcome& outcome, std::uint64_t seed) {
    const auto said = outcome.longest ? std::string{name_of(outcome.longest->cause)} : "no outage";
    const bool good =
        outcome.longest ? std::ranges::find(scenario.right, outcome.longest->cause) != scenario.right.end() : scenario.right.empty();
    ++all, right += good;
    ++table[{scenario.name, said}];
    for (const auto& outage : outcome.outages)
      wrong_closures +=
          outage.cause == Cause::protective_closure && std::ranges::find(scenario.right, Cause::protective_closure) == scenario.right.end();
    if (outcome.longest) log_loss -= std::log(good ? outcome.longest->confidence / 100.0 : 1 - outcome.longest->confidence / 100.0);
    if (good) return;
    std::string why = fmt::format("{} (seed {}): {} {}", scenario.name, seed, said, outcome.longest ? outcome.longest->confidence : 0);
    if (outcome.longest)
      for (const auto& sentence : outcome.longest->evidence) why += "\n    " + sentence;
    wrong.push_back(why);
  }
  void add(const Score& other) {
    right += other.right, all += other.all, wrong_closures += other.wrong_closures, log_loss += other.log_loss;
    for (const auto& [key, count] : other.table) table[key] += count;
    wrong.insert(wrong.end(), other.wrong.begin(), other.wrong.end());
  }
  [[nodiscard]] std::string print() const {
    std::string text = fmt::format("{} of {} right, {} wrong closures, log loss {:.3f}\n", right, all, wrong_closures, log_loss / all);
    for (const auto& [key, count] : table) text += fmt::format("  {:40} {:20} {}\n", key.first, key.second, count);
    for (const auto& one : wrong) text += "  " + one + "\n";
    return text;
  }
  std::vector<std::string> wrong;
};

Score score(std::uint64_t first_seed, int each, bool fitting) {
  Score result;
  for (const auto& scenario : scenarios())
    for (int at = 0; at < each && (scenario.fits || !fitting); ++at) {
      const auto seed = first_seed + static_cast<std::uint64_t>(at);
      result.add(scenario, test::run(scenario, seed), seed);
    }
  return result;
}

/// Seeds 1 to 3 of the scenarios for fitting, and four scorings that were looked at and so count as fitting since.
TEST(CauseTest, NamesTheCausesItWasFittedOn) {
  auto fitted = score(1, 3, true);
  for (const std::uint64_t looked_at : {1'000'000, 2'000'000, 3'000'000, 4'000'000}) fitted.add(score(looked_at, 5, false));
  EXPECT_GE(fitted.all, 60);
  EXPECT_GE(fitted.right, 0.95 * fitted.all) << fitted.print();
  EXPECT_EQ(fitted.wrong_closures, 0);
  std::cout << fitted.print();
}

/// Seeds that were never looked at for fitting, and mixtures that were not fitted at all.
TEST(CauseTest, NamesTheCausesOfOutagesThatItWasNotFittedOn) {
  const auto held_out = score(5'000'000, 5, false);
  EXPECT_GE(held_out.all, 60);
  EXPECT_GE(held_out.right, 0.95 * held_out.all);
  EXPECT_EQ(held_out.wrong_closures, 0);
  std::cout << held_out.print();
}

}  // namespace
}  // namespace kulla::outage
