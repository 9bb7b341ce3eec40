// Time that other programs on the machine do not lengthen.
#pragma once
#include <time.h>

namespace kulla::bench {

/// Seconds of this thread's CPU time.
inline double cpu() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

}  // namespace kulla::bench
