#include "event/time_told.hpp"

#include <gtest/gtest.h>

namespace kulla::event {
namespace {
TEST(TimeTold, FindsTheTimeOfAnEvent) {
  Event event;
  EXPECT_EQ(time_told(event), Timestamp{});
  event.add("UtcTime", "2025-10-25 13:44:33.433");
  EXPECT_EQ(to_rfc3339(time_told(event)), "2025-10-25T13:44:33.433000Z");
  event.add("@timestamp", "2025-10-25T15:44:33+02:00");
  EXPECT_EQ(to_rfc3339(time_told(event)), "2025-10-25T13:44:33.000000Z");
}
}  // namespace
}  // namespace kulla::event
