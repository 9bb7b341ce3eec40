#include "outage/tracker.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <algorithm>
#include <map>

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
using Milli = std::chrono::milliseconds;
constexpr Timestamp noon{std::chrono::hours{24 * 365 * 50 + 12}};

class TrackerTest : public testing::Test {
 protected:
  explicit TrackerTest() { start({"e-tax"}); }
  void start(const std::vector<std::string>& names, const std::string& group = "") {
    std::vector<Target> targets;
    for (const auto& name : names)
      targets.push_back({.name = ServiceId{name}, .url = "http://" + name + ".example/", .every = 10s, .group = group});
    tracker.emplace(targets);
  }
  Observation seen(const std::string& vantage, const std::string& target, Milli at, Layer failed = Layer::none) {
    const auto took = is_timeout(failed) ? 2'000ms : 40ms;
    return {VantageId{vantage},
            ++numbers[vantage],
            ServiceId{target},
            noon + at,
            std::chrono::microseconds{took}.count(),
            failed,
            failed == Layer::none ? 200 : 0};
  }
  void take(const std::string& vantage, const std::string& target, Milli at, Layer failed = Layer::none) {
    tracker->take(seen(vantage, target, at, failed));
  }
  /// All three vantages, a second apart, each 10 s.
  void all_three(const std::string& target, Milli from, Milli to, Layer failed = Layer::none) {
    for (auto at = from; at < to; at += 10s)
      for (int v = 0; v < 3; ++v) take(fmt::format("v{}", v), target, at + v * 1'000ms, failed);
  }
  std::vector<Turn> turns_at(Milli at) {
    tracker->pass(noon + at);
    return tracker->turns();
  }
  Condition condition(const std::string& target = "e-tax") { return tracker->state(ServiceId{target})->condition; }
  std::map<std::string, std::uint64_t> numbers;
  std::optional<Tracker> tracker;
};

TEST_F(TrackerTest, AnOutageIsSaidOnceWithItsOnsetAndItsEnd) {
  all_three("e-tax", 0s, 60s);
  EXPECT_THAT(turns_at(60s), SizeIs(1));
  EXPECT_EQ(condition(), Condition::up);
  all_three("e-tax", 60s, 90s, Layer::connect_refused);
  const auto down = turns_at(90s);
  ASSERT_THAT(down, SizeIs(1));
  EXPECT_EQ(down[0].to, Condition::down);
  EXPECT_EQ(down[0].when, (Interval{noon + 52s, noon + 60'040ms}));
  EXPECT_EQ(down[0].layer, Layer::connect_refused);
  EXPECT_LT(down[0].belief, 100);
  EXPECT_THAT(down[0].agreeing, SizeIs(3));
  all_three("e-tax", 90s, 120s);
  const auto up = turns_at(130s);
  ASSERT_THAT(up, SizeIs(1));
  EXPECT_EQ(up[0].from, Condition::down);
  EXPECT_EQ(up[0].when, (Interval{noon + 82s, noon + 90'040ms}));
}

TEST_F(TrackerTest, ATimeOutFailedWhenItUsuallyWouldHaveAnswered) {
  all_three("e-tax", 0s, 120s);
  all_three("e-tax", 120s, 150s, Layer::connect_timeout);
  const auto turns = turns_at(160s);
  ASSERT_THAT(turns, SizeIs(2));
  EXPECT_EQ(turns[1].when.earliest, noon + 112s);
  EXPECT_GE(turns[1].when.latest, noon + 120'040ms);
  EXPECT_LE(turns[1].when.latest, noon + 120'200ms);
}

TEST_F(TrackerTest, AFailureThatWasAnsweredLateMayHaveBegunAsLateAsThat) {
  all_three("e-tax", 0s, 120s);
  for (auto at = 120s; at < 150s; at += 10s)
    for (int v = 0; v < 3; ++v) {
      auto busy = seen(fmt::format("v{}", v), "e-tax", at + v * 1'000ms, Layer::status);
      busy.took_us = 900'000;
      tracker->take(busy);
    }
  EXPECT_EQ(turns_at(160s).back().when, (Interval{noon + 112s, noon + 120'900ms}));
}

TEST_F(TrackerTest, ASingleLossIsNoOutage) {
  all_three("e-tax", 0s, 60s);
  take("v0", "e-tax", 60s, Layer::connect_timeout);
  all_three("e-tax", 63s, 120s);
  EXPECT_THAT(turns_at(120s), SizeIs(1));
  EXPECT_EQ(condition(), Condition::up);
}

TEST_F(TrackerTest, AMinorityIsListedAndChangesNothing) {
  all_three("e-tax", 0s, 60s);
  (void)turns_at(60s);
  for (auto at = 60s; at < 120s; at += 10s) {
    take("v0", "e-tax", at);
    for (const auto* vantage : {"v1", "v2"}) take(vantage, "e-tax", at + 1s, Layer::status);
  }
  const auto turns = turns_at(120s);
  ASSERT_FALSE(turns.empty());
  EXPECT_EQ(condition(), Condition::down);
  for (const auto& turn : turns)
    if (turn.to == Condition::down) {
      EXPECT_EQ(turn.when, (Interval{noon + 52s, noon + 61'040ms})) << "at once, too";
    }
  const auto& latest = turns.back();
  EXPECT_THAT(latest.agreeing, ElementsAre(VantageId{"v1"}, VantageId{"v2"}));
  EXPECT_EQ(latest.when, (Interval{noon + 52s, noon + 61'040ms}));
}

TEST_F(TrackerTest, AloneAVantageThatReachesNothingIsAtFault) {
  start({"a", "b", "c"});
  const auto ask_all = [&](Milli at, Layer failed) {
    take("v", "a", at, failed), take("v", "b", at + 3s, failed), take("v", "c", at + 6s, failed);
  };
  for (auto at = 0s; at < 100s; at += 10s) ask_all(at, Layer::none);
  for (auto at = 100s; at < 160s; at += 1s) {
    take("v", "a", at, Layer::connect_timeout);
    if (at % 10s == 3s) take("v", "b", at, Layer::unreachable);
    if (at % 10s == 6s) take("v", "c", at, Layer::connect_timeout);
  }
  for (const auto& turn : turns_at(170s)) EXPECT_NE(turn.to, Condition::down) << turn.target.str();
  for (const auto* target : {"a", "b", "c"}) EXPECT_EQ(condition(target), Condition::vantage_fault) << target;
  for (auto at = 170s; at < 200s; at += 10s) ask_all(at, Layer::none);
  (void)turns_at(200s);
  for (const auto* target : {"a", "b", "c"}) EXPECT_EQ(condition(target), Condition::up) << target;
  EXPECT_EQ(tracker->vantages()[0].health, VantageHealth::healthy);
}

TEST_F(TrackerTest, AloneAVantageThatStillReachesAnotherKnowsATargetToBeDown) {
  start({"a", "b", "c"});
  for (auto at = 0s; at < 160s; at += 10s)
    take("v", "a", at, at < 100s ? Layer::none : Layer::connect_timeout), take("v", "b", at + 3s), take("v", "c", at + 6s);
  const auto turns = turns_at(170s);
  EXPECT_EQ(condition("a"), Condition::down);
  EXPECT_EQ(condition("b"), Condition::up);
  EXPECT_EQ(turns.back().when.earliest, noon + 90s);
}

TEST_F(TrackerTest, ATargetThatRecoversWhileTheVantageIsAtFaultEndedWithinTheFault) {
  start({"a", "b", "c"});
  for (auto at = 0s; at < 250s; at += 1s) {
    const bool uplink = at < 100s || at >= 160s, down = at >= 50s && at < 120s;
    if (at % 10s == 0s || (at > 50s && at < 170s))
      take("v", "a", at, !uplink ? Layer::connect_timeout : down ? Layer::status : Layer::none);
    if (at % 10s == 3s || !uplink) take("v", "b", at, uplink ? Layer::none : Layer::connect_timeout);
    if (at % 10s == 6s || !uplink) take("v", "c", at, uplink ? Layer::none : Layer::connect_timeout);
  }
  bool fault = false;
  Interval end{};
  for (const auto& turn : turns_at(260s)) {
    fault |= turn.to == Condition::vantage_fault;
    if (turn.target == ServiceId{"a"} && turn.to == Condition::up) end = turn.when;
  }
  EXPECT_TRUE(fault);
  EXPECT_LE(end.earliest, noon + 120s);
  EXPECT_GE(end.earliest, noon + 50s);
  EXPECT_EQ(end.latest, noon + 160'040ms);
}

TEST_F(TrackerTest, ALostProbeThatIsTheFirstOfAllIsNoOutage) {
  for (auto at = 0s; at < 60s; at += 10s) take("v", "e-tax", at, at == 0s ? Layer::connect_timeout : Layer::none);
  for (const auto& turn : turns_at(70s)) EXPECT_EQ(turn.to, Condition::up);
}

TEST_F(TrackerTest, ATargetThatFailedTwiceIsNotItsOwnCompanyInAJointOnset) {
  tracker.emplace(std::vector<Target>{{.name = ServiceId{"e-tax"}, .every = 2s}});
  for (auto at = 0s; at < 60s; at += 1s) take("v", "e-tax", at, at < 10s || at % 5s < 2s ? Layer::none : Layer::connect_refused);
  int outages = 0;
  for (const auto& turn : turns_at(70s)) {
    outages += turn.to == Condition::down && !turn.correction;
    EXPECT_EQ(turn.joint, std::nullopt);
  }
  EXPECT_GE(outages, 5);
}

TEST_F(TrackerTest, AConnectionThatIsMadeProvesTheVantagesLine) {
  start({"a", "b"});
  for (auto at = 0s; at < 180s; at += 10s)
    take("v", "a", at, at < 100s ? Layer::none : Layer::connect_timeout),
        take("v", "b", at + 3s, at < 100s ? Layer::none : Layer::answer_timeout);
  (void)turns_at(190s);
  EXPECT_EQ(condition("a"), Condition::down);
  EXPECT_EQ(condition("b"), Condition::down);
}

TEST_F(TrackerTest, WithOneTargetAloneSilenceIsAnOutage) {
  for (auto at = 0s; at < 160s; at += 10s) take("v", "e-tax", at, at < 100s ? Layer::none : Layer::connect_timeout);
  (void)turns_at(170s);
  EXPECT_EQ(condition(), Condition::down);
}

TEST_F(TrackerTest, RelatedTargetsAreNoWitnessAgainstTheVantage) {
  start({"a", "b"}, "gateway");
  for (auto at = 0s; at < 180s; at += 10s)
    for (const auto* target : {"a", "b"}) take("v", target, at, at < 100s ? Layer::none : Layer::connect_timeout);
  (void)turns_at(190s);
  EXPECT_EQ(condition("a"), Condition::down);
  EXPECT_EQ(condition("b"), Condition::down);
}

TEST_F(TrackerTest, OfThreeTheOneThatLostItsUplinkIsAtFault) {
  start({"a", "b", "c", "d"});
  for (auto at = 0s; at < 200s; at += 10s)
    for (int v = 0; v < 3; ++v)
      for (const auto* target : {"a", "b", "c", "d"})
        take(fmt::format("v{}", v), target, at + v * 1'000ms, v == 1 && at >= 100s ? Layer::connect_timeout : Layer::none);
  for (const auto& turn : turns_at(210s)) EXPECT_NE(turn.to, Condition::down) << turn.target.str();
  for (const auto& vantage : tracker->vantages())
    EXPECT_EQ(vantage.health, vantage.vantage == VantageId{"v1"} ? VantageHealth::fault : VantageHealth::healthy) << vantage.vantage.str();
  EXPECT_EQ(condition("a"), Condition::up);
}

TEST_F(TrackerTest, SilenceIsNoDataAndNeitherUpNorDown) {
  all_three("e-tax", 0s, 60s);
  (void)turns_at(60s);
  const auto turns = turns_at(200s);
  ASSERT_THAT(turns, SizeIs(1));
  EXPECT_EQ(turns[0].to, Condition::no_data);
  EXPECT_EQ(turns[0].when.earliest, noon + 52'040ms);
}

TEST_F(TrackerTest, ALearnedPageThatChangesIsDownInItsBody) {
  tracker.emplace(std::vector<Target>{{.name = ServiceId{"e-tax"}, .every = 10s, .fingerprint = "learn"}});
  for (auto at = 0s; at < 120s; at += 10s) {
    auto observation = seen("v", "e-tax", at);
    observation.body = at < 60s ? "00000000000000aa" : "00000000000000bb";
    tracker->take(observation);
  }
  const auto turns = turns_at(130s);
  EXPECT_EQ(condition(), Condition::down);
  EXPECT_EQ(turns.back().layer, Layer::body);
  EXPECT_EQ(turns.back().when, (Interval{noon + 50s, noon + 60'040ms}));
}

TEST_F(TrackerTest, AVantageThatKnowsAnOlderPageDoesNotMakeTheNewOneFail) {
  tracker.emplace(std::vector<Target>{{.name = ServiceId{"e-tax"}, .every = 10s, .fingerprint = "00000000000000bb"}});
  for (auto at = 0s; at < 120s; at += 10s) {
    auto observation = seen("v", "e-tax", at, at < 60s ? Layer::none : Layer::body);
    observation.body = "00000000000000bb";
    tracker->take(observation);
  }
  EXPECT_THAT(turns_at(130s), SizeIs(1));
  EXPECT_EQ(condition(), Condition::up);
}

TEST_F(TrackerTest, APageThatAlwaysChangesIsNotJudged) {
  tracker.emplace(std::vector<Target>{{.name = ServiceId{"e-tax"}, .every = 10s, .fingerprint = "learn"}});
  for (int i = 0; i < 50; ++i) {
    auto observation = seen("v", "e-tax", i * 10'000ms);
    observation.body = fmt::format("{:016x}", i / 2);
    tracker->take(observation);
  }
  EXPECT_THAT(turns_at(500s), SizeIs(1));
  EXPECT_EQ(condition(), Condition::up);
}

TEST_F(TrackerTest, ForgedReplayedAndFutureOnesAreCountedAndChangeNothing) {
  all_three("e-tax", 0s, 60s);
  (void)turns_at(60s);
  const auto replayed = [&] {
    auto one = seen("v0", "e-tax", 61s, Layer::status);
    one.number = 3;
    return one;
  }();
  for (int i = 0; i < 20; ++i) tracker->take(replayed);
  take("v0", "nobody-asked-for", 61s, Layer::status);
  for (int i = 0; i < 30; ++i) take("ahead", "e-tax", 3h + i * 1'000ms, Layer::status);
  for (auto at = 61s; at < 120s; at += 1s) {
    EXPECT_THAT(turns_at(at), IsEmpty());
    all_three("e-tax", at, at + 1s);
  }
  EXPECT_EQ(tracker->counts().replayed, 20U);
  EXPECT_EQ(tracker->counts().unknown, 1U);
  EXPECT_EQ(tracker->counts().future, 30U);
  EXPECT_EQ(tracker->vantages().back().health, VantageHealth::clock_off);
  EXPECT_EQ(condition(), Condition::up);
}

TEST_F(TrackerTest, AClockThatIsHoursBehindIsNamedAndLeftOut) {
  for (auto at = 0s; at < 300s; at += 10s) {
    all_three("e-tax", at, at + 10s);
    take("behind", "e-tax", at - 3h, Layer::status);
    tracker->pass(noon + at + 10s);
  }
  for (const auto& turn : tracker->turns()) EXPECT_NE(turn.to, Condition::down);
  EXPECT_EQ(tracker->vantages().back().health, VantageHealth::clock_off);
  EXPECT_EQ(tracker->counts().late, 30U);
}

TEST_F(TrackerTest, AClockThatIsSetBackBlindsNobodyForAsLong) {
  all_three("e-tax", 0s, 60s);
  (void)turns_at(60s);
  const auto an_hour_ago = 62s - 1h;
  const auto turns = turns_at(an_hour_ago);
  ASSERT_THAT(turns, SizeIs(1));
  EXPECT_EQ(turns[0].to, Condition::no_data) << "the clock that all of them have was set";
  all_three("e-tax", an_hour_ago, an_hour_ago + 60s);
  EXPECT_THAT(turns_at(an_hour_ago + 60s), SizeIs(1));
  EXPECT_EQ(condition(), Condition::up);
  all_three("e-tax", an_hour_ago + 60s, an_hour_ago + 90s, Layer::connect_refused);
  const auto down = turns_at(an_hour_ago + 90s);
  ASSERT_THAT(down, SizeIs(1));
  EXPECT_EQ(down[0].when, (Interval{noon + an_hour_ago + 52s, noon + an_hour_ago + 60'040ms}));
  for (const auto& vantage : tracker->vantages()) EXPECT_EQ(vantage.health, VantageHealth::healthy);
}

TEST_F(TrackerTest, ASingleVantagesClockThatIsSetBackBlindsItForTwentyProbes) {
  for (auto at = 0s; at < 100s; at += 10s) take("v", "e-tax", at);
  for (auto at = 100s; at < 400s; at += 10s) take("v", "e-tax", at - 1h);
  EXPECT_EQ(condition(), Condition::up);
  for (auto at = 400s; at < 500s; at += 10s) take("v", "e-tax", at - 1h, Layer::connect_refused);
  EXPECT_EQ(condition(), Condition::down);
  EXPECT_EQ(tracker->turns().back().when, (Interval{noon + 390s - 1h, noon + 400'040ms - 1h}));
}

TEST_F(TrackerTest, ALateGoodOneNarrowsAnOnsetThatWasSaid) {
  all_three("e-tax", 0s, 60s);
  auto buffered = seen("v2", "e-tax", 57s);
  all_three("e-tax", 60s, 150s, Layer::connect_refused);
  EXPECT_EQ(turns_at(150s).back().when, (Interval{noon + 52s, noon + 60'040ms}));
  tracker->take(buffered);
  const auto turns = turns_at(160s);
  ASSERT_THAT(turns, SizeIs(1));
  EXPECT_TRUE(turns[0].correction);
  EXPECT_EQ(turns[0].when, (Interval{noon + 57s, noon + 60'040ms}));
  EXPECT_EQ(tracker->counts().late, 1U);
}

TEST_F(TrackerTest, AGroupThatFailedTogetherHasAJointOnset) {
  start({"a", "b", "c"}, "gateway");
  const auto play = [&](Milli from, Milli to, Layer failed) {
    for (auto at = from; at < to; at += 10s)
      for (int v = 0; v < 3; ++v) {
        int member = 0;
        for (const auto* target : {"a", "b", "c"}) take(fmt::format("v{}", v), target, at + v * 3'000ms + 1'000ms * member++, failed);
      }
  };
  play(0s, 100s, Layer::none);
  play(100s, 140s, Layer::connect_refused);
  tracker->pass(noon + 141s);
  std::map<ServiceId, Turn> latest;
  for (const auto& turn : turns_at(142s)) latest[turn.target] = turn;
  for (const auto* target : {"a", "b", "c"}) {
    const auto& turn = latest[ServiceId{target}];
    EXPECT_EQ(turn.to, Condition::down);
    EXPECT_EQ(turn.joint, (Interval{noon + 98s, noon + 100'040ms})) << target;
    EXPECT_NE(turn.when, *turn.joint) << "the joint onset stands beside the target's own";
  }
}

TEST_F(TrackerTest, AGroupOfWhichOneMemberFailsHasNone) {
  start({"a", "b", "c"}, "gateway");
  for (auto at = 0s; at < 200s; at += 10s)
    for (int v = 0; v < 3; ++v)
      for (const auto* target : {"a", "b", "c"})
        take(fmt::format("v{}", v), target, at + v * 1'000ms, at >= 100s && *target == 'a' ? Layer::connect_refused : Layer::none);
  for (const auto& turn : turns_at(210s)) EXPECT_EQ(turn.joint, std::nullopt);
  EXPECT_EQ(condition("a"), Condition::down);
}

TEST_F(TrackerTest, AFirstFailureIsASuspectAtOnceAndNotEachTime) {
  all_three("e-tax", 0s, 60s);
  (void)turns_at(60s);
  take("v0", "e-tax", 60s, Layer::status);
  take("v0", "e-tax", 60'500ms, Layer::status);
  EXPECT_THAT(tracker->suspects(), ElementsAre(ServiceId{"e-tax"}));
  take("v0", "e-tax", 63s, Layer::status);
  EXPECT_THAT(tracker->suspects(), IsEmpty()) << "no first one";
  take("v1", "e-tax", 64s, Layer::status);
  EXPECT_THAT(tracker->suspects(), SizeIs(1));
}

TEST_F(TrackerTest, AVantageThatCriesWolfIsHeardEverMoreSeldom) {
  all_three("e-tax", 0s, 60s);
  int cries = 0;
  for (auto at = 60s; at < 1'260s; at += 3s) {
    take("v0", "e-tax", at, Layer::status);
    take("v0", "e-tax", at + 1s);
    take("v1", "e-tax", at + 1s);
    take("v2", "e-tax", at + 1s);
    cries += static_cast<int>(tracker->suspects().size());
  }
  EXPECT_GE(cries, 2);
  EXPECT_LE(cries, 10);
}

// --- properties

/// A history with one outage, strays, and several vantages.
struct History {
  std::vector<Observation> observations;
  Timestamp from, to;
};
History any_history() {
  History history;
  history.from = noon + Milli{*rc::gen::inRange(200'000, 260'000)};
  history.to = history.from + Milli{*rc::gen::inRange(60'000, 120'000)};
  const int vantages = *rc::gen::inRange(1, 6), strays = *rc::gen::inRange(0, 3);
  const auto layer = *rc::gen::element(Layer::connect_timeout, Layer::connect_refused, Layer::status);
  std::uint64_t number = 0;
  for (auto at = noon; at < noon + 450s; at += 2s) {
    ++number;
    for (int v = 0; v < vantages; ++v) {
      const auto sent = at + Milli{v * 350 + *rc::gen::inRange(0, 100)};
      const auto out = Milli{*rc::gen::inRange(10, 60)};
      const bool down = sent + out >= history.from && sent + out < history.to;
      const bool stray = !down && at < history.from - 10s && number % 40 < static_cast<std::uint64_t>(strays) / 2;
      const auto failed = down ? layer : stray ? Layer::connect_timeout : Layer::none;
      const auto took = is_timeout(failed) ? Milli{2'000} : 2 * out;
      history.observations.push_back(
          {VantageId{fmt::format("v{}", v)}, number, ServiceId{"e-tax"}, sent, std::chrono::microseconds{took}.count(), failed, 0});
    }
  }
  const auto ended = [](const Observation& one) { return one.sent + std::chrono::microseconds{one.took_us}; };
  std::ranges::sort(history.observations, {}, ended);
  return history;
}
std::vector<Turn> track(const std::vector<Observation>& observations) {
  Tracker tracker{{{.name = ServiceId{"e-tax"}, .every = 10s}}};
  for (const auto& observation : observations) tracker.take(observation);
  tracker.finish();
  return tracker.turns();
}
std::pair<Interval, Interval> found(const std::vector<Turn>& turns) {
  Interval onset{}, end{};
  for (const auto& turn : turns) {
    if (turn.to == Condition::down) onset = turn.when;
    if (turn.to == Condition::up && (turn.from == Condition::down || turn.correction)) end = turn.when;
  }
  return {onset, end};
}

RC_GTEST_PROP(TrackerProperties, TheTruthIsInsideWhateverTheOrderOfArrivalAndTheSameIsSaid, ()) {
  auto history = any_history();
  const auto turns = track(history.observations);
  const auto [onset, end] = found(turns);
  RC_ASSERT(onset.earliest <= history.from && history.from <= onset.latest);
  RC_ASSERT(end.earliest <= history.to && history.to <= end.latest);
  // Each is late by up to half the window: what ended first need not come first.
  std::vector<std::pair<Timestamp, Observation>> arrivals;
  for (const auto& one : history.observations)
    arrivals.emplace_back(one.sent + std::chrono::microseconds{one.took_us} + Milli{*rc::gen::inRange(0, 900)}, one);
  std::ranges::stable_sort(arrivals, {}, [](const auto& arrival) { return arrival.first; });
  std::vector<Observation> shuffled;
  for (auto& [_, one] : arrivals) shuffled.push_back(std::move(one));
  RC_ASSERT(track(shuffled) == turns);
}

RC_GTEST_PROP(TrackerProperties, AReplayOfAllThatWasSaidChangesNothing, ()) {
  const auto history = any_history();
  auto twice = history.observations;
  const auto again = *rc::gen::inRange<std::size_t>(0, twice.size());
  twice.insert(twice.end(), history.observations.begin() + static_cast<std::ptrdiff_t>(again), history.observations.end());
  RC_ASSERT(track(twice) == track(history.observations));
}

RC_GTEST_PROP(TrackerProperties, NoIntervalIsInvertedAndNoTurnIsWithoutAChangeWhateverComes, ()) {
  Tracker tracker{{{.name = ServiceId{"a"}, .every = 1s},
                   {.name = ServiceId{"b"}, .every = 1s, .fingerprint = "learn"},
                   {.name = ServiceId{"c"}, .every = 30s, .group = "g"}}};
  std::uint64_t number = 0;
  auto at = noon;
  std::map<ServiceId, Condition> held;
  for (int i = *rc::gen::inRange(1, 300); i > 0; --i) {
    at += Milli{*rc::gen::inRange(0, 3'000)};
    const auto layer = static_cast<Layer>(std::max(0, *rc::gen::inRange(-15, 15)));
    Observation one{VantageId{std::string(1, static_cast<char>('u' + *rc::gen::inRange(0, 3)))},
                    ++number,
                    ServiceId{std::string(1, static_cast<char>('a' + *rc::gen::inRange(0, 3)))},
                    at - Milli{*rc::gen::inRange(-5'000, 30'000)},
                    *rc::gen::inRange(0, 3'000'000),
                    layer,
                    0};
    if (*rc::gen::inRange(0, 3) == 0)
      one.body = *rc::gen::element(std::string("00000000000000aa"), std::string("not hexadecimal!"), std::string("00000000000000bb"));
    tracker.take(one);
    if (*rc::gen::inRange(0, 4) == 0) tracker.pass(at);
    for (const auto& turn : tracker.turns()) {
      RC_ASSERT(turn.when.earliest <= turn.when.latest);
      if (turn.joint) RC_ASSERT(turn.joint->earliest <= turn.joint->latest);
      RC_ASSERT(turn.belief >= 0 && turn.belief <= 1000);
      RC_ASSERT(turn.correction == (turn.from == turn.to));
      if (turn.correction) continue;
      RC_ASSERT(!held.contains(turn.target) || held[turn.target] == turn.from);
      held[turn.target] = turn.to;
    }
  }
  tracker.finish();
}

RC_GTEST_PROP(TrackerProperties, AVantageThatLosesItsUplinkIsNeverAnOutage, ()) {
  const int count = *rc::gen::inRange(2, 8), vantages = *rc::gen::inRange(1, 4);
  std::vector<Target> targets;
  for (int t = 0; t < count; ++t) targets.push_back({.name = ServiceId{fmt::format("t{}", t)}, .every = 5s});
  Tracker tracker{targets};
  const auto lost = noon + Milli{*rc::gen::inRange(60'000, 90'000)}, back = lost + Milli{*rc::gen::inRange(5'000, 120'000)};
  std::vector<Observation> all;
  std::map<int, std::uint64_t> numbers;
  const auto phase = *rc::gen::inRange(0, 5'000);
  for (auto at = noon; at < noon + 300s; at += 5s)
    for (int v = 0; v < vantages; ++v)
      for (int t = 0; t < count; ++t) {
        const auto sent = at + Milli{(phase + 5'000 * (v * count + t) / (count * vantages)) % 5'000};
        const bool gone = v == 0 && sent >= lost && sent < back;
        // A first silence is asked about again, as the schedule does.
        for (int burst = 0; burst < (gone ? 4 : 1); ++burst)
          all.push_back({VantageId{fmt::format("v{}", v)}, 0, ServiceId{fmt::format("t{}", t)}, sent + Milli{burst * 200},
                         gone ? 2'000'000 : 30'000, gone ? Layer::connect_timeout : Layer::none, 0});
      }
  std::ranges::stable_sort(all, {}, [](const Observation& one) { return one.sent + std::chrono::microseconds{one.took_us}; });
  for (auto& one : all) one.number = ++numbers[one.vantage.str().back()], tracker.take(one);
  tracker.finish();
  for (const auto& turn : tracker.turns()) RC_ASSERT(turn.to != Condition::down);
  for (const auto& state : tracker.states()) RC_ASSERT(state.condition == Condition::up);
}
}  // namespace
}  // namespace kulla::outage
