// What became of targets over time: conditions step by step, uptime, incidents. No data and a vantage's own fault are neither up nor
// down, and are never counted as either. Pure.
#pragma once
#include <cstdint>
#include <map>
#include <optional>
#include <span>
#include <vector>

#include "outage/observation.hpp"
#include "outage/outage.hpp"
#include "outage/target.hpp"

namespace kulla::outage {

/// One target in one step of time.
struct Cell {
  std::uint16_t asked = 0, good = 0;  ///< probes of all vantages; 65535: that many or more
  std::uint8_t took = 0;              ///< usual step of store_steps.hpp of good ones; 0: none
  Condition condition = Condition::no_data;
  friend bool operator==(const Cell&, const Cell&) = default;
};
struct Track {
  Target target;
  std::vector<Cell> cells;
};
/// Steps of one length from `from` on; the same number for each target.
struct Tracks {
  Timestamp from;
  std::chrono::seconds step{60};
  std::vector<Track> tracks;
  [[nodiscard]] std::size_t steps() const { return tracks.empty() ? 0 : tracks.front().cells.size(); }
};

/// How long a target was what, within a time range; all add up to it.
struct Uptime {
  ServiceId target;
  std::chrono::milliseconds up{}, degraded{}, down{}, vantage_fault{}, no_data{};
  int incidents = 0;
  /// In percent, of the time in which it is known: up and degraded count as up. Nothing where nothing is known.
  [[nodiscard]] std::optional<double> percent() const;
};

/// The time that an outage is counted: from when it was first known bad to when it was first known good.
[[nodiscard]] Interval counted(const Outage& outage, Timestamp until);

/// Collects observations in the order of `sent`, then tells with the outages that were concluded from them.
class History {
 public:
  static constexpr std::size_t cells_most = 20'000'000;  // 120 MB

  /// [from, to) in steps; made longer where it would be too many cells for these targets.
  History(std::vector<Target> targets, Timestamp from, Timestamp to, std::chrono::seconds step);
  void take(const Observation& observation);
  /// Minutes that were rolled up before, in the order of their time, before any observation: what was asked, how it went, and when nothing
  /// was known. When it was down is told by its outages.
  void take(const Tracks& minutes);
  [[nodiscard]] Tracks tracks(std::span<const Outage> outages) const;
  [[nodiscard]] std::vector<Uptime> uptime(std::span<const Outage> outages) const;

 private:
  struct Seen {
    Target target;
    std::vector<Cell> cells;
    std::vector<Interval> silences;  ///< longer than it may be silent
    std::optional<Timestamp> last;
    std::size_t step = 0;  ///< the present one
    std::uint64_t asking = 0, failing = 0;  ///< vantages in it, a bit each
  };
  void take(Seen& seen, const Cell& minute, Interval time);
  void note_vantage(Seen& seen, std::size_t step, const Observation& observation);
  [[nodiscard]] Seen& seen_of(const ServiceId& target);
  [[nodiscard]] std::vector<Interval> silences_of(const Seen& seen) const;

  Timestamp from_, to_;
  std::chrono::seconds step_;
  std::size_t steps_;
  std::map<ServiceId, Seen> seen_;
  std::map<VantageId, unsigned> bits_;  ///< of the masks; vantages beyond 64 share the last
};

/// Larger steps: of a day's minutes its hours. The worst that was known for a tenth of it: down, else degraded, else what most of it was.
[[nodiscard]] Tracks rolled_up(const Tracks& tracks, std::size_t factor);

/// A file of roll-ups, as bytes: docs/observation-store.md. Code::store_damaged where it cannot be read.
[[nodiscard]] std::string history_bytes(const Tracks& tracks);
[[nodiscard]] Result<Tracks> read_history(std::string_view bytes);

}  // namespace kulla::outage
