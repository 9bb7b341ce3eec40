#include "daemon/status_past.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ranges>

namespace kulla::daemon {
namespace {
using serve::SpanKind;
using serve::StatusSpan;
using namespace std::chrono_literals;

constexpr auto looked_back = std::chrono::days{serve::status_days + 1};
// A closed service answers 503, which is seen as down until the first probe after it opened. What is still down then is down by itself.
constexpr std::chrono::microseconds seen_late = 5s, seen_again_within = 2min;
// A daily proof, and the hour that it may take.
constexpr std::chrono::hours proof_counts_for{25};
constexpr std::size_t ended_most = 1000;     // of one service, so that a flapping one stays within bounds; the newest
constexpr std::size_t incidents_most = 200, updates_most = 200;
constexpr std::chrono::days spoken_of_after{7};  // a statement so long after an incident is still about it

template <typename T>
concept Told = requires(StatusPast past, const T& fact) { past.on(fact, Timestamp{}); };
}  // namespace

bool StatusPast::matters(const Fact& fact) {
  return std::visit([]<typename T>(const T&) { return Told<T>; }, fact.body);
}
void StatusPast::take(std::uint64_t number, const Fact& fact) {
  number_ = number;
  std::visit(
      [&]<typename T>(const T& body) {
        if constexpr (Told<T>) on(body, fact.at.wall);
      },
      fact.body);
}

void StatusPast::end(Track& track, std::optional<StatusSpan>& span, Timestamp at) {
  if (!span) return;
  span->to = at;
  if (span->from < at) track.ended.push_back(std::move(*span));
  span.reset();
  if (track.ended.size() > ended_most) track.ended.erase(track.ended.begin());
}

/// What of a down is not our own closing.
std::optional<StatusSpan> StatusPast::down_by_itself(const Track& track, Timestamp until) {
  if (!track.down) return std::nullopt;
  auto down = *track.down;
  const auto caused = [&](const StatusSpan& closed) {
    return down.from + seen_late >= closed.from && (!closed.to || down.from <= *closed.to);
  };
  for (const auto& closing : {track.ordered, track.closed})
    if (closing && caused(*closing)) return std::nullopt;
  for (const auto& span : track.ended | std::views::reverse) {
    if (span.kind != SpanKind::closed || !caused(span)) continue;
    if (until - *span.to <= seen_again_within) return std::nullopt;
    down.from = *span.to;
    break;
  }
  return down;
}
void StatusPast::end_down(Track& track, Timestamp at) {
  auto down = down_by_itself(track, at);
  track.down.reset();
  end(track, down, at);
}
void StatusPast::see_nothing(Track& track, Timestamp at) {
  end_down(track, at);
  track.is_up = track.answers_though_closed = false;
  if (!track.unseen) track.unseen = StatusSpan{SpanKind::no_data, at, {}, {}};
}

/// Whoever looked from outside, has to say it again.
void StatusPast::on(const fact::Started&, Timestamp at) {
  for (auto& track : tracks_ | std::views::values) see_nothing(track, at);
}
void StatusPast::on(const fact::ServiceDeclared& fact, Timestamp at) {
  const auto [track, is_new] = tracks_.try_emplace(fact.service.id);
  if (!is_new) return;
  track->second.since = at;
  see_nothing(track->second, at);
}
void StatusPast::on(const fact::ServiceRetired& fact, Timestamp at) {
  tracks_.erase(fact.service);
  if (closed_.erase(fact.service) > 0 && closed_.empty()) end_incident(at);
}

void StatusPast::on(const fact::Closed& fact, Timestamp at) {
  auto& track = tracks_[fact.service];
  const StatusSpan closing{SpanKind::closed, at, {}, fact.closure};
  track.answers_though_closed = false;
  if (track.closed) {  // a trial that failed: it was closed all the while, but to a share
    end(track, track.closed, at);
    track.closed = closing;
  } else {
    track.ordered = closing;
  }
  if (closed_.empty()) {
    incidents_.push_back({fact.closure.str(), at, {}, {}, {}});
    if (incidents_.size() > incidents_most) incidents_.erase(incidents_.begin());
  }
  closed_.insert(fact.service);
  auto& services = incidents_.back().services;
  if (std::ranges::find(services, fact.service) == services.end()) services.push_back(fact.service);
}
/// Only now it is known that nobody comes in any more.
void StatusPast::on(const fact::GateConfirmed& fact, Timestamp at) {
  const auto found = tracks_.find(fact.service);
  if (found == tracks_.end()) return;
  auto& ordered = found->second.ordered;
  if (!ordered || fact.entry.mode != GateMode::closed || fact.entry.closure != ordered->closure) return;
  ordered->from = std::clamp(fact.acknowledged, ordered->from, std::max(ordered->from, at));
  found->second.closed = std::exchange(ordered, std::nullopt);
}
void StatusPast::on(const fact::Opened& fact, Timestamp at) {
  auto& track = tracks_[fact.service];
  end(track, track.closed, at);
  track.ordered.reset();
  track.answers_though_closed = false;
  if (closed_.erase(fact.service) > 0 && closed_.empty()) end_incident(at);
}
void StatusPast::end_incident(Timestamp at) {
  if (!incidents_.empty() && !incidents_.back().ended) incidents_.back().ended = at;
}

void StatusPast::on(const fact::BeliefChanged& fact, Timestamp at) {
  const auto& belief = fact.belief;
  const auto found = tracks_.find(belief.service);
  if (found == tracks_.end() || (!belief.vantage.empty() && !belief.probability)) return;  // one vantage's own view
  auto& track = found->second;
  track.answers_though_closed = belief.seen == kulla::Seen::up && fact.agreement == Agreement::contradicts;
  const auto not_later = [at](Timestamp time) { return time == Timestamp{} ? at : std::min(time, at); };
  if (belief.seen == kulla::Seen::up) {
    end_down(track, belief.first_good ? not_later(*belief.first_good) : at);
    end(track, track.unseen, not_later(belief.last_good));
    track.is_up = true;
  } else if (belief.seen == kulla::Seen::down) {
    const auto from = not_later(belief.first_bad);
    end(track, track.unseen, from);
    track.down = StatusSpan{SpanKind::down, from, {}, {}};
    track.is_up = false;
  } else {
    see_nothing(track, at);
  }
}

void StatusPast::on(const fact::Proved& fact, Timestamp) {
  proofs_[fact.proof.dataset] = fact.proof.passed && !fact.proof.drift ? std::optional{fact.proof.finished.wall} : std::nullopt;
}
void StatusPast::on(const fact::BackupSuspected& fact, Timestamp) { proofs_[fact.dataset].reset(); }

/// All its languages as one version.
void StatusPast::on(const fact::StatementReleased& fact, Timestamp at) {
  serve::Texts texts;
  for (const auto& [language, text] : fact.statement.texts) texts.emplace(language, text);
  const bool of_the_last = !incidents_.empty() && (!incidents_.back().ended || at - *incidents_.back().ended <= spoken_of_after);
  if (!of_the_last) incidents_.push_back({fmt::format("statement-{}", number_), at, at, {}, {}});
  auto& updates = incidents_.back().updates;
  updates.push_back({number_, at, std::move(texts)});
  if (updates.size() > updates_most) updates.erase(updates.begin());
}

void StatusPast::forget(Timestamp now) {
  for (auto& track : tracks_ | std::views::values)
    std::erase_if(track.ended, [&](const StatusSpan& span) { return *span.to < now - looked_back; });
  std::erase_if(incidents_, [&](const serve::StatusIncident& incident) { return incident.ended && *incident.ended < now - looked_back; });
}

StatusPast::Outside StatusPast::outside(const ServiceId& service, Timestamp now) const {
  const auto found = tracks_.find(service);
  if (found == tracks_.end()) return {};
  const auto& track = found->second;
  if (const auto down = down_by_itself(track, now)) return {serve::StatusState::down, down->from, false};
  return {track.is_up ? serve::StatusState::working : serve::StatusState::unmeasured, {}, track.answers_though_closed};
}

std::vector<StatusSpan> StatusPast::spans(const ServiceId& service, Timestamp now) const {
  const auto found = tracks_.find(service);
  if (found == tracks_.end()) return {};
  const auto& track = found->second;
  auto spans = track.ended;
  for (const auto& span : {track.closed, down_by_itself(track, now), track.unseen})
    if (span) spans.push_back(*span);
  // Before it was there, nobody measured it.
  const auto first = now - looked_back;
  if (track.since > first) spans.insert(spans.begin(), {SpanKind::no_data, first, track.since, {}});
  std::ranges::stable_sort(spans, {}, &StatusSpan::from);
  return spans;
}

std::vector<serve::StatusIncident> StatusPast::incidents() const { return {incidents_.rbegin(), incidents_.rend()}; }

std::optional<Timestamp> StatusPast::proved(const std::set<DatasetId>& datasets, Timestamp now) const {
  std::optional<Timestamp> oldest;
  for (const auto& dataset : datasets) {
    const auto proof = proofs_.find(dataset);
    if (proof == proofs_.end() || !proof->second || now - *proof->second > proof_counts_for) return std::nullopt;
    if (!oldest || *proof->second < *oldest) oldest = proof->second;
  }
  return oldest;
}
}  // namespace kulla::daemon
