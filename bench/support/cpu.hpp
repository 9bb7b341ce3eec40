// Time that other programs on the machine do not lengthen.
#pragma once
#include <fmt/format.h>
#include <time.h>
#include <unistd.h>

#include <chrono>
#include <sstream>
#include <string>

#include "base/file.hpp"

namespace kulla::bench {

/// Seconds of this thread's CPU time.
inline double cpu() {
  timespec now{};
  ::clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

/// Processor time that a process and our own have used so far: what a request costs, whatever else the machine does.
inline std::chrono::microseconds processor_time(pid_t pid) {
  std::string text = kulla::read_file(fmt::format("/proc/{}/stat", pid), 65536).value_or(") ");
  std::istringstream fields{text.substr(text.rfind(')') + 2)};
  std::string skipped;
  for (int i = 0; i < 11; ++i) fields >> skipped;
  std::int64_t user = 0, system = 0;
  fields >> user >> system;
  return std::chrono::microseconds{(user + system) * 1'000'000 / ::sysconf(_SC_CLK_TCK)};
}

}  // namespace kulla::bench
