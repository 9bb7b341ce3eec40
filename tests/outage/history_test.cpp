#include "outage/history.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "outage/store_world.hpp"

namespace kulla::outage {
namespace {
using testing_store::noon;
using testing_store::World;
using namespace std::chrono_literals;

const Target target{.name = ServiceId{"service-0000"}, .every = 10s, .network = "AS64500", .institution = "Tax"};

class HistoryTest : public testing::Test {
 protected:
  void probe(Timestamp from, Timestamp to, Layer layer = Layer::none) {
    for (auto at = from; at < to; at += 10s) {
      auto observation = world.good(0, at);
      if (layer != Layer::none) observation = World::failing(observation, layer);
      history.take(observation);
    }
  }
  Uptime uptime(const std::vector<Outage>& outages) { return history.uptime(outages).front(); }
  Outage outage(Timestamp from, std::optional<Timestamp> to, Cause cause = Cause::server_fault) {
    Outage made;
    made.target = target.name;
    made.onset = {from - 10s, from};
    if (to) made.end = Interval{*to - 10s, *to};
    made.cause = cause;
    return made;
  }
  World world{"v", 1, 10s, 1};
  History history{{target}, noon, noon + 1h, 1min};
};

TEST_F(HistoryTest, UpDownAndSilenceAddUpAndAreNeverMixed) {
  probe(noon, noon + 20min);
  probe(noon + 20min, noon + 30min, Layer::connect_refused);
  probe(noon + 30min, noon + 40min);
  const auto up = uptime({outage(noon + 20min, noon + 30min)});
  EXPECT_EQ(up.down, 10min);
  EXPECT_EQ(up.no_data, 20min);  // 12:39:50 was the last, and 12:40 was due
  EXPECT_EQ(up.up, 30min);
  EXPECT_EQ(up.incidents, 1);
  EXPECT_DOUBLE_EQ(*up.percent(), 75);
  const auto cells = history.tracks(std::vector{outage(noon + 20min, noon + 30min)}).tracks.front().cells;
  ASSERT_EQ(cells.size(), 60U);
  EXPECT_EQ(cells[10].condition, Condition::up);
  EXPECT_EQ(cells[25].condition, Condition::down);
  EXPECT_EQ(cells[50].condition, Condition::no_data);
  EXPECT_EQ(cells[10].asked, 6);
  EXPECT_EQ(cells[25].good, 0);
}

TEST_F(HistoryTest, AVantagesOwnFaultIsNoDowntime) {
  probe(noon, noon + 1h, Layer::connect_timeout);
  const auto up = uptime({outage(noon + 10s, std::nullopt, Cause::vantage_fault)});
  EXPECT_EQ(up.down, 0min);
  EXPECT_EQ(up.vantage_fault, 1h - 10s);
  EXPECT_EQ(up.incidents, 0);
}

TEST_F(HistoryTest, NothingKnownHasNoPercentage) {
  EXPECT_FALSE(uptime({}).percent());
  EXPECT_EQ(uptime({}).no_data, 1h);
}

TEST_F(HistoryTest, StepsInWhichMoreThanATenthFailedAreDegraded) {
  probe(noon, noon + 30min);
  for (int i = 0; i < 2; ++i) history.take(World::failing(world.good(0, noon + 5min + 1s * i), Layer::connect_timeout));
  probe(noon + 30min, noon + 1h);
  EXPECT_EQ(uptime({}).degraded, 1min);
  EXPECT_DOUBLE_EQ(*uptime({}).percent(), 100);
}

TEST_F(HistoryTest, OneVantageOfSeveralThatFailsMakesNothingDegraded) {
  World other{"w", 1, 10s, 2};
  for (auto at = noon; at < noon + 1h; at += 10s) {
    history.take(world.good(0, at));
    history.take(World::failing(other.good(0, at + 5s), Layer::connect_timeout));
  }
  EXPECT_EQ(uptime({}).degraded, 0min);
  EXPECT_EQ(uptime({}).up, 1h);
}

TEST_F(HistoryTest, OverlappingOutagesAreCountedOnce) {
  probe(noon, noon + 1h);
  EXPECT_EQ(uptime({outage(noon + 10min, noon + 30min), outage(noon + 20min, noon + 25min)}).down, 20min);
}

TEST_F(HistoryTest, HoursAreMadeOfMinutes) {
  probe(noon, noon + 1h);
  const auto hours = rolled_up(history.tracks(std::vector{outage(noon + 10min, noon + 17min)}), 60);
  ASSERT_EQ(hours.steps(), 1U);
  EXPECT_EQ(hours.step, 1h);
  EXPECT_EQ(hours.tracks[0].cells[0].asked, 360);
  EXPECT_EQ(hours.tracks[0].cells[0].condition, Condition::down);  // 7 of 60
  EXPECT_EQ(rolled_up(history.tracks({}), 60).tracks[0].cells[0].condition, Condition::up);
}

bool same(const Tracks& a, const Tracks& b) {
  if (a.from != b.from || a.step != b.step || a.tracks.size() != b.tracks.size()) return false;
  for (std::size_t i = 0; i < a.tracks.size(); ++i) {
    const auto &x = a.tracks[i], &y = b.tracks[i];
    if (x.target.name != y.target.name || x.target.network != y.target.network || x.target.every != y.target.every || x.cells != y.cells)
      return false;
  }
  return true;
}

RC_GTEST_PROP(HistoryFile, ComesBackAndDamageIsRefusedOrHarmless, ()) {
  Tracks tracks{noon, 60s, {}};
  const auto steps = *rc::gen::inRange<std::size_t>(0, 50);
  for (int i = *rc::gen::inRange(0, 5); i > 0; --i) {
    auto& track = tracks.tracks.emplace_back(Track{target, {}});
    track.target.name = ServiceId{*rc::gen::arbitrary<std::string>()};
    for (std::size_t at = 0; at < steps; ++at) {
      const auto asked = *rc::gen::inRange<int>(0, 65536);
      track.cells.push_back({static_cast<std::uint16_t>(asked), static_cast<std::uint16_t>(*rc::gen::inRange<int>(0, asked + 1)),
                             *rc::gen::arbitrary<std::uint8_t>(), static_cast<Condition>(*rc::gen::inRange(0, 5))});
    }
  }
  const auto bytes = history_bytes(tracks);
  RC_ASSERT(same(read_history(bytes).value(), tracks));
  auto damaged = bytes;
  const auto at = *rc::gen::inRange<std::size_t>(0, bytes.size());
  damaged[at] = static_cast<char>(damaged[at] ^ (1 << *rc::gen::inRange(0, 8)));
  const auto read = read_history(damaged);
  const bool harmless = !read || read->tracks.size() <= History::cells_most;
  RC_ASSERT(harmless);
  RC_ASSERT(!read_history(bytes.substr(0, at)));
}
}  // namespace
}  // namespace kulla::outage
