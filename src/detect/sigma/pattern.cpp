#include "detect/sigma/pattern.hpp"

#include <algorithm>

namespace kulla::detect::sigma {
namespace {
char lower(char c) { return static_cast<unsigned char>(c - 'A') < 26 ? static_cast<char>(c | 0x20) : c; }
bool continues(char c) { return (static_cast<unsigned char>(c) & 0xC0U) == 0x80U; }
/// Past one character of UTF-8; a stray byte is one.
std::size_t next_character(std::string_view text, std::size_t at) {
  const bool lead = static_cast<unsigned char>(text[at]) >= 0xC0U;
  for (++at; lead && at < text.size() && continues(text[at]);) ++at;
  return at;
}
/// The width of a hyphen, slash, en dash, em dash or horizontal bar at `at`; 0 where there is none.
std::size_t dash_at(std::string_view text, std::size_t at) {
  if (text[at] == '-' || text[at] == '/') return 1;
  const auto three = text.substr(at, 3);
  return three == "\u2013" || three == "\u2014" || three == "\u2015" ? 3 : 0;
}
bool escapes(std::string_view text, std::size_t at) {
  return text[at] == '\\' && at + 1 < text.size() && std::string_view{"*?\\"}.find(text[at + 1]) != std::string_view::npos;
}
}  // namespace

void fold_case(std::string_view text, std::string& out) {
  out.resize(text.size());
  std::transform(text.begin(), text.end(), out.begin(), lower);
}

void Pattern::put(std::uint16_t element) {
  if (element != any || elements_.empty() || elements_.back() != any) elements_.push_back(element);
}
void Pattern::put_byte(char byte) { put(static_cast<unsigned char>(cased_ ? byte : lower(byte))); }

void Pattern::put_text(std::string_view text) {
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '*') put(any);
    else if (text[at] == '?') put(one);
    else if (escapes(text, at)) put_byte(text[++at]);
    else put_byte(text[at]);
  }
}

void Pattern::place(Place place) {
  if (place == Place::end || place == Place::anywhere)
    if (elements_.empty() || elements_.front() != any) elements_.insert(elements_.begin(), any);
  if (place == Place::start || place == Place::anywhere) put(any);
  choose_shape();
}

Pattern::Pattern(std::string_view text, Place where, bool cased) : cased_(cased) {
  put_text(text);
  place(where);
}

Pattern Pattern::with_any_dash(std::string_view text, Place where, bool cased) {
  Pattern pattern{cased};
  for (std::size_t at = 0; at < text.size();) {
    const auto width = dash_at(text, at);
    const auto next = width ? at + width : escapes(text, at) ? at + 2 : at + 1;
    if (width) pattern.put(dash);
    else pattern.put_text(text.substr(at, next - at));
    at = next;
  }
  pattern.place(where);
  return pattern;
}

Pattern Pattern::plain(std::string_view bytes, Place where, bool cased) {
  Pattern pattern{cased};
  for (const char byte : bytes) pattern.put_byte(byte);
  pattern.place(where);
  return pattern;
}

void Pattern::choose_shape() {
  auto first = elements_.begin(), last = elements_.end();
  const bool open_start = first != last && *first == any;
  if (open_start) ++first;
  const bool open_end = first != last && last[-1] == any;
  if (open_end) --last;
  if (std::any_of(first, last, [](auto element) { return element >= one; })) return;
  std::transform(first, last, std::back_inserter(literal_), [](auto element) { return static_cast<char>(element); });
  const bool all = elements_.size() == 1 && open_start;  // "*" alone
  shape_ = all || (open_start && open_end) ? Shape::contains : open_start ? Shape::suffix : open_end ? Shape::prefix : Shape::equals;
}

bool Pattern::matches(std::string_view value) const {
  switch (shape_) {
    case Shape::equals: return value == literal_;
    case Shape::prefix: return value.starts_with(literal_);
    case Shape::suffix: return value.ends_with(literal_);
    case Shape::contains: return value.find(literal_) != std::string_view::npos;
    case Shape::wildcards: return matches_wildcards(value);
  }
  return false;
}

// One fallback to the last '*' is enough: what an earlier '*' could take more, the last one can take instead.
bool Pattern::matches_wildcards(std::string_view value) const {
  std::size_t at = 0, element = 0;
  std::size_t star = elements_.size(), star_at = 0;
  while (at < value.size()) {
    if (element < elements_.size() && elements_[element] == any) {
      star = element++, star_at = at;
    } else if (element < elements_.size() && elements_[element] == one) {
      at = next_character(value, at), ++element;
    } else if (element < elements_.size() && elements_[element] == dash && dash_at(value, at)) {
      at += dash_at(value, at), ++element;
    } else if (element < elements_.size() && elements_[element] == static_cast<unsigned char>(value[at])) {
      ++at, ++element;
    } else if (star < elements_.size()) {
      element = star + 1, at = ++star_at;
    } else {
      return false;
    }
  }
  while (element < elements_.size() && elements_[element] == any) ++element;
  return element == elements_.size();
}

Pattern::Needed Pattern::needed() const {
  switch (shape_) {
    case Shape::equals: return {literal_, Place::whole};
    case Shape::prefix: return {literal_, Place::start};
    case Shape::suffix: return {literal_, Place::end};
    case Shape::contains: return {literal_, Place::anywhere};
    case Shape::wildcards: break;
  }
  Needed longest;
  std::string run;
  const auto finish = [&] {
    if (run.size() > longest.text.size()) longest.text = run;
    run.clear();
  };
  for (const auto element : elements_) {
    if (element < one) run += static_cast<char>(element);
    else finish();
  }
  finish();
  return longest;
}

void Pattern::add_key(std::string& key) const {
  key += cased_ ? 'c' : 'i';
  key.append(reinterpret_cast<const char*>(elements_.data()), elements_.size() * sizeof elements_.front());
}

}  // namespace kulla::detect::sigma
