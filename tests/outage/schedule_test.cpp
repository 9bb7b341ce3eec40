// The schedule in virtual time: what is promised of its gaps holds for every period, slot and failure.
#include "outage/schedule.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <map>

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using std::chrono::milliseconds;
using Time = Schedule::Time;
const Time start{std::chrono::seconds{1'657'875'600}};
/// Where nobody sets it, the wall clock goes as time does.
Schedule planned(const ScheduleSettings& settings, Time from = start) { return {settings, from, Timestamp{from.time_since_epoch()}}; }

ScheduleSettings one(milliseconds every, int slot = 0, int of = 1) {
  return {.slot = slot, .of = of, .targets = {{ServiceId{"e-tax"}, "", every}}, .seed = static_cast<std::uint64_t>(slot + 7)};
}

struct Probe {
  Time at;
  std::size_t target;
};
/// All probes until `end`; `good(target, at)` answers each `took` after it was sent.
template <typename Good>
std::vector<Probe> run(Schedule& schedule, Time end, Good good, std::chrono::microseconds took = 5ms) {
  std::vector<Probe> probes;
  std::multimap<Time, Probe> under_way;
  for (;;) {
    const auto due = *schedule.next_due();
    const auto answer = under_way.empty() ? Time::max() : under_way.begin()->first;
    if (std::min(due, answer) > end) return probes;
    if (answer <= due) {
      const auto probe = under_way.begin()->second;
      under_way.erase(under_way.begin());
      schedule.answered(probe.target, probe.at, good(probe.target, probe.at), answer);
    } else if (const auto target = schedule.take(due)) {
      probes.push_back({due, *target});
      under_way.emplace(due + took, probes.back());
    }
  }
}
bool always(std::size_t, Time) { return true; }
std::chrono::microseconds longest_gap(std::vector<Time> times) {
  std::ranges::sort(times);
  std::chrono::microseconds longest{};
  for (std::size_t i = 1; i < times.size(); ++i) longest = std::max(longest, times[i] - times[i - 1]);
  return longest;
}
std::vector<Time> times(const std::vector<Probe>& probes) {
  std::vector<Time> result;
  for (const auto& probe : probes) result.push_back(probe.at);
  return result;
}

TEST(ScheduleTest, FiveVantagesAskOneAfterTheOther) {
  std::vector<Time> all;
  for (int slot = 0; slot < 5; ++slot) {
    auto schedule = planned(one(30s, slot, 5), start + slot * 777ms);
    const auto probes = times(run(schedule, start + 1h, always));
    EXPECT_GE(probes.size(), 119U);
    EXPECT_LE(probes.size(), 121U);
    all.insert(all.end(), probes.begin() + 2, probes.end());
  }
  EXPECT_LE(longest_gap(all), 6600ms);
  EXPECT_GE(longest_gap(all), 5900ms);  // or they ask more than they should
}
TEST(ScheduleTest, AGroupLiesEvenlyBetween) {
  std::vector<Time> all;
  for (int slot = 0; slot < 5; ++slot) {
    ScheduleSettings settings{.slot = slot, .of = 5, .targets = {}, .seed = static_cast<std::uint64_t>(slot)};
    for (int i = 0; i < 10; ++i) settings.targets.push_back({ServiceId{fmt::format("service-{}", (i + slot) % 10)}, "gateway", 30s});
    auto schedule = planned(settings);
    for (const auto at : times(run(schedule, start + 10min, always)))
      if (at > start + 1min) all.push_back(at);
  }
  EXPECT_LE(longest_gap(all), 660ms);
  EXPECT_NEAR(static_cast<double>(all.size()), 900, 5);  // 9 minutes, 0.6 s each
}
TEST(ScheduleTest, AFirstFailureIsAskedAboutAtOnceWithoutWaiting) {
  auto schedule = planned(one(30s));
  const auto cut = start + 65s;
  const auto probes = run(schedule, start + 100s, [&](auto, Time at) { return at < cut; }, 2s);
  const auto first = std::ranges::find_if(probes, [&](const Probe& probe) { return probe.at >= cut; });
  ASSERT_LT(first, probes.end() - 5);
  const auto known = first->at + 2s;
  std::vector<milliseconds> after;
  for (auto it = first + 1; it != probes.end() && it->at < known + 850ms; ++it)
    after.push_back(std::chrono::duration_cast<milliseconds>(it->at - known));
  for (const auto wanted : Schedule::burst) EXPECT_EQ(std::ranges::count(after, wanted), 1) << wanted.count();
}
TEST(ScheduleTest, WhileDownAllVantagesTogetherAskOftenThenLess) {
  std::vector<Time> all;
  std::vector<Time> alone;
  for (int slot = 0; slot < 5; ++slot) {
    auto schedule = planned(one(5min, slot, 5));
    const auto probes = times(run(schedule, start + 3h, [](auto, auto) { return false; }));
    for (const auto at : probes) {
      if (at > start + 6min && at < start + 10min) all.push_back(at);
      if (slot == 0 && at > start + 2h + 50min) alone.push_back(at);
    }
  }
  EXPECT_LE(longest_gap(all), 1000ms);
  EXPECT_LE(longest_gap(alone), 61s);  // with its jitter
  EXPECT_GE(longest_gap(alone), 50s);
}
TEST(ScheduleTest, WithOneVantageSilentTheEndIsStillSeenInTwoSeconds) {
  std::vector<Time> all;
  for (int slot = 0; slot < 4; ++slot) {
    auto schedule = planned(one(30s, slot, 5));
    for (const auto at : times(run(schedule, start + 9min, [](auto, auto) { return false; })))
      if (at > start + 1min) all.push_back(at);
  }
  EXPECT_LE(longest_gap(all), 2s);
}
TEST(ScheduleTest, AFirstGoodAnswerIsConfirmedAndThePaceIsTheOldOne) {
  auto schedule = planned(one(30s));
  const auto back = start + 90s;
  const auto probes = run(schedule, start + 5min, [&](auto, Time at) { return at >= back; });
  const auto first = std::ranges::find_if(probes, [&](const Probe& probe) { return probe.at >= back; });
  ASSERT_LT(first + 3, probes.end());
  EXPECT_LE(first->at - back, 1s);
  EXPECT_EQ((first + 1)->at - first->at, 105ms);
  EXPECT_EQ((first + 2)->at - first->at, 205ms);
  EXPECT_GT((first + 4)->at - (first + 3)->at, 29s);
}
TEST(ScheduleTest, AnOlderAnswerThatComesLateTellsNothingNew) {
  auto schedule = planned(one(1s));
  schedule.answered(0, start + 2s, true, start + 2s);
  schedule.answered(0, start + 1s, false, start + 3s);
  EXPECT_FALSE(schedule.is_down(0));
  schedule.answered(0, start + 4s, false, start + 4s);
  EXPECT_TRUE(schedule.is_down(0));
}
TEST(ScheduleTest, SomebodyElsesAlarmIsABurstFromHereAndNoFlood) {
  auto schedule = planned(one(1h));
  const auto count = [&](Time from, Time to) {
    int asked = 0;
    for (auto now = from; now < to; now += 1ms) {
      schedule.measure(0, now);
      while (schedule.take(now)) ++asked;
    }
    return asked;
  };
  EXPECT_EQ(count(start, start + 1s), 4);
  EXPECT_LE(count(start + 1s, start + 101s), 4 * 50 + 1);
  EXPECT_FALSE(schedule.is_down(0));
}
TEST(ScheduleTest, AMachineThatStoodStillMakesNoHeap) {
  ScheduleSettings settings{.slot = 0, .of = 1, .targets = {}, .seed = 1};
  for (int i = 0; i < 100; ++i) settings.targets.push_back({ServiceId{fmt::format("s{}", i)}, "", 30s});
  auto schedule = planned(settings);
  (void)run(schedule, start + 1min, always);
  const auto now = start + 3h;
  int at_once = 0;
  while (schedule.take(now)) ++at_once;
  EXPECT_LE(at_once, 5);
  const auto probes = run(schedule, now + 30s, always);
  EXPECT_GE(probes.size(), 95U);
  EXPECT_LE(probes.size(), 105U);
}
TEST(ScheduleTest, AWallClockThatIsSetStopsNothing) {
  for (const std::chrono::seconds jump : std::initializer_list<std::chrono::seconds>{-3h, 3h, -1s, 1s, -4s}) {
    auto schedule = planned(one(2s, 1, 5));
    const auto cut = start + 65s;
    const auto answer = [&](auto, Time at) { return at < cut || at >= cut + 30s; };
    auto probes = run(schedule, start + 61s, answer);
    schedule.set_wall(Timestamp{(start + 61s + jump).time_since_epoch()}, start + 61s);
    const auto later = run(schedule, start + 200s, answer);
    EXPECT_LE(later.front().at - probes.back().at, 2s);
    EXPECT_LE(longest_gap(times(later)), 2s);
    EXPECT_GT(std::ranges::count_if(later, [&](const Probe& probe) { return probe.at > cut && probe.at < cut + 4s; }), 5)
        << "a failure is still asked about";
    EXPECT_FALSE(schedule.is_down(0)) << "and its end is heard";
    const auto wall = (later.back().at + jump).time_since_epoch();
    auto on_time = planned(one(2s, 1, 5), Time{wall - 5s});
    const auto phase = times(run(on_time, Time{wall + 5s}, always));
    EXPECT_TRUE(std::ranges::any_of(phase, [&](Time at) { return std::chrono::abs(at.time_since_epoch() - wall) <= 10ms; }))
        << "phases are those of the new wall clock";
  }
}

RC_GTEST_PROP(ScheduleProperty, NeverFurtherApartThanEvery, ()) {
  const auto of = *rc::gen::inRange(1, 21), slot = *rc::gen::inRange(0, of);
  const milliseconds every{*rc::gen::inRange(10, 60'000)};
  const auto failures = *rc::gen::container<std::vector<bool>>(20, rc::gen::arbitrary<bool>());
  auto schedule = planned(one(every, slot, of));
  const auto piece = every * 7;
  const auto probes = times(run(
      schedule, start + piece * 20,
      [&](auto, Time at) { return failures[static_cast<std::size_t>(std::min<std::int64_t>((at - start) / piece, 19))]; },
      std::chrono::microseconds{*rc::gen::inRange(1, 3'000'000)}));
  RC_ASSERT(probes.front() - start <= every);
  RC_ASSERT(longest_gap(probes) <= every);
  RC_ASSERT(probes.size() >= 139U);
}
RC_GTEST_PROP(ScheduleProperty, AlwaysGoodIsAskedNoMoreThanNeeded, ()) {
  const auto of = *rc::gen::inRange(1, 21);
  const milliseconds every{*rc::gen::inRange(100, 60'000)};
  auto schedule = planned(one(every, of - 1, of));
  RC_ASSERT(run(schedule, start + every * 100, always).size() <= 103U);
}
}  // namespace
}  // namespace kulla::outage
