#include "detect/sigma/field_table.hpp"

#include <algorithm>
#include <cstring>

namespace kulla::detect::sigma {
namespace {
std::uint64_t eight_bytes(const char* at) {
  std::uint64_t bytes = 0;
  std::memcpy(&bytes, at, sizeof bytes);
  return bytes;
}
/// Of the length and at most sixteen bytes: names that differ only in their middle meet, and are told apart by comparing them.
std::uint32_t hash_of(std::string_view name) {
  std::uint64_t first = 0, last = 0;
  if (name.size() >= 8) first = eight_bytes(name.data()), last = eight_bytes(name.data() + name.size() - 8);
  else std::memcpy(&first, name.data(), name.size());
  const auto mixed = (first ^ (last * 0x9E3779B97F4A7C15U) ^ name.size()) * 0xD6E8FEB86659FD93U;
  return static_cast<std::uint32_t>(mixed >> 32U);
}
}  // namespace

FieldTable::FieldTable() : slots_(64) {}

std::optional<FieldId> FieldTable::find_exactly(std::string_view name) const {
  const auto hash = hash_of(name);
  for (std::size_t at = hash & (slots_.size() - 1);; at = (at + 1) & (slots_.size() - 1)) {
    const auto& slot = slots_[at];
    if (slot.id == none) return std::nullopt;
    if (slot.hash == hash && names_[slot.id] == name) return slot.id;
  }
}

std::optional<FieldId> FieldTable::find(std::string_view name) const {
  if (const auto id = find_exactly(name)) return id;
  if (name.find(' ') == std::string_view::npos) return std::nullopt;
  std::string bare;
  std::copy_if(name.begin(), name.end(), std::back_inserter(bare), [](char c) { return c != ' '; });
  return find_exactly(bare);
}

FieldId FieldTable::intern(std::string_view name) {
  if (const auto known = find_exactly(name)) return *known;
  names_.emplace_back(name);
  const auto id = static_cast<FieldId>(names_.size() - 1);
  if (names_.size() * 2 <= slots_.size()) place(id);
  else grow();
  return id;
}

void FieldTable::place(FieldId id) {
  const auto hash = hash_of(names_[id]);
  std::size_t at = hash & (slots_.size() - 1);
  while (slots_[at].id != none) at = (at + 1) & (slots_.size() - 1);
  slots_[at] = {hash, id};
}

void FieldTable::grow() {
  slots_.assign(slots_.size() * 2, Slot{});
  for (FieldId id = 0; id < names_.size(); ++id) place(id);
}

}  // namespace kulla::detect::sigma
