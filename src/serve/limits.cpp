#include "serve/limits.hpp"

#include <algorithm>

namespace kulla::serve {

std::optional<Ticks> TokenBuckets::take(const std::string& key, Ticks now) {
  auto found = full_at_.find(key);
  if (found == full_at_.end()) {
    if (full_at_.size() >= most_) std::erase_if(full_at_, [now](const auto& each) { return each.second <= now; });
    if (full_at_.size() >= most_) return rate_.each;
    found = full_at_.emplace(key, now).first;
  }
  auto& full_at = found->second;
  full_at = std::max(full_at, now);
  const auto over = full_at - now - rate_.each * (rate_.burst - 1);
  if (over > Ticks{}) return over;
  full_at += rate_.each;
  return {};
}

void TokenBuckets::give_back(const std::string& key) {
  if (const auto found = full_at_.find(key); found != full_at_.end()) found->second -= rate_.each;
}

}  // namespace kulla::serve
