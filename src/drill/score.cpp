#include "drill/score.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kulla::drill {

bool Score::passed() const { return std::ranges::all_of(checks, &Check::passed); }
std::vector<std::string> Score::failed() const {
  std::vector<std::string> names;
  for (const auto& check : checks)
    if (!check.passed) names.push_back(check.name);
  return names;
}

Score score_of(const Observed& observed) {
  Score score{.figures = {}, .checks = {}, .closures = closures_of(observed)};
  score.figures = figures_of(observed, score.closures);
  score.checks = checks_of(observed, score.closures, score.figures);
  return score;
}

std::string sentence_of(const Score& score) {
  const auto& f = score.figures;
  const auto verdict =
      score.passed() ? std::string{"All checks passed"} : fmt::format("{} of {} checks failed", score.failed().size(), score.checks.size());
  if (f.closed == 0) return fmt::format("{}: nothing was closed.", verdict);
  return fmt::format(
      "{}: {} of {} services closed, the first client refused {} ms after the order; {} reopened with two keys, {} kept closed; {} of {} "
      "requests by citizens to open services refused.",
      verdict, f.closed, f.services, f.order_to_refused_ms, f.reopened, f.kept_closed, f.bystander_refused, f.citizen_requests);
}

json::object to_json(const Score& score) {
  const auto& f = score.figures;
  json::array failed, checks;
  for (const auto& name : score.failed()) failed.emplace_back(name);
  for (const auto& check : score.checks)
    checks.push_back(json::object{{"name", check.name}, {"passed", check.passed}, {"evidence", check.evidence}});
  return {{"kind", "score"},
          {"passed", score.passed()},
          {"failed", std::move(failed)},
          {"services", f.services},
          {"closed", f.closed},
          {"closed_expected", f.closed_expected},
          {"closed_by_attempts", f.closed_by_attempts},
          {"attempts", f.attempts},
          {"citizen_requests", f.citizen_requests},
          {"bystander_refused", f.bystander_refused},
          {"attack_to_alert_ms", f.attack_to_alert_ms},
          {"alert_to_order_ms", f.alert_to_order_ms},
          {"order_to_refused_ms", f.order_to_refused_ms},
          {"harm_to_refused_ms", f.harm_to_refused_ms},
          {"leaked_after_close", f.leaked_requests + f.leaked_bytes},
          {"onset_error_ms", f.onset_error_ms},
          {"backups_proved", f.backups_proved},
          {"systems_verified", f.systems_verified},
          {"systems_failed_first", f.systems_failed_first},
          {"reopened", f.reopened},
          {"kept_closed", f.kept_closed},
          {"reopen_without_approval", f.reopen_without_approval},
          {"closed_for_ms", f.closed_for_ms},
          {"ledger_facts", f.ledger_facts},
          {"ledger_ok", f.ledger_ok},
          {"against", json::object{{"what", "Albania, July 2022: the state's services were cut off by hand"},
                                   {"discovery_to_cut_hours", hours_to_cut_2022},
                                   {"cut_to_reopening_days", days_to_reopening_2022}}},
          {"checks", std::move(checks)}};
}
}  // namespace kulla::drill
