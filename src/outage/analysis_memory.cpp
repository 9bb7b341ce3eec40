#include "outage/analysis_memory.hpp"

#include <algorithm>
#include <limits>

namespace kulla::outage {
namespace {
constexpr std::size_t recent_kept = 24;   // an outage is known after a burst or two; what comes before them tells whether it slowed down
constexpr std::size_t older_kept = 16;    // for what is usual
constexpr std::uint64_t older_every = 4;
constexpr std::size_t vantages_kept = 64, telling_kept = 3;
constexpr int last_wanted = 3;            // good probes in all that tell whether it slowed down: of three, one may be chance

std::uint32_t in_short(std::int64_t micros) {
  return static_cast<std::uint32_t>(std::clamp<std::int64_t>(micros, 0, std::numeric_limits<std::uint32_t>::max()));
}

bool is_good(const Glimpse& seen) { return seen.failed == Layer::none && seen.notice == NoticeSeen::none; }
std::int64_t answer_of(const Glimpse& seen) { return seen.first_byte_us > 0 ? seen.first_byte_us : seen.took_us; }

Glimpse glimpse(const Observation& observation) {
  return {observation.sent,
          in_short(observation.took_us),
          in_short(observation.phases.connect_us),
          in_short(observation.phases.first_byte_us),
          observation.failed,
          observation.notice,
          static_cast<std::int16_t>(std::clamp(observation.status, 0, 999))};
}

/// Good probes up to the onset, oldest first.
std::vector<Glimpse> good_before(const std::deque<Glimpse>& older, const std::deque<Glimpse>& recent, Timestamp onset, Before& before) {
  std::vector<Glimpse> good;
  for (const auto* part : {&older, &recent})
    for (const auto& seen : *part)
      if (seen.sent > onset) continue;
      else if (is_good(seen)) good.push_back(seen), ++before.good;
      else ++before.failed;
  return good;
}

std::int64_t median_answer(const std::vector<Glimpse>& seen) {
  Sample answers;
  for (const auto& one : seen) answers.add(answer_of(one));
  return answers.quantile(50);
}
}  // namespace

void TargetMemory::take(const Observation& observation) {
  if (seen_.size() >= vantages_kept && !seen_.contains(observation.vantage)) return;
  auto& seen = seen_[observation.vantage];
  seen.recent.push_back(glimpse(observation));
  if (seen.recent.size() > recent_kept) {
    if (seen.left++ % older_every == 0 && is_good(seen.recent.front())) seen.older.push_back(seen.recent.front());
    if (seen.older.size() > older_kept) seen.older.pop_front();
    seen.recent.pop_front();
  }
  const bool good = symptom_of(observation) == Symptom::good;
  if (good && observation.address) address_ = observation.address;
  if (!address_ && observation.address) address_ = observation.address;
  if (good) return;
  telling_.push_back(observation);
  if (telling_.size() > telling_kept) telling_.pop_front();
}

TargetMemory::Pace TargetMemory::before(Timestamp onset) const {
  Pace result;
  std::map<VantageId, std::vector<Glimpse>> good;
  std::vector<Glimpse> all;
  for (const auto& [vantage, seen] : seen_) {
    auto& of_vantage = good[vantage] = good_before(seen.older, seen.recent, onset, result.before);
    all.insert(all.end(), of_vantage.begin(), of_vantage.end());
  }
  const auto usual = median_answer(all);
  const auto counted = std::ranges::count_if(good, [](const auto& one) { return !one.second.empty(); });
  const auto last = counted > 0 ? (last_wanted + counted - 1) / counted : 0;
  for (const auto& [vantage, seen] : good) {
    const auto own = median_answer(seen);
    const double pace = result.pace[vantage] = own > 0 ? static_cast<double>(usual) / static_cast<double>(own) : 1;
    const auto paced = [&](std::int64_t micros) { return static_cast<std::int64_t>(static_cast<double>(micros) * pace); };
    for (std::ptrdiff_t at = 0; at < std::ssize(seen); ++at) {
      const auto& one = seen[static_cast<std::size_t>(at)];
      const bool is_last = at + last >= std::ssize(seen);
      (is_last ? result.before.last_answer : result.before.answer).add(paced(answer_of(one)));
      (is_last ? result.before.last_connect : result.before.connect).add(paced(one.connect_us));
    }
  }
  return result;
}

std::vector<Observation> TargetMemory::since(Timestamp onset) const {
  std::vector<Observation> found;
  for (const auto& [vantage, seen] : seen_)
    for (const auto& one : seen.recent) {
      // A failing one that was under way then failed after it.
      const auto counts_from = is_good(one) ? one.sent : one.sent + std::chrono::microseconds{one.took_us};
      if (counts_from <= onset) continue;
      Observation observation;
      observation.vantage = vantage, observation.sent = one.sent, observation.took_us = one.took_us;
      observation.failed = one.failed, observation.status = one.status, observation.notice = one.notice;
      observation.phases.connect_us = one.connect_us;
      observation.phases.first_byte_us = one.first_byte_us;
      found.push_back(std::move(observation));
    }
  std::ranges::stable_sort(found, {}, &Observation::sent);
  return found;
}

Timestamp TargetMemory::last_good(Timestamp until) const {
  Timestamp newest{};
  for (const auto& [vantage, seen] : seen_)
    for (const auto* part : {&seen.older, &seen.recent})
      for (const auto& one : *part)
        if (is_good(one) && one.sent <= until) newest = std::max(newest, one.sent);
  return newest;
}

Observation KnownPage::judged(Observation observation) {
  const auto body = observation.body && observation.notice == NoticeSeen::none ? Fingerprint::parse(*observation.body) : std::nullopt;
  if (body) observation.failed = page_.judged(observation.failed, *body);
  return observation;
}
std::optional<std::string> KnownPage::known() const {
  const auto known = page_.known();
  return known ? std::optional{Fingerprint::text(*known)} : std::nullopt;
}

}  // namespace kulla::outage
