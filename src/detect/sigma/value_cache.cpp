#include "detect/sigma/value_cache.hpp"

#include <functional>

namespace kulla::detect::sigma {

bool ValueCache::find(std::string_view value, char form, Slot*& slot) {
  if (table_.empty()) table_.resize(slots);
  const auto hash = std::hash<std::string_view>{}(value);
  slot = &table_[hash % slots];
  const auto& kept = slot->value;
  if (slot->hash == hash && kept.size() == value.size() + 1 && kept.front() == form && std::string_view{kept}.substr(1) == value) return true;
  slot->hash = hash;
  slot->value.assign(1, form).append(value);
  slot->found.clear();
  return false;
}

}  // namespace kulla::detect::sigma
