#include "detect/sigma/source_class.hpp"

#include <algorithm>

namespace kulla::detect::sigma {
namespace {
Answer answer(bool yes) { return yes ? Answer::yes : Answer::no; }
}  // namespace

Answer known_without_field(const RuleSet::Test& test) {
  if (std::holds_alternative<Absent>(test.test)) return Answer::yes;
  if (const auto* exists = std::get_if<Exists>(&test.test)) return answer(!exists->wanted);
  return Answer::no;
}

namespace {
Answer of_null(const RuleSet::Test& test) {
  if (const auto* exists = std::get_if<Exists>(&test.test)) return answer(exists->wanted);
  return known_without_field(test);
}
/// Of a value that equals none of those that rules name.
Answer of_other(const RuleSet::Test& test) {
  if (std::holds_alternative<Absent>(test.test)) return Answer::no;
  if (const auto* exists = std::get_if<Exists>(&test.test)) return answer(exists->wanted);
  const auto* pattern = std::get_if<Pattern>(&test.test);
  return pattern && pattern->is_literal() && !pattern->cased() ? Answer::no : Answer::open;
}
Answer of_value(const RuleSet::Test& test, std::string_view folded) {
  if (std::holds_alternative<Absent>(test.test)) return answer(folded.empty());
  if (const auto* exists = std::get_if<Exists>(&test.test)) return answer(exists->wanted);
  const auto* pattern = std::get_if<Pattern>(&test.test);
  return pattern && !pattern->cased() ? answer(pattern->matches(folded)) : Answer::open;
}
}  // namespace

SourceClasses::SourceClasses(const RuleSet& rules)
    : rules_(rules), values_(rules.source_fields().size()), place_of_field_(rules.fields().size(), -1) {
  for (std::size_t place = 0; place < values_.size(); ++place)
    place_of_field_[rules.source_fields()[place]] = static_cast<std::int32_t>(place);
  const auto add = [](Values& values, const std::string& text) {
    if (values.number.try_emplace(text, static_cast<char32_t>(known + values.texts.size())).second) values.texts.push_back(text);
  };
  for (auto& values : values_) add(values, "");
  for (const auto& test : rules.tests()) {
    const auto* pattern = std::get_if<Pattern>(&test.test);
    const auto place = place_of_field_[test.field];
    if (place >= 0 && pattern && pattern->is_literal() && !pattern->cased())
      add(values_[static_cast<std::size_t>(place)], pattern->needed().text);
  }
}

char32_t SourceClasses::of_value(std::size_t source_field, std::string_view folded) const {
  const auto& numbers = values_[source_field].number;
  const auto found = numbers.find(folded);
  return found == numbers.end() ? char32_t{other} : found->second;
}

Answer SourceClasses::test(std::uint32_t index, const SourceClass& source) const {
  const auto& test = rules_.tests()[index];
  const auto place = place_of_field_[test.field];
  if (place < 0) return Answer::open;
  const auto kind = source.values[static_cast<std::size_t>(place)];
  switch (kind) {
    case absent: return known_without_field(test);
    case null: return of_null(test);
    case other: return of_other(test);
    case several: return Answer::open;
    default: return sigma::of_value(test, values_[static_cast<std::size_t>(place)].texts[kind - known]);
  }
}

}  // namespace kulla::detect::sigma
