#include "detect/sigma/value_matcher.hpp"

#include <hs.h>

#include <algorithm>
#include <array>
#include <utility>

#include "base/result.hpp"
#include "event/json_text.hpp"

namespace kulla::detect::sigma {
namespace {
/// The only escape that can hide one of the characters that are searched for in a record.
constexpr std::string_view unusual = "\\u00";

/// The longest part that stands in a record as it is, if nothing unusual does: printable ASCII without '/', '"' and backslash.
std::string_view longest_certain(std::string_view text) {
  std::string_view longest;
  for (std::size_t start = 0, at = 0; at <= text.size(); ++at) {
    const bool certain = at < text.size() && text[at] >= ' ' && text[at] < '\x7f' && text[at] != '/' && text[at] != '"' && text[at] != '\\';
    if (certain) continue;
    if (at - start > longest.size()) longest = text.substr(start, at - start);
    start = at + 1;
  }
  return longest;
}

/// Whether a JSON string differs from what escape_json() makes of its text.
bool is_unusual(std::string_view value) {
  constexpr auto usual = [] {
    std::array<bool, 256> set{};
    for (const unsigned char c : {'"', '\\', 'b', 'f', 'n', 'r', 't'}) set[c] = true;
    return set;
  }();
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] != '\\') continue;
    if (++at == value.size() || !usual[static_cast<unsigned char>(value[at])]) return true;
  }
  return false;
}
}  // namespace

ScanSpace::~ScanSpace() { hs_free_scratch(scratch_); }

ValueMatcher::ValueMatcher(ValueMatcher&& other) noexcept
    : form_(other.form_),
      wholes_(std::move(other.wholes_)),
      index_(std::move(other.index_)),
      literals_(std::move(other.literals_)),
      anything_(std::move(other.anything_)),
      database_(std::exchange(other.database_, nullptr)) {}
ValueMatcher::~ValueMatcher() { hs_free_database(database_); }

void ValueMatcher::add(std::string_view text, Place place, std::uint32_t id) {
  KULLA_ASSERT(!text.empty() || place == Place::whole);
  if (form_ == Form::record) return add_piece(longest_certain(text), Place::anywhere, id);
  std::string escaped;
  if (form_ == Form::json) event::escape_json(text, escaped), text = escaped;
  if (place == Place::whole) wholes_[std::string{text}].push_back(id);
  else add_piece(text, place, id);
}

void ValueMatcher::add_piece(std::string_view text, Place place, std::uint32_t id) {
  if (text.empty()) {
    anything_.push_back(id);
    return;
  }
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
  const auto take = [&](std::string_view text, unsigned flag) {
    ids.push_back(static_cast<unsigned>(texts.size()));
    texts.push_back(text.data());
    sizes.push_back(text.size());
    flags.push_back(flag);
  };
  for (const auto& literal : literals_) {
    const bool anywhere =
        std::all_of(literal.uses.begin(), literal.uses.end(), [](const Use& use) { return use.place == Place::anywhere; });
    take(literal.text, HS_FLAG_CASELESS | (anywhere ? HS_FLAG_SINGLEMATCH : 0U));
  }
  if (form_ == Form::record) take(unusual, HS_FLAG_SINGLEMATCH);
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
  std::vector<std::uint32_t>* ids;
  std::size_t size = 0;
  bool unusual = false;
};

int ValueMatcher::on_literal(unsigned id, unsigned long long, unsigned long long to, unsigned, void* context) {
  auto& scan = *static_cast<Scan*>(context);
  if (id >= scan.matcher->literals_.size()) {
    scan.unusual = true;
    return 1;
  }
  const auto& literal = scan.matcher->literals_[id];
  for (const auto& use : literal.uses) {
    const bool fits = use.place == Place::anywhere || (use.place == Place::start ? to == literal.text.size() : to == scan.size);
    if (fits) scan.ids->push_back(use.id);
  }
  return 0;
}

std::string_view ValueMatcher::canonical(std::string_view value, ScanSpace& space) const {
  if (form_ != Form::json || !is_unusual(value)) return value;
  if (!event::unescape_json(value, space.plain_)) space.plain_ = value;  // Event::text() takes it as it stands
  space.canonical_.clear();
  event::escape_json(space.plain_, space.canonical_);
  return space.canonical_;
}

void ValueMatcher::find_whole(std::string_view value, ScanSpace& space, std::vector<std::uint32_t>& ids) const {
  fold_case(value, space.folded_);
  if (const auto whole = wholes_.find(space.folded_); whole != wholes_.end())
    ids.insert(ids.end(), whole->second.begin(), whole->second.end());
}

bool ValueMatcher::find(std::string_view value, ScanSpace& space, std::vector<std::uint32_t>& ids) const {
  value = canonical(value, space);
  ids.insert(ids.end(), anything_.begin(), anything_.end());
  if (!wholes_.empty()) find_whole(value, space, ids);
  if (!database_ || value.empty()) return true;
  Scan scan{this, &ids, value.size()};
  hs_scan(database_, value.data(), static_cast<unsigned>(value.size()), 0, space.scratch_, on_literal, &scan);
  return !scan.unusual;
}

}  // namespace kulla::detect::sigma
