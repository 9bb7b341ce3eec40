#include "outage/onset.hpp"

#include <algorithm>
#include <limits>

namespace kulla::outage {
namespace {
/// The newest that can be relied on: one that is not doubtful, or the second of those that are.
Timestamp last_before(std::span<const Edge> edges) {
  Timestamp sure{}, doubtful{}, second{};
  for (const auto& edge : edges)
    for (const auto& mark : edge.befores()) {
      if (!mark.doubtful) sure = std::max(sure, mark.sent);
      else if (mark.sent > doubtful) second = std::exchange(doubtful, mark.sent);
      else second = std::max(second, mark.sent);
    }
  return std::max(sure, second);
}
}  // namespace

void Edge::before(Mark mark) {
  const auto size = std::as_const(*this).befores().size();
  if (size == 0 || mark.sent > before_[0].sent) {
    before_[1] = before_[0];
    before_[0] = mark;
    befores_ = static_cast<std::uint8_t>(std::min(size + 1, before_.size()));
    const auto earlier =
        static_cast<std::uint8_t>(std::ranges::count_if(afters(), [&](const Mark& after) { return after.sent < mark.sent; }));
    std::copy(after_.begin() + earlier, after_.begin() + afters_, after_.begin());
    afters_ = static_cast<std::uint8_t>(afters_ - earlier);
  } else if (size == 1 || mark.sent > before_[1].sent) {
    before_[1] = mark;
    befores_ = 2;
  }
}

void Edge::after(Mark mark) {
  if (befores_ > 0 && mark.sent < before_[0].sent) return;
  const auto place = static_cast<std::size_t>(std::ranges::upper_bound(afters(), mark.sent, {}, &Mark::sent) - afters().begin());
  if (place == after_.size()) return;
  const auto kept = std::min<std::size_t>(afters_, after_.size() - 1);
  std::copy_backward(after_.begin() + static_cast<std::ptrdiff_t>(place), after_.begin() + static_cast<std::ptrdiff_t>(kept),
                     after_.begin() + static_cast<std::ptrdiff_t>(kept) + 1);
  after_[place] = mark;
  afters_ = static_cast<std::uint8_t>(kept + 1);
}

Interval interval_of(std::span<const Edge> edges, Timestamp known) {
  constexpr auto never = Timestamp::max();
  const auto earliest = last_before(edges);
  Timestamp sure = never, doubtful = never, second = never;
  for (const auto& edge : edges)
    for (const auto& mark : edge.afters()) {
      if (mark.sent < earliest) continue;
      if (!mark.doubtful) sure = std::min(sure, mark.until());
      else if (mark.until() < doubtful) second = std::exchange(doubtful, mark.until());
      else second = std::min(second, mark.until());
    }
  const auto latest = std::min(sure, second);
  return {earliest, latest == never ? std::max(earliest, known) : latest};
}

std::optional<Interval> common(std::span<const Interval> intervals) {
  if (intervals.empty()) return std::nullopt;
  auto result = intervals.front();
  for (const auto& interval : intervals) {
    result.earliest = std::max(result.earliest, interval.earliest);
    result.latest = std::min(result.latest, interval.latest);
  }
  return result.earliest <= result.latest ? std::optional{result} : std::nullopt;
}
}  // namespace kulla::outage
