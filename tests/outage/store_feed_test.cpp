// What is made for others to read: the feed, the metrics, the chart's data.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/canonical_json.hpp"
#include "outage/chart.hpp"
#include "outage/feed.hpp"
#include "outage/metrics.hpp"
#include "outage/store_world.hpp"

namespace kulla::outage {
namespace {
using testing::HasSubstr;
using testing::Not;
using testing_store::noon;
using testing_store::World;
using namespace std::chrono_literals;

Outage outage_of(const std::string& target, Cause cause, std::optional<Interval> end = {}) {
  Outage made;
  made.target = ServiceId{target};
  made.onset = {noon + 10min, noon + 11min};
  made.end = end;
  made.cause = cause;
  made.confidence = 87;
  made.evidence = {"it says <b>\"503\"</b> & no more"};
  return made;
}

class FeedTest : public testing::Test {
 protected:
  FeedTest() {
    for (const char* name : {"a", "b", "c", "d", "e"}) {
      targets.push_back({.name = ServiceId{name}, .institution = "Tax"});
      tracks.push_back({targets.back(), {Cell{.asked = 6, .good = 6, .took = 0, .condition = Condition::up}}});
    }
    tracks[3].cells.back().condition = Condition::no_data;
    tracks[4].cells.back().condition = Condition::degraded;
  }
  json::object summary() { return parse_json(summary_json(publication())).value().as_object(); }
  Publication publication() { return {"Status of Albania", "https://status.example/", noon + 1h, targets, outages, {}, tracks}; }
  std::string status(const std::string& name) {
    const auto all = summary();
    for (const auto& component : all.at("components").as_array())
      if (component.at("name").as_string() == name) return std::string{component.at("status").as_string()};
    return "missing";
  }
  std::vector<Target> targets;
  std::vector<Track> tracks;
  std::vector<Outage> outages;
};

TEST_F(FeedTest, ComponentsHaveTheWordsOfStatusPagesAndWhatIsNotKnownIsNotOperational) {
  outages = {outage_of("a", Cause::overload), outage_of("b", Cause::protective_closure),
             outage_of("c", Cause::dns, Interval{noon + 20min, noon + 21min})};
  EXPECT_EQ(status("a"), "major_outage");
  EXPECT_EQ(status("b"), "under_maintenance");
  EXPECT_EQ(status("c"), "operational");
  EXPECT_EQ(status("d"), "no_data");
  EXPECT_EQ(status("e"), "degraded_performance");
  outages[0].dissenting = {VantageId{"v"}};
  EXPECT_EQ(status("a"), "partial_outage");
  outages[0].cause = Cause::vantage_fault;
  EXPECT_EQ(status("a"), "vantage_fault");
}

TEST_F(FeedTest, OnlyWhatLastsIsInTheSummaryAndAllIsInTheHistory) {
  outages = {outage_of("a", Cause::overload), outage_of("c", Cause::dns, Interval{noon + 20min, noon + 21min})};
  const auto open = summary();
  ASSERT_EQ(open.at("incidents").as_array().size(), 1U);
  EXPECT_EQ(open.at("incidents").at(0).at("status").as_string(), "identified");
  EXPECT_TRUE(open.at("incidents").at(0).at("resolved_at").is_null());
  EXPECT_EQ(open.at("status").at("indicator").as_string(), "major");
  const auto all = parse_json(incidents_json(publication())).value();
  ASSERT_EQ(all.at("incidents").as_array().size(), 2U);
  EXPECT_EQ(all.at("incidents").at(1).at("status").as_string(), "resolved");
  EXPECT_EQ(all.at("incidents").at(1).at("resolved_at").as_string(), "2019-12-20T12:21:00.000000Z");
}

TEST_F(FeedTest, AllUpSaysSoOnlyWhenAllIsKnown) {
  tracks[4].cells.back().condition = Condition::up;
  EXPECT_EQ(summary().at("status").at("description").as_string(), "1 of 5 are not known");
  tracks[3].cells.back().condition = Condition::up;
  EXPECT_EQ(summary().at("status").at("description").as_string(), "All Systems Operational");
}

TEST_F(FeedTest, AnIncidentsNameStaysWhenItEnds) {
  EXPECT_EQ(outage_id(outage_of("a", Cause::overload)), outage_id(outage_of("a", Cause::dns, Interval{noon + 20min, noon + 21min})));
  EXPECT_NE(outage_id(outage_of("a", Cause::overload)), outage_id(outage_of("b", Cause::overload)));
}

TEST_F(FeedTest, NothingForeignGetsIntoTheMarkup) {
  outages = {outage_of("<script>", Cause::overload)};
  const auto feed = atom_feed(publication());
  EXPECT_THAT(feed, Not(HasSubstr("<script>")));
  EXPECT_THAT(feed, Not(HasSubstr("<b>")));
  EXPECT_THAT(feed, HasSubstr("&lt;script&gt;: down, overload"));
  EXPECT_THAT(feed, HasSubstr("Cause: overload (87 %)."));
}

TEST(MetricsTest, TheNewestOfEachTargetAndVantageInBlackboxNames) {
  World world{"v", 2, 10s, 1};
  Metrics metrics;
  auto good = world.good(0, noon);
  good.took_us = 250'000, good.phases = {10'000, 20'000, 30'000, 40'000};
  metrics.take(World::failing(world.good(0, noon - 10s), Layer::connect_refused));
  metrics.take(good);
  metrics.take(World::failing(world.good(0, noon - 20s), Layer::connect_refused));  // late: moves nothing
  auto bad = World::failing(world.good(1, noon), Layer::connect_refused);
  bad.address = "2001:db8::1";
  metrics.take(bad);
  const auto text = metrics.text();
  const auto line = [](const std::string& name, const std::string& target, const std::string& rest) {
    return "\n" + name + "{target=\"" + target + "\",vantage=\"v\"" + rest;
  };
  EXPECT_THAT(text, HasSubstr(line("probe_success", "service-0000", "} 1\n")));
  EXPECT_THAT(text, HasSubstr(line("probe_success", "service-0001", "} 0\n")));
  EXPECT_THAT(text, HasSubstr(line("probe_duration_seconds", "service-0000", "} 0.25\n")));
  EXPECT_THAT(text, HasSubstr(line("probe_dns_lookup_time_seconds", "service-0000", "} 0.01\n")));
  EXPECT_THAT(text, HasSubstr(line("probe_http_status_code", "service-0000", "} 200\n")));
  EXPECT_THAT(text, HasSubstr(line("probe_ip_protocol", "service-0000", "} 4\n")));
  EXPECT_THAT(text, HasSubstr(line("probe_ip_protocol", "service-0001", "} 6\n")));
  EXPECT_THAT(text, HasSubstr(line("probe_ssl_earliest_cert_expiry", "service-0000", "} ")));
  EXPECT_THAT(text, Not(HasSubstr(line("probe_ssl_earliest_cert_expiry", "service-0001", ""))));
  EXPECT_THAT(text, HasSubstr(line("probe_http_duration_seconds", "service-0000", ",phase=\"transfer\"} 0.15\n")));
  EXPECT_THAT(text, HasSubstr("# TYPE probe_success gauge"));
  EXPECT_THAT(text, HasSubstr("kulla_observations_total 4\n"));
}

class ChartTest : public testing::Test {
 protected:
  Tracks tracks() {
    Tracks made{noon, 60s, {}};
    const auto add = [&](const char* name, const char* network, std::vector<Condition> conditions) {
      auto& track = made.tracks.emplace_back(Track{{.name = ServiceId{name}, .network = network}, {}});
      for (const auto condition : conditions) track.cells.push_back({.asked = 10, .good = 8, .took = 1, .condition = condition});
    };
    using enum Condition;
    add("a", "AS1", {up, down, no_data, no_data});
    add("b", "AS1", {up, up, no_data, down});
    add("c", "AS2", {up, degraded, up, vantage_fault});
    return made;
  }
};

TEST_F(ChartTest, ReachIsOfWhatIsKnownAndNothingWhereNothingIs) {
  const auto chart = make_chart(tracks(), noon + 4min, {}, {}, ChartBy::network);
  ASSERT_EQ(chart.lines.size(), 2U);
  EXPECT_EQ(chart.lines[0].name, "AS1");  // the least reachable first
  EXPECT_THAT(chart.lines[0].reach, testing::ElementsAre(1.0, 0.5, std::nullopt, 0.0));
  EXPECT_THAT(chart.lines[1].reach, testing::ElementsAre(1.0, 0.8, 1.0, std::nullopt));
  EXPECT_EQ(chart.lines[0].least(), 0.0);
  const auto data = parse_json(chart_json(chart)).value();
  EXPECT_TRUE(data.at("lines").at(0).at("reach").at(2).is_null());
  EXPECT_EQ(data.at("step_s").as_int64(), 60);
}

TEST_F(ChartTest, CausesThatOverlapAreOneBandAndOrdersOfOneDecisionOneLine) {
  auto first = outage_of("a", Cause::overload, Interval{noon + 12min, noon + 13min});
  auto second = outage_of("b", Cause::overload, Interval{noon + 12min, noon + 30min});
  auto other = outage_of("c", Cause::dns, Interval{noon + 12min, noon + 13min});
  std::vector<ClosureOrder> orders;
  for (const auto at : {noon + 5min, noon + 5min + 2s, noon + 20min}) orders.push_back({ServiceId{"a"}, ClosureId{"x"}, at});
  const auto chart = make_chart(tracks(), noon + 1h, std::vector{first, other, second}, orders, ChartBy::target);
  ASSERT_EQ(chart.bands.size(), 2U);
  EXPECT_EQ(chart.bands[0].cause, Cause::overload);
  EXPECT_EQ(chart.bands[0].targets, 2U);
  EXPECT_EQ(chart.bands[0].to, noon + 30min);
  ASSERT_EQ(chart.orders.size(), 2U);
  EXPECT_EQ(chart.orders[0].text, "order to close 2 services");
  EXPECT_EQ(chart.orders[1].text, "order to close a");
}

TEST_F(ChartTest, TheDrawingShowsForeignNamesAsTextAndHasNoNumberThatIsNone) {
  auto made = tracks();
  made.tracks[0].target.network = "<AS&1>\x1b[31m";
  auto chart = make_chart(made, noon + 4min, {}, {}, ChartBy::network);
  compare_with(chart, make_chart(tracks(), noon + 4min, {}, {}, ChartBy::network));
  const auto svg = chart_svg(chart, 1200);
  EXPECT_THAT(svg, HasSubstr("&lt;AS&amp;1&gt;%1B[31m"));
  EXPECT_THAT(svg, Not(HasSubstr("nan")));
  EXPECT_THAT(svg, Not(HasSubstr("inf")));
  EXPECT_THAT(svg, HasSubstr("100 %"));
  EXPECT_THAT(chart_svg(make_chart({noon, 60s, {}}, noon, {}, {}, ChartBy::network), 600), HasSubstr("no data"));
}
}  // namespace
}  // namespace kulla::outage
