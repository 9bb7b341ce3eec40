// What encoding and decoding of a block share: the columns, and how a value is foretold from those before it of the same target.
#pragma once
#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

#include "outage/store_row.hpp"
#include "outage/store_steps.hpp"

namespace kulla::outage::store {

enum class Column : std::size_t {
  targets,     // a target: its word or text, how many observations, period, pull
  flags,       // 1: kept to the microsecond
  sent_low,    // of the zigzagged difference to the foretold millisecond, the low 8 bits
  sent_high,   // and the rest
  resolve,
  connect,
  tls,
  first_byte,  // steps, less the usual one
  took,        // steps, less the step of the phases' sum
  answer,
  address,
  body,  // symbols
  inlined,     // texts that are no words
  order,       // rank by number, less the rank by the end of the probe
  numbers,     // rising numbers, each less the one before and 1
  rest,        // of those kept to the microsecond: what rounding took away
  count_
};
inline constexpr std::size_t column_count = static_cast<std::size_t>(Column::count_);
using Columns = std::array<std::string, column_count>;
constexpr Column phase_column(std::size_t phase) { return static_cast<Column>(static_cast<std::size_t>(Column::resolve) + phase); }

/// When a target is asked next: its period after where it was foretold, pulled towards where it was by an nth of the difference after the
/// nth, at least by 1/2^pull. Milliseconds after the block's base. Wraps, so that no damaged block overflows.
class Pace {
 public:
  Pace(std::uint64_t period, unsigned pull) : period_(period), most_(std::int64_t{1} << pull) {}
  [[nodiscard]] std::uint64_t foretold() const { return next_; }
  void was(std::uint64_t at) {
    seen_ = std::min(seen_ + 1, most_);
    next_ = (first_ ? at : next_ + static_cast<std::uint64_t>(static_cast<std::int64_t>(at - next_) / seen_)) + period_;
    first_ = false;
  }

 private:
  std::uint64_t period_, next_ = 0;
  std::int64_t most_, seen_ = 0;
  bool first_ = true;
};

/// The usual step of one phase of a target, in 64ths: the mean of its first 16, then following a 16th of each difference. A phase that
/// did not happen moves nothing.
class Usual {
 public:
  [[nodiscard]] Step foretold() const { return static_cast<Step>((parts_ + 32) / 64); }
  void was(Step step) {
    if (step == 0) return;
    seen_ = std::min(seen_ + 1, 16);
    parts_ += (step * 64 - parts_) / seen_;
  }

 private:
  int parts_ = 0, seen_ = 0;
};

/// Symbols of a text column.
namespace symbol {
constexpr std::uint64_t same = 0;    // as the target's row before; none for its first
constexpr std::uint64_t none = 1;
constexpr std::uint64_t inlined = 2;
constexpr std::uint64_t word = 3;    // and above: zigzag of the index less the one before in this column
}  // namespace symbol

}  // namespace kulla::outage::store
