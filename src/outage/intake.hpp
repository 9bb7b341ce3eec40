// What comes in, made fit to be concluded from: each once, in the order in which it ended, and nothing whose time cannot be true.
#pragma once
#include <cstdint>
#include <deque>
#include <vector>

#include "outage/observation.hpp"
#include "outage/tracker.hpp"

namespace kulla::outage {

/// An observation without its words: what belief needs.
struct Record {
  Timestamp sent;
  std::int64_t took_us = 0;
  std::uint64_t number = 0, body = 0;
  std::uint32_t target = 0;
  std::uint16_t vantage = 0;
  Layer failed = Layer::none;
  bool notice = false, has_body = false;
  [[nodiscard]] Timestamp ended() const { return sent + std::chrono::microseconds{took_us}; }
};

class Intake {
 public:
  explicit Intake(const Parameters& parameters) : parameters_(parameters) {}

  /// The vantage's place; none where there are more than can be.
  [[nodiscard]] std::optional<std::uint16_t> vantage(const VantageId& name);
  [[nodiscard]] std::size_t vantages() const { return sources_.size(); }
  [[nodiscard]] const VantageId& name(std::size_t vantage) const { return sources_[vantage].name; }
  [[nodiscard]] Counts& counts(std::size_t vantage) { return sources_[vantage].counts; }
  [[nodiscard]] const Counts& counts(std::size_t vantage) const { return sources_[vantage].counts; }
  [[nodiscard]] bool clock_off(std::size_t vantage) const { return sources_[vantage].off; }

  enum class Verdict : std::uint8_t {
    queued,    ///< `next` will give it
    late,      ///< its time was concluded already
    very_late, ///< so long ago that it cannot count as news
    dropped,   ///< replayed, or not from this time
  };
  [[nodiscard]] Verdict take(const Record& record);
  void pass(Timestamp now);
  void finish();
  /// Whether a clock was set back, so that what comes would be in the past for as long: the wall clock that `pass` tells, by over
  /// `clock_tolerance`; or, where nobody tells it, the only vantage's, in so many in a row that it is no backlog.
  [[nodiscard]] bool is_set_back(Timestamp now) const { return passed_ != Timestamp{} && now + parameters_.clock_tolerance < passed_; }
  [[nodiscard]] bool only_one_is_behind() const;
  /// Time begins here. What was queued is to be gone by `finish` and `next`; numbers that were taken stay taken.
  void begin_anew(Timestamp now);
  /// The next that is due, in the order of its end.
  [[nodiscard]] bool next(Record& record);
  /// What ended before is concluded.
  [[nodiscard]] Timestamp horizon() const { return horizon_; }

 private:
  struct Source {
    VantageId name;
    Counts counts;
    std::uint64_t top = 0;
    std::vector<std::uint64_t> seen;  ///< a bit a number below `top`, as IPsec's window against replay (RFC 6479)
    Timestamp newest{};
    std::vector<Record> ahead;        ///< from the future, until that is sure
    Timestamp ahead_since{};
    std::uint64_t ahead_at = 0;
    int behind = 0;                   ///< very late ones in a row
    Timestamp behind_since{};
    std::chrono::microseconds behind_by{};
    bool off = false;
  };
  [[nodiscard]] static bool is_new(Source& source, std::uint64_t number);
  [[nodiscard]] Verdict from_the_past(Source& source, const Record& record);
  [[nodiscard]] Verdict from_the_future(Source& source, const Record& record);
  void move_clock();
  void settle_those_ahead(bool all);
  void accept_ahead(Source& source);
  void drop_ahead(Source& source);
  void push(const Record& record);
  [[nodiscard]] bool later(const Record& left, const Record& right) const;

  const Parameters& parameters_;
  std::deque<Source> sources_;
  std::vector<Record> queue_;  // a heap, the soonest end on top
  std::vector<Timestamp> scratch_;
  Timestamp clock_{}, passed_{}, horizon_{};
  std::uint64_t arrivals_ = 0;
  bool ahead_ = false;
};

}  // namespace kulla::outage
