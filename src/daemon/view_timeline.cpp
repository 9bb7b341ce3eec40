#include "daemon/view_timeline.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <boost/mp11.hpp>

#include "base/canonical_json.hpp"

namespace kulla::daemon {
namespace {
constexpr std::size_t services_limit = 20'000;  // names in the column's table; more can only be a fault

using Kinds = boost::mp11::mp_transform<boost::mp11::mp_identity, AnyFact>;
constexpr auto kinds = [] {
  std::array<std::string_view, std::variant_size_v<AnyFact>> names;
  std::size_t i = 0;
  boost::mp11::mp_for_each<Kinds>([&](auto type) { names[i++] = decltype(type)::type::kind; });
  return names;
}();

struct KindOnTrack {
  std::string_view kind;
  Track track;
};
constexpr KindOnTrack tracks[]{
    {"started", Track::decisions},
    {"mode_set", Track::people},
    {"service_declared", Track::people},
    {"service_retired", Track::people},
    {"system_declared", Track::people},
    {"dataset_declared", Track::people},
    {"sensor_declared", Track::people},
    {"approvers_set", Track::people},
    {"clock_gap", Track::decisions},
    {"alerted", Track::attack},
    {"out_of_scope", Track::attack},
    {"blind", Track::attack},
    {"incident_opened", Track::decisions},
    {"incident_ended", Track::decisions},
    {"source_blocked", Track::decisions},
    {"source_unblocked", Track::decisions},
    {"guarded", Track::decisions},
    {"unguarded", Track::decisions},
    {"closed", Track::decisions},
    {"advised", Track::decisions},
    {"person_paged", Track::decisions},
    {"gate_confirmed", Track::gate},
    {"gate_failed", Track::gate},
    {"gate_drifted", Track::gate},
    {"belief_changed", Track::outside},
    {"verification_asked", Track::way_back},
    {"inspection_ordered", Track::way_back},
    {"proof_ordered", Track::way_back},
    {"inspected", Track::way_back},
    {"proved", Track::way_back},
    {"verification_failed", Track::way_back},
    {"verified", Track::way_back},
    {"verification_voided", Track::way_back},
    {"approved", Track::way_back},
    {"trial_started", Track::way_back},
    {"trial_widened", Track::way_back},
    {"trial_held", Track::way_back},
    {"trial_resumed", Track::way_back},
    {"recovery_set", Track::people},
    {"backup_suspected", Track::attack},
    {"opened", Track::way_back},
    {"refused", Track::people},
    {"signed_in", Track::people},
    {"signed_out", Track::people},
    {"sign_in_failed", Track::people},
    {"evidence_asked", Track::people},
    {"findings_accepted", Track::people},
    {"statement_released", Track::people},
    {"statement_delivered", Track::people},
};
constexpr bool has_track(std::string_view kind) { return std::ranges::find(tracks, kind, &KindOnTrack::kind) != std::end(tracks); }
static_assert(std::ranges::all_of(kinds, has_track), "a new kind of fact needs its track in this table");

struct ServiceOf {
  template <typename T>
  ServiceId operator()(const T& fact) const {
    if constexpr (requires {
                    { fact.service } -> std::convertible_to<const ServiceId&>;
                  })
      return fact.service;
    else return {};
  }
  ServiceId operator()(const fact::ServiceDeclared& fact) const { return fact.service.id; }
  ServiceId operator()(const fact::GateDrifted& fact) const { return fact.found.service; }
  ServiceId operator()(const fact::BeliefChanged& fact) const { return fact.belief.service; }
  ServiceId operator()(const fact::Approved& fact) const { return fact.approval.service; }
  ServiceId operator()(const fact::PersonPaged& fact) const { return fact.service.value_or(ServiceId{}); }
  ServiceId operator()(const fact::OutOfScope& fact) const { return fact.alert.service.value_or(ServiceId{}); }
  ServiceId operator()(const fact::Alerted& fact) const {
    return fact.alert.service ? *fact.alert.service : fact.risks.empty() ? ServiceId{} : fact.risks.front().service;
  }
};

struct IsGrave {
  template <typename T>
  bool operator()(const T&) const {
    constexpr std::array grave{fact::Refused::kind,         fact::GateFailed::kind,         fact::GateDrifted::kind,
                               fact::PersonPaged::kind,     fact::VerificationFailed::kind, fact::VerificationVoided::kind,
                               fact::BackupSuspected::kind, fact::SignInFailed::kind,       fact::Blind::kind,
                               fact::TrialHeld::kind};
    return std::ranges::find(grave, T::kind) != grave.end();
  }
  bool operator()(const fact::Alerted& fact) const { return fact.effect; }
  bool operator()(const fact::Inspected& fact) const { return !fact.report.clean; }
  bool operator()(const fact::Proved& fact) const { return !fact.proof.passed; }
  bool operator()(const fact::BeliefChanged& fact) const { return fact.belief.seen == Seen::down; }
};

/// "name":[a,b,…]
template <typename Values, typename Value>
void add_column(std::string& text, std::string_view name, const Values& values, Value value) {
  text += fmt::format("\"{}\":[", name);
  bool first = true;
  for (const auto& each : values) {
    if (!std::exchange(first, false)) text += ',';
    const fmt::format_int number{value(each)};
    text.append(number.data(), number.size());
  }
  text += ']';
}
template <typename Texts>
std::string listed(const Texts& texts) {
  json::array array;
  for (const auto& text : texts) array.emplace_back(text);
  return json::serialize(array);
}
}  // namespace

Track track_of(std::string_view kind) {
  const auto found = std::ranges::find(tracks, kind, &KindOnTrack::kind);
  return found == std::end(tracks) ? Track::decisions : found->track;
}
ServiceId service_of(const Fact& fact) { return std::visit(ServiceOf{}, fact.body); }
bool is_grave(const Fact& fact) { return std::visit(IsGrave{}, fact.body); }

std::int32_t Timeline::index_of(const ServiceId& service) {
  if (service.empty()) return -1;
  const auto known = indexes_.find(service);
  if (known != indexes_.end()) return known->second;
  if (services_.size() >= services_limit) return -1;
  services_.push_back(service.str());
  return indexes_[service] = static_cast<std::int32_t>(services_.size() - 1);
}

void Timeline::note_onset(std::uint64_t number, const Fact& fact) {
  while (!onsets_.empty() && onsets_.front().number < first_) onsets_.pop_front();
  const auto* changed = std::get_if<fact::BeliefChanged>(&fact.body);
  if (!changed || changed->belief.seen != Seen::down || !changed->belief.vantage.empty()) return;
  const auto good = changed->belief.last_good, bad = changed->belief.first_bad;
  if (good == Timestamp{} || bad < good) return;  // it was never seen up
  const auto in_ms = [](Timestamp time) { return time.time_since_epoch() / std::chrono::milliseconds{1}; };
  onsets_.push_back({number, in_ms(good), in_ms(bad)});
}

void Timeline::add(std::uint64_t number, const Fact& fact, std::optional<incident::ServiceState> state) {
  static const auto by_kind = [] {
    std::array<Track, kinds.size()> all;
    for (std::size_t i = 0; i < kinds.size(); ++i) all[i] = track_of(kinds[i]);
    return all;
  }();
  if (points_.empty()) first_ = number;
  const auto kind = fact.body.index();
  points_.push_back({fact.at.wall.time_since_epoch() / std::chrono::milliseconds{1}, state ? index_of(service_of(fact)) : -1,
                     static_cast<std::uint8_t>(kind), by_kind[kind], is_grave(fact),
                     static_cast<std::int8_t>(state ? static_cast<int>(*state) : -1)});
  if (points_.size() > most) points_.pop_front(), ++first_;
  note_onset(number, fact);
}

std::vector<std::uint64_t> Timeline::find(const Query& query) const {
  std::vector<std::uint64_t> found;
  const auto kind = query.kind ? std::ranges::find(kinds, *query.kind) - kinds.begin() : -1;
  const auto named = query.service ? indexes_.find(ServiceId{*query.service}) : indexes_.end();
  if (points_.empty() || kind == std::ssize(kinds) || (query.service && named == indexes_.end())) return found;
  const auto begin = std::max(query.from, first_), end = std::min(query.before, last() + 1);
  const auto matches = [&](const Point& point) {
    if (query.without_attempts && kinds[point.kind] == fact::Alerted::kind && point.grave == 0) return false;
    return (kind < 0 || point.kind == kind) && (!query.service || point.service == named->second);
  };
  for (auto i = begin; i < end && found.size() < query.limit; ++i) {
    const auto number = query.newest ? end - 1 - (i - begin) : i;
    if (matches(points_[number - first_])) found.push_back(number);
  }
  if (query.newest) std::ranges::reverse(found);
  return found;
}

Timeline::Part Timeline::part(const Range& range) const {
  Part part{{}, {}, {}, services_};
  if (points_.empty()) return part;
  const auto since = range.since.time_since_epoch() / std::chrono::milliseconds{1},
             until = range.until.time_since_epoch() / std::chrono::milliseconds{1};
  for (auto number = std::max(range.from, first_); number <= std::min(range.to, last()); ++number) {
    const auto& point = points_[number - first_];
    if (point.at_ms < since || point.at_ms > until) continue;
    part.numbers.push_back(number);
    part.points.push_back(point);
  }
  for (const auto& onset : onsets_)
    if (std::ranges::binary_search(part.numbers, onset.number)) part.onsets.push_back(onset);
  return part;
}

std::string Timeline::Part::json() const {
  constexpr std::array states{"open", "guarded", "closed", "verifying", "verified", "trial"};
  std::string text =
      numbers.empty() ? "{\"first\":null,\"last\":null," : fmt::format("{{\"first\":{},\"last\":{},", numbers.front(), numbers.back());
  text += fmt::format("\"kinds\":{},\"services\":{},\"states\":{},\"columns\":{{", listed(kinds), listed(services), listed(states));
  std::uint64_t number = 0;
  std::int64_t at = 0;
  add_column(text, "number", numbers, [&](std::uint64_t each) { return each - std::exchange(number, each); });
  text += ',';
  add_column(text, "at", points, [&](const Point& each) { return each.at_ms - std::exchange(at, each.at_ms); });
  text += ',';
  add_column(text, "kind", points, [](const Point& each) { return int{each.kind}; });
  text += ',';
  add_column(text, "service", points, [](const Point& each) { return each.service; });
  text += ',';
  add_column(text, "lane", points, [](const Point& each) { return static_cast<int>(each.track); });
  text += ',';
  add_column(text, "flag", points, [](const Point& each) { return int{each.grave}; });
  text += ',';
  add_column(text, "state", points, [](const Point& each) { return int{each.state}; });
  text += "},\"onsets\":{";
  add_column(text, "number", onsets, [](const Onset& each) { return each.number; });
  text += ',';
  add_column(text, "earliest", onsets, [](const Onset& each) { return each.earliest_ms; });
  text += ',';
  add_column(text, "latest", onsets, [](const Onset& each) { return each.latest_ms; });
  return text + "}}";
}
}  // namespace kulla::daemon
