#include "detect/sigma/correlation.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <set>

namespace kulla::detect::sigma {
namespace {
bool holds_for(const Bound& bound, const Number& measure) {
  switch (bound.is) {
    case Bound::Is::less: return measure < bound.number;
    case Bound::Is::less_or_equal: return measure <= bound.number;
    case Bound::Is::greater: return measure > bound.number;
    case Bound::Is::greater_or_equal: return measure >= bound.number;
    case Bound::Is::equal: return measure == bound.number;
    case Bound::Is::different: return !(measure == bound.number);
  }
  return false;
}

/// With its length before it, so that no two lists of texts are written alike.
void append(std::string& key, const std::string& text) { key += fmt::format("{}:{}", text.size(), text); }
void append(std::string& key, const std::vector<std::string>& texts) {
  key += fmt::format("{}[", texts.size());
  for (const auto& text : texts) append(key, text);
}
}  // namespace

bool holds_for(const std::vector<Bound>& bounds, const Number& measure) {
  return std::all_of(bounds.begin(), bounds.end(), [&](const Bound& bound) { return holds_for(bound, measure); });
}

bool is_temporal(Correlation::Type type) { return type == Correlation::Type::temporal || type == Correlation::Type::temporal_ordered; }

bool some_count_holds(const std::vector<Bound>& bounds, std::int64_t most) {
  std::set<std::int64_t> counts{1};  // where an answer can change
  for (const auto& bound : bounds)
    for (const std::int64_t step : {-1, 0, 1}) counts.insert(bound.number.whole().value_or(0) + step);
  return std::any_of(counts.begin(), counts.end(),
                     [&](auto count) { return count >= 1 && count <= most && holds_for(bounds, Number{count}); });
}

std::size_t countable(const std::vector<Bound>& bounds) {
  std::int64_t most = 1;
  for (const auto& bound : bounds) {
    const bool at_number = bound.is == Bound::Is::greater_or_equal || bound.is == Bound::Is::less;
    most = std::max(most, bound.number.whole().value_or(0) + (at_number ? 0 : 1));
  }
  return static_cast<std::size_t>(most);
}

std::string definition_of(const Correlation& correlation) {
  std::string key;
  append(key, correlation.head.id.str());
  key += fmt::format("{} {} ", static_cast<int>(correlation.type), correlation.timespan.count());
  for (const auto& input : correlation.inputs) append(key, input.id), append(key, input.group_by), append(key, input.fields);
  append(key, correlation.group_by);
  for (const auto& bound : correlation.condition) key += fmt::format("{}{} ", static_cast<int>(bound.is), bound.number.text());
  if (correlation.percentile) key += fmt::format("p{}", *correlation.percentile);
  return key;
}

}  // namespace kulla::detect::sigma
