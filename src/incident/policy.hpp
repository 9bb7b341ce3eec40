// The numbers that decisions depend on. What must never depend on a number (two keys, attempts never close) is not here.
#pragma once
#include <cstdint>
#include <optional>
#include <vector>

#include "base/time.hpp"
#include "model/gate_state.hpp"

namespace kulla::incident {

/// Risk in thousandths of a point.
using Points = std::int64_t;

struct Policy {
  Points guard_at = 10'000;          ///< attempts and effects together
  Points close_at = 20'000;          ///< effects alone
  Ticks half_life = std::chrono::minutes{10};
  int machine_share_percent = 50;    ///< at most this share of services is closed by machine alone; at least one may be
  Ticks report_max_age = std::chrono::hours{1};
  Ticks guard_quiet = std::chrono::minutes{10};
  Points block_after = 15'000;       ///< of one source
  Ticks block_for = std::chrono::hours{1};
  std::vector<int> trial_steps{1, 10, 50};  ///< percent of clients, rising; then open
  int read_only_to = 0, domestic_to = 0;    ///< steps up to this share let only safe methods through, only domestic addresses
  Ticks trial_step = std::chrono::minutes{5};
  Ticks agreement_slack = std::chrono::seconds{2};  ///< between our acknowledgement and an outside interval
  Ticks prove_every{0};              ///< each data set, by itself; zero: only when asked
  Ticks corroborates_within = std::chrono::minutes{10};
};

[[nodiscard]] inline std::optional<Limit> limit_at(const Policy& policy, int share) {
  const bool read_only = share <= policy.read_only_to, domestic = share <= policy.domestic_to;
  if (read_only && domestic) return Limit::read_only_and_domestic_only;
  if (read_only) return Limit::read_only;
  return domestic ? std::optional{Limit::domestic_only} : std::nullopt;
}

/// Two people, always.
inline constexpr std::size_t approvals_needed = 2;
/// An approval is signed for at most this long.
inline constexpr std::chrono::hours approval_lifetime{24};
/// What is signed until `expires` counts at this time.
[[nodiscard]] inline bool is_in_time(Timestamp expires, Timestamp now) { return expires > now && expires <= now + approval_lifetime; }

}  // namespace kulla::incident
