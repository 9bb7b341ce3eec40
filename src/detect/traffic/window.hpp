// How much happened within a time window, by the time that the sensor wrote. It may be a little out of order; a time further back
// than the window means that the clock was set back, and the window starts again.
#pragma once
#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace kulla::detect::traffic {

/// The latest moments, at most limit + 1 of them: enough to say whether more than `limit` lie within one window.
class MomentWindow {
 public:
  /// How many of the moments kept lie within `window` up to the latest; limit + 1 means more than `limit`.
  std::size_t add(Timestamp at, std::chrono::seconds window, std::size_t limit) {
    if (!moments_.empty() && at + window < moments_.back()) moments_.clear();
    moments_.insert(std::upper_bound(moments_.begin(), moments_.end(), at), at);
    const auto oldest = moments_.back() - window;
    moments_.erase(moments_.begin(), std::upper_bound(moments_.begin(), moments_.end(), oldest));
    if (moments_.size() > limit + 1) moments_.erase(moments_.begin());
    return moments_.size();
  }

 private:
  std::vector<Timestamp> moments_;  // sorted
};

/// The latest distinct things, by hash, at most limit + 1.
class DistinctWindow {
 public:
  std::size_t add(std::uint64_t thing, Timestamp at, std::chrono::seconds window, std::size_t limit) {
    if (at + window < latest_) *this = {};
    latest_ = std::max(latest_, at);
    std::erase_if(seen_, [&](const auto& each) { return each.first == thing || each.second <= latest_ - window; });
    seen_.emplace_back(thing, at);
    if (seen_.size() > limit + 1) seen_.erase(seen_.begin());
    return seen_.size();
  }

 private:
  std::vector<std::pair<std::uint64_t, Timestamp>> seen_;
  Timestamp latest_;
};

}  // namespace kulla::detect::traffic
