// The newest facts as columns: what the timeline draws, 24 bytes a fact. Filled as facts come, never parsed again.
#pragma once
#include <cstdint>
#include <deque>
#include <limits>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "incident/state.hpp"
#include "model/fact.hpp"

namespace kulla::daemon {

/// The lanes of the timeline, from top to bottom.
enum class Track : std::uint8_t { attack, decisions, gate, outside, way_back, people };
[[nodiscard]] Track track_of(std::string_view kind);
/// The one service that a fact is about, the first where it is about several; empty where it is about none.
[[nodiscard]] ServiceId service_of(const Fact& fact);
/// An effect, a failure, a refusal: what is drawn filled.
[[nodiscard]] bool is_grave(const Fact& fact);

class Timeline {
 public:
  static constexpr std::size_t most = 200'000;  ///< 5 MB; a year of a quiet state, minutes of the worst flood that is let in

  struct Range {
    std::uint64_t from = 0, to = std::numeric_limits<std::uint64_t>::max();  ///< numbers, both within
    Timestamp since = Timestamp::min(), until = Timestamp::max();
  };
  struct Query {
    std::optional<std::string> kind{}, service{};
    std::uint64_t from = 0, before = std::numeric_limits<std::uint64_t>::max();  ///< from ≤ number < before
    std::size_t limit = 100;
    bool newest = true;            ///< the last of those that match; else the first
    bool without_attempts = false; ///< alerts that showed no effect are left out: of them there may be any number
  };

  /// Facts come with dense, rising numbers. `state`: of its service after it, where it has one.
  void add(std::uint64_t number, const Fact& fact, std::optional<incident::ServiceState> state);
  [[nodiscard]] std::uint64_t first() const { return first_; }  ///< the oldest that is kept
  [[nodiscard]] std::uint64_t last() const { return first_ + points_.size() - 1; }
  /// Numbers that match, rising.
  [[nodiscard]] std::vector<std::uint64_t> find(const Query& query) const;

  /// A copy of a part, so that its text can be made without the lock.
  struct Part;
  [[nodiscard]] Part part(const Range& range) const;

 private:
  /// When something went down, as the vantages together hold it: after the one time, and by the other.
  struct Onset {
    std::uint64_t number;  ///< of the fact that says so
    std::int64_t earliest_ms, latest_ms;
  };
  struct Point {
    std::int64_t at_ms;
    std::int32_t service;  ///< index in services_, -1: none
    std::uint8_t kind;
    Track track;
    std::uint8_t grave;
    std::int8_t state;  ///< -1: none
  };
  std::int32_t index_of(const ServiceId& service);
  void note_onset(std::uint64_t number, const Fact& fact);

  std::uint64_t first_ = 1;
  std::deque<Point> points_;
  std::deque<Onset> onsets_;  ///< of the facts that are kept
  std::vector<std::string> services_;  ///< bounded by what is declared: a fact about an unknown one has none
  std::map<ServiceId, std::int32_t> indexes_;
};

struct Timeline::Part {
  std::vector<std::uint64_t> numbers;
  std::vector<Point> points;
  std::vector<Onset> onsets;
  std::vector<std::string> services;
  /// {"first","last","kinds","services","states","columns":{…},"onsets":{…}}: docs/openapi.json.
  [[nodiscard]] std::string json() const;
};

}  // namespace kulla::daemon
