#include "event/field_keys.hpp"

namespace kulla::event {

FieldKeys::Entry::Entry(std::string_view text) : name(text) {
  const auto size = std::min(text.size(), sizeof words);
  if (size == 0) return;  // memcpy of nothing from nowhere is undefined
  std::memcpy(words.data(), text.data(), size);
  std::memset(masks.data(), 0xFF, size);
}

FieldKeys::Key FieldKeys::intern(std::string_view name) {
  if (const auto known = keys_.find(name); known != keys_.end()) return known->second;
  if (entries_.size() > limit) return none;
  const auto key = static_cast<Key>(entries_.size());
  const auto entry = keys_.emplace(std::string{name}, key).first;
  entries_.emplace_back(entry->first);
  return key;
}

}  // namespace kulla::event
