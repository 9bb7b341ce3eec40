// The life of each closure, folded from the facts: when ordered, acknowledged, tried, opened. And who had signed by when.
#pragma once
#include <map>
#include <optional>
#include <vector>

#include "drill/observed.hpp"

namespace kulla::drill {

/// A span in which the gate let a share of clients in.
struct TrialSpan {
  int share = 0;
  Timestamp from, until;   ///< from the gate's acknowledgement to the next decision
};
struct ClosureSeen {
  std::size_t service = 0;
  ClosureId id;
  Timestamp closed;                            ///< decided and ordered
  std::optional<Timestamp> acknowledged;       ///< all workers of the gate hold it
  std::optional<Timestamp> trial;              ///< decided to let the first clients in
  std::optional<Timestamp> opened;             ///< decided
  std::optional<Timestamp> open_acknowledged;
  std::optional<Timestamp> approved;           ///< when two valid approvals by distinct keys were in the ledger
  std::vector<TrialSpan> trials;
};
/// In the order of closing. Services that the plan does not know are left out.
[[nodiscard]] std::vector<ClosureSeen> closures_of(const Observed& observed);

/// Whether this approval counts: signed by an officer of the drill with that officer's key, for this closure, not expired when recorded,
/// and over the basis that the verification recorded. Checked here again, from the stored bytes.
[[nodiscard]] bool is_valid(const Approval& approval, Timestamp recorded, const std::vector<Approver>& officers,
                            const std::map<ClosureId, Digest>& verified_basis);

}  // namespace kulla::drill
