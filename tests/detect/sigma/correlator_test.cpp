#include "detect/sigma/correlator.hpp"

#include <gmock/gmock.h>

#include "detect/sigma/linked.hpp"

namespace kulla::detect::sigma {
namespace {
using test::correlation, test::Fields, test::Story;
using ::testing::ElementsAre, ::testing::IsEmpty;

std::string with(const std::string& type, const std::string& rules, const std::string& condition = "") {
  return correlation("type: " + type + ", rules: [" + rules + "], group-by: [u], timespan: 10s" +
                     (condition.empty() ? "" : ", condition: {" + condition + "}"));
}
const Fields x{{"u", "x"}}, y{{"u", "y"}};
Fields value(const std::string& value) { return {{"u", "x"}, {"f", value}}; }

TEST(Correlator, CountsEventsOfEachGroup) {
  Story story{with("event_count", "a", "gte: 3")};
  EXPECT_THAT(story.at(0, 'a', x), IsEmpty());
  EXPECT_THAT(story.at(1, 'a', y), IsEmpty());
  EXPECT_THAT(story.at(2, 'b', x), IsEmpty()) << "not among its rules";
  EXPECT_THAT(story.at(3, 'a', x), IsEmpty());
  EXPECT_THAT(story.at(10, 'a', x), ElementsAre("x[u=x] 3 0..10 #1 4 5")) << "both ends of the timespan belong to it";
  EXPECT_THAT(story.at(10.5, 'a', y), IsEmpty());
  EXPECT_THAT(story.at(11.5, 'a', y), IsEmpty()) << "the first is too old";
}

TEST(Correlator, TellsOnceUntilItWasFalseOrATimespanHasPassed) {
  Story story{with("event_count", "a", "gte: 2")};
  (void)story.at(0, 'a', x);
  EXPECT_EQ(story.at(1, 'a', x).size(), 1U);
  for (int second = 2; second <= 11; ++second) EXPECT_THAT(story.at(second, 'a', x), IsEmpty()) << second;
  EXPECT_THAT(story.at(11.5, 'a', x), ElementsAre("x[u=x] 2 11..11.5 #12 13"));
  EXPECT_THAT(story.at(21.75, 'a', x), IsEmpty()) << "false: alone in its window";
  EXPECT_EQ(story.at(22, 'a', x).size(), 1U);
}

TEST(Correlator, RangesAndFewness) {
  Story range{with("event_count", "a", "gt: 1, lt: 4")};
  std::vector<std::size_t> told;
  for (int second = 0; second < 6; ++second) told.push_back(range.at(second, 'a', x).size());
  EXPECT_THAT(told, ElementsAre(0, 1, 0, 0, 0, 0));
  EXPECT_EQ(range.at(14, 'a', x).size(), 1U) << "down to two again";
  Story few{with("event_count", "a", "lt: 3")};
  EXPECT_EQ(few.at(0, 'a', x).size(), 1U) << "true of the first event";
  Story other{with("event_count", "a", "neq: 1")};
  EXPECT_EQ(other.at(0, 'a', x).size() + 10 * other.at(1, 'a', x).size(), 10U);
}

TEST(Correlator, AnEventThatMatchesSeveralRulesIsOneEvent) {
  Story story{with("event_count", "a, b", "gte: 3")};
  for (int second = 0; second < 2; ++second) {
    EXPECT_THAT(story.at(second, 'a', x), IsEmpty());
    EXPECT_THAT(story.also(second, 'b', x), IsEmpty());
  }
  EXPECT_EQ(story.at(2, 'b', x).size(), 1U);
  Story both{with("temporal", "a, b")};
  (void)both.at(0, 'a', x);
  EXPECT_EQ(both.also(0, 'b', x).size(), 1U) << "but each rule was there";
}

TEST(Correlator, CountsDistinctValues) {
  Story story{with("value_count", "a", "gte: 3, field: f")};
  for (const auto* each : {"1", "2", "1", "2", "1"}) EXPECT_THAT(story.at(1, 'a', value(each)), IsEmpty());
  EXPECT_THAT(story.at(2, 'a', x), IsEmpty());
  EXPECT_EQ(story.correlator.statistics(0).without_value, 1U);
  EXPECT_THAT(story.at(3, 'a', value("3")), ElementsAre("x[u=x] 3 1..3 #4 5 7"));
  Story late{with("value_count", "a", "gte: 2, field: f")};
  (void)late.at(9, 'a', value("1")), (void)late.at(2, 'a', value("1"));
  EXPECT_EQ(late.at(13, 'a', value("2")).size(), 1U) << "the 1 that came late is not the latest";
  Story pairs{with("value_count", "a", "gte: 3, field: [f, g]")};
  const auto pair = [&](const char* f, const char* g) { return pairs.at(0, 'a', {{"u", "x"}, {"f", f}, {"g", g}}).size(); };
  EXPECT_EQ(pair("1", "2") + pair("12", "") + pair("1", "2"), 0U);
  EXPECT_EQ(pair("", "12"), 1U) << "values are not run together";
}

TEST(Correlator, Temporal) {
  Story story{with("temporal", "a, b, c")};
  EXPECT_THAT(story.at(0, 'c', x), IsEmpty());
  EXPECT_THAT(story.at(1, 'a', x), IsEmpty());
  EXPECT_THAT(story.at(2, 'b', y), IsEmpty());
  EXPECT_THAT(story.at(9, 'c', x), IsEmpty());
  EXPECT_THAT(story.at(11, 'b', x), ElementsAre("x[u=x] 3 1..11 #2 4 5"));
  Story two{with("temporal", "a, b, c", "eq: 2")};
  EXPECT_EQ(two.at(0, 'a', x).size() + 10 * two.at(0, 'c', x).size(), 10U);
}

TEST(Correlator, TemporalOrdered) {
  Story story{with("temporal_ordered", "a, b, c")};
  EXPECT_THAT(story.at(0, 'a', x), IsEmpty());
  EXPECT_THAT(story.at(1, 'c', x), IsEmpty());
  EXPECT_THAT(story.at(2, 'b', x), IsEmpty()) << "all there, in another order";
  EXPECT_THAT(story.at(3, 'a', x), IsEmpty());
  EXPECT_THAT(story.at(4, 'c', x), ElementsAre("x[u=x] 3 0..4 #1 3 5"));
  Story late{with("temporal_ordered", "a, b")};
  (void)late.at(0, 'a', x), (void)late.at(10.5, 'b', x);
  EXPECT_THAT(late.at(10.25, 'a', x), ElementsAre("x[u=x] 2 10.25..10.5 #3 2")) << "came late, happened before";
  Story some{with("temporal_ordered", "a, b, c", "gte: 2")};
  (void)some.at(0, 'b', x), (void)some.at(1, 'a', x);
  EXPECT_EQ(some.at(2, 'c', x).size(), 1U);
}

TEST(Correlator, ARuleOutOfPlaceDoesNotHideTheLongestSequence) {
  Sequence sequence;
  for (const auto& [input, at] : {std::pair{2U, 1}, {0U, 2}, {1U, 3}, {3U, 5}}) sequence.add({test::second(at), input, input, {}, {}});
  EXPECT_EQ(sequence.measure({}), Number{std::int64_t{3}}) << "the first, the second and the fourth";
}

TEST(Correlator, SumAverageAndPercentile) {
  Story sum{with("value_sum", "a", "gt: 100, field: f")};
  EXPECT_THAT(sum.at(0, 'a', value("60")), IsEmpty());
  EXPECT_THAT(sum.at(1, 'a', value("many")), IsEmpty());
  EXPECT_THAT(sum.at(1, 'a', value("inf")), IsEmpty());
  EXPECT_EQ(sum.correlator.statistics(0).without_value, 2U);
  EXPECT_THAT(sum.at(2, 'a', value("40.5")), ElementsAre("x[u=x] 100.5 0..2 #1 4"));
  EXPECT_THAT(sum.at(10.5, 'a', value("1e300")), IsEmpty());
  EXPECT_THAT(sum.at(21, 'a', value("100.25")), ElementsAre("x[u=x] 100.25 21..21 #6")) << "what was huge leaves no rest";
  Story average{with("value_avg", "a", "gte: 2.5, field: f")};
  EXPECT_THAT(average.at(0, 'a', value("1")), IsEmpty());
  EXPECT_THAT(average.at(1, 'a', value("4")), ElementsAre("x[u=x] 2.5 0..1 #1 2"));
  Story high{with("value_percentile", "a", "gte: 9, field: f, percentile: 50")};
  EXPECT_EQ(high.at(0, 'a', value("1")).size() + high.at(1, 'a', value("9")).size(), 0U) << "the smaller of the two in the middle";
  EXPECT_EQ(high.at(2, 'a', value("10")).size(), 1U);
}

TEST(Correlator, PercentileWithoutARankIsTheShareOfTheValue) {
  Story story{with("value_percentile", "a", "lte: 10, field: f")};
  for (int at = 0; at < 9; ++at) EXPECT_THAT(story.at(0.5 * at, 'a', value("common")), IsEmpty());
  EXPECT_THAT(story.at(5, 'a', value("rare")), ElementsAre("x[u=x] 10 5..5 #10"));
}

TEST(Correlator, GroupsByAliases) {
  Story story{correlation("type: temporal, rules: [a, b], group-by: [ip], timespan: 10s, aliases: {ip: {a: src, b: dst}}")};
  (void)story.at(0, 'a', {{"src", "1"}, {"dst", "2"}});
  EXPECT_THAT(story.at(1, 'b', {{"src", "1"}, {"dst", "2"}}), IsEmpty());
  EXPECT_THAT(story.at(2, 'b', {{"src", "3"}, {"dst", "1"}}), ElementsAre("x[ip=1] 2 0..2 #1 3"));
  EXPECT_THAT(story.at(3, 'b', {{"src", "1"}}), IsEmpty());
  EXPECT_EQ(story.correlator.statistics(0).without_group, 1U);
}

const std::string many_then_one =
    "title: t\nid: many\ncorrelation: {type: event_count, rules: [a], group-by: [host], timespan: 10s, condition: {gte: 3}}\n---\n" +
    correlation("type: temporal_ordered, rules: [many, b], group-by: [u], timespan: 1m");

TEST(Correlator, ResultsAreEventsForOthers) {
  Story story{many_then_one};
  for (int at = 0; at < 3; ++at) EXPECT_THAT(story.at(at, 'a', {{"host", "h"}, {"u", "x"}}), IsEmpty()) << "it raises nothing of its own";
  EXPECT_EQ(story.correlator.statistics(0).findings, 1U);
  EXPECT_THAT(story.at(30, 'b', y), IsEmpty());
  EXPECT_THAT(story.at(30, 'b', x), ElementsAre("x[u=x] 2 2..30 #3 5")) << "by a field of the event that completed it";
  Story loud{many_then_one + "generate: true\n"};
  (void)loud.at(0, 'a', {{"host", "h"}}), (void)loud.at(0, 'a', {{"host", "h"}});
  EXPECT_THAT(loud.at(0, 'a', {{"host", "h"}}), ElementsAre("many[host=h] 3 0..0 #1 2 3"));
}

TEST(Correlator, WhatComesLateIsCountedInOrderAndWhatComesTooLateApart) {
  Story story{with("event_count", "a", "gte: 3")};
  (void)story.at(100, 'a', x), (void)story.at(95, 'a', x);
  EXPECT_THAT(story.at(90, 'a', x), ElementsAre("x[u=x] 3 90..100 #3 2 1"));
  (void)story.at(50, 'a', x), (void)story.at(51, 'a', x);
  EXPECT_THAT(story.at(45, 'a', x), ElementsAre("x[u=x] 3 45..51 #6 4 5"));
  EXPECT_EQ(story.correlator.statistics(0).behind, 3U);
  (void)story.at(0, 'a', x);
  EXPECT_EQ(story.correlator.statistics(0).begun_anew, 1U);
}

TEST(Correlator, AnEventFromAWrongClockDoesNotBlindAGroup) {
  Story story{with("event_count", "a", "gte: 3")};
  (void)story.at(1e9, 'a', x);
  (void)story.at(0, 'a', x), (void)story.at(1, 'a', x);
  EXPECT_EQ(story.at(2, 'a', x).size(), 1U);
}

TEST(Correlator, TimesAtTheEndsOfTheWorld) {
  auto all = test::linked(test::three_rules() + with("event_count", "a", "gte: 2"));
  Correlator correlator{std::move(all.collection.correlations)};
  for (const auto time : {Timestamp::min(), Timestamp::max(), Timestamp::min(), Timestamp::max()})
    (void)correlator.on_match(0, time, test::lookup_in(x), 1);
  EXPECT_EQ(correlator.statistics(0).events, 1U) << "one token";
  (void)correlator.on_match(99, Timestamp{}, test::lookup_in(x), 1);
}

TEST(Correlator, TheIdlestGroupGoesFirst) {
  Story story{with("event_count", "a", "gte: 2"), {.groups = 2}};
  (void)story.at(0, 'a', {{"u", "1"}}), (void)story.at(0, 'a', {{"u", "2"}}), (void)story.at(1, 'a', {{"u", "3"}});
  EXPECT_EQ(story.correlator.groups(0), 2U);
  EXPECT_EQ(story.correlator.statistics(0).evicted, 1U);
  EXPECT_EQ(story.at(2, 'a', {{"u", "2"}}).size(), 1U);
  (void)story.at(100, 'a', {{"u", "4"}}), (void)story.at(100, 'a', {{"u", "5"}});
  EXPECT_EQ(story.correlator.statistics(0).evicted, 1U) << "those that went had nothing within the timespan";
}

TEST(Correlator, SaysWhatItDropped) {
  Story story{with("value_sum", "a", "gte: 1000, field: f"), {.entries_per_window = 5}};
  for (int at = 0; at < 8; ++at) (void)story.at(0, 'a', value("1"));
  EXPECT_EQ(story.correlator.entries(0), 5U);
  EXPECT_EQ(story.correlator.statistics(0).dropped, 3U);
  Story many{with("event_count", "a", "gte: 100"), {.tokens = 2}};
  for (int at = 1; at < 100; ++at) (void)many.at(0, 'a', x);
  EXPECT_THAT(many.at(1, 'a', x), ElementsAre("x[u=x] 100 0..1 #99 100"));
}

TEST(Correlator, StateSurvivesAReloadWhereTheDefinitionIsTheSame) {
  const auto two = with("event_count", "a", "gte: 2");
  const auto after = [&](const std::string& documents) {
    Story old{two}, fresh{documents};
    (void)old.at(0, 'a', x);
    fresh.correlator.adopt(old.correlator);
    return fresh.at(1, 'a', x).size();
  };
  EXPECT_EQ(after(two), 1U);
  EXPECT_EQ(after("level: high\n" + two), 1U) << "what people read is not what it finds";
  EXPECT_EQ(after("title: t\nid: y\ncorrelation: {type: temporal, rules: [a, b], timespan: 1m}\n---\n" + two), 1U) << "wherever it stands";
  EXPECT_EQ(after(with("event_count", "id-a", "gte: 2")), 1U) << "however it refers to its rule";
  EXPECT_EQ(after(with("event_count", "a", "gt: 1")), 0U);
  EXPECT_EQ(after(with("event_count", "a, b", "gte: 2")), 0U);
}
}  // namespace
}  // namespace kulla::detect::sigma
