#include "outage/fingerprint.hpp"

#include <gtest/gtest.h>

namespace kulla::outage {
namespace {
TEST(Fingerprints, ThreeEqualAnswersInARowAreLearned) {
  Fingerprint learned{"learn"};
  for (const std::uint64_t body : {7, 7, 8, 8, 7}) EXPECT_FALSE(learned.differs(body));
  EXPECT_FALSE(learned.known());
  for (int i = 0; i < 2; ++i) EXPECT_FALSE(learned.differs(7));
  EXPECT_EQ(learned.known(), 7U);
  EXPECT_TRUE(learned.differs(8));
  EXPECT_TRUE(learned.differs(8)) << "a defaced page is not learned, however long it stays";
  EXPECT_TRUE(learned.differs(8));
  EXPECT_TRUE(learned.differs(8));
  EXPECT_FALSE(learned.differs(7));
}
TEST(Fingerprints, APageThatAlwaysChangesIsNeverAnother) {
  Fingerprint learned{"learn"};
  for (std::uint64_t body = 0; body < 100; ++body) EXPECT_FALSE(learned.differs(body / 2));
}
TEST(Fingerprints, APageWithAClockThatWasLearnedByChanceIsUnlearned) {
  Fingerprint learned{"learn"};
  for (int i = 0; i < 30; ++i) EXPECT_FALSE(learned.differs(1));
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(learned.differs(2)) << "a defacement looks like this for as long";
  for (int i = 0; i < 30; ++i) EXPECT_TRUE(learned.differs(3));
  EXPECT_FALSE(learned.changes());
  for (int i = 0; i < 30; ++i) EXPECT_FALSE(learned.differs(4));
  EXPECT_TRUE(learned.changes());
  for (std::uint64_t body = 5; body < 200; ++body) EXPECT_FALSE(learned.differs(body / 5)) << "nor is it learned again";
}
TEST(Fingerprints, APageWithATokenNeverFailsThreeTimesInARow) {
  Fingerprint learned{"learn"};
  for (int i = 0; i < 3; ++i) EXPECT_FALSE(learned.differs(1)) << "from a cache";
  int failed = 0;
  for (std::uint64_t body = 2; body < 100; ++body) failed += learned.differs(body);
  EXPECT_EQ(failed, 2);
}
TEST(Fingerprints, ADefacementWithATokenInItIsOneWhereThePageWasSettled) {
  Fingerprint learned{"learn"};
  for (int i = 0; i < 300; ++i) EXPECT_FALSE(learned.differs(1));
  for (std::uint64_t body = 2; body < 100; ++body) EXPECT_TRUE(learned.differs(body));
}
TEST(Fingerprints, WhatAVantageTookForAnotherPageIsJudgedByThePageThatIsKnownHere) {
  Fingerprint none{""}, named{"00000000000000ff"}, learning{"learn"};
  EXPECT_EQ(none.judged(Layer::body, 255), Layer::body) << "nothing is known here";
  EXPECT_EQ(named.judged(Layer::body, 255), Layer::none);
  EXPECT_EQ(named.would_be_judged(Layer::body, 255), Layer::none);
  EXPECT_EQ(named.judged(Layer::body, 1), Layer::body);
  EXPECT_EQ(named.judged(Layer::none, 1), Layer::body);
  EXPECT_EQ(named.judged(Layer::status, 255), Layer::status);
  for (int i = 0; i < 5; ++i) EXPECT_EQ(learning.judged(Layer::body, 255), Layer::body);
  EXPECT_FALSE(learning.known()) << "what failed as another page is not learned";
}
TEST(Fingerprints, OneThatIsNamedIsKnownFromTheStart) {
  Fingerprint named{"00000000000000ff"};
  EXPECT_FALSE(named.differs(255));
  EXPECT_TRUE(named.differs(1));
}
TEST(Fingerprints, NoneWantedNoneJudged) {
  Fingerprint none{""};
  for (int i = 0; i < 4; ++i) EXPECT_FALSE(none.differs(static_cast<std::uint64_t>(i == 3)));
}
TEST(Fingerprints, OnlySixteenDigitsAreOne) {
  EXPECT_EQ(Fingerprint::parse("ffffffffffffffff"), ~std::uint64_t{0});
  for (const auto* text : {"", "ff", "0xffffffffffffff", "fffffffffffffffff", "ffffffffffffffg0", "-fffffffffffffff", "learn"})
    EXPECT_EQ(Fingerprint::parse(text), std::nullopt) << text;
}
}  // namespace
}  // namespace kulla::outage
