#include "outage/analysis_spell.hpp"

#include <algorithm>

#include "outage/evidence.hpp"

namespace kulla::outage {
namespace {
constexpr int calm_periods = 5;                 // good for so long: whatever comes then is another outage
constexpr std::chrono::seconds calm_least{5};   // a server that is short of something is well for a few seconds now and then
constexpr std::chrono::seconds long_enough{10}; // shorter, the tracker's own word is as soon
constexpr int returns_enough = 2;               // one may be a lost probe beside an outage
constexpr std::size_t vantages_kept = 64;
constexpr double arrangements_enough = 1000;

/// Of all orders in which so many failures and answers can come, this is one: where there are many, it is no chance that they lie apart.
bool lie_apart(int bad, int good) {
  double arrangements = 1;  // (bad + good) over good
  for (int i = 1; i <= good && arrangements < arrangements_enough; ++i) arrangements *= static_cast<double>(bad + i) / i;
  return arrangements >= arrangements_enough;
}
}  // namespace

Spell::Spell(std::chrono::microseconds every) : calm_(std::max<std::chrono::microseconds>(calm_periods * every, calm_least)) {}

bool Spell::take(const Observation& observation) {
  const auto sent = observation.sent;
  const std::chrono::microseconds took{std::max<std::int64_t>(observation.took_us, 0)};
  const auto says = says_.find(observation.vantage);
  if (symptom_of(observation) == Symptom::good) {
    if (since_ == Timestamp{}) return false;
    ++good_since_bad_;
    if (sent > newest_bad_ && (first_good_ == Timestamp{} || sent + took < first_good_)) first_good_ = sent + took;
    if (says != says_.end()) says->second = true;
    return false;
  }
  if (since_ == Timestamp{} || sent > newest_bad_ + calm_ || (sent > newest_bad_ && lie_apart(bad_run_, good_since_bad_))) {
    begin(observation);
    return true;
  }
  bad_run_ = good_since_bad_ > 0 ? 1 : bad_run_ + 1;
  ++bad_, good_ += std::exchange(good_since_bad_, 0);
  if (sent > newest_bad_) newest_bad_ = sent, first_good_ = {};
  if (says != says_.end()) returns_ += std::exchange(says->second, false);
  else if (says_.size() < vantages_kept) says_[observation.vantage] = false;
  return false;
}

void Spell::begin(const Observation& observation) {
  since_ = newest_bad_ = observation.sent;
  first_took_ = std::chrono::microseconds{observation.took_us};
  first_silent_ = is_timeout(observation.failed) || observation.failed == Layer::unreachable;
  first_good_ = {};
  bad_ = bad_run_ = 1, good_ = good_since_bad_ = returns_ = 0;
  says_ = {{observation.vantage, false}};
}

bool Spell::is_partial() const { return newest_bad_ - since_ >= long_enough && bad_ > good_ && returns_ >= returns_enough; }

}  // namespace kulla::outage
