// Whether the cause of an outage is named, on drawn outages that nothing was fitted on (docs/outage-causes.md), beside its limit. With
// real programs: system_outage_causes_test, KULLA_LONG=1.                                                          bench_outage_causes
#include <fmt/format.h>

#include <algorithm>
#include <cstdio>

#include "outage/cause.hpp"
#include "outage/outage_scenarios.hpp"
#include "support/cpu.hpp"

namespace {
using namespace kulla::outage;

constexpr std::uint64_t first_seed = 5'000'000;  // scoring only
constexpr int seeds = 5;
constexpr double limit = 95;

struct Score {
  int right = 0, all = 0, wrong_closures = 0;
};
void add(Score& score, const test::Scenario& scenario, std::uint64_t seed) {
  const auto outcome = test::run(scenario, seed);
  const auto is_right = [&](Cause cause) { return std::ranges::find(scenario.right, cause) != scenario.right.end(); };
  const bool good = outcome.longest ? is_right(outcome.longest->cause) : scenario.right.empty();
  ++score.all, score.right += good;
  for (const auto& outage : outcome.outages)
    score.wrong_closures += outage.cause == Cause::protective_closure && !is_right(Cause::protective_closure);
  if (!good)
    fmt::print("    wrong: {} (seed {}): {}\n", scenario.name, seed,
               outcome.longest ? boost::describe::enum_to_string(outcome.longest->cause, "?") : "no outage");
}
}  // namespace

int main() {
  std::setbuf(stdout, nullptr);
  Score score;
  const double start = bench::cpu();
  for (const auto& scenario : test::scenarios())
    for (int at = 0; at < seeds; ++at) add(score, scenario, first_seed + static_cast<std::uint64_t>(at));
  const auto percent = 100.0 * score.right / score.all;
  fmt::print("causes: {} drawn outages, {} scenarios, seeds {} to {}: {} named correctly, {:.1f} % (limit: at least {:g} %)\n", score.all,
             test::scenarios().size(), first_seed, first_seed + seeds - 1, score.right, percent, limit);
  fmt::print("causes: \"protective closure\" where it was not: {} (limit: 0); {:.1f} s of CPU\n", score.wrong_closures,
             bench::cpu() - start);
  return percent >= limit && score.wrong_closures == 0 ? 0 : 1;
}
