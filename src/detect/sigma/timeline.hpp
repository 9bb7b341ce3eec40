// Entries in the order of their time `at`, with a cheap end on both sides; those of equal time in the order in which they came.
#pragma once
#include <algorithm>
#include <cstddef>
#include <iterator>
#include <vector>

#include "base/time.hpp"

namespace kulla::detect::sigma {

template <typename Entry>
class Timeline {
 public:
  using iterator = typename std::vector<Entry>::const_iterator;
  [[nodiscard]] iterator begin() const { return entries_.begin() + static_cast<std::ptrdiff_t>(gone_); }
  [[nodiscard]] iterator end() const { return entries_.end(); }
  [[nodiscard]] std::size_t size() const { return entries_.size() - gone_; }
  [[nodiscard]] bool empty() const { return size() == 0; }
  [[nodiscard]] const Entry& front() const { return entries_[gone_]; }

  void add(Entry entry) { entries_.insert(after(entry.at), std::move(entry)); }
  void erase(iterator at) { entries_.erase(at); }
  /// The first entry later than `time`.
  [[nodiscard]] iterator after(Timestamp time) const {
    if (empty() || entries_.back().at <= time) return end();  // mostly
    return std::upper_bound(begin(), end(), time, [](Timestamp left, const Entry& right) { return left < right.at; });
  }
  /// How many are earlier than `time`.
  [[nodiscard]] std::size_t before(Timestamp time) const {
    if (empty() || front().at >= time) return 0;
    const auto first = std::lower_bound(begin(), end(), time, [](const Entry& left, Timestamp right) { return left.at < right; });
    return static_cast<std::size_t>(first - begin());
  }
  /// Memory follows what is held: a flood that is over leaves nothing behind.
  void forget_first(std::size_t count) {
    gone_ += count;
    if (gone_ * 2 < entries_.size()) return;
    entries_.erase(entries_.begin(), begin());
    gone_ = 0;
    if (entries_.capacity() > 4 * entries_.size() + 4) entries_.shrink_to_fit();
  }

 private:
  std::vector<Entry> entries_;
  std::size_t gone_ = 0;  // the first so many are forgotten
};

}  // namespace kulla::detect::sigma
