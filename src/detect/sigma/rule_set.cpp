#include "detect/sigma/rule_set.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

namespace kulla::detect::sigma {
namespace {
using Kind = Expression::Kind;
template <typename... Ts>
struct Visit : Ts... {
  using Ts::operator()...;
};
template <typename... Ts>
Visit(Ts...) -> Visit<Ts...>;

/// Names what a predicate asks: equal for equal tests.
std::string key_of(const Predicate& predicate) {
  const auto number = [](const Number& each) { return each.text(); };
  const auto what = std::visit(
      Visit{
          [](const Pattern& pattern) { return "p" + pattern.key(); },
          [](const Regex& regex) { return fmt::format("r{:d}{:d}{:d}{}", regex.insensitive, regex.multi_line, regex.dot_all, regex.text); },
          [](const Absent&) { return std::string{"n"}; }, [](const Exists& exists) { return fmt::format("e{:d}", exists.wanted); },
          [&](const Compare& compare) { return fmt::format("c{:d}{}", static_cast<int>(compare.order), number(compare.number)); },
          [&](const DatePart& part) {
            return fmt::format("d{:d}{:d}{}", static_cast<int>(part.unit), part.order ? static_cast<int>(*part.order) : 9,
                               number(part.number));
          },
          [](const Network& network) {
            return fmt::format("i{:d}{}/{}", network.is_v4, fmt::join(network.bytes, "."), network.prefix);
          },
          [](const FieldRef& ref) { return fmt::format("f{:d}{:d}{}", static_cast<int>(ref.place), ref.cased, ref.other); }},
      predicate.test);
  return predicate.field + '\0' + what;
}

}  // namespace

std::size_t RuleSet::field(const std::string& name) {
  const auto found = std::find(fields_.begin(), fields_.end(), name);
  if (found != fields_.end()) return static_cast<std::size_t>(found - fields_.begin());
  fields_.push_back(name);
  return fields_.size() - 1;
}

Checked<std::uint32_t> RuleSet::intern(const Predicate& predicate) {
  const auto next = static_cast<std::uint32_t>(tests_.size());
  const auto [entry, fresh] = test_of_key_.try_emplace(key_of(predicate), next);
  if (!fresh) return entry->second;
  Test test{field(predicate.field), Absent{}};
  const auto compiled = std::visit(
      Visit{[&](const Regex& regex) -> Checked<> {
              KULLA_TRY(auto expression, RegexMatcher::compile(regex, predicate.line));
              test.test = std::move(expression);
              return {};
            },
            [&](const FieldRef& ref) -> Checked<> {
              test.test = OtherField{field(ref.other), ref.place, ref.cased};
              return {};
            },
            [&](const auto& other) -> Checked<> {
              test.test = other;
              return {};
            }},
      predicate.test);
  if (!compiled) {
    test_of_key_.erase(entry);
    return std::unexpected(compiled.error());
  }
  tests_.push_back(std::move(test));
  return next;
}

Checked<std::vector<std::uint32_t>> RuleSet::intern(const std::vector<Predicate>& predicates) {
  std::vector<std::uint32_t> tests;
  for (const auto& predicate : predicates) {
    KULLA_TRY(const auto test, intern(predicate));
    tests.push_back(test);
  }
  return tests;
}

// Recursion is as deep as the rule's own tree, which the readers have bounded.
std::uint32_t RuleSet::compile(const Expression& expression, const std::vector<std::uint32_t>& leaves, bool leaves_are_nodes) {
  if (expression.kind == Kind::leaf && leaves_are_nodes) return leaves[expression.index];
  Node node{expression.kind, 0, 0};
  if (expression.kind == Kind::leaf) {
    node.first = leaves[expression.index];
  } else {
    std::vector<std::uint32_t> parts;
    for (const auto& part : expression.parts) parts.push_back(compile(part, leaves, leaves_are_nodes));
    node.first = static_cast<std::uint32_t>(children_.size());
    node.count = static_cast<std::uint32_t>(parts.size());
    children_.insert(children_.end(), parts.begin(), parts.end());
  }
  nodes_.push_back(node);
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

Checked<> RuleSet::add(Rule rule) {
  KULLA_TRY(const auto tests, intern(rule.predicates));
  std::vector<std::uint32_t> roots;
  for (const auto& search : rule.searches) roots.push_back(compile(search.body, tests, false));
  by_source_[rule.logsource].push_back({rules_.size(), compile(rule.condition, roots, true)});
  rule.predicates = {}, rule.searches = {}, rule.condition = {};
  rules_.push_back(std::move(rule));
  return {};
}

Matcher::Matcher(std::shared_ptr<const RuleSet> rules)
    : rules_(std::move(rules)), values_(rules_->fields_.size()), answers_(rules_->tests_.size()) {}

const std::vector<std::size_t>& Matcher::match(const event::Event& event, std::string_view line) {
  event_ = &event, line_ = line;
  matched_.clear();
  for (auto& value : values_) value.state = Value::State::unknown, value.is_folded = false;
  std::fill(answers_.begin(), answers_.end(), Answer::unknown);
  const auto open_or = [](const std::string& wanted, std::string_view is) { return wanted.empty() || wanted == is; };
  for (const auto& [source, entries] : rules_->by_source_) {
    if (!open_or(source.category, event.category) || !open_or(source.product, event.product) || !open_or(source.service, event.service))
      continue;
    for (const auto& entry : entries)
      if (holds(entry.root)) matched_.push_back(entry.rule);
  }
  return matched_;
}

bool Matcher::holds(std::uint32_t index) {
  const auto& node = rules_->nodes_[index];
  const auto child = [&](std::uint32_t at) { return holds(rules_->children_[node.first + at]); };
  switch (node.kind) {
    case Kind::leaf: return test(node.first);
    case Kind::negation: return !child(0);
    case Kind::all:
      for (std::uint32_t at = 0; at < node.count; ++at)
        if (!child(at)) return false;
      return true;
    case Kind::any:
      for (std::uint32_t at = 0; at < node.count; ++at)
        if (child(at)) return true;
      return false;
  }
  return false;
}

bool Matcher::test(std::uint32_t index) {
  auto& answer = answers_[index];
  if (answer == Answer::unknown) answer = evaluate(rules_->tests_[index]) ? Answer::yes : Answer::no;
  return answer == Answer::yes;
}

bool Matcher::evaluate(const RuleSet::Test& test) {
  auto& found = value(test.field);
  const bool present = found.state == Value::State::present;
  return std::visit(
      Visit{[&](const Pattern& pattern) { return present && pattern.matches(pattern.cased() ? found.raw : folded(found)); },
            [&](const std::unique_ptr<const RegexMatcher>& regex) { return present && regex->matches(found.raw); },
            [&](const Absent&) { return !present || found.raw.empty(); }, [&](const Exists& exists) { return present == exists.wanted; },
            [&](const Compare& compare) { return present && holds_for(compare, found.raw); },
            [&](const DatePart& part) { return present && holds_for(part, found.raw); },
            [&](const Network& network) { return present && network.holds(found.raw); },
            [&](const RuleSet::OtherField& other) { return present && holds(other, found); }},
      test.test);
}

bool Matcher::holds(const RuleSet::OtherField& other, Value& left) {
  auto& right = value(other.field);
  if (right.state != Value::State::present) return false;
  const auto text = other.cased ? left.raw : folded(left), part = other.cased ? right.raw : folded(right);
  switch (other.place) {
    case Pattern::Place::whole: return text == part;
    case Pattern::Place::start: return text.starts_with(part);
    case Pattern::Place::end: return text.ends_with(part);
    case Pattern::Place::anywhere: return text.find(part) != std::string_view::npos;
  }
  return false;
}

Matcher::Value& Matcher::value(std::size_t field) {
  auto& value = values_[field];
  if (value.state != Value::State::unknown) return value;
  const auto& name = rules_->fields_[field];
  const auto raw = name.empty() ? std::optional{line_} : event_->field(name);
  value.state = raw ? Value::State::present : Value::State::absent;
  value.raw = raw.value_or(std::string_view{});
  return value;
}

std::string_view Matcher::folded(Value& value) {
  if (!value.is_folded) {
    fold_case(value.raw, value.folded);
    value.is_folded = true;
  }
  return value.folded;
}

}  // namespace kulla::detect::sigma
