// Detectors that count instead of reading: one address refused again and again (guessing), one address asking for much that is
// not there (scanning). Both show attempts only.
#pragma once
#include <cstdint>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "detect/detector.hpp"
#include "detect/traffic/recent.hpp"
#include "detect/traffic/window.hpp"

namespace kulla::detect::traffic {

/// Per address, limit + 1 moments are kept: with tracked_limit this bounds the memory (tracked_limit × (limit + 1) × 16 bytes).
inline constexpr int limit_limit = 1000;

/// What an alert of a counting detector says of itself.
struct Kind {
  const char* rule;
  const char* title;
  Level level;
  const char* technique;
};
inline constexpr Kind guessing{"kulla.failure-rate", "Many refused requests from one address", Level::high, "T1110"};
inline constexpr Kind scanning{"kulla.path-scan", "Many missing paths asked for by one address", Level::medium, "T1595.003"};

struct Hit {
  const Kind* kind = nullptr;
  std::uint64_t count = 0;  ///< within the window
};

class Traffic {
 public:
  [[nodiscard]] static Result<Traffic> make(const Settings& settings);
  /// What this event brought over a limit; empty mostly. Valid until the next call.
  const std::vector<Hit>& look(const event::Event& event);
  [[nodiscard]] std::uint64_t forgotten() const { return refused_.forgotten() + missing_.forgotten(); }

 private:
  explicit Traffic(const Settings& settings);
  void count_refused(const event::Event& event, std::string_view address);
  void count_missing(const event::Event& event, std::string_view address);
  FailureRate failure_rate_;
  PathScan path_scan_;
  Recent<MomentWindow> refused_;
  Recent<DistinctWindow> missing_;
  std::string key_;
  std::vector<Hit> hits_;
};

}  // namespace kulla::detect::traffic
