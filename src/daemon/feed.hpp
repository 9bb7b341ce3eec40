// The newest facts as lines, and their live stream: any number of followers, each with a bounded queue; one that is too slow is cut off.
#pragma once
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

  Following follow(std::uint64_t from) {
    const std::scoped_lock lock{mutex_};
    Following following{{}, std::make_shared<Follower>(follower_capacity)};
    for (std::size_t i = 0; i < kept_.size(); ++i)
      if (first_ + i >= from) following.past.push_back(kept_[i]);
    followers_.push_back(following.follower);
    return following;
  }
  void publish(std::uint64_t number, std::string text) {
    const auto line = std::make_shared<const std::string>(std::move(text));
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
  }

 private:
  static constexpr std::size_t follower_capacity = 50'000;
  static constexpr std::size_t lines_kept = 50'000;  // some 30 MB; older facts are in the ledger: kulla ledger show
  std::mutex mutex_;
  std::list<std::weak_ptr<Follower>> followers_;
  std::deque<Line> kept_;
  std::uint64_t first_ = 1;
};

}  // namespace kulla::daemon
