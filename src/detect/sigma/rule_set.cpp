#include "detect/sigma/rule_set.hpp"

#include <fmt/format.h>

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
  const auto what = std::visit(
      Visit{
          [](const Pattern& pattern) { return "p" + pattern.key(); },
          [](const Regex& regex) { return fmt::format("r{:d}{:d}{:d}{}", regex.insensitive, regex.multi_line, regex.dot_all, regex.text); },
          [](const Absent&) { return std::string{"n"}; }, [](const Exists& exists) { return fmt::format("e{:d}", exists.wanted); }},
      predicate.test);
  return predicate.field + '\0' + what;
}

// ASCII expressions are matched byte by byte: an attacker's invalid UTF-8 must not stop a '.' from matching.
Checked<std::unique_ptr<const RE2>> compile_regex(const Regex& regex, int line) {
  if (regex.text.size() > regex_size_limit) return fault(line, fmt::format("a regular expression longer than {} bytes", regex_size_limit));
  RE2::Options options;
  const bool ascii = std::all_of(regex.text.begin(), regex.text.end(), [](char c) { return static_cast<unsigned char>(c) < 0x80; });
  options.set_encoding(ascii ? RE2::Options::EncodingLatin1 : RE2::Options::EncodingUTF8);
  options.set_max_mem(regex_memory_limit);
  options.set_log_errors(false);
  options.set_case_sensitive(!regex.insensitive);
  options.set_dot_nl(regex.dot_all);
  auto compiled = std::make_unique<const RE2>((regex.multi_line ? "(?m)" : "") + regex.text, options);
  if (!compiled->ok())
    return fault(line, fmt::format("the regular expression is not usable (RE2: no look-around or back-references): {}", compiled->error()));
  return compiled;
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
  if (const auto* regex = std::get_if<Regex>(&predicate.test)) {
    auto compiled = compile_regex(*regex, predicate.line);
    if (!compiled) {
      test_of_key_.erase(entry);
      return std::unexpected(std::move(compiled).error());
    }
    test.test = std::move(*compiled);
  } else if (const auto* pattern = std::get_if<Pattern>(&predicate.test)) {
    test.test = *pattern;
  } else if (const auto* exists = std::get_if<Exists>(&predicate.test)) {
    test.test = *exists;
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
            [&](const std::unique_ptr<const RE2>& regex) {
              return present && RE2::PartialMatch(re2::StringPiece{found.raw.data(), found.raw.size()}, *regex);
            },
            [&](const Absent&) { return !present || found.raw.empty(); }, [&](const Exists& exists) { return present == exists.wanted; }},
      test.test);
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
