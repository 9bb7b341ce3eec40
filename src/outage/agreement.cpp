#include "outage/agreement.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "outage/cause.hpp"

namespace kulla::outage {
namespace {
using std::chrono::microseconds;

std::string seconds(microseconds span) { return fmt::format("{:.1f} s", static_cast<double>(span.count()) / 1e6); }

bool shows(const Evidence& evidence, Symptom symptom) { return evidence[symptom].probes > 0; }

/// The two were so far apart; negative where they overlap.
microseconds apart(const Outage& outage, const ClosureOrder& order) {
  const auto begins = order.closed_at, ends = order.confirmed_at.value_or(order.closed_at);
  return std::max(outage.onset.earliest - ends, begins - outage.onset.latest);
}

/// Was it closed at any time while the target was down?
bool overlaps(const Outage& outage, const Evidence& evidence, const ClosureOrder& order) {
  const bool after = order.opened_at && *order.opened_at + clock_slack < outage.onset.earliest;
  const bool before = outage.end && outage.end->latest + clock_slack < order.closed_at;
  const auto& service = evidence.service.empty() ? outage.target : evidence.service;
  return order.service == service && !after && !before;
}

/// The order whose closure was shown, else the nearest of those in force meanwhile.
const ClosureOrder* order_of(const Outage& outage, const Evidence& evidence, const std::vector<ClosureOrder>& orders) {
  const ClosureOrder* best = nullptr;
  for (const auto& order : orders) {
    if (!overlaps(outage, evidence, order)) continue;
    if (std::ranges::find(evidence.closures, order.closure.str()) != evidence.closures.end() && shows(evidence, Symptom::notice_valid))
      return &order;
    if (!best || apart(outage, order) < apart(outage, *best)) best = &order;
  }
  return best;
}

/// What it showed says that it was no closure, whenever it began.
std::optional<std::string> shown_against(const Outage& outage, const Evidence& evidence) {
  if (outage.cause == Cause::protective_closure) return std::nullopt;
  if (shows(evidence, Symptom::notice_foreign) && !shows(evidence, Symptom::notice_valid))
    return "what answered was a closure notice for another service or by another signer";
  const auto main = evidence.main_symptom();
  const bool answered = main == Symptom::busy || main == Symptom::server_error || main == Symptom::other_status || main == Symptom::body;
  if (answered) return fmt::format("most of the time the answer was no notice of the gate: {}", words(main));
  return std::nullopt;
}

bool unproven(const Evidence& evidence) {
  return (shows(evidence, Symptom::notice_expired) || shows(evidence, Symptom::notice_unverified)) &&
         !shows(evidence, Symptom::notice_valid);
}

Judgement compare_times(const Outage& outage, const ClosureOrder& order) {
  if (const auto before = order.closed_at - outage.onset.latest; before > clock_slack)
    return {Agreement::contradicts,
            fmt::format("it was down at least {} before closure {} was ordered", seconds(before), order.closure.str())};
  const auto carried_out = order.confirmed_at.value_or(order.closed_at);
  if (const auto late = outage.onset.earliest - carried_out; late > clock_slack)
    return {Agreement::contradicts, fmt::format("it still answered {} after closure {} was {}", seconds(late), order.closure.str(),
                                                order.confirmed_at ? "confirmed by the gate" : "ordered")};
  return {Agreement::supports,
          fmt::format("the onset, known to {}, meets closure {}, ordered at {}", seconds(outage.onset.latest - outage.onset.earliest),
                      order.closure.str(), to_rfc3339(order.closed_at))};
}

Judgement against_order(const Outage& outage, const Evidence& evidence, const ClosureOrder& order) {
  auto times = compare_times(outage, order);
  if (times.agreement == Agreement::contradicts && !unproven(evidence)) return times;
  if (const auto against = shown_against(outage, evidence)) return {Agreement::contradicts, *against};
  if (unproven(evidence)) return {Agreement::cannot_tell, fmt::format("the notices had expired or could not be verified; {}", times.why)};
  if (outage.cause == Cause::protective_closure) return times;
  return {Agreement::cannot_tell,
          fmt::format("no valid notice was seen most of the time: {}; {}", words(evidence.main_symptom()), times.why)};
}
}  // namespace

Judgement judge(const Outage& outage, const Evidence& evidence, const std::vector<ClosureOrder>& orders) {
  if (const auto* order = order_of(outage, evidence, orders)) return against_order(outage, evidence, *order);
  if (shows(evidence, Symptom::notice_valid))
    return {Agreement::contradicts, "a valid notice was shown, and the ledger has no closure of this service at the time"};
  if (unproven(evidence))
    return {Agreement::cannot_tell,
            "notices had expired or could not be verified, and the ledger has no closure of this service at the time"};
  if (shows(evidence, Symptom::notice_foreign))
    return {Agreement::contradicts,
            "a notice for another service or by another signer was shown, and the ledger has no closure of this service at the time"};
  return {Agreement::cannot_tell, "the ledger has no closure of this service at the time, and no notice was shown"};
}

}  // namespace kulla::outage
