// The score card: figures and named checks, computed from what was observed. Pure. docs/drill.md defines each.
#pragma once
#include <string>
#include <vector>

#include "base/canonical_json.hpp"
#include "drill/closures.hpp"
#include "drill/observed.hpp"

namespace kulla::drill {

/// A time that was never reached is -1.
struct Figures {
  std::size_t services = 0, closed = 0, closed_expected = 0, closed_by_attempts = 0;
  std::size_t citizen_requests = 0, bystander_refused = 0, attempts = 0;
  double attack_to_alert_ms = -1, alert_to_order_ms = -1, order_to_refused_ms = -1, harm_to_refused_ms = -1, onset_error_ms = -1,
         closed_for_ms = -1;
  std::size_t leaked_requests = 0, leaked_bytes = 0;
  std::size_t backups_proved = 0, systems_verified = 0, systems_failed_first = 0;
  std::size_t reopened = 0, kept_closed = 0, reopen_without_approval = 0;
  std::uint64_t ledger_facts = 0;
  bool ledger_ok = false;
};

struct Check {
  std::string name, wanted;   ///< wanted: in one line, what must hold
  bool passed = false;
  std::string evidence;       ///< in one line, what was seen
};

struct Score {
  Figures figures;
  std::vector<Check> checks;
  std::vector<ClosureSeen> closures;
  [[nodiscard]] bool passed() const;
  [[nodiscard]] std::vector<std::string> failed() const;
};

[[nodiscard]] Score score_of(const Observed& observed);
[[nodiscard]] Figures figures_of(const Observed& observed, const std::vector<ClosureSeen>& closures);
[[nodiscard]] std::vector<Check> checks_of(const Observed& observed, const std::vector<ClosureSeen>& closures, const Figures& figures);
/// One sentence for people.
[[nodiscard]] std::string sentence_of(const Score& score);
/// The last object of --format ndjson, as issue and docs/drill.md name its members.
[[nodiscard]] json::object to_json(const Score& score);

/// July 2022, Albania: what was reported of the time from discovery to the cut, and from the cut to reopening.
inline constexpr int hours_to_cut_2022 = 33, days_to_reopening_2022 = 19;

}  // namespace kulla::drill
