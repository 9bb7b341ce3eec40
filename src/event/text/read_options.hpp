// What a reader of text must be told.
#pragma once
#include <chrono>

#include "base/time.hpp"

namespace kulla::event {

struct ReadOptions {
  Timestamp seen;                ///< when the bytes reached us; a time without a year is taken not to be after it
  std::chrono::minutes zone{0};  ///< of times that name no zone: what their clock is ahead of UTC
};

}  // namespace kulla::event
