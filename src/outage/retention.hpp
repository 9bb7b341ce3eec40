// How much of what vantages saw is kept as it was seen; what is older stays as minutes and outages (archive.hpp).
#pragma once
#include <chrono>
#include <cstdint>

namespace kulla::outage {

struct Retention {
  std::chrono::days raw{400};                      ///< how long observations are kept: a year, to compare with, and a month
  std::uint64_t limit = std::uint64_t{100} << 30;  ///< bytes of them; beyond, the oldest days go sooner
};

}  // namespace kulla::outage
