// What rules raise on normal days. A rule that was not tried on any, or raises too much, may alert but may not close a service.
#pragma once
#include <cstdint>
#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "base/result.hpp"
#include "detect/hunt.hpp"

namespace kulla::detect {

struct Backtest {
  struct OfRule {
    std::string id, title;
    std::uint64_t matches = 0;
    std::uint64_t would_close = 0;  ///< matches that a daemon could have closed a service for
  };
  std::map<Digest, OfRule> rules;  ///< every rule that was tried, by what it says
  double days = 0;                 ///< that the recordings stand for
  std::uint64_t events = 0;

  /// Every rule counts as tried, before anything matched.
  explicit Backtest(const sigma::RuleSet& tried);
  Backtest() = default;
  void take(const HuntMatch& match);
  [[nodiscard]] double per_day(const OfRule& rule) const { return static_cast<double>(rule.matches) / days; }
};

/// docs/detection.md says what stands in it.
[[nodiscard]] Result<> write_backtest(const Backtest& backtest, const std::filesystem::path& file);
[[nodiscard]] Result<Backtest> read_backtest(const std::filesystem::path& file);

/// The rules that were tried in every one of these and raised at most `a_day` in each. Empty where there is none.
[[nodiscard]] std::set<Digest> within_budget(const std::vector<Backtest>& backtests, double a_day);

}  // namespace kulla::detect
