#include "outage/onset.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <algorithm>

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
constexpr Timestamp noon{std::chrono::hours{24 * 365 * 50 + 12}};
Mark mark(std::chrono::milliseconds at, std::chrono::microseconds until = 100ms, bool doubtful = false) {
  return {noon + at, static_cast<std::int32_t>(until.count()), doubtful};
}
Interval of(std::vector<Edge> edges) { return interval_of(edges, noon + 1h); }

TEST(Onset, LiesBetweenTheLastGoodOneSentAndWhenTheFirstBadOneWouldHaveAnswered) {
  Edge edge;
  for (const auto at : {0s, 6s, 12s}) edge.before(mark(at));
  edge.after(mark(18s));
  edge.after(mark(20s));
  EXPECT_EQ(of({edge}), (Interval{noon + 12s, noon + 18'100ms}));
}

TEST(Onset, ALossBeforeAGoodOneIsNotTheFirstBad) {
  Edge edge;
  edge.before(mark(0s));
  edge.after(mark(6s));
  edge.before(mark(8s));
  edge.after(mark(12s));
  EXPECT_EQ(of({edge}), (Interval{noon + 8s, noon + 12'100ms}));
}

TEST(Onset, ALossOfOneVantageBeforeAGoodOneOfAnotherIsNotEither) {
  Edge lost, other;
  lost.before(mark(0s));
  lost.after(mark(6s));
  lost.after(mark(36s));
  other.before(mark(12s));
  other.after(mark(20s));
  EXPECT_EQ(of({lost, other}), (Interval{noon + 12s, noon + 20'100ms}));
}

TEST(Onset, WhereLossesAreKnownTheSecondSilenceCounts) {
  Edge edge;
  edge.before(mark(0s));
  edge.after(mark(6s, 100ms, true));
  edge.after(mark(8s, 100ms, true));
  EXPECT_EQ(of({edge}).latest, noon + 8'100ms);
  edge.after(mark(7s, 100ms, false));
  EXPECT_EQ(of({edge}).latest, noon + 7'100ms) << "a refusal alone shows it";
}

TEST(Onset, ADoubtfulLastBadDoesNotEndAnOutageLate) {
  Edge ending;
  ending.before(mark(0s, 100ms, true));
  ending.before(mark(2s, 100ms, true));
  ending.after(mark(4s));
  EXPECT_EQ(of({ending}), (Interval{noon, noon + 4'100ms}));
}

TEST(Onset, WithoutAGoodOneItIsOpenAndWithoutABadOneItIsUntilKnown) {
  Edge edge;
  edge.after(mark(6s));
  EXPECT_EQ(of({edge}), (Interval{Timestamp{}, noon + 6'100ms}));
  Edge good;
  good.before(mark(2s));
  EXPECT_EQ(of({good}), (Interval{noon + 2s, noon + 1h}));
}

TEST(Onset, CommonIsWhatAllShareOrNothing) {
  const std::vector<Interval> all{{noon, noon + 10s}, {noon + 4s, noon + 12s}, {noon + 1s, noon + 5s}};
  EXPECT_EQ(common(all), (Interval{noon + 4s, noon + 5s}));
  const std::vector<Interval> apart{{noon, noon + 1s}, {noon + 2s, noon + 3s}};
  EXPECT_EQ(common(apart), std::nullopt);
  EXPECT_EQ(common({}), std::nullopt);
}

struct Told {
  std::size_t vantage;
  bool before;
  Mark mark;
};
std::vector<Edge> edges_of(const std::vector<Told>& told) {
  std::vector<Edge> edges(3);
  for (const auto& one : told) one.before ? edges[one.vantage].before(one.mark) : edges[one.vantage].after(one.mark);
  return edges;
}

RC_GTEST_PROP(OnsetProperties, TheTruthIsInsideAndTheOrderOfTellingDoesNotMatter, ()) {
  const auto truth = noon + std::chrono::milliseconds{*rc::gen::inRange(1'000, 60'000)};
  std::vector<Told> told;
  for (int i = *rc::gen::inRange(2, 25); i > 0; --i) {
    const auto sent = noon + std::chrono::milliseconds{*rc::gen::inRange(0, 70'000)};
    const auto out = std::chrono::milliseconds{*rc::gen::inRange(1, 200)};
    const bool before = sent + out < truth;
    told.push_back({*rc::gen::inRange<std::size_t>(0, 3),
                    before,
                    {sent, static_cast<std::int32_t>(std::chrono::microseconds{2 * out}.count()), false}});
  }
  const auto edges = edges_of(told);
  const auto interval = interval_of(edges, noon + 80s);
  RC_ASSERT(interval.earliest <= truth);
  RC_ASSERT(truth <= interval.latest);
  auto shuffled = told;
  for (std::size_t i = shuffled.size(); i > 1; --i) std::swap(shuffled[i - 1], shuffled[*rc::gen::inRange<std::size_t>(0, i)]);
  RC_ASSERT(interval_of(edges_of(shuffled), noon + 80s) == interval);
}

RC_GTEST_PROP(OnsetProperties, NeverInvertedWhateverIsTold, ()) {
  std::vector<Told> told;
  for (int i = *rc::gen::inRange(0, 30); i > 0; --i)
    told.push_back({*rc::gen::inRange<std::size_t>(0, 3), *rc::gen::arbitrary<bool>(),
                    mark(std::chrono::milliseconds{*rc::gen::inRange(0, 10'000)},
                         std::chrono::microseconds{*rc::gen::inRange(0, 3'000'000)}, *rc::gen::arbitrary<bool>())});
  const auto interval = interval_of(edges_of(told), noon);
  RC_ASSERT(interval.earliest <= interval.latest);
}
}  // namespace
}  // namespace kulla::outage
