// The groups of one correlation with their windows, and when each has something to say. Bounded by Limits, whatever comes.
#pragma once
#include <cstdint>
#include <memory>
#include <optional>
#include <vector>

#include "detect/sigma/tally.hpp"

namespace kulla::detect::sigma {

/// Of each correlation.
struct Limits {
  std::size_t groups = 100'000;            ///< remembered; the one idle longest goes
  std::size_t entries = 1'000'000;         ///< in all groups together; the group idle longest goes. 40 bytes each at most
  std::size_t entries_per_window = 10'000; ///< where each counts (sequences, sums, percentiles); the oldest goes
  std::size_t tokens = 64;                 ///< of a finding; the latest stay
};

/// What a correlation has come to. Whatever is not zero below `findings` tells of something it did not see, or saw late.
struct Statistics {
  std::uint64_t events = 0;         ///< that were counted, of any group
  std::uint64_t findings = 0;
  std::uint64_t without_group = 0;  ///< a field of group-by was not there: not counted
  std::uint64_t without_value = 0;  ///< the field was not there, or not a number where one is needed: not counted
  std::uint64_t evicted = 0;        ///< groups that had to go while something of them was within the timespan
  std::uint64_t dropped = 0;        ///< events that had to go while within the timespan, for entries_per_window
  std::uint64_t behind = 0;         ///< came more than a timespan late: looked at apart from what is newer
  std::uint64_t begun_anew = 0;     ///< came late even for that: what was looked at apart was given up for it
};

/// What one group has come to.
struct Finding {
  Number measure;
  Timestamp first, last;      ///< of what contributed
  std::vector<Token> tokens;  ///< in the order of time, the latest Limits::tokens of them
  std::uint64_t events = 0;   ///< that contributed and are kept: at least those that the condition asks for
};

class Tracker {
 public:
  [[nodiscard]] static std::unique_ptr<Tracker> make(const Correlation& correlation, const Limits& limits);
  virtual ~Tracker() = default;
  /// Something, if this event makes the condition hold: once, until the condition has not held or more than a timespan has passed.
  [[nodiscard]] virtual std::optional<Finding> add(const Key& group, const Sample& sample) = 0;
  [[nodiscard]] virtual std::size_t groups() const = 0;
  [[nodiscard]] virtual std::size_t entries() const = 0;
  Statistics statistics;
};

}  // namespace kulla::detect::sigma
