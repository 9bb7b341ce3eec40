// What a service's days were made of. Pure.
#pragma once
#include <chrono>
#include <span>
#include <vector>

#include "serve/status_picture.hpp"

namespace kulla::serve {

/// Each second counts once: as closed, else as down, else as no data, else as working.
struct StatusDay {
  std::chrono::seconds closed{}, down{}, no_data{};
  friend bool operator==(const StatusDay&, const StatusDay&) = default;
};

/// One for each stretch between two `bounds`, which rise.
[[nodiscard]] std::vector<StatusDay> days_of(std::span<const StatusSpan> spans, std::span<const Timestamp> bounds);
[[nodiscard]] StatusDay sum_of(std::span<const StatusDay> days);

}  // namespace kulla::serve
