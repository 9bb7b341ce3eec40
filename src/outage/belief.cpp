#include "outage/belief.hpp"

#include <boost/describe/enum_to_string.hpp>

namespace kulla::outage {
using std::chrono::microseconds;
namespace {
constexpr std::size_t most_targets = 100'000;  // far above a country's services; a vantage that names more is broken
constexpr int smoothing = 8;  // the usual time follows an eighth of each difference, as TCP's round trip does (RFC 6298)

void went_down(Belief& belief, Timestamp last_good, Timestamp failed) {
  belief.seen = Seen::down;
  belief.last_good = last_good;
  belief.first_bad = failed;
  belief.first_good.reset();
}
void came_up(Belief& belief, Timestamp answered) {
  if (belief.seen == Seen::down) belief.first_good = answered;
  belief.seen = Seen::up;
}
}  // namespace

bool Beliefs::in_order(const Observation& observation) {
  const auto [newest, first] = newest_.try_emplace(observation.vantage, observation.number);
  if (first) return true;
  if (observation.number <= newest->second) return false;
  missing_ += observation.number - newest->second - 1;
  newest->second = observation.number;
  return true;
}

std::optional<Belief> Beliefs::take(const Observation& observation) {
  const std::pair key{observation.vantage, observation.target};
  if (!in_order(observation) || (held_.size() >= most_targets && !held_.contains(key))) {
    ++dropped_;
    return std::nullopt;
  }
  auto& held = held_[key];
  auto& belief = held.belief;
  const auto seen = belief.seen;
  const bool notice = belief.notice;
  const microseconds took{observation.took_us};
  belief.service = observation.target;
  belief.vantage = observation.vantage;
  belief.notice = observation.notice != NoticeSeen::none;
  const bool good = observation.failed == Layer::none && observation.notice == NoticeSeen::none;
  if (good) {
    held.last_good = observation.sent;
    held.usual = held.usual == microseconds{} ? took : held.usual + (took - held.usual) / smoothing;
    came_up(belief, observation.sent + took);
    belief.last_good = seen == Seen::down ? belief.last_good : observation.sent;
  } else if (seen != Seen::down) {
    const bool ran_out = is_timeout(observation.failed) && held.usual > microseconds{};
    went_down(belief, held.last_good, observation.sent + (ran_out ? std::min(held.usual, took) : took));
  }
  belief.layer = good ? "" : boost::describe::enum_to_string(observation.failed, "");
  const bool changed = belief.seen != seen || belief.notice != notice;
  return changed ? std::optional{belief} : std::nullopt;
}
}  // namespace kulla::outage
