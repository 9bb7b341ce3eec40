// What a rule means, the slow and plain way: every variant of the rule walked over the event's fields, found by their names one by one.
// Shares with the engine the reading of rules and the tests of single values, and nothing of how it finds and combines them.
#pragma once
#include <algorithm>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "detect/sigma/regex.hpp"
#include "detect/sigma/rule.hpp"
#include "event/event.hpp"

namespace kulla::detect::sigma::test {

/// An event's values by the names that rules may use for them.
class View {
 public:
  struct Value {
    std::string text, lower;
    bool null = false;
  };
  explicit View(const event::Event& event) : category(event.category), product(event.product), service(event.service) {
    for (std::size_t at = 0; at < event.fields().size(); ++at) {
      const auto& field = event.fields()[at];
      const std::string text{event.text(at)}, name{field.name};
      const Value value{text, lowered(text), field.form == event::Field::Form::null};
      std::string bare;
      std::copy_if(name.begin(), name.end(), std::back_inserter(bare), [](char c) { return c != ' '; });
      values_[name].push_back(value);
      if (bare != name) values_[bare].push_back(value);
      if (event.record.empty()) all_.push_back(value);
    }
    if (!event.record.empty()) all_.push_back({std::string{event.record}, lowered(std::string{event.record}), false});
  }
  const std::vector<Value>& of(const std::string& field) const {
    if (field.empty()) return all_;
    const auto found = values_.find(field);
    return found == values_.end() ? none_ : found->second;
  }
  static std::string lowered(std::string text) {
    for (auto& c : text)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c + 32);
    return text;
  }
  const std::string category, product, service;

 private:
  std::unordered_map<std::string, std::vector<Value>> values_;
  std::vector<Value> all_, none_;
};

class Oracle {
 public:
  explicit Oracle(std::vector<Rule> variants) : variants_(std::move(variants)) {
    for (const auto& variant : variants_) {
      auto& compiled = regexes_.emplace_back(variant.predicates.size());
      for (std::size_t at = 0; at < compiled.size(); ++at)
        if (const auto* regex = std::get_if<Regex>(&variant.predicates[at].test))
          compiled[at] = std::move(*RegexMatcher::compile(*regex, 0));
    }
  }
  bool matches(const View& event) const {
    for (std::size_t at = 0; at < variants_.size(); ++at)
      if (from_source(variants_[at], at, event) && condition(variants_[at], at, variants_[at].condition, event)) return true;
    return false;
  }

 private:
  using Kind = Expression::Kind;
  static bool place(std::string_view text, std::string_view part, Pattern::Place where) {
    if (where == Pattern::Place::whole) return text == part;
    if (where == Pattern::Place::start) return text.starts_with(part);
    if (where == Pattern::Place::end) return text.ends_with(part);
    return text.find(part) != std::string_view::npos;
  }
  bool holds(std::size_t variant, std::size_t index, const View& event) const {
    using Value = View::Value;
    const auto& predicate = variants_[variant].predicates[index];
    const auto& all = event.of(predicate.field);
    if (const auto* exists = std::get_if<Exists>(&predicate.test)) return !all.empty() == exists->wanted;
    const auto any = [&](auto&& test) {
      return std::any_of(all.begin(), all.end(), [&](const Value& value) { return !value.null && test(value); });
    };
    if (std::holds_alternative<Absent>(predicate.test)) return !any([](const Value& value) { return !value.text.empty(); });
    if (const auto* pattern = std::get_if<Pattern>(&predicate.test))
      return any([&](const Value& value) { return pattern->matches(pattern->cased() ? value.text : value.lower); });
    if (std::holds_alternative<Regex>(predicate.test))
      return any([&](const Value& value) { return regexes_[variant][index]->matches(value.text); });
    if (const auto* compare = std::get_if<Compare>(&predicate.test))
      return any([&](const Value& value) { return holds_for(*compare, value.text); });
    if (const auto* part = std::get_if<DatePart>(&predicate.test))
      return any([&](const Value& value) { return holds_for(*part, value.text); });
    if (const auto* network = std::get_if<Network>(&predicate.test))
      return any([&](const Value& value) { return network->holds(value.text); });
    const auto& ref = std::get<FieldRef>(predicate.test);
    const auto& others = event.of(ref.other);
    return std::any_of(others.begin(), others.end(), [&](const Value& other) {
      return !other.null && any([&](const Value& value) {
        return ref.cased ? place(value.text, other.text, ref.place) : place(value.lower, other.lower, ref.place);
      });
    });
  }
  bool walk(const Expression& expression, auto&& leaf) const {
    const auto inside = [&](const Expression& part) { return walk(part, leaf); };
    switch (expression.kind) {
      case Kind::leaf: return leaf(expression.index);
      case Kind::negation: return !inside(expression.parts.front());
      case Kind::all: return std::all_of(expression.parts.begin(), expression.parts.end(), inside);
      case Kind::any: return std::any_of(expression.parts.begin(), expression.parts.end(), inside);
    }
    return false;
  }
  bool body(std::size_t variant, const Expression& expression, const View& event) const {
    return walk(expression, [&](std::size_t predicate) { return holds(variant, predicate, event); });
  }
  bool condition(const Rule& rule, std::size_t variant, const Expression& expression, const View& event) const {
    return walk(expression, [&](std::size_t search) { return body(variant, rule.searches[search].body, event); });
  }
  bool from_source(const Rule& rule, std::size_t variant, const View& event) const {
    if (!rule.source.parts.empty()) return body(variant, rule.source, event);
    const auto fits = [](const std::string& wanted, std::string_view is) {
      return wanted.empty() || View::lowered(wanted) == View::lowered(std::string{is});
    };
    return fits(rule.logsource.category, event.category) && fits(rule.logsource.product, event.product) &&
           fits(rule.logsource.service, event.service);
  }
  std::vector<Rule> variants_;
  std::vector<std::vector<std::unique_ptr<const RegexMatcher>>> regexes_;
};

}  // namespace kulla::detect::sigma::test
