#include "detect/detector.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.hpp"
#include "detect/backtest.hpp"
#include "detect/sigma/load.hpp"
#include "event/gate_line.hpp"
#include "event/gate_log.hpp"

namespace kulla::detect {
namespace {
using kulla::test::GateLine, kulla::test::to_line;
using namespace std::chrono_literals;

constexpr auto script_rule = R"(title: Script used
id: r-script
level: high
tags: [attack.t1505.003]
kulla: {outcome: succeeded, may_close: true}
logsource: {category: webserver}
detection:
  s: {cs-uri-stem|endswith: .php}
  condition: s
)";

class DetectorTest : public testing::Test {
 protected:
  void rule(std::string_view name, std::string_view text) { std::ofstream{folder_.path() / name} << text; }
  Result<std::unique_ptr<Detector>> make(Settings settings = {}) {
    settings.rules = {folder_.path()};
    return Detector::make(settings, pseudonyms_, SensorId{"gate"});
  }
  void start(Settings settings = {}) {
    rule("script.yml", script_rule);
    auto made = make(std::move(settings));
    ASSERT_TRUE(made) << made.error().what;
    detector_ = std::move(*made);
  }
  std::vector<Detection> look(const GateLine& line) {
    const auto text = to_line(line);
    event::Event event;
    EXPECT_TRUE(event::read_gate_line(text, Timestamp{42us}, event));
    std::vector<Detection> detections;
    detector_->look(event, text, [&](Detection detection) { detections.push_back(std::move(detection)); });
    return detections;
  }
  /// Settings with a backtest of one day in which the rule matched so often.
  Settings backtested(std::uint64_t matches) {
    rule("script.yml", script_rule);
    const auto loaded = sigma::load({folder_.path() / "script.yml"}, {});
    Backtest backtest{*loaded->rules};
    backtest.days = 1;
    backtest.rules.begin()->second.matches = matches;
    Settings settings;
    settings.backtests = {folder_.path() / "backtest.json"};
    EXPECT_TRUE(write_backtest(backtest, settings.backtests.front()));
    return settings;
  }
  /// A request for a script, `after` the beginning.
  static GateLine script(std::chrono::milliseconds after = 0ms) {
    GateLine line;
    line.uri = "/a/x%2ephp/../y.php?q", line.path = "/a/y%2Ephp";
    line.date_us += std::chrono::microseconds{after}.count();
    return line;
  }
  static GateLine answered(int status, std::chrono::milliseconds after, std::string client = "192.0.2.7", std::string service = "e-tax") {
    GateLine line;
    line.status = status, line.client = std::move(client), line.service = std::move(service);
    line.date_us += std::chrono::microseconds{after}.count();
    return line;
  }

  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-detector");
  Pseudonyms pseudonyms_{Digest{{1, 2, 3}}};
  std::unique_ptr<Detector> detector_;
};

TEST_F(DetectorTest, ARuleThatNoBacktestClearsMayNotClose) {
  start();
  EXPECT_FALSE(look(script()).front().alert.may_close);
  EXPECT_THAT(detector_->not_cleared(), testing::ElementsAre("r-script"));
}

TEST_F(DetectorTest, ARuleOverItsNoiseBudgetMayNotClose) {
  auto settings = backtested(3);
  settings.noise_budget = 2;
  start(settings);
  EXPECT_FALSE(look(script()).front().alert.may_close);
  settings.noise_budget = 3;
  start(settings);
  EXPECT_TRUE(look(script()).front().alert.may_close);
}

TEST_F(DetectorTest, ABacktestOfAnotherTextOfTheRuleClearsNothing) {
  const auto settings = backtested(0);
  rule("script.yml", std::string{script_rule} + "falsepositives: [none]\n");
  auto made = make(settings);
  ASSERT_TRUE(made);
  EXPECT_THAT((*made)->not_cleared(), testing::ElementsAre("r-script"));
}

TEST_F(DetectorTest, AFloodOfOneRuleIsToldOnceAndDoesNotHideWhatSucceeds) {
  Settings settings;
  settings.flood_limit = 5;
  start(settings);
  const auto from = [&](int client, int status) {
    auto line = script();
    line.client = fmt::format("198.51.100.{}", client), line.status = status;
    return look(line);
  };
  for (int client = 0; client < 5; ++client) EXPECT_EQ(from(client, 404).size(), 1U);
  const auto told = from(5, 404);
  ASSERT_EQ(told.size(), 1U);
  EXPECT_EQ(told.front().alert.rule, RuleId{"kulla.rule-flood"});
  EXPECT_FALSE(told.front().alert.source) << "it is of many";
  EXPECT_TRUE(from(6, 404).empty());
  EXPECT_EQ(from(7, 200).size(), 1U);
  EXPECT_EQ(detector_->suppressed(), 2U);
  auto later = script(61s);
  later.client = "198.51.100.9", later.status = 404;
  EXPECT_EQ(look(later).front().alert.rule, RuleId{"r-script"});
}

TEST_F(DetectorTest, NewRulesGoOnWhereTheOldOnesWere) {
  const auto many =
      "title: Many scripts\nid: r-many\ncorrelation: {type: event_count, rules: [r-script], group-by: [c-ip], timespan: 1m, condition: "
      "{gte: 3}}\n";
  rule("many.yml", many);
  start();
  EXPECT_TRUE(look(script()).empty());
  EXPECT_TRUE(look(script(1s)).empty());
  for (int at = 0; at < 9; ++at) EXPECT_TRUE(look(answered(401, 100ms * at)).empty());
  rule("more.yml", "title: More\nid: r-more\nlogsource: {category: webserver}\ndetection: {s: {cs-uri-query: more}, condition: s}\n");
  auto newer = std::move(*make());
  newer->adopt(*detector_);
  detector_ = std::move(newer);
  EXPECT_EQ(detector_->rules(), 2U);
  ASSERT_EQ(look(script(2s)).size(), 1U) << "the correlation counts on";
  look(answered(401, 950ms));
  EXPECT_EQ(look(answered(401, 990ms)).size(), 1U) << "and so does the failure rate";
}

TEST_F(DetectorTest, CorrelationsAlertInsteadOfTheRulesTheyReferTo) {
  rule("many.yml",
       "title: Many scripts\nid: r-many\nlevel: critical\ncorrelation: {type: event_count, rules: [r-script], group-by: [c-ip], "
       "timespan: 1m, condition: {gte: 3}}\n");
  start();
  EXPECT_TRUE(detector_->rejected().empty());
  EXPECT_THAT(look(script()), testing::IsEmpty());
  EXPECT_THAT(look(script(10s)), testing::IsEmpty());
  const auto detections = look(script(20s));
  ASSERT_EQ(detections.size(), 1U);
  const auto& alert = detections.front().alert;
  EXPECT_EQ(alert.rule, RuleId{"r-many"});
  EXPECT_EQ(alert.level, Level::critical);
  EXPECT_EQ(alert.count, 3U);
  EXPECT_EQ(alert.source, SourceRef{pseudonyms_.of("192.0.2.7")});
}

TEST_F(DetectorTest, AnAlertSaysAllThereIsToSayAndNothingPersonal) {
  start(backtested(0));
  const auto detections = look(script());
  ASSERT_EQ(detections.size(), 1U);
  const auto& [alert, address, line] = detections.front();
  EXPECT_EQ(alert.rule, RuleId{"r-script"});
  EXPECT_EQ(alert.title, "Script used");
  EXPECT_EQ(alert.level, Level::high);
  EXPECT_EQ(alert.nature, Nature::attempt);
  EXPECT_TRUE(alert.succeeded && alert.may_close);
  EXPECT_EQ(alert.sensor, SensorId{"gate"});
  EXPECT_EQ(alert.source, SourceRef{pseudonyms_.of("192.0.2.7")});
  EXPECT_EQ(alert.service, ServiceId{"e-tax"});
  EXPECT_EQ(alert.system, std::nullopt);
  EXPECT_EQ(alert.object, object_ref_of_path(pseudonyms_, ServiceId{"e-tax"}, "a/y.php"));
  EXPECT_EQ(alert.techniques, std::vector<std::string>{"T1505.003"});
  EXPECT_EQ(alert.what, "");
  EXPECT_EQ(alert.count, 1U);
  EXPECT_EQ(alert.happened, Timestamp{1'657'843'200'000'000us - 3ms});
  EXPECT_EQ(alert.seen, Timestamp{42us});
  EXPECT_TRUE(alert.evidence.is_zero());
  EXPECT_EQ(address, "192.0.2.7");
  EXPECT_EQ(line, to_line(script()));
}

TEST_F(DetectorTest, SuccessNeedsAnAnswerThatSaysSo) {
  start();
  auto line = script();
  line.status = 404;
  const auto detections = look(line);
  ASSERT_EQ(detections.size(), 1U);
  EXPECT_FALSE(detections.front().alert.succeeded);
  const auto after = look(script(1s));
  ASSERT_EQ(after.size(), 1U) << "a failure does not silence the success that follows it";
  EXPECT_TRUE(after.front().alert.succeeded);
}

TEST_F(DetectorTest, WhatTheGateRefusedIsCountedAndNoAlert) {
  start();
  for (const auto verdict : {"closed", "blocked", "limited", "bad", "unknown", "-", "PASS"}) {
    auto line = script();
    line.verdict = verdict;
    EXPECT_TRUE(look(line).empty()) << verdict;
  }
  EXPECT_EQ(detector_->refused_by_gate(), 7U);
  EXPECT_EQ(look(script()).size(), 1U);
}

TEST_F(DetectorTest, TheSameIsSaidOnceAndCountedIntoTheNext) {
  start({.repeat_after = 30s});
  EXPECT_EQ(look(script()).size(), 1U);
  EXPECT_TRUE(look(script(1s)).empty());
  EXPECT_TRUE(look(script(29'999ms)).empty());
  auto other = script(2s);
  other.client = "192.0.2.8";
  EXPECT_EQ(look(other).size(), 1U) << "another source";
  other = script(2s);
  other.service = "permits";
  EXPECT_EQ(look(other).size(), 1U) << "another service";
  const auto again = look(script(30s));
  ASSERT_EQ(again.size(), 1U);
  EXPECT_EQ(again.front().alert.count, 3U);
  EXPECT_EQ(detector_->suppressed(), 2U);
}

TEST_F(DetectorTest, AClockSetBackSilencesNobody) {
  start({.repeat_after = 30s});
  EXPECT_EQ(look(script()).size(), 1U);
  EXPECT_EQ(look(script(-1h)).size(), 1U);
  EXPECT_TRUE(look(script(-1h + 1s)).empty());
}

TEST_F(DetectorTest, ManyRefusalsOfOneAddressOnOneServiceWithinTheWindow) {
  start({.failure_rate = {.failures = 10, .window = 10s}});
  for (int n = 0; n < 10; ++n) EXPECT_TRUE(look(answered(n % 2 ? 401 : 403, n * 900ms)).empty()) << n;
  EXPECT_TRUE(look(answered(401, 9s, "192.0.2.8")).empty());
  EXPECT_TRUE(look(answered(401, 9s, "192.0.2.7", "permits")).empty());
  EXPECT_TRUE(look(answered(404, 9s)).empty());
  const auto detections = look(answered(401, 9s));
  ASSERT_EQ(detections.size(), 1U);
  EXPECT_EQ(detections.front().alert.rule, RuleId{"kulla.failure-rate"});
  EXPECT_EQ(detections.front().alert.nature, Nature::attempt);
  EXPECT_FALSE(detections.front().alert.succeeded || detections.front().alert.may_close);
  EXPECT_EQ(detections.front().alert.count, 11U);
  EXPECT_EQ(detections.front().alert.techniques, std::vector<std::string>{"T1110"});
}

TEST_F(DetectorTest, SlowRefusalsAreNoGuessing) {
  start({.failure_rate = {.failures = 10, .window = 10s}});
  for (int n = 0; n < 100; ++n) EXPECT_TRUE(look(answered(401, n * 1000ms)).empty()) << n;
}

TEST_F(DetectorTest, RequestsHeldOpenAreCountedWhenAnswered) {
  start({.failure_rate = {.failures = 10, .window = 10s}});
  std::size_t alerts = 0;
  for (int n = 0; n < 20; ++n) {
    auto line = answered(401, 60s + n * 100ms);
    line.active_ms = n % 2 ? 3 : 60'000;  // half began a minute ago
    alerts += look(line).size();
  }
  EXPECT_EQ(alerts, 1U);
}

TEST_F(DetectorTest, ManyMissingPathsOfOneAddress) {
  start({.path_scan = {.paths = 5, .window = 30s}});
  const auto missing = [&](int n, std::chrono::milliseconds after) {
    auto line = answered(404, after);
    line.uri = fmt::format("/p{}", n);
    return look(line);
  };
  for (int n = 0; n < 50; ++n) EXPECT_TRUE(missing(n % 5, n * 100ms).empty()) << "the same five again and again";
  const auto detections = missing(5, 5s);
  ASSERT_EQ(detections.size(), 1U);
  EXPECT_EQ(detections.front().alert.rule, RuleId{"kulla.path-scan"});
  EXPECT_EQ(detections.front().alert.count, 6U);
  EXPECT_EQ(detections.front().alert.nature, Nature::attempt);
}

TEST_F(DetectorTest, RemembersSoManyAddressesAndNoMore) {
  start({.failure_rate = {.failures = 2, .window = 10s}, .tracked_limit = 3});
  for (int round = 0; round < 5; ++round)
    for (int n = 0; n < 4; ++n)
      EXPECT_TRUE(look(answered(401, 0ms, fmt::format("192.0.2.{}", n))).empty())
          << "four in turn: each was forgotten before it came again";
  for (int n = 0; n < 3; ++n) EXPECT_EQ(look(answered(401, 0ms, "192.0.2.9")).size(), n == 2 ? 1U : 0U);
}

TEST_F(DetectorTest, RulesThatCannotBeUsedAreNamedAndTheRestIsUsed) {
  rule("a_bad.yml", "title: t\nlogsource: {category: webserver}\ndetection:\n  s: {a|nearly: b}\n  condition: s\n");
  rule("b_twice.yml", script_rule);
  rule("c_other.yml", "title: t\nlogsource: {product: windows}\ndetection:\n  s: {a: b}\n  condition: s\n");
  rule("d_proxy.yml", "title: t\nlogsource: {category: proxy}\ndetection:\n  s: {a: b}\n  condition: s\n");
  rule("notes.txt", "not a rule");
  start();
  EXPECT_EQ(detector_->rules(), 1U);
  EXPECT_EQ(detector_->rules_for_others(), 2U);
  ASSERT_EQ(detector_->rejected().size(), 2U);
  EXPECT_EQ(detector_->rejected()[0].file.filename(), "a_bad.yml");
  EXPECT_EQ(detector_->rejected()[0].line, 4);
  EXPECT_EQ(detector_->rejected()[0].reason, "unknown modifier 'nearly'");
  EXPECT_EQ(detector_->rejected()[1].reason, "another rule has the id 'r-script'");
}

TEST_F(DetectorTest, WithoutAnyRuleItDoesNotStart) {
  const auto empty = make();
  ASSERT_FALSE(empty);
  EXPECT_EQ(empty.error().code, Code::bad_rule);
  rule("bad.yml", "title: t\n");
  const auto bad = make();
  ASSERT_FALSE(bad);
  EXPECT_THAT(bad.error().what, testing::HasSubstr("bad.yml:1: no logsource"));
  Settings nowhere{.rules = {"/nonexistent/rules"}};
  EXPECT_FALSE(Detector::make(nowhere, pseudonyms_, SensorId{"gate"}));
}

TEST_F(DetectorTest, LimitsThatBoundNothingAreRefused) {
  rule("script.yml", script_rule);
  EXPECT_FALSE(make({.failure_rate = {.failures = 0, .window = 10s}}));
  EXPECT_FALSE(make({.failure_rate = {.failures = 1'000'000, .window = 10s}}));
  EXPECT_FALSE(make({.path_scan = {.paths = 5, .window = 0s}}));
}

TEST(ObjectRef, IsOneForAllSpellingsOfAPath) {
  const Pseudonyms pseudonyms{Digest{{7}}};
  const ServiceId service{"e-tax"};
  const auto expected = object_ref_of_path(pseudonyms, service, "uploads/a b.php");
  for (const auto spelling :
       {"/uploads/a%20b.php", "/uploads/a b.php?cmd=1", "//uploads/./x/../%61%20b.php", "https://e-tax.example/uploads/a%20b.php#x"})
    EXPECT_EQ(object_ref(pseudonyms, service, spelling), expected) << spelling;
  EXPECT_NE(object_ref(pseudonyms, service, "/uploads/a b.PHP"), expected);
  EXPECT_NE(object_ref(pseudonyms, ServiceId{"permits"}, "/uploads/a b.php"), expected);
  EXPECT_NE(object_ref(Pseudonyms{Digest{{8}}}, service, "/uploads/a b.php"), expected);
  EXPECT_NE(object_ref(pseudonyms, service, "/uploads/a%2520b.php"), expected) << "decoded once, as a server does";
}
}  // namespace
}  // namespace kulla::detect
