// How often somebody may ask: a token bucket for each key, kept as the time at which it would be full again (the generic cell rate
// algorithm, ITU-T I.371). One thread.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/time.hpp"

namespace kulla::serve {

class TokenBuckets {
 public:
  struct Rate {
    int burst;   ///< so many at once
    Ticks each;  ///< then one in this time
  };
  static constexpr std::size_t most_keys = 65536;  ///< some 5 MB
  explicit TokenBuckets(Rate rate, std::size_t most = most_keys) : rate_(rate), most_(most) {}

  /// Nothing: granted. Else how long to wait; an unknown key is refused too where all places are taken by buckets that are not full.
  [[nodiscard]] std::optional<Ticks> take(const std::string& key, Ticks now);
  /// As if it had not been taken.
  void give_back(const std::string& key);
  [[nodiscard]] std::size_t size() const { return full_at_.size(); }

 private:
  const Rate rate_;
  const std::size_t most_;
  std::unordered_map<std::string, Ticks> full_at_;
};

}  // namespace kulla::serve
