// A map that remembers so many keys; the one unused for longest can be taken out to make room.
#pragma once
#include <boost/unordered/unordered_flat_map.hpp>
#include <cstddef>
#include <list>
#include <utility>

#include "detect/sigma/tally.hpp"

namespace kulla::detect::sigma {

template <typename Value>
class Groups {
 public:
  /// The value of `key`, made if it is new; now the most recently used.
  Value& of(const Key& key) {
    const auto [found, fresh] = index_.try_emplace(key, order_.end());
    if (fresh) {
      order_.emplace_front(key, Value{});
      found->second = order_.begin();
    } else {
      order_.splice(order_.begin(), order_, found->second);
    }
    return order_.front().second;
  }
  [[nodiscard]] std::size_t size() const { return order_.size(); }
  [[nodiscard]] const Value& idle_longest() const { return order_.back().second; }
  void forget_idle_longest() {
    index_.erase(order_.back().first);
    order_.pop_back();
  }

 private:
  struct Hash {
    using is_avalanching = void;  // the key is a hash
    std::size_t operator()(const Key& key) const { return key[0]; }
  };
  using Order = std::list<std::pair<Key, Value>>;
  Order order_;
  boost::unordered_flat_map<Key, typename Order::iterator, Hash> index_;
};

}  // namespace kulla::detect::sigma
