// Small worlds in virtual time; the figures themselves are bench/outage_onset.cpp's. Each prints its seed.
#include "outage/simulator.hpp"

#include <gtest/gtest.h>

namespace kulla::outage::simulation {
namespace {
using namespace std::chrono_literals;

World small(std::size_t targets, std::size_t vantages, double loss, std::uint64_t seed) {
  World world{.seed = seed};
  for (std::size_t t = 0; t < targets; ++t) {
    const auto name = fmt::format("t{}", t);
    world.targets.push_back({.name = ServiceId{name}, .url = fmt::format("http://{}.example/", name), .every = 10s});
  }
  world.vantages.assign(vantages, {.loss = loss});
  return world;
}
std::vector<Turn> live(World world, Timestamp until) {
  Tracker tracker{world.targets};
  std::vector<Turn> turns;
  Simulator{std::move(world)}.run(until, tracker, [&](const Turn& turn) { turns.push_back(turn); });
  return turns;
}

TEST(Simulated, LossesAloneAreNoOutages) {
  for (const std::size_t vantages : {1U, 2U, 5U}) {
    SCOPED_TRACE(fmt::format("seed 11, {} vantages", vantages));
    for (const auto& turn : live(small(20, vantages, 0.02, 11), dawn + 2h)) EXPECT_EQ(turn.to, Condition::up) << turn.target.str();
  }
}

TEST(Simulated, TheTruthIsInsideWithLossesToo) {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    SCOPED_TRACE(fmt::format("seed {}", seed));
    auto world = small(3, 5, 0.02, seed);
    const auto from = dawn + 10min + std::chrono::milliseconds{seed * 1'234}, to = from + 2min;
    world.cuts[0] = {{from, to, seed % 2 == 0 ? Layer::connect_timeout : Layer::status}};
    Interval onset{}, end{};
    for (const auto& turn : live(world, dawn + 15min)) {
      if (turn.to == Condition::down) {
        EXPECT_EQ(turn.target, world.targets[0].name);
        onset = turn.when;
      }
      if (turn.to == Condition::up && (turn.from == Condition::down || turn.correction)) end = turn.when;
    }
    EXPECT_TRUE(onset.earliest <= from && from <= onset.latest)
        << to_rfc3339(onset.earliest) << " " << to_rfc3339(from) << " " << to_rfc3339(onset.latest);
    EXPECT_TRUE(end.earliest <= to && to <= end.latest);
  }
}

TEST(Simulated, AClockThatIsHoursAheadIsNamedAndItsTimesAreInNoInterval) {
  auto world = small(5, 4, 0, 5);
  world.vantages[2].clock = 3h;
  const auto cut = dawn + 10min + 3s;
  for (std::size_t t = 0; t < 5; ++t) world.cuts[t] = {{cut, cut + 5min, Layer::connect_refused}};
  Tracker tracker{world.targets};
  Simulator simulator{world};
  int down = 0;
  simulator.run(cut + 1min, tracker, [&](const Turn& turn) {
    if (turn.to != Condition::down) return;
    ++down;
    EXPECT_TRUE(turn.when.earliest <= cut && cut <= turn.when.latest);
  });
  EXPECT_GE(down, 5);
  for (const auto& vantage : tracker.vantages())
    EXPECT_EQ(vantage.health, vantage.vantage == simulator.name(2) ? VantageHealth::clock_off : VantageHealth::healthy)
        << vantage.vantage.str();
}

TEST(Simulated, ALostUplinkOfOneOfFiveIsItsOwnFailure) {
  auto world = small(20, 5, 0.01, 8);
  world.vantages[3].uplink_fails = dawn + 10min;
  world.vantages[3].uplink_back = dawn + 20min;
  Tracker tracker{world.targets};
  Simulator simulator{world};
  const auto none_down = [](const Turn& turn) { EXPECT_NE(turn.to, Condition::down) << turn.target.str(); };
  simulator.run(dawn + 15min, tracker, none_down);
  for (const auto& vantage : tracker.vantages())
    EXPECT_EQ(vantage.health, vantage.vantage == simulator.name(3) ? VantageHealth::fault : VantageHealth::healthy)
        << vantage.vantage.str();
  simulator.run(dawn + 25min, tracker, none_down);
  for (const auto& vantage : tracker.vantages()) EXPECT_EQ(vantage.health, VantageHealth::healthy) << vantage.vantage.str();
}
}  // namespace
}  // namespace kulla::outage::simulation
