#include "detect/sigma/value_matcher.hpp"

#include <hs.h>

#include <algorithm>
#include <utility>

#include "base/result.hpp"

namespace kulla::detect::sigma {

ScanSpace::~ScanSpace() { hs_free_scratch(scratch_); }

ValueMatcher::ValueMatcher(ValueMatcher&& other) noexcept { *this = std::move(other); }
ValueMatcher& ValueMatcher::operator=(ValueMatcher&& other) noexcept {
  wholes_ = std::move(other.wholes_), index_ = std::move(other.index_), literals_ = std::move(other.literals_);
  std::swap(database_, other.database_);
  return *this;
}
ValueMatcher::~ValueMatcher() { hs_free_database(database_); }

void ValueMatcher::add(std::string_view text, Place place, std::uint32_t id) {
  if (place == Place::whole) {
    wholes_[std::string{text}].push_back(id);
    return;
  }
  KULLA_ASSERT(!text.empty());
  const auto [entry, fresh] = index_.try_emplace(std::string{text}, literals_.size());
  if (fresh) literals_.push_back({std::string{text}, {}});
  literals_[entry->second].uses.push_back({id, place});
}

void ValueMatcher::compile() {
  index_ = {};
  if (literals_.empty()) return;
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  std::vector<unsigned> flags, ids;
  for (const auto& literal : literals_) {
    const bool anywhere = std::all_of(literal.uses.begin(), literal.uses.end(), [](const Use& use) { return use.place == Place::anywhere; });
    ids.push_back(static_cast<unsigned>(texts.size()));
    texts.push_back(literal.text.data());
    sizes.push_back(literal.text.size());
    flags.push_back(anywhere ? HS_FLAG_SINGLEMATCH : 0);
  }
  hs_compile_error_t* error = nullptr;
  const auto compiled = hs_compile_lit_multi(texts.data(), flags.data(), ids.data(), sizes.data(), static_cast<unsigned>(texts.size()),
                                             HS_MODE_BLOCK, nullptr, &database_, &error);
  hs_free_compile_error(error);
  KULLA_ASSERT(compiled == HS_SUCCESS);  // literals of bounded size cannot be refused
}

void ValueMatcher::prepare(ScanSpace& space) const {
  if (database_) KULLA_ASSERT(hs_alloc_scratch(database_, &space.scratch_) == HS_SUCCESS);
}

struct ValueMatcher::Scan {
  const ValueMatcher* matcher;
  std::size_t size;
  std::vector<std::uint32_t>* ids;
};

int ValueMatcher::on_literal(unsigned id, unsigned long long, unsigned long long to, unsigned, void* context) {
  const auto& scan = *static_cast<const Scan*>(context);
  const auto& literal = scan.matcher->literals_[id];
  for (const auto& use : literal.uses) {
    const bool fits = use.place == Place::anywhere || (use.place == Place::start ? to == literal.text.size() : to == scan.size);
    if (fits) scan.ids->push_back(use.id);
  }
  return 0;
}

void ValueMatcher::find(std::string_view value, ScanSpace& space, std::vector<std::uint32_t>& ids) const {
  if (const auto whole = wholes_.find(value); whole != wholes_.end()) ids.insert(ids.end(), whole->second.begin(), whole->second.end());
  if (!database_ || value.empty()) return;
  Scan scan{this, value.size(), &ids};
  hs_scan(database_, value.data(), static_cast<unsigned>(value.size()), 0, space.scratch_, on_literal, &scan);
}

std::size_t ValueMatcher::memory() const {
  std::size_t size = 0;
  if (database_) hs_database_size(database_, &size);
  for (const auto& literal : literals_) size += sizeof(Literal) + literal.text.capacity() + literal.uses.size() * sizeof(Use);
  return size + wholes_.size() * 100;
}

}  // namespace kulla::detect::sigma
