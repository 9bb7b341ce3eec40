// Timings within 5 %: a ladder of 256 steps, each at most 10.25 % above the one before, so that the nearest is within 4.9 %.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>

namespace kulla::outage::store {

using Step = std::uint8_t;

/// 0, 1, 2, … then ⌊1.1025 × the one before⌋: integers only, so that every machine has the same.
constexpr std::array<std::int64_t, 256> make_steps() {
  std::array<std::int64_t, 256> steps{};
  for (std::size_t i = 1; i < steps.size(); ++i) steps[i] = std::max(steps[i - 1] + 1, steps[i - 1] * 441 / 400);
  return steps;
}
inline constexpr auto steps = make_steps();
static_assert(steps.back() > std::int64_t{3600} * 1'000'000, "an hour fits; what is longer is kept with its difference");

constexpr std::int64_t value_of(Step step) { return steps[step]; }
/// The nearest step; of two as near, the lower.
constexpr Step step_of(std::int64_t value) {
  const auto above = std::ranges::lower_bound(steps, value);
  if (above == steps.begin()) return 0;
  if (above == steps.end()) return 255;
  const auto at = above - steps.begin();
  return static_cast<Step>(value - *(above - 1) <= *above - value ? at - 1 : at);
}

}  // namespace kulla::outage::store
