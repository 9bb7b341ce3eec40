#include "outage/bayes.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include "outage/tracker.hpp"

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
constexpr Timestamp noon{std::chrono::hours{24 * 365 * 50 + 12}};

class ConvictionTest : public testing::Test {
 protected:
  void hear(Word word, int times = 1, double stray = 0, std::chrono::seconds every = 30s) {
    for (int i = 0; i < times; ++i) conviction.hear(word, stray, at += every, 30s, parameters);
  }
  Parameters parameters;
  Conviction conviction;
  Timestamp at = noon;
};

TEST_F(ConvictionTest, NothingIsKnownAtFirst) { EXPECT_EQ(conviction.thousandths(), 500); }
TEST_F(ConvictionTest, OfWhatIsSurelyUpFiveSilencesOrThreeFailuresAreBelieved) {
  for (const auto& [word, enough] : {std::pair{Word::silent, 5}, {Word::failed, 3}}) {
    hear(Word::good, 10);
    hear(word, enough - 1);
    EXPECT_GT(conviction.belief(), parameters.down_below);
    hear(word);
    EXPECT_LT(conviction.belief(), parameters.down_below);
  }
}
TEST_F(ConvictionTest, OneGoodAnswerOfWhatIsSurelyDownIsBelieved) {
  hear(Word::silent, 50);
  hear(Word::good);
  EXPECT_GT(conviction.belief(), parameters.up_above);
}
TEST_F(ConvictionTest, WhereManyAreLostMoreAreNeeded) {
  hear(Word::good, 10);
  hear(Word::silent, 5, 0.2);
  EXPECT_GT(conviction.belief(), parameters.down_below);
}
TEST_F(ConvictionTest, WhatIsOldIsUncertain) {
  hear(Word::good, 10);
  conviction.hear(Word::silent, 0, at += 10min, 30s, parameters);
  EXPECT_LT(conviction.belief(), parameters.down_below) << "what was seen ten minutes ago says nothing against it";
}
TEST(UsualTimes, FollowTheAnswersAndNotAnOutlier) {
  UsualTime usual;
  EXPECT_FALSE(usual.known());
  for (int i = 0; i < 50; ++i) usual.heard(50ms);
  EXPECT_GE(usual.latest(), 50ms);
  EXPECT_LE(usual.latest(), 55ms);
  EXPECT_TRUE(usual.is_resent(1'050ms));
  EXPECT_FALSE(usual.is_resent(200ms));
  usual.heard(1'050ms);
  EXPECT_LE(usual.latest(), 150ms);
  for (int i = 0; i < 200; ++i) usual.heard(400ms);
  EXPECT_GE(usual.latest(), 400ms) << "what stays is usual";
}

RC_GTEST_PROP(ConvictionProperties, StaysWithinItsBoundsAndMovesTowardsWhatIsHeard, ()) {
  const Parameters parameters;
  Conviction conviction;
  auto at = noon;
  for (int i = *rc::gen::inRange(1, 100); i > 0; --i) {
    const auto word = *rc::gen::element(Word::good, Word::failed, Word::silent);
    const auto before = conviction.belief();
    conviction.hear(word, *rc::gen::inRange(0, 100) / 100.0, at += std::chrono::seconds{*rc::gen::inRange(0, 60)}, 30s, parameters);
    const auto belief = conviction.belief();
    RC_ASSERT(belief >= parameters.certain_down * 0.999 && belief <= parameters.certain_up + 1e-9);
    RC_ASSERT((word == Word::good ? belief >= before - 1e-6 : belief <= before + 1e-6));
  }
}
}  // namespace
}  // namespace kulla::outage
