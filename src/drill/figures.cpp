#include <algorithm>
#include <cmath>
#include <ranges>

#include "drill/score.hpp"

namespace kulla::drill {
namespace {
using namespace std::chrono;
double ms(microseconds time) { return std::round(static_cast<double>(time.count()) / 100.0) / 10.0; }

const ClosureSeen* first_of(const std::vector<ClosureSeen>& closures, std::size_t service) {
  const auto found = std::ranges::find(closures, service, &ClosureSeen::service);
  return found == closures.end() ? nullptr : &*found;
}

bool speaks_of(const Observed& observed, const Alert& alert, std::size_t system) {
  if (alert.system) return alert.system->str() == observed.plan.systems[system].id;
  if (!alert.service) return false;
  const auto service = observed.plan.find(alert.service->str());
  return service < observed.plan.services.size() && observed.plan.services[service].system == system;
}

/// Alerts that showed an effect on this system, in order.
std::vector<const Alert*> effects_on(const Observed& observed, std::size_t system) {
  std::vector<const Alert*> alerts;
  for (const auto& fact : observed.facts)
    if (const auto* alerted = std::get_if<fact::Alerted>(&fact.body);
        alerted && alerted->effect && speaks_of(observed, alerted->alert, system))
      alerts.push_back(&alerted->alert);
  return alerts;
}

/// When the closures of a service before this one let clients in again; before all time where there is none.
Timestamp since_predecessor(const std::vector<ClosureSeen>& closures, const ClosureSeen& closure) {
  Timestamp since = Timestamp::min();
  for (const auto& before : closures) {
    if (before.id == closure.id) break;
    if (before.service == closure.service && !before.trials.empty()) since = std::max(since, before.trials.front().from);
  }
  return since;
}

/// The closing of a service before this one; none where this is the first.
const ClosureSeen* predecessor(const std::vector<ClosureSeen>& closures, const ClosureSeen& closure) {
  const ClosureSeen* found = nullptr;
  for (const auto& before : closures) {
    if (before.id == closure.id) break;
    if (before.service == closure.service) found = &before;
  }
  return found;
}

bool started_between(const Observed& observed, Timestamp from, Timestamp until) {
  return std::ranges::any_of(observed.facts, [&](const Fact& fact) {
    return std::holds_alternative<fact::Started>(fact.body) && fact.at.wall > from && fact.at.wall <= until;
  });
}

/// Harm had been done to its system, and an effect was seen there before this closing and after all that an earlier one answered to.
/// A daemon that was killed during a trial may end it for what it could not see meanwhile: that closing answers to what the one
/// before it answered to.
bool closed_rightly(const Observed& observed, const std::vector<ClosureSeen>& closures, const ClosureSeen& closure) {
  const auto system = observed.plan.services[closure.service].system;
  const auto breached = observed.breached_at.find(system);
  if (!observed.plan.to_close(closure.service) || breached == observed.breached_at.end() || closure.closed < breached->second) return false;
  const auto since = since_predecessor(closures, closure);
  const auto* before = predecessor(closures, closure);
  if (before && !before->trials.empty() && !before->opened && started_between(observed, since, closure.closed))
    return closed_rightly(observed, closures, *before);
  return std::ranges::any_of(effects_on(observed, system),
                             [&](const Alert* alert) { return alert->seen <= closure.closed && alert->seen > since; });
}

void count_closed(const Observed& observed, const std::vector<ClosureSeen>& closures, Figures& figures) {
  std::set<std::size_t> closed;
  for (const auto& closure : closures) {
    if (!closed_rightly(observed, closures, closure)) ++figures.closed_by_attempts;
    else closed.insert(closure.service);
  }
  figures.closed = closed.size() + figures.closed_by_attempts;
}

/// Whether the gate had no reason to refuse a legitimate request: the service was not closed, or open again.
bool owed_an_answer(const Request& request, const std::vector<const ClosureSeen*>& of_service) {
  if (of_service.empty() || request.received < of_service.front()->closed) return true;
  const auto& last = *of_service.back();
  return last.open_acknowledged && request.sent > *last.open_acknowledged;
}

void count_requests(const Observed& observed, const std::vector<ClosureSeen>& closures, Figures& figures) {
  std::vector<std::vector<const ClosureSeen*>> of(observed.plan.services.size());
  for (const auto& closure : closures) of[closure.service].push_back(&closure);
  for (const auto& request : observed.requests) {
    const bool legitimate = request.who == Who::citizen || request.who == Who::watcher;
    figures.citizen_requests += legitimate;
    figures.attempts += request.who == Who::attempt;
    figures.bystander_refused += legitimate && request.refused() && owed_an_answer(request, of[request.service]);
    for (const auto* closure : of[request.service])
      figures.leaked_requests += request.by_service && closure->acknowledged && request.sent > *closure->acknowledged &&
                                 (!closure->trial || request.received <= *closure->trial);
  }
  for (const auto& bytes : observed.streams)
    for (const auto* closure : of[bytes.service])
      if (closure->acknowledged && bytes.at > *closure->acknowledged + stream_grace) figures.leaked_bytes += bytes.bytes;
}

void measure_alerts(const Observed& observed, const std::vector<ClosureSeen>& closures, Figures& figures) {
  for (const auto& [system, breached] : observed.breached_at) {
    const auto alerts = effects_on(observed, system);
    if (!alerts.empty()) figures.attack_to_alert_ms = std::max(figures.attack_to_alert_ms, ms(alerts.front()->seen - breached));
    for (const auto& closure : closures) {
      if (observed.plan.services[closure.service].system != system) continue;
      for (const auto* alert : alerts | std::views::reverse) {
        if (alert->seen > closure.closed) continue;
        figures.alert_to_order_ms = std::max(figures.alert_to_order_ms, ms(closure.closed - alert->seen));
        break;
      }
    }
  }
}

/// From the order, and from the harm, to the first client that was refused; the slowest service counts.
void measure_refusals(const Observed& observed, const std::vector<ClosureSeen>& closures, Figures& figures) {
  for (std::size_t service = 0; service < observed.plan.services.size(); ++service) {
    const auto* closure = first_of(closures, service);
    if (!closure) continue;
    Timestamp first = Timestamp::max();
    for (const auto& request : observed.requests)
      if (request.service == service && request.notice && request.received >= closure->closed) first = std::min(first, request.received);
    if (first == Timestamp::max()) continue;
    figures.order_to_refused_ms = std::max(figures.order_to_refused_ms, ms(first - closure->closed));
    if (const auto breached = observed.breached_at.find(observed.plan.services[service].system); breached != observed.breached_at.end())
      figures.harm_to_refused_ms = std::max(figures.harm_to_refused_ms, ms(first - breached->second));
  }
}

/// Between the gate's acknowledgement and the middle of the interval in which the vantage saw the service go down.
void measure_onsets(const Observed& observed, const std::vector<ClosureSeen>& closures, Figures& figures) {
  for (const auto& fact : observed.facts) {
    const auto* changed = std::get_if<fact::BeliefChanged>(&fact.body);
    if (!changed || changed->belief.seen != Seen::down) continue;
    const auto* closure = first_of(closures, observed.plan.find(changed->belief.service.str()));
    if (!closure || !closure->acknowledged || (closure->trial && changed->belief.first_bad > *closure->trial)) continue;
    if (changed->belief.last_good == Timestamp{}) continue;  // down when the daemon started: nobody knows since when
    const auto middle = changed->belief.last_good + (changed->belief.first_bad - changed->belief.last_good) / 2;
    figures.onset_error_ms = std::max(figures.onset_error_ms, std::abs(ms(duration_cast<microseconds>(*closure->acknowledged - middle))));
  }
}

void count_way_back(const Observed& observed, const std::vector<ClosureSeen>& closures, Figures& figures) {
  std::map<SystemId, bool> reports;
  std::map<DatasetId, bool> proofs;
  for (const auto& fact : observed.facts) {
    if (const auto* inspected = std::get_if<fact::Inspected>(&fact.body)) reports[inspected->report.system] = inspected->report.clean;
    if (const auto* proved = std::get_if<fact::Proved>(&fact.body)) proofs[proved->proof.dataset] = proved->proof.passed;
  }
  const auto true_ones = [](const auto& of) { return static_cast<std::size_t>(std::ranges::count(of | std::views::values, true)); };
  figures.systems_verified = true_ones(reports);
  figures.backups_proved = true_ones(proofs);
  figures.systems_failed_first = static_cast<std::size_t>(std::ranges::count(observed.first, false, &Inspection::clean));
  for (const auto& closure : closures) {
    ++(closure.opened ? figures.reopened : figures.kept_closed);
    if (closure.opened) figures.closed_for_ms = std::max(figures.closed_for_ms, ms(*closure.opened - closure.closed));
    const auto unapproved = [&](const Request& request) {
      return request.service == closure.service && request.by_service && closure.acknowledged && request.sent > *closure.acknowledged &&
             (!closure.approved || request.received < *closure.approved);
    };
    figures.reopen_without_approval +=
        std::ranges::any_of(observed.requests, unapproved) || (closure.trial && (!closure.approved || *closure.trial < *closure.approved));
  }
}
}  // namespace

Figures figures_of(const Observed& observed, const std::vector<ClosureSeen>& closures) {
  Figures figures;
  figures.services = observed.plan.services.size();
  figures.closed_expected = observed.plan.closing().size();
  count_closed(observed, closures, figures);
  count_requests(observed, closures, figures);
  measure_alerts(observed, closures, figures);
  measure_refusals(observed, closures, figures);
  measure_onsets(observed, closures, figures);
  count_way_back(observed, closures, figures);
  figures.ledger_facts = observed.ledger.facts;
  figures.ledger_ok = observed.ledger.ok;
  return figures;
}
}  // namespace kulla::drill
