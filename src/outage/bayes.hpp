// The arithmetic of belief, for one target as one vantage or all of them see it: Quan, Heidemann, Pradkin: Trinocular, SIGCOMM 2013,
// section 4, in log odds. What is ours: how far silence and answers count, and that certainty fades (docs/outage-method.md).
#pragma once
#include <chrono>
#include <cstdint>

#include "base/time.hpp"

namespace kulla::outage {
struct Parameters;

/// What one probe says.
enum class Word : std::uint8_t {
  good,    ///< answered, as it should
  failed,  ///< answered, and the answer is a failure: refused, a wrong status, another body, a closure notice
  silent,  ///< not answered: this one can have been lost
};

class Conviction {
 public:
  /// `stray`: the share of failures known to come between good ones here. Older words than the newest count, and do not turn time back.
  void hear(Word word, double stray, Timestamp at, std::chrono::microseconds every, const Parameters& parameters);
  /// As of the newest word.
  [[nodiscard]] double belief() const;
  [[nodiscard]] int thousandths() const;
  void forget() { log_odds_ = 0; }

 private:
  float log_odds_ = 0;
  Timestamp at_{};
};

/// By when an answer usually is there: mean plus four mean deviations, as TCP's time-out has it (RFC 6298), deaf to outliers.
class UsualTime {
 public:
  void heard(std::chrono::microseconds took);
  [[nodiscard]] bool known() const { return mean_ > 0; }
  [[nodiscard]] std::chrono::microseconds latest() const;
  /// Smoothed over the latest few answers, and over the latest few hundred.
  [[nodiscard]] float now() const { return now_; }
  [[nodiscard]] float baseline() const { return mean_; }
  /// So late that a packet must have been sent again.
  [[nodiscard]] bool is_resent(std::chrono::microseconds took) const;

 private:
  float mean_ = 0, deviation_ = 0, now_ = 0;  // microseconds
};

/// A share that follows the latest so many.
struct Share {
  float value = 0;
  void count(bool hit, float weight) { value += ((hit ? 1.F : 0.F) - value) * weight; }
};

}  // namespace kulla::outage
