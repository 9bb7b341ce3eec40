#include "outage/bayes.hpp"

#include <algorithm>
#include <cmath>

#include "outage/tracker.hpp"

namespace kulla::outage {
using std::chrono::microseconds;
namespace {
constexpr float follow = 1.F / 8, follow_deviation = 1.F / 4, deviations = 4;  // RFC 6298
constexpr float outlier = 2;              // a sample counts as at most so many times the latest usual time: it may grow, not jump
constexpr float least_deviation = 0.02F;  // of the mean: clocks and queues are never better
constexpr microseconds resent{900'000};   // TCP sends a lost SYN again after one second

double log_odds_of(double belief) { return std::log(belief / (1 - belief)); }

double says(Word word, double stray, const Parameters& p) {
  const auto up = [&](double least) { return std::clamp(stray, least, std::max(least, p.most_loss)); };
  switch (word) {
    case Word::good: return std::log((1 - up(p.loss)) / p.good_when_down);
    case Word::failed: return std::log(up(p.failure_when_up) / (1 - p.good_when_down));
    case Word::silent: return std::log(up(p.loss) / (1 - p.good_when_down));
  }
  return 0;
}
}  // namespace

void Conviction::hear(Word word, double stray, Timestamp at, microseconds every, const Parameters& parameters) {
  const auto fresh = 2 * every;
  if (const auto gap = at - at_; at_ != Timestamp{} && gap > fresh)
    log_odds_ *= static_cast<float>(std::exp(-static_cast<double>((gap - fresh).count()) / static_cast<double>(fresh.count())));
  at_ = std::max(at_, at);
  const auto least = log_odds_of(parameters.certain_down), most = log_odds_of(parameters.certain_up);
  log_odds_ = static_cast<float>(std::clamp(log_odds_ + says(word, stray, parameters), least, most));
}
double Conviction::belief() const { return 1 / (1 + std::exp(-static_cast<double>(log_odds_))); }
int Conviction::thousandths() const { return static_cast<int>(std::lround(belief() * 1000)); }

void UsualTime::heard(microseconds took) {
  const auto sample = std::max(1.F, static_cast<float>(took.count()));
  if (!known()) {
    mean_ = now_ = sample;
    deviation_ = sample / 2;
    return;
  }
  now_ += (sample - now_) * follow;
  const auto heard = std::min(sample, outlier * static_cast<float>(latest().count()));
  deviation_ += (std::abs(heard - mean_) - deviation_) * follow_deviation;
  mean_ += (heard - mean_) * follow;
}
microseconds UsualTime::latest() const {
  return microseconds{static_cast<std::int64_t>(mean_ + deviations * std::max(deviation_, least_deviation * mean_))};
}
bool UsualTime::is_resent(microseconds took) const { return known() && took > latest() + resent; }
}  // namespace kulla::outage
