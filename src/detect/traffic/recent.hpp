// A map that remembers at most so many keys: the one unused for longest goes when a new one comes, and is counted.
#pragma once
#include <cstdint>
#include <list>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>

namespace kulla::detect::traffic {

template <typename Value>
class Recent {
 public:
  explicit Recent(std::size_t limit) : limit_(limit == 0 ? 1 : limit) {}

  /// The value of `key`, made if it is new; now the most recently used.
  Value& of(std::string_view key) {
    if (const auto found = index_.find(key); found != index_.end()) {
      order_.splice(order_.begin(), order_, found->second);
      return order_.front().second;
    }
    if (order_.size() == limit_) forget_oldest();
    order_.emplace_front(std::string{key}, Value{});
    index_.emplace(order_.front().first, order_.begin());
    return order_.front().second;
  }
  [[nodiscard]] std::size_t size() const { return order_.size(); }
  [[nodiscard]] std::uint64_t forgotten() const { return forgotten_; }

 private:
  using Order = std::list<std::pair<std::string, Value>>;
  void forget_oldest() {
    index_.erase(order_.back().first);
    order_.pop_back();
    ++forgotten_;
  }
  std::size_t limit_;
  Order order_;
  std::unordered_map<std::string_view, typename Order::iterator> index_;  // keys are views into order_
  std::uint64_t forgotten_ = 0;
};

}  // namespace kulla::detect::traffic
