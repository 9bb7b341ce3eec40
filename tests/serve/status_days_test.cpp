#include "serve/status_days.hpp"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "status_world.hpp"

namespace kulla::serve {
namespace {
using namespace test;
using namespace std::chrono_literals;

const std::vector<Timestamp> three_days{at("2026-11-26T00:00:00Z"), at("2026-11-27T00:00:00Z"), at("2026-11-28T00:00:00Z"),
                                        at("2026-11-28T12:00:00Z")};

TEST(StatusDays, a_span_counts_in_each_day_that_it_touches) {
  const std::vector<StatusSpan> spans{{SpanKind::closed, at("2026-11-26T23:00:00Z"), at("2026-11-28T01:00:00Z"), {}}};
  const auto days = days_of(spans, three_days);
  ASSERT_EQ(days.size(), 3u);
  EXPECT_EQ(days[0].closed, 1h);
  EXPECT_EQ(days[1].closed, 24h);
  EXPECT_EQ(days[2].closed, 1h);
  EXPECT_EQ(sum_of(days).closed, 26h);
}
TEST(StatusDays, what_lasts_counts_until_now_and_what_was_before_does_not) {
  const std::vector<StatusSpan> spans{{SpanKind::down, at("2026-01-01T00:00:00Z"), at("2026-01-02T00:00:00Z"), {}},
                                      {SpanKind::down, at("2026-11-28T11:00:00Z"), {}, {}}};
  const auto days = days_of(spans, three_days);
  EXPECT_EQ(days[0], StatusDay{});
  EXPECT_EQ(days[2].down, 1h);
}
TEST(StatusDays, closed_counts_before_down_and_down_before_no_data) {
  const std::vector<StatusSpan> spans{{SpanKind::no_data, at("2026-11-26T00:00:00Z"), at("2026-11-27T00:00:00Z"), {}},
                                      {SpanKind::down, at("2026-11-26T06:00:00Z"), at("2026-11-26T18:00:00Z"), {}},
                                      {SpanKind::closed, at("2026-11-26T10:00:00Z"), at("2026-11-26T12:00:00Z"), {}}};
  EXPECT_EQ(days_of(spans, three_days)[0], (StatusDay{2h, 10h, 12h}));
}

RC_GTEST_PROP(StatusDays, no_second_counts_twice, ()) {
  const auto begin = three_days.front();
  const auto raw = *rc::gen::container<std::vector<std::tuple<int, int, int>>>(
      rc::gen::tuple(rc::gen::inRange(0, 3), rc::gen::inRange(-50, 70), rc::gen::inRange(1, 40)));
  std::vector<StatusSpan> spans;
  for (const auto& [kind, from, length] : raw)
    spans.push_back({static_cast<SpanKind>(kind), begin + std::chrono::hours{from}, begin + std::chrono::hours{from + length}, {}});
  std::ranges::sort(spans, {}, &StatusSpan::from);
  const auto days = days_of(spans, three_days);
  for (std::size_t i = 0; i < days.size(); ++i) {
    const auto sum = days[i].closed + days[i].down + days[i].no_data;
    RC_ASSERT(sum <= three_days[i + 1] - three_days[i]);
    // Hour by hour, the simple way.
    StatusDay slow;
    for (auto hour = three_days[i]; hour < three_days[i + 1]; hour += 1h) {
      const auto in = [&](SpanKind wanted) {
        return std::ranges::any_of(spans, [&](const auto& span) { return span.kind == wanted && span.from <= hour && hour < *span.to; });
      };
      if (in(SpanKind::closed)) slow.closed += 1h;
      else if (in(SpanKind::down)) slow.down += 1h;
      else if (in(SpanKind::no_data)) slow.no_data += 1h;
    }
    RC_ASSERT(days[i] == slow);
  }
}
}  // namespace
}  // namespace kulla::serve
