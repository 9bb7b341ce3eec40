// How a hunt is told: objects for machines, a timeline for spreadsheets, a summary for people.
#pragma once
#include <array>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include "detect/hunt.hpp"

namespace kulla::cli {

void print_match_json(const detect::HuntMatch& match, const std::string& file);
void print_csv_header();
void print_match_csv(const detect::HuntMatch& match, const std::string& file);

/// Counts matches, and prints them by severity, rule, host and time.
class HuntSummary {
 public:
  void take(const detect::HuntMatch& match);
  void print() const;
  [[nodiscard]] std::uint64_t matches() const { return matches_; }

 private:
  struct OfRule {
    std::string title;
    Level level = Level::medium;
    std::uint64_t count = 0;
  };
  void print_levels() const;
  void print_rules() const;
  void print_hosts() const;
  void print_times() const;
  static constexpr std::size_t hosts_kept = 10'000, minutes_kept = 100'000;  // what an attacker invents beyond is counted as "others"
  std::uint64_t matches_ = 0, other_hosts_ = 0, untimed_ = 0;
  std::map<std::string, OfRule> rules_;
  std::map<std::string, std::uint64_t> hosts_;
  std::map<std::int64_t, std::uint64_t> minutes_;  // since 1970
  std::array<std::uint64_t, 5> levels_{};
};

}  // namespace kulla::cli
