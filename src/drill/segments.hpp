// A service's states over the drill, folded from the facts, for the chart.
#pragma once
#include <string>
#include <vector>

#include "drill/observed.hpp"

namespace kulla::drill {

enum class Bar : std::uint8_t { open, guarded, closed, verifying, verified, trial };
struct Segment {
  Bar bar = Bar::open;
  int share = 100;                ///< percent of clients let in, of a trial
  Timestamp from, until;
};
struct ServiceBar {
  std::size_t service = 0;
  std::vector<Segment> segments;
  [[nodiscard]] bool was_closed() const;
};
/// One bar a service, from `began` to the end.
[[nodiscard]] std::vector<ServiceBar> bars_of(const Observed& observed, Timestamp began);
/// The word for people, and the shape beside it.
[[nodiscard]] std::string_view word_of(Bar bar);
[[nodiscard]] std::string_view shape_of(Bar bar);

}  // namespace kulla::drill
