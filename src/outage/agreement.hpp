// What was seen from outside against what the ledger says was ordered: does the outage support the word "protective closure"? Pure.
#pragma once
#include <optional>
#include <string>
#include <vector>

#include "outage/evidence.hpp"
#include "outage/outage.hpp"

namespace kulla::outage {

/// One closure of one service, from the ledger.
struct ClosureOrder {
  ServiceId service;
  ClosureId closure;
  Timestamp closed_at;                       ///< when it was ordered
  std::optional<Timestamp> confirmed_at{};   ///< when the gate confirmed it; none: it never did
  std::optional<Timestamp> opened_at{};      ///< when the way back began (trial or open); none: it is still closed
};

struct Judgement {
  Agreement agreement = Agreement::cannot_tell;
  std::string why;  ///< one sentence, with by how much
};

/// The clocks of vantages and gate may differ by so much; within it, before and after are the same.
inline constexpr std::chrono::milliseconds clock_slack{500};

/// `outage` with its cause as classified from `evidence`, against all orders of a ledger.
///   supports      the onset lies where the order was carried out, and valid notices of that closure were shown
///   contradicts   it was down before the order; or still answered after the gate confirmed; or what it showed was no notice of the gate,
///                 or one of a closure that the ledger does not have
///   cannot_tell   notices that had expired or could not be verified; nothing answered at all; or neither an order nor a notice is there
[[nodiscard]] Judgement judge(const Outage& outage, const Evidence& evidence, const std::vector<ClosureOrder>& orders);

}  // namespace kulla::outage
