// When it happened, as an interval: one vantage's probes around a change, and what several vantages' together say. Whatever the order
// in which probes are told, the same comes out.
#pragma once
#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "outage/outage.hpp"

namespace kulla::outage {

/// A probe near a change.
struct Mark {
  Timestamp sent{};
  std::int32_t until_us = 0;  ///< sent plus this: by then the change had happened, if the probe shows the new state
  bool doubtful = false;      ///< a failure where failures are often strays: alone it shows nothing
  [[nodiscard]] Timestamp until() const { return sent + std::chrono::microseconds{until_us}; }
};

/// One vantage, one change: the newest probes that found the old state, and the first ones after them that found the new one.
class Edge {
 public:
  void before(Mark mark);
  void after(Mark mark);
  void forget_after() { afters_ = 0; }
  [[nodiscard]] std::span<const Mark> befores() const { return {before_.data(), befores_}; }  ///< the newest first
  [[nodiscard]] std::span<const Mark> afters() const { return {after_.data(), afters_}; }     ///< the oldest first

 private:
  // The second is needed where the first is doubtful; of the afters, more, as a later `before` takes some away.
  std::array<Mark, 2> before_;
  std::array<Mark, 4> after_;
  std::uint8_t befores_ = 0, afters_ = 0;
};

/// [sent of the last probe that found the old state, the soonest by which a probe sent after it shows the new one]. Never inverted.
/// Of doubtful marks the second counts. Without a `before`: from the epoch; without an `after`: until `known`.
[[nodiscard]] Interval interval_of(std::span<const Edge> edges, Timestamp known);

/// What is common to all of them; none where nothing is.
[[nodiscard]] std::optional<Interval> common(std::span<const Interval> intervals);

}  // namespace kulla::outage
