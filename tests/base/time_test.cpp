// RFC 3339 there and back, and the system's clock.
#include "base/time.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace kulla {
namespace {
using namespace std::chrono;

TEST(Rfc3339, WritesUtcWithMicroseconds) {
  EXPECT_EQ(to_rfc3339(Timestamp{}), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Timestamp{sys_days{2022y / July / 15} + 10h + 5us}), "2022-07-15T10:00:00.000005Z");
}
TEST(Rfc3339, ReadsEverySpellingOfOneTime) {
  const auto time = Timestamp{sys_days{2024y / February / 29} + 23h + 59min + 58s + 120ms};
  for (const auto* text : {"2024-02-29T23:59:58.12Z", "2024-02-29t23:59:58.120000z", "2024-02-29 23:59:58.120000999Z",
                           "2024-03-01T00:59:58.12+01:00", "2024-02-29T18:29:58.12-05:30", "2024-02-29T23:59:58.12+00:00"}) {
    ASSERT_TRUE(parse_rfc3339(text)) << text;
    EXPECT_EQ(*parse_rfc3339(text), time) << text;
  }
}
TEST(Rfc3339, ALeapSecondIsTheSecondAfter) {
  EXPECT_EQ(parse_rfc3339("2016-12-31T23:59:60Z").value(), Timestamp{sys_days{2017y / January / 1}});
}
TEST(Rfc3339, RefusesEverythingElse) {
  for (const auto* text : {"",
                           "2022",
                           "2022-07-15",
                           "2022-07-15T10:00",
                           "2022-07-15T10:00:00",
                           "2022-07-15T10:00:00.Z",
                           "2022-07-15T10:00:00.1234567890Z",
                           "2022-13-01T00:00:00Z",
                           "2022-00-01T00:00:00Z",
                           "2023-02-29T00:00:00Z",
                           "2022-07-32T00:00:00Z",
                           "2022-07-15T24:00:00Z",
                           "2022-07-15T10:60:00Z",
                           "2022-07-15T10:00:61Z",
                           "1969-12-31T23:59:59Z",
                           "1970-01-01T00:00:00+00:01",
                           "9999-12-31T23:59:59-00:01",
                           "2022-07-15T10:00:00+24:00",
                           "2022-07-15T10:00:00+1:00",
                           "2022-07-15T10:00:00Zx",
                           " 2022-07-15T10:00:00Z",
                           "2022-07-15X10:00:00Z",
                           "2022-7-15T10:00:00Z",
                           "-022-07-15T10:00:00Z",
                           "10000-01-01T00:00:00Z"})
    EXPECT_FALSE(parse_rfc3339(text)) << text;
  EXPECT_EQ(parse_rfc3339("noon").error().code, Code::bad_time);
}
TEST(Rfc3339, AnyTimeIsWrittenSoThatItCanBeRead) {
  EXPECT_TRUE(rc::check("there and back", [](std::int64_t micros) {
    const Timestamp time{microseconds{micros}};
    const auto back = parse_rfc3339(to_rfc3339(time));
    RC_ASSERT(back.has_value());
    RC_ASSERT(to_rfc3339(*back) == to_rfc3339(time));
    if (micros >= 0 && time < Timestamp{sys_days{10000y / January / 1}}) RC_ASSERT(*back == time);
  }));
  EXPECT_EQ(to_rfc3339(Timestamp::min()), "1970-01-01T00:00:00.000000Z");
  EXPECT_EQ(to_rfc3339(Timestamp::max()), "9999-12-31T23:59:59.999999Z");
}
TEST(SystemClock, TicksNeverGoBackAndTheBootHasAName) {
  const SystemClock clock;
  const auto first = clock.now(), second = clock.now();
  EXPECT_GE(second.mono, first.mono);
  EXPECT_GT(first.mono.count(), 0);
  EXPECT_GT(first.wall, Timestamp{sys_days{2022y / January / 1}});
  EXPECT_EQ(clock.boot().size(), 36u);
  EXPECT_EQ(clock.boot(), SystemClock{}.boot());
}
}  // namespace
}  // namespace kulla
