// The newest facts as lines, and their live stream: any number of followers, each with a bounded queue; one that is too slow is cut off.
#pragma once
#include <algorithm>
#include <cstdint>
#include <deque>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <vector>

#include "base/queue.hpp"

namespace kulla::daemon {

class Feed {
 public:
  using Line = std::shared_ptr<const std::string>;
  using Follower = BoundedQueue<Line>;
  struct Following {
    std::vector<Line> past;              ///< those from `from` on that are still kept
    std::shared_ptr<Follower> follower;  ///< all that come after
  };
  struct Past {
    std::uint64_t first = 0;  ///< the number of the first line
    std::vector<Line> lines;
  };

  Following follow(std::uint64_t from) {
    const std::scoped_lock lock{mutex_};
    Following following{kept_from(from).lines, std::make_shared<Follower>(follower_capacity)};
    followers_.push_back(following.follower);
    return following;
  }
  /// Of the facts from `from` on those that are still kept, `most` of them; none where `from` itself is kept no more.
  [[nodiscard]] Past past(std::uint64_t from, std::size_t most) const {
    const std::scoped_lock lock{mutex_};
    if (kept_.empty() || from < first_) return {};
    return kept_from(from, most);
  }
  /// The number of the newest; 0: none.
  [[nodiscard]] std::uint64_t newest() {
    const std::scoped_lock lock{mutex_};
    return first_ + kept_.size() - 1;
  }
  Line publish(std::uint64_t number, std::string text) {
    auto line = std::make_shared<const std::string>(std::move(text));
    const std::scoped_lock lock{mutex_};
    if (kept_.empty()) first_ = number;
    kept_.push_back(line);
    if (kept_.size() > lines_kept) kept_.pop_front(), ++first_;
    std::erase_if(followers_, [&](const std::weak_ptr<Follower>& weak) {
      const auto follower = weak.lock();
      if (follower && follower->push(line)) return false;
      if (follower) follower->close();
      return true;
    });
    return line;
  }

 private:
  [[nodiscard]] Past kept_from(std::uint64_t from, std::size_t most = lines_kept) const {
    Past past{std::max(from, first_), {}};
    for (auto i = past.first - first_; i < kept_.size() && past.lines.size() < most; ++i) past.lines.push_back(kept_[i]);
    return past;
  }
  static constexpr std::size_t follower_capacity = 50'000;
  static constexpr std::size_t lines_kept = 50'000;  // some 30 MB; older facts are in the ledger: kulla ledger show
  mutable std::mutex mutex_;
  std::list<std::weak_ptr<Follower>> followers_;
  std::deque<Line> kept_;
  std::uint64_t first_ = 1;
};

}  // namespace kulla::daemon
