#include "outage/agreement.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using testing::HasSubstr;

constexpr Timestamp noon{std::chrono::hours{24 * 365 * 50 + 12}};
const ServiceId tax{"e-tax"};

class AgreementTest : public testing::Test {
 protected:
  AgreementTest() { outage.target = tax, outage.onset = {noon - 1s, noon + 1s}, outage.cause = Cause::protective_closure; }
  void saw(NoticeSeen notice, Layer layer = Layer::status, int status = 503) {
    Observation seen;
    seen.vantage = VantageId{"v"}, seen.sent = noon + 2s, seen.failed = layer, seen.status = status, seen.notice = notice;
    if (notice == NoticeSeen::valid) seen.closure = "abcdefghijkl";
    evidence.add(seen, 1'000'000);
  }
  void ordered(std::chrono::milliseconds after, std::chrono::milliseconds confirmed = 10ms) {
    orders.push_back({tax, ClosureId{"abcdefghijkl"}, noon + after, noon + after + confirmed});
  }
  [[nodiscard]] Judgement judged() const { return judge(outage, evidence, orders); }

  Outage outage;
  Evidence evidence;
  std::vector<ClosureOrder> orders;
};

TEST_F(AgreementTest, AnOnsetWhereItWasOrderedSupports) {
  saw(NoticeSeen::valid);
  for (const auto after : {-1490ms, 0ms, 1490ms}) {
    orders.clear();
    ordered(after);
    EXPECT_EQ(judged().agreement, Agreement::supports) << after.count() << judged().why;
  }
}

TEST_F(AgreementTest, DownBeforeItWasOrderedContradictsByHowMuch) {
  saw(NoticeSeen::valid);
  ordered(90s);
  EXPECT_EQ(judged().agreement, Agreement::contradicts);
  EXPECT_THAT(judged().why, HasSubstr("at least 89.0 s before"));
}

TEST_F(AgreementTest, AnsweringAfterTheGateConfirmedContradicts) {
  saw(NoticeSeen::valid);
  ordered(-61s, 0ms);
  EXPECT_EQ(judged().agreement, Agreement::contradicts);
  EXPECT_THAT(judged().why, HasSubstr("still answered 60.0 s after"));
  orders.front().confirmed_at = noon;  // the gate took a minute
  EXPECT_EQ(judged().agreement, Agreement::supports);
}

TEST_F(AgreementTest, AnotherAnswerThanANoticeContradicts) {
  outage.cause = Cause::server_fault;
  saw(NoticeSeen::none, Layer::status, 502);
  ordered(0ms);
  EXPECT_EQ(judged().agreement, Agreement::contradicts);
  EXPECT_THAT(judged().why, HasSubstr("no notice of the gate"));
}

TEST_F(AgreementTest, NoAnswerAtAllCannotTell) {
  outage.cause = Cause::network;
  saw(NoticeSeen::none, Layer::connect_timeout, 0);
  ordered(0ms);
  EXPECT_EQ(judged().agreement, Agreement::cannot_tell);
}

TEST_F(AgreementTest, ExpiredAndUnverifiedNoticesCannotTell) {
  for (const auto notice : {NoticeSeen::expired, NoticeSeen::unverified})
    for (const auto after : {0ms, 90'000ms}) {
      evidence = {}, orders.clear(), outage.cause = Cause::unknown;
      saw(notice);
      EXPECT_EQ(judged().agreement, Agreement::cannot_tell);  // without an order, too
      ordered(after);
      EXPECT_EQ(judged().agreement, Agreement::cannot_tell) << judged().why;
    }
}

TEST_F(AgreementTest, ANoticeThatIsForeignOrOfNoClosureContradicts) {
  outage.cause = Cause::unknown;
  saw(NoticeSeen::foreign);
  EXPECT_EQ(judged().agreement, Agreement::contradicts);
  ordered(0ms);
  EXPECT_EQ(judged().agreement, Agreement::contradicts);
  evidence = {}, orders.clear(), outage.cause = Cause::protective_closure;
  saw(NoticeSeen::valid);
  EXPECT_EQ(judged().agreement, Agreement::contradicts);
}

TEST_F(AgreementTest, OrdersOfOtherServicesAndTimesAreNoMatter) {
  outage.cause = Cause::server_fault;
  outage.end = Interval{noon + 60s, noon + 61s};
  saw(NoticeSeen::none, Layer::connect_refused, 0);
  EXPECT_THAT(judged().why, HasSubstr("no closure of this service at the time, and no notice"));
  ordered(0ms);
  orders.back().service = ServiceId{"e-health"};
  ordered(62s);
  ordered(-100s);
  orders.back().opened_at = noon - 50s;
  EXPECT_THAT(judged().why, HasSubstr("no closure of this service at the time, and no notice"));
}

TEST_F(AgreementTest, AnOrderNamesTheServiceAndNotTheTarget) {
  outage.target = ServiceId{"e-tax over IPv6"};
  evidence.service = tax;
  saw(NoticeSeen::valid);
  ordered(0ms);
  EXPECT_EQ(judged().agreement, Agreement::supports);
}

}  // namespace
}  // namespace kulla::outage
