#include "daemon/trial_errors.hpp"

#include <gtest/gtest.h>

namespace kulla::daemon {
namespace {
using namespace std::chrono_literals;
using outage::Layer;
using outage::Observation;

const Timestamp noon{std::chrono::seconds{1'790'000'000}};

Observation seen(std::chrono::seconds at, Layer failed, NoticeSeen notice = NoticeSeen::none) {
  return {.vantage = VantageId{"v"}, .target = ServiceId{"e-tax"}, .sent = noon + at, .took_us = 5000, .failed = failed, .notice = notice};
}

TEST(TrialErrorsTest, ThreeInARowAreSaidAndSaidAgainWhereTheyGoOn) {
  TrialErrors errors;
  EXPECT_FALSE(errors.take(seen(0s, Layer::none)));
  EXPECT_FALSE(errors.take(seen(1s, Layer::status)));
  EXPECT_FALSE(errors.take(seen(2s, Layer::status)));
  const auto said = errors.take(seen(3s, Layer::closed));
  ASSERT_TRUE(said);
  EXPECT_EQ(said->vantage, VantageId{"v"});
  EXPECT_EQ(said->seen, Seen::down);
  EXPECT_FALSE(said->notice);
  EXPECT_EQ(said->last_good, noon);
  EXPECT_EQ(said->first_bad, noon + 1s + 5ms);
  EXPECT_EQ(said->layer, "closed");
  EXPECT_FALSE(errors.take(seen(4s, Layer::status)));
  EXPECT_FALSE(errors.take(seen(5s, Layer::status)));
  EXPECT_EQ(errors.take(seen(6s, Layer::status))->first_bad, said->first_bad);
}

TEST(TrialErrorsTest, ANoticeOrAGoodAnswerBetweenThemEndsTheRow) {
  TrialErrors errors;
  for (int i = 0; i < 10; ++i) {
    EXPECT_FALSE(errors.take(seen(3s * i, Layer::status)));
    EXPECT_FALSE(errors.take(seen(3s * i + 1s, Layer::status)));
    EXPECT_FALSE(errors.take(i % 2 == 0 ? seen(3s * i + 2s, Layer::none) : seen(3s * i + 2s, Layer::status, NoticeSeen::valid)));
  }
}

TEST(TrialErrorsTest, VantagesAndServicesAreCountedApart) {
  TrialErrors errors;
  auto other = seen(2s, Layer::status);
  other.vantage = VantageId{"w"};
  EXPECT_FALSE(errors.take(seen(0s, Layer::status)));
  EXPECT_FALSE(errors.take(other));
  EXPECT_FALSE(errors.take(seen(1s, Layer::status)));
  EXPECT_FALSE(errors.take(other));
}
}  // namespace
}  // namespace kulla::daemon
