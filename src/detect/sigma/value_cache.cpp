#include "detect/sigma/value_cache.hpp"

#include <functional>

namespace kulla::detect::sigma {

bool ValueCache::find(std::string_view value, Slot*& slot) {
  if (table_.empty()) table_.resize(slots);
  const auto hash = std::hash<std::string_view>{}(value);
  slot = &table_[hash % slots];
  if (slot->used && slot->hash == hash && slot->value == value) return true;
  slot->used = true, slot->hash = hash;
  slot->value.assign(value);
  slot->found.clear();
  return false;
}

}  // namespace kulla::detect::sigma
