// A target that fails and answers in turns: one spell of trouble, however often it answered in between. Pure.
#pragma once
#include <map>

#include "outage/observation.hpp"
#include "outage/outage.hpp"

namespace kulla::outage {

/// From one failure on, for as long as no stretch without failures is longer than `calm()`, and failures and answers are mixed: failures in
/// one run and then answers in one run are an outage and its end, however soon the next one comes.
class Spell {
 public:
  explicit Spell(std::chrono::microseconds every);
  /// In the order in which they become known. True: another spell begins with it.
  bool take(const Observation& observation);
  /// It went on for long, most probes failed, and vantages that it failed had an answer in between and failed again.
  [[nodiscard]] bool is_partial() const;
  /// It was only good for so long that the spell is over; `now` is when the newest probe was sent.
  [[nodiscard]] bool is_over(Timestamp now) const { return now > newest_bad_ + calm_; }
  /// When its first failing probe was sent, the epoch where there was none; and how long that took.
  [[nodiscard]] Timestamp since() const { return since_; }
  [[nodiscard]] std::chrono::microseconds first_took() const { return first_took_; }
  [[nodiscard]] bool first_was_silent() const { return first_silent_; }  ///< it was not answered
  /// [when the newest failing probe was sent, the first answer after it]
  [[nodiscard]] Interval end() const { return {newest_bad_, first_good_ == Timestamp{} ? newest_bad_ + calm_ : first_good_}; }
  [[nodiscard]] std::chrono::microseconds calm() const { return calm_; }

 private:
  void begin(const Observation& observation);

  std::chrono::microseconds calm_, first_took_{};
  bool first_silent_ = false;
  Timestamp since_{}, newest_bad_{}, first_good_{};  ///< sent; first_good_: ended, of what was sent after newest_bad_
  int bad_ = 0, good_ = 0, bad_run_ = 0, good_since_bad_ = 0, returns_ = 0;  ///< bad_run_: the newest without an answer in between
  std::map<VantageId, bool> says_{};  ///< whether the newest of the spell was good
};

}  // namespace kulla::outage
