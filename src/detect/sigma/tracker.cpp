#include "detect/sigma/tracker.hpp"

#include <algorithm>

#include "detect/sigma/groups.hpp"

namespace kulla::detect::sigma {
namespace {
using Type = Correlation::Type;

template <typename Tally>
struct Window {
  Timestamp latest = Timestamp::min();
  std::optional<Timestamp> told;  ///< the condition held then, was told of, and has held since
  Tally tally;
};

template <typename Tally>
class TrackerOf final : public Tracker {
 public:
  TrackerOf(const Correlation& correlation, const Limits& limits) : what_(correlation), limits_(limits) {
    countable_ = Tally::keeps_what_counts ? countable(correlation.condition) : std::max<std::size_t>(limits.entries_per_window, 1);
    limits_.entries = std::max(limits.entries, countable_);
  }
  std::optional<Finding> add(const Key& key, const Sample& sample) override {
    ++statistics.events;
    newest_ = std::max(newest_, sample.at);
    auto& group = groups_.of(key);
    auto& window = window_for(group, sample.at);
    entries_ -= window.tally.size();
    take(window, sample);
    entries_ += window.tally.size();
    auto finding = said(window);
    make_room();
    return finding;
  }
  std::size_t groups() const override { return groups_.size(); }
  std::size_t entries() const override { return entries_; }

 private:
  struct Group {
    Window<Tally> window;
    std::unique_ptr<Window<Tally>> behind;
  };
  // Too late for the window is not too late for everything: another file, a sensor that was cut off, or one event of a wrong clock that
  // carried the window away. Such events get a window of their own, so that neither harms the other.
  Window<Tally>& window_for(Group& group, Timestamp at) {
    if (group.window.latest == Timestamp::min() || at >= group.window.latest - what_.timespan) return group.window;
    ++statistics.behind;
    auto& behind = group.behind;
    if (behind && at < behind->latest - what_.timespan) {
      ++statistics.begun_anew;
      entries_ -= behind->tally.size();
      behind.reset();
    }
    if (!behind) behind = std::make_unique<Window<Tally>>();
    return *behind;
  }
  void take(Window<Tally>& window, const Sample& sample) {
    window.latest = std::max(window.latest, sample.at);
    window.tally.forget_before(window.latest - what_.timespan);
    window.tally.add(sample);
    if (window.tally.size() <= countable_) return;
    window.tally.forget_first();
    statistics.dropped += !Tally::keeps_what_counts;
  }
  std::optional<Finding> said(Window<Tally>& window) {
    const auto measure = window.tally.measure(what_);
    if (!holds_for(what_.condition, measure)) {
      window.told.reset();
      return std::nullopt;
    }
    if (window.told && window.latest - *window.told <= what_.timespan) return std::nullopt;
    window.told = window.latest;
    ++statistics.findings;
    return finding_of(window.tally, measure);
  }
  Finding finding_of(const Tally& tally, const Number& measure) const {
    Finding finding{measure, {}, {}, {}, 0};
    tally.visit([&](const Moment& moment) {
      if (finding.events++ == 0) finding.first = moment.at;
      finding.last = moment.at;
      finding.tokens.push_back(moment.token);
    });
    const auto kept = std::min(limits_.tokens, finding.tokens.size());
    finding.tokens.erase(finding.tokens.begin(), finding.tokens.end() - static_cast<std::ptrdiff_t>(kept));
    return finding;
  }
  void make_room() {
    while (groups_.size() > 1 && (groups_.size() > limits_.groups || entries_ > limits_.entries)) {
      const auto& group = groups_.idle_longest();
      entries_ -= group.window.tally.size() + (group.behind ? group.behind->tally.size() : 0);
      statistics.evicted += group.window.latest >= newest_ - what_.timespan || group.behind;
      groups_.forget_idle_longest();
    }
  }

  const Correlation what_;
  Limits limits_;
  std::size_t countable_ = 0;
  Groups<Group> groups_;
  std::size_t entries_ = 0;
  Timestamp newest_ = Timestamp::min();
};
}  // namespace

std::unique_ptr<Tracker> Tracker::make(const Correlation& correlation, const Limits& limits) {
  switch (correlation.type) {
    case Type::event_count: return std::make_unique<TrackerOf<Moments>>(correlation, limits);
    case Type::value_count:
    case Type::temporal: return std::make_unique<TrackerOf<LatestOfEach>>(correlation, limits);
    case Type::temporal_ordered: return std::make_unique<TrackerOf<Sequence>>(correlation, limits);
    case Type::value_sum:
    case Type::value_avg: return std::make_unique<TrackerOf<Numbers>>(correlation, limits);
    case Type::value_percentile: break;
  }
  if (correlation.percentile) return std::make_unique<TrackerOf<Ranks>>(correlation, limits);
  return std::make_unique<TrackerOf<Shares>>(correlation, limits);
}

}  // namespace kulla::detect::sigma
