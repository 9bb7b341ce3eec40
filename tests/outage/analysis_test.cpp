#include "outage/analysis.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <random>

#include "outage/cause.hpp"

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using testing::Contains;
using testing::HasSubstr;
using testing::SizeIs;

constexpr Timestamp noon{std::chrono::hours{24 * 365 * 50 + 12}};

class AnalysisTest : public testing::Test {
 protected:
  static Target target(const char* name) {
    Target made;
    made.name = ServiceId{name}, made.url = std::string{"http://"} + name + ".example/", made.every = 1s;
    return made;
  }
  /// Asked once by each of three vantages, a third of a second apart.
  void all_ask(std::chrono::seconds at, Layer failed = Layer::none, int status = 200, NoticeSeen notice = NoticeSeen::none) {
    for (int vantage = 0; vantage < 3; ++vantage) ask(vantage, at + vantage * 333ms, failed, status, notice);
  }
  void ask(int vantage, std::chrono::milliseconds at, Layer failed, int status, NoticeSeen notice = NoticeSeen::none) {
    Observation seen;
    seen.vantage = VantageId{std::string{"v"} + std::to_string(vantage)}, seen.number = ++numbers[vantage],
    seen.target = ServiceId{"e-tax"};
    seen.sent = noon + at, seen.took_us = 20'000, seen.failed = failed, seen.status = status, seen.notice = notice;
    seen.phases = {1'000, 5'000, 0, 14'000};
    seen.detail = detail;
    if (notice == NoticeSeen::valid) seen.closure = "abcdefghijkl";
    analysis.take(seen);
  }
  /// Good from `from` to `to`, in seconds.
  void good(int from, int to) {
    for (int at = from; at < to; ++at) all_ask(std::chrono::seconds{at});
  }
  std::map<int, std::uint64_t> numbers;
  std::optional<std::string> detail;
  Analysis analysis{{target("e-tax"), target("e-health")}};
};

TEST_F(AnalysisTest, AnOutageHasOnsetEndCauseAndEvidence) {
  good(0, 20);
  for (int at = 20; at < 30; ++at) all_ask(std::chrono::seconds{at}, Layer::connect_refused, 0);
  good(30, 50);
  analysis.finish();
  const auto outages = analysis.outages();
  ASSERT_THAT(outages, SizeIs(1));
  EXPECT_EQ(outages[0].cause, Cause::server_fault);
  EXPECT_GE(outages[0].confidence, 90);
  EXPECT_THAT(outages[0].evidence, Contains(HasSubstr("connection refused: 30 of 30 failed probes, 100 % of the time")));
  EXPECT_THAT(outages[0].evidence, Contains("3 of 3 vantages saw it fail"));
  EXPECT_LE(outages[0].onset.latest, noon + 20s + 20ms);
  ASSERT_TRUE(outages[0].end);
  EXPECT_EQ(outages[0].agreement, std::nullopt);
}

TEST_F(AnalysisTest, AnOutageThatLastsHasItsCauseAlready) {
  good(0, 20);
  for (int at = 20; at < 25; ++at) all_ask(std::chrono::seconds{at}, Layer::certificate, 0);
  const auto outages = analysis.outages();
  ASSERT_THAT(outages, SizeIs(1));
  EXPECT_EQ(outages[0].cause, Cause::certificate);
  EXPECT_FALSE(outages[0].end);
}

TEST_F(AnalysisTest, SeveralOutagesStaySeveral) {
  good(0, 20);
  for (int start : {20, 60}) {
    for (int at = start; at < start + 10; ++at)
      all_ask(std::chrono::seconds{at}, start == 20 ? Layer::connect_refused : Layer::resolve_missing, 0);
    good(start + 10, start + 40);
  }
  analysis.finish();
  const auto outages = analysis.outages();
  ASSERT_THAT(outages, SizeIs(2));
  EXPECT_EQ(outages[0].cause, Cause::server_fault);
  EXPECT_EQ(outages[1].cause, Cause::dns);
}

TEST_F(AnalysisTest, ANoticeThatHalfOfThoseWhoGotAnAnswerDidNotSeeIsNoClosure) {
  good(0, 20);
  for (int at = 20; at < 40; ++at) {
    ask(0, std::chrono::seconds{at}, Layer::status, 503, NoticeSeen::valid);
    for (int vantage : {1, 2}) ask(vantage, at * 1000ms + vantage * 333ms, Layer::status, 503);
  }
  ASSERT_THAT(analysis.outages(), SizeIs(1));
  EXPECT_NE(analysis.outages()[0].cause, Cause::protective_closure);
  EXPECT_THAT(analysis.outages()[0].evidence, Contains(HasSubstr("the gate's closure notice, valid")));  // and it is not hidden
}

TEST_F(AnalysisTest, OrdersMayComeLater) {
  good(0, 20);
  for (int at = 20; at < 30; ++at) all_ask(std::chrono::seconds{at}, Layer::status, 503, NoticeSeen::valid);
  ASSERT_THAT(analysis.outages(), SizeIs(1));
  EXPECT_EQ(analysis.outages()[0].cause, Cause::protective_closure);
  EXPECT_EQ(analysis.outages()[0].agreement, std::nullopt);
  analysis.set_orders({{ServiceId{"e-tax"}, ClosureId{"abcdefghijkl"}, noon + 19s + 900ms, noon + 20s}});
  EXPECT_EQ(analysis.outages()[0].agreement, Agreement::supports);
  analysis.set_orders({{ServiceId{"e-tax"}, ClosureId{"abcdefghijkl"}, noon + 29s, noon + 29s}});
  EXPECT_EQ(analysis.outages()[0].agreement, Agreement::contradicts);
}

TEST_F(AnalysisTest, WordsFromOutsideAreShortAndTame) {
  detail = std::string(4'000, 'x') + "\x1b[2J";
  (*detail)[0] = '\x1b';
  good(0, 20);
  for (int at = 20; at < 30; ++at) all_ask(std::chrono::seconds{at}, Layer::certificate, 0);
  const auto outages = analysis.outages();
  ASSERT_THAT(outages, SizeIs(1));
  for (const auto& sentence : outages[0].evidence) {
    EXPECT_LT(sentence.size(), 500);
    EXPECT_EQ(sentence.find('\x1b'), std::string::npos);
  }
}

TEST_F(AnalysisTest, OldOutagesAreSettledAndStayAsTheyWere) {
  good(0, 20);
  for (int at = 20; at < 30; ++at) all_ask(std::chrono::seconds{at}, Layer::connect_refused, 0);
  good(30, 60);
  const auto before = analysis.outages();
  good(3'600, 3'630);
  const auto after = analysis.outages();
  ASSERT_THAT(before, SizeIs(1));
  ASSERT_FALSE(after.empty());
  EXPECT_EQ(after[0], before[0]);
}

TEST_F(AnalysisTest, StrangersAreNotTaken) {
  Observation seen;
  seen.vantage = VantageId{"v"}, seen.target = ServiceId{"nobody's"}, seen.sent = noon;
  analysis.take(seen);
  analysis.finish();
  EXPECT_THAT(analysis.outages(), SizeIs(0));
}

/// Evidence of answers alone: from a vantage, for how long.
struct Answers {
  Evidence evidence;
  void add(const char* vantage, Layer failed, NoticeSeen notice, std::chrono::microseconds lasted) {
    Observation seen;
    seen.vantage = VantageId{vantage}, seen.sent = noon, seen.failed = failed, seen.status = failed == Layer::status ? 503 : 0,
    seen.notice = notice;
    evidence.add(seen, lasted.count());
  }
};

TEST(CauseGuards, AClosureIsSeenByHalfOfThoseWhoGotAnAnswer) {
  Answers answers;
  for (int at = 0; at < 20; ++at) answers.add("v0", Layer::status, NoticeSeen::valid, 1s);
  answers.add("v1", Layer::status, NoticeSeen::none, 1ms);
  EXPECT_EQ(classify(answers.evidence).cause, Cause::protective_closure);
  answers.add("v2", Layer::status, NoticeSeen::none, 1ms);
  EXPECT_NE(classify(answers.evidence).cause, Cause::protective_closure);
}

TEST(CauseGuards, AClosureIsSeenForHalfOfTheTime) {
  Answers answers;
  for (int at = 0; at < 20; ++at)
    answers.add("v0", Layer::status, NoticeSeen::valid, 900ms), answers.add("v0", Layer::closed, NoticeSeen::none, 1s);
  EXPECT_NE(classify(answers.evidence).cause, Cause::protective_closure);
  for (int at = 0; at < 5; ++at) answers.add("v0", Layer::status, NoticeSeen::valid, 900ms);
  EXPECT_EQ(classify(answers.evidence).cause, Cause::protective_closure);
}

/// One vantage that asks several targets at once, each second from the first on, with a time-out of two.
class AloneTest : public testing::Test {
 protected:
  void start(const std::vector<std::string>& addresses, std::chrono::milliseconds every = 2s) {
    std::vector<Target> targets;
    for (const auto& address : addresses) {
      auto& target = targets.emplace_back();
      target.name = ServiceId{std::string(1, static_cast<char>('a' + targets.size() - 1))}, target.every = every;
      target.url = "http://" + address + "/";
    }
    names = targets;
    analysis.emplace(targets);
  }
  void ask(std::size_t target, std::chrono::milliseconds at, Layer failed = Layer::none, std::chrono::milliseconds took = 20ms,
           int status = 0) {
    Observation seen;
    seen.vantage = VantageId{"v"}, seen.number = ++number, seen.target = names[target].name, seen.sent = noon + at;
    seen.took_us = std::chrono::microseconds{is_timeout(failed) ? 2'000ms : took}.count();
    seen.failed = failed, seen.status = status != 0 ? status : failed == Layer::none ? 200 : 0;
    const bool connects = failed != Layer::resolve_timeout && failed != Layer::connect_timeout && failed != Layer::unreachable;
    seen.phases = {1'000, connects ? 1'000 : 0, 0, failed == Layer::none || status != 0 ? seen.took_us : 0};
    analysis->take(seen);
  }
  void ask_all(int from, int to, Layer failed = Layer::none) {
    for (int at = from; at < to; ++at)
      for (std::size_t target = 0; target < names.size(); ++target)
        ask(target, std::chrono::seconds{at} + 100ms * static_cast<int>(target), failed);
  }
  std::vector<Outage> found() {
    analysis->finish();
    return analysis->outages();
  }
  std::vector<Target> names;
  std::uint64_t number = 0;
  std::optional<Analysis> analysis;
};

TEST_F(AloneTest, OneHungServerBehindTwoAddressesIsAServerFault) {
  start({"127.0.0.2:8080", "127.0.0.3:8080"});
  ask_all(0, 60), ask_all(60, 90, Layer::answer_timeout), ask_all(90, 120);
  const auto outages = found();
  ASSERT_THAT(outages, SizeIs(2));
  for (const auto& outage : outages) EXPECT_EQ(outage.cause, Cause::server_fault) << outage.target.str();
}

TEST_F(AloneTest, ASilentResolverOfTwoNamesIsDns) {
  start({"one.example", "two.example"});
  ask_all(0, 60), ask_all(60, 90, Layer::resolve_timeout), ask_all(90, 120);
  const auto outages = found();
  ASSERT_THAT(outages, SizeIs(2));
  for (const auto& outage : outages) EXPECT_EQ(outage.cause, Cause::dns) << outage.target.str();
}

TEST_F(AloneTest, TwoTargetsCutTogetherAreListed) {
  start({"127.0.0.2:8080", "10.1.0.3:8080"});
  ask_all(0, 60), ask_all(60, 90, Layer::connect_timeout), ask_all(90, 120);
  const auto outages = found();
  ASSERT_THAT(outages, SizeIs(2));
  for (const auto& outage : outages) {
    EXPECT_EQ(outage.cause, Cause::vantage_fault) << outage.target.str();
    EXPECT_GE(outage.onset.earliest, noon + 59s);
    EXPECT_LE(outage.onset.latest, noon + 61s);
    ASSERT_TRUE(outage.end);
    EXPECT_GE(outage.end->earliest, noon + 89s);
    EXPECT_LE(outage.end->latest, noon + 91s);
  }
}

TEST_F(AloneTest, AVantageWithoutALineSaysSoOfThreeTargetsInOneNetworkToo) {
  start({"10.1.0.2", "10.1.0.3", "10.1.0.4"});
  ask_all(0, 60), ask_all(60, 90, Layer::unreachable), ask_all(90, 120);
  const auto outages = found();
  ASSERT_THAT(outages, SizeIs(3));
  for (const auto& outage : outages) EXPECT_EQ(outage.cause, Cause::vantage_fault) << outage.target.str();
}

TEST_F(AloneTest, AVantagesDoubtIsNeitherUpNorDownWhileItLasts) {
  start({"10.1.0.2", "10.2.0.3"});
  ask_all(0, 60), ask_all(60, 90, Layer::unreachable);
  const auto outages = found();
  EXPECT_EQ(analysis->tracker().state(ServiceId{"a"})->condition, Condition::vantage_fault);
  ASSERT_THAT(outages, SizeIs(2));
  EXPECT_EQ(outages[0].cause, Cause::vantage_fault);
  EXPECT_FALSE(outages[0].end);
}

TEST_F(AloneTest, OfTwoCutTogetherTheOneThatStaysAwayHasANarrowOnset) {
  start({"10.1.0.2", "10.2.0.3"});
  ask_all(0, 60), ask_all(60, 90, Layer::connect_timeout);
  for (int at = 90; at < 130; ++at) ask(0, std::chrono::seconds{at}, Layer::connect_timeout), ask(1, std::chrono::seconds{at} + 100ms);
  ask_all(130, 150);
  const auto outages = found();
  ASSERT_THAT(outages, SizeIs(2));
  for (const auto& outage : outages) {
    EXPECT_GE(outage.onset.earliest, noon + 59s) << outage.target.str();
    EXPECT_LE(outage.onset.latest, noon + 61s) << outage.target.str();
  }
}

TEST_F(AloneTest, WhatEndedIsSettledBesideOneThatNeverEndsAndStaysItsCompany) {
  start({"10.1.0.2", "10.2.0.2", "10.3.0.2", "10.4.0.2"});
  for (int at = 0; at < 4'000; ++at)
    for (std::size_t target = 0; target < 4; ++target)
      ask(target, std::chrono::seconds{at} + 100ms * static_cast<int>(target),
          at >= 60 && target < 3 && (target == 0 || at < 90) ? Layer::connect_timeout : Layer::none);
  const auto outages = found();
  ASSERT_THAT(outages, SizeIs(3));
  for (const auto& outage : outages) EXPECT_EQ(outage.cause, Cause::wide_outage) << outage.target.str();
}

/// What a target that is short of something does from 60 s on for 60 s: so many of each ten probes fail, in an order that a seed draws.
class TroubleTest : public AloneTest, public testing::WithParamInterface<std::uint32_t> {
 protected:
  void play(int fails, Layer failed, int status, std::chrono::milliseconds answers_in) {
    start({"10.1.0.2"});
    std::mt19937 drawn{GetParam()};
    std::vector<bool> failing;
    for (int at = 0; at < 40; ++at) failing.push_back(at % 10 < fails);
    for (auto tenth = failing.begin(); tenth != failing.end(); tenth += 10) std::shuffle(tenth, tenth + 10, drawn);
    std::vector<std::tuple<std::chrono::milliseconds, std::chrono::milliseconds, bool>> probes;  // ended, sent
    std::size_t place = 0;
    for (auto at = 0ms; at < 180'000ms; at += 1'500ms) {
      const bool trouble = at >= 60s && at < 120s, fails_now = trouble && failing[place++];
      const auto took = fails_now && is_timeout(failed) ? 2'000ms : trouble ? answers_in : 20ms;
      probes.emplace_back(at + took, at, fails_now);
    }
    std::ranges::sort(probes);
    for (const auto& [ended, sent, fails_now] : probes)
      ask(0, sent, fails_now ? failed : Layer::none, ended - sent, fails_now ? status : 0);
  }
  void expect_one(Cause cause) {
    const auto outages = found();
    ASSERT_THAT(outages, SizeIs(1));
    EXPECT_EQ(outages[0].cause, cause) << testing::PrintToString(outages[0].evidence);
    EXPECT_GE(outages[0].onset.earliest, noon + 57s);
    EXPECT_LE(outages[0].onset.latest, noon + 69s);
    ASSERT_TRUE(outages[0].end);
    EXPECT_GE(outages[0].end->earliest, noon + 106s);
    EXPECT_LE(outages[0].end->latest, noon + 122s);
  }
};

TEST_P(TroubleTest, WhereTwoOfThreeHangAndTheOthersAreSlowIsOneOverload) {
  play(7, Layer::answer_timeout, 0, 900ms);
  expect_one(Cause::overload);
}
TEST_P(TroubleTest, WhereThreeOfFiveSayThatTheyAreTooBusyIsOneOverload) {
  play(6, Layer::status, 503, 25ms);
  expect_one(Cause::overload);
}
INSTANTIATE_TEST_SUITE_P(Seeds, TroubleTest, testing::Range(1U, 13U));

TEST_F(AloneTest, AStoppedServerThatWasWellForHalfAMinuteStoppedTwice) {
  start({"10.1.0.2"});
  ask_all(0, 60), ask_all(60, 80, Layer::connect_refused), ask_all(80, 110), ask_all(110, 130, Layer::connect_refused), ask_all(130, 160);
  const auto outages = found();
  ASSERT_THAT(outages, SizeIs(2));
  for (const auto& outage : outages) EXPECT_EQ(outage.cause, Cause::server_fault);
}

/// As a person saw it: stopped for nine seconds, well for seven, then another page.
TEST_F(AloneTest, AnOutageWithAnEndOfItsOwnIsNotTheNextOne) {
  start({"10.1.0.2"});
  ask_all(0, 60), ask_all(60, 73, Layer::connect_refused), ask_all(73, 80), ask_all(80, 95, Layer::body), ask_all(95, 120);
  const auto outages = found();
  ASSERT_THAT(outages, SizeIs(2));
  EXPECT_EQ(outages[0].cause, Cause::server_fault);
  EXPECT_EQ(outages[1].cause, Cause::defacement);
  ASSERT_TRUE(outages[0].end);
  EXPECT_LE(outages[0].end->latest, noon + 74s);
  EXPECT_GE(outages[1].onset.earliest, noon + 79s);
}

/// Whatever is observed: a confidence is a percentage, odds sum to one, and without a valid notice there is no protective closure.
RC_GTEST_PROP(CauseProperty, NoClosureWithoutAValidNotice, ()) {
  Evidence evidence;
  bool valid = false;
  const auto probes = *rc::gen::inRange(0, 60);
  for (int at = 0; at < probes; ++at) {
    Observation seen;
    seen.vantage = VantageId{std::string{"v"} + std::to_string(*rc::gen::inRange(0, 4))};
    seen.sent = noon + std::chrono::seconds{at};
    seen.failed = static_cast<Layer>(*rc::gen::inRange(0, static_cast<int>(Layer::body) + 1));
    seen.notice = static_cast<NoticeSeen>(*rc::gen::element(0, 0, 0, 1, 2, 3, 4));
    seen.status = *rc::gen::element(0, 200, 404, 429, 500, 503);
    seen.took_us = *rc::gen::inRange(0, 3'000'000);
    seen.phases.connect_us = *rc::gen::inRange(0, 100'000);
    valid |= seen.notice == NoticeSeen::valid;
    evidence.add(seen, *rc::gen::inRange(0, 2'000'000));
    if (*rc::gen::inRange(0, 2) == 0) evidence.before.answer.add(seen.took_us), evidence.before.last_answer.add(seen.took_us);
  }
  evidence.vantages_known = *rc::gen::inRange(0, 5);
  evidence.company = {9, *rc::gen::inRange(0, 10), 6, *rc::gen::inRange(0, 7), 2, *rc::gen::inRange(0, 3), 0, 0};
  const auto verdict = classify(evidence);
  RC_ASSERT(verdict.confidence >= 0 && verdict.confidence <= 99);
  RC_ASSERT(valid || verdict.cause != Cause::protective_closure);
  RC_ASSERT(!verdict.sentences.empty());
  double sum = 0;
  for (const auto odds : verdict.odds) sum += odds;
  RC_ASSERT(sum > 0.999 && sum < 1.001);
  for (const double sign : measure(evidence)) RC_ASSERT(sign >= 0 && sign <= 1.000001);
}

}  // namespace
}  // namespace kulla::outage
