// What one window of one group of a correlation holds, for each way of measuring. All of them answer from what lies within the window alone;
// the window moves by forget_before().
#pragma once
#include <array>
#include <cstdint>
#include <functional>
#include <vector>

#include "base/time.hpp"
#include "detect/sigma/correlation.hpp"
#include "detect/sigma/timeline.hpp"

namespace kulla::detect::sigma {

/// The caller's name for an event.
using Token = std::uint64_t;
/// A keyed 128-bit hash, that nobody without the key can make collide: stands for texts of any length.
using Key = std::array<std::uint64_t, 2>;

/// An event as a tally takes it; which of the last three is filled, the type says.
struct Sample {
  Timestamp at;
  Token token = 0;
  std::size_t input = 0;  ///< which of Correlation::inputs
  Key key{};  ///< of the values of the fields
  Number number;
};
/// An event that contributed.
struct Moment {
  Timestamp at;
  Token token = 0;
};
/// In the order of time.
using Visit = std::function<void(const Moment&)>;

/// event_count: the latest moments. Keeping no more than are countable loses nothing.
class Moments {
 public:
  static constexpr bool keeps_what_counts = true;
  void add(const Sample& sample) { moments_.add({sample.at, sample.token}); }
  void forget_before(Timestamp time) { moments_.forget_first(moments_.before(time)); }
  void forget_first() { moments_.forget_first(1); }
  [[nodiscard]] std::size_t size() const { return moments_.size(); }
  [[nodiscard]] Number measure(const Correlation&) const { return Number{static_cast<std::int64_t>(size())}; }
  void visit(const Visit& visit) const;

 private:
  Timeline<Moment> moments_;
};

/// value_count and temporal: of each value, or each rule, when it was there last. The latest so many as are countable lose nothing:
/// an older one leaves the window before any of them.
class LatestOfEach {
 public:
  static constexpr bool keeps_what_counts = true;
  void add(const Sample& sample);
  void forget_before(Timestamp time) { latest_.forget_first(latest_.before(time)); }
  void forget_first() { latest_.forget_first(1); }
  [[nodiscard]] std::size_t size() const { return latest_.size(); }
  [[nodiscard]] Number measure(const Correlation&) const { return Number{static_cast<std::int64_t>(size())}; }
  void visit(const Visit& visit) const;

 private:
  struct Entry {
    Timestamp at;
    Token token;
    Key key;
  };
  Timeline<Entry> latest_;
};

/// temporal_ordered: the longest chain of rules that followed upon each other in the order of the file. Events of the same time count as
/// in order, since nothing tells which came first.
class Sequence {
 public:
  static constexpr bool keeps_what_counts = false;
  void add(const Sample& sample);
  void forget_before(Timestamp time);
  void forget_first();
  [[nodiscard]] std::size_t size() const;
  [[nodiscard]] Number measure(const Correlation&) const { return Number{static_cast<std::int64_t>(longest().size())}; }
  void visit(const Visit& visit) const;

 private:
  [[nodiscard]] std::vector<Moment> longest() const;
  std::vector<Timeline<Moment>> inputs_;
};

/// value_sum and value_avg.
class Numbers {
 public:
  static constexpr bool keeps_what_counts = false;
  void add(const Sample& sample);
  void forget_before(Timestamp time) { forget(numbers_.before(time)); }
  void forget_first() { forget(1); }
  [[nodiscard]] std::size_t size() const { return numbers_.size(); }
  [[nodiscard]] Number measure(const Correlation& correlation) const;
  void visit(const Visit& visit) const;

 private:
  __extension__ using Wide = __int128;
  struct Entry {
    Timestamp at;
    Token token;
    Number number;
  };
  void forget(std::size_t count);
  [[nodiscard]] double sum() const;
  Timeline<Entry> numbers_;
  Wide whole_sum_ = 0;  // of those that are whole: exact whatever comes and goes
  std::size_t reals_ = 0;  // how many are not whole
};

/// value_percentile with a `percentile`: by nearest rank, the smallest number that at least so many percent of all are not above.
class Ranks {
 public:
  static constexpr bool keeps_what_counts = false;
  void add(const Sample& sample);
  void forget_before(Timestamp time) { forget(numbers_.before(time)); }
  void forget_first() { forget(1); }
  [[nodiscard]] std::size_t size() const { return numbers_.size(); }
  [[nodiscard]] Number measure(const Correlation& correlation) const;
  void visit(const Visit& visit) const;

 private:
  struct Entry {
    Timestamp at;
    Token token;
    double number;
  };
  void forget(std::size_t count);
  Timeline<Entry> numbers_;
  std::vector<double> sorted_;  // the same numbers: a flood must not make each event cost a sort
};

/// value_percentile without a `percentile`: how much of all values the one that came last makes up, in percent.
class Shares {
 public:
  static constexpr bool keeps_what_counts = false;
  void add(const Sample& sample);
  void forget_before(Timestamp time) { values_.forget_first(values_.before(time)); }
  void forget_first() { values_.forget_first(1); }
  [[nodiscard]] std::size_t size() const { return values_.size(); }
  [[nodiscard]] Number measure(const Correlation&) const;
  void visit(const Visit& visit) const;

 private:
  struct Entry {
    Timestamp at;
    Token token;
    Key key;
  };
  Timeline<Entry> values_;
  Key last_{};
};

}  // namespace kulla::detect::sigma
