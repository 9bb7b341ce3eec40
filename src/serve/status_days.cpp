#include "serve/status_days.hpp"

#include <algorithm>
#include <array>

namespace kulla::serve {
namespace {
struct Piece {
  Timestamp from, to;
};
using Pieces = std::vector<Piece>;

/// What is in `spans` of this kind within the bounds, and in none of `taken`; both in order, and so is what comes back.
Pieces free_pieces(std::span<const StatusSpan> spans, SpanKind kind, Timestamp first, Timestamp last, const Pieces& taken) {
  Pieces free;
  auto counted = first;  // each second once, also where two of one kind overlap after all
  for (const auto& span : spans) {
    if (span.kind != kind) continue;
    auto from = std::max(span.from, counted);
    const auto to = std::min(span.to.value_or(last), last);
    counted = std::max(counted, to);
    for (const auto& other : taken) {
      if (other.to <= from || other.from >= to) continue;
      if (other.from > from) free.push_back({from, other.from});
      from = std::max(from, other.to);
    }
    if (from < to) free.push_back({from, to});
  }
  return free;
}

void spread(const Pieces& pieces, std::span<const Timestamp> bounds, std::vector<StatusDay>& days, std::chrono::seconds StatusDay::* part) {
  for (const auto& piece : pieces) {
    auto day = static_cast<std::size_t>(std::ranges::upper_bound(bounds, piece.from) - bounds.begin()) - 1;
    for (; day < days.size() && bounds[day] < piece.to; ++day)
      days[day].*part +=
          std::chrono::duration_cast<std::chrono::seconds>(std::min(piece.to, bounds[day + 1]) - std::max(piece.from, bounds[day]));
  }
}
}  // namespace

std::vector<StatusDay> days_of(std::span<const StatusSpan> spans, std::span<const Timestamp> bounds) {
  if (bounds.size() < 2) return {};
  std::vector<StatusDay> days(bounds.size() - 1);
  Pieces taken;
  for (const auto& [kind, part] : {std::pair{SpanKind::closed, &StatusDay::closed}, std::pair{SpanKind::down, &StatusDay::down},
                                   std::pair{SpanKind::no_data, &StatusDay::no_data}}) {
    const auto pieces = free_pieces(spans, kind, bounds.front(), bounds.back(), taken);
    spread(pieces, bounds, days, part);
    taken.insert(taken.end(), pieces.begin(), pieces.end());
    std::ranges::sort(taken, {}, &Piece::from);
  }
  return days;
}

StatusDay sum_of(std::span<const StatusDay> days) {
  StatusDay sum;
  for (const auto& day : days) sum.closed += day.closed, sum.down += day.down, sum.no_data += day.no_data;
  return sum;
}
}  // namespace kulla::serve
