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
