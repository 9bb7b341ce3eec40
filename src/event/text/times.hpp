// Times as logs write them. Each take_… reads one from the front of `text` and removes it; where there is none `text` stays.
// Years 1970 to 9999. `zone` is what a clock without a named zone is ahead of UTC.
#pragma once
#include <chrono>
#include <optional>
#include <string_view>

#include "base/time.hpp"

namespace kulla::event {

/// ISO 8601 as RFC 3339 has it, also with a space or with a comma before the fraction, with ±hhmm, or without a zone.
[[nodiscard]] std::optional<Timestamp> take_iso_time(std::string_view& text, std::chrono::minutes zone);
/// 17/Oct/2022:14:13:07 +0000, also with .mmm, or without a zone.
[[nodiscard]] std::optional<Timestamp> take_clf_time(std::string_view& text, std::chrono::minutes zone);
/// Oct  5 11:47:20, also with a fraction or with a year before the clock. Without one it is the latest year in which the time is not more
/// than a day after `latest` (clocks differ).
[[nodiscard]] std::optional<Timestamp> take_bsd_time(std::string_view& text, std::chrono::minutes zone, Timestamp latest);
/// Seconds since 1970, with a fraction.
[[nodiscard]] std::optional<Timestamp> take_epoch_time(std::string_view& text);

}  // namespace kulla::event
