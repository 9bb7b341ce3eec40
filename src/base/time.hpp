// Two times, never mixed: the wall clock, which people read and anyone may set, and ticks, which only ever go forward.
#pragma once
#include <chrono>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kulla {

/// Wall time, UTC.
using Timestamp = std::chrono::sys_time<std::chrono::microseconds>;
/// Milliseconds since the machine booted (CLOCK_BOOTTIME); comparable within one boot only.
using Ticks = std::chrono::milliseconds;

struct Moment {
  Timestamp wall;
  Ticks mono{};
  friend bool operator==(const Moment&, const Moment&) = default;
};

/// RFC 3339 in UTC with microseconds: 2022-07-15T10:00:00.000000Z. Years 1970 to 9999; a time outside is written as the nearest within.
[[nodiscard]] std::string to_rfc3339(Timestamp time);
/// Accepts 0 to 9 digits of fraction (cut to microseconds) and `Z` or a numeric offset. Years 1970 to 9999.
[[nodiscard]] Result<Timestamp> parse_rfc3339(std::string_view text);

/// The seam for time.
class Clock {
 public:
  virtual ~Clock() = default;
  [[nodiscard]] virtual Moment now() const = 0;
  /// Names the present boot; ticks of two boots do not compare.
  [[nodiscard]] virtual std::string boot() const = 0;
};
class SystemClock final : public Clock {
 public:
  [[nodiscard]] Moment now() const override;
  [[nodiscard]] std::string boot() const override;
};

}  // namespace kulla
