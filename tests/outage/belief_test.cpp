#include "outage/belief.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;

constexpr Timestamp noon{std::chrono::hours{24 * 365 * 50 + 12}};

class BeliefTest : public testing::Test {
 protected:
  Observation at(std::chrono::milliseconds sent, Layer failed = Layer::none, std::chrono::microseconds took = 2ms) {
    return {VantageId{"v"}, ++number, ServiceId{"e-tax"}, noon + sent, took.count(), failed, failed == Layer::none ? 200 : 0};
  }
  std::uint64_t number = 100;
  Beliefs beliefs;
};

TEST_F(BeliefTest, TheOnsetLiesBetweenTheLastGoodSentAndTheFirstFailed) {
  EXPECT_EQ(beliefs.take(at(0ms))->seen, Seen::up);
  EXPECT_FALSE(beliefs.take(at(250ms)));
  const auto down = beliefs.take(at(500ms, Layer::connect_refused, 1ms));
  ASSERT_TRUE(down);
  EXPECT_EQ(down->seen, Seen::down);
  EXPECT_EQ(down->last_good, noon + 250ms);
  EXPECT_EQ(down->first_bad, noon + 501ms);
  EXPECT_EQ(down->layer, "connect_refused");
  EXPECT_FALSE(down->first_good);
}

TEST_F(BeliefTest, AProbeThatRanOutOfTimeFailedWhenItUsuallyWouldHaveAnswered) {
  EXPECT_TRUE(beliefs.take(at(0ms, Layer::none, 10ms)));
  EXPECT_FALSE(beliefs.take(at(250ms, Layer::none, 18ms)));  // usual: 10 + 8/8
  EXPECT_EQ(beliefs.take(at(500ms, Layer::answer_timeout, 2s))->first_bad, noon + 511ms);
}

TEST_F(BeliefTest, TheEndIsTheFirstGoodAnswer) {
  EXPECT_TRUE(beliefs.take(at(0ms)));
  const auto down = beliefs.take(at(250ms, Layer::status));
  EXPECT_FALSE(beliefs.take(at(500ms, Layer::connect_refused)));
  const auto up = beliefs.take(at(750ms, Layer::none, 3ms));
  ASSERT_TRUE(up);
  EXPECT_EQ(up->seen, Seen::up);
  EXPECT_EQ(up->first_good, noon + 753ms);
  EXPECT_EQ(up->last_good, down->last_good);
  EXPECT_EQ(up->first_bad, down->first_bad);
  EXPECT_EQ(up->layer, "");
}

TEST_F(BeliefTest, OurNoticeOnAServiceThatIsDownIsAChange) {
  EXPECT_TRUE(beliefs.take(at(0ms)));
  EXPECT_TRUE(beliefs.take(at(250ms, Layer::connect_refused)));
  auto notice = at(500ms, Layer::status);
  notice.notice = NoticeSeen::valid;
  const auto changed = beliefs.take(notice);
  ASSERT_TRUE(changed);
  EXPECT_TRUE(changed->notice);
  EXPECT_EQ(changed->first_bad, noon + 252ms);
}

TEST_F(BeliefTest, NeverSeenGoodSaysSo) {
  const auto down = beliefs.take(at(0ms, Layer::connect_refused));
  ASSERT_TRUE(down);
  EXPECT_EQ(down->last_good, Timestamp{});
}

TEST_F(BeliefTest, AReplayedOneMovesNothingAndALostOneIsCounted) {
  const auto first = at(0ms);
  EXPECT_TRUE(beliefs.take(first));
  auto replayed = first;
  replayed.failed = Layer::connect_refused;
  EXPECT_FALSE(beliefs.take(replayed));
  EXPECT_EQ(beliefs.dropped(), 1U);
  number += 3;
  EXPECT_FALSE(beliefs.take(at(250ms)));
  EXPECT_EQ(beliefs.missing(), 3U);
}

TEST(Observations, ALineComesBackAndAnyChangeIsRefused) {
  const auto key = SecretKey::from_seed({1});
  const Observation observation{VantageId{"v"}, 7, ServiceId{"e-tax"}, noon, 1234, Layer::status, 503, NoticeSeen::valid};
  const auto line = to_line(observation, key);
  EXPECT_EQ(from_line(line, key.public_key()).value(), observation);
  EXPECT_EQ(from_line(line, SecretKey::from_seed({2}).public_key()).error().code, Code::bad_signature);
  for (std::size_t i = 0; i < line.size(); ++i) {
    auto changed = line;
    changed[i] = static_cast<char>(changed[i] ^ 1);
    EXPECT_FALSE(from_line(changed, key.public_key())) << i << " " << changed;
  }
}

RC_GTEST_PROP(BeliefProperties, AnOnsetNeverBeginsAfterItEndsAndUpFollowsOnlyAGoodOne, ()) {
  Beliefs beliefs;
  Timestamp sent = noon;
  std::uint64_t number = 0;
  for (int i = *rc::gen::inRange(1, 60); i > 0; --i) {
    sent += std::chrono::milliseconds{*rc::gen::inRange(1, 500)};
    const auto layer = static_cast<Layer>(*rc::gen::inRange(0, 15));
    const auto changed = beliefs.take({VantageId{"v"}, ++number, ServiceId{"s"}, sent, *rc::gen::inRange(0, 2'000'000), layer, 0});
    if (!changed) continue;
    RC_ASSERT((changed->seen == Seen::up) == (layer == Layer::none));
    if (changed->seen == Seen::down) RC_ASSERT(changed->last_good < changed->first_bad);
    if (changed->first_good) RC_ASSERT(changed->last_good < *changed->first_good);
  }
}
}  // namespace
}  // namespace kulla::outage
