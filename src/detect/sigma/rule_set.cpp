#include "detect/sigma/rule_set.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "base/visit.hpp"

namespace kulla::detect::sigma {
namespace {
using Kind = Expression::Kind;

/// Writes to `key` what a predicate asks: equal for equal tests.
void name_test(const Predicate& predicate, std::string& key) {
  key.assign(predicate.field).append(1, '\0');
  const auto out = std::back_inserter(key);
  std::visit(Visit{[&](const Pattern& pattern) { pattern.add_key(key += 'p'); },
                   [&](const Regex& regex) {
                     fmt::format_to(out, "r{:d}{:d}{:d}{}", regex.insensitive, regex.multi_line, regex.dot_all, regex.text);
                   },
                   [&](const Absent&) { key += 'n'; }, [&](const Exists& exists) { fmt::format_to(out, "e{:d}", exists.wanted); },
                   [&](const Compare& compare) { fmt::format_to(out, "c{:d}{}", static_cast<int>(compare.order), compare.number.text()); },
                   [&](const DatePart& part) {
                     fmt::format_to(out, "d{:d}{:d}{}", static_cast<int>(part.unit), part.order ? static_cast<int>(*part.order) : 9,
                                    part.number.text());
                   },
                   [&](const Network& network) {
                     fmt::format_to(out, "i{:d}{}/{}", network.is_v4, fmt::join(network.bytes, "."), network.prefix);
                   },
                   [&](const FieldRef& ref) { fmt::format_to(out, "f{:d}{:d}{}", static_cast<int>(ref.place), ref.cased, ref.other); }},
             predicate.test);
}
}  // namespace

RuleSet::RuleSet() {
  for (const auto* name : {"\x1f"
                           "category",
                           "\x1f"
                           "product",
                           "\x1f"
                           "service",
                           "\x1f"
                           "record"})
    (void)fields_.intern(name);
  for (const auto field : {category_field, product_field, service_field}) tells_source(field);
}

Checked<std::uint32_t> RuleSet::intern(const Predicate& predicate) {
  name_test(predicate, key_);
  if (const auto known = test_of_key_.find(key_); known != test_of_key_.end()) return known->second;
  const auto next = static_cast<std::uint32_t>(tests_.size());
  Test test{field(predicate.field), Absent{}, 0};
  const auto compiled = std::visit(Visit{[&](const Regex& regex) -> Checked<> {
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
  if (!compiled) return std::unexpected(compiled.error());
  test_of_key_.emplace(key_, next);
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

std::uint32_t RuleSet::node(Expression::Kind kind, const std::vector<std::uint32_t>& parts) {
  nodes_.push_back({kind, static_cast<std::uint32_t>(children_.size()), static_cast<std::uint32_t>(parts.size())});
  children_.insert(children_.end(), parts.begin(), parts.end());
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

std::uint32_t RuleSet::leaf(std::uint32_t test) {
  ++tests_[test].used;
  nodes_.push_back({Kind::leaf, test, 0});
  return static_cast<std::uint32_t>(nodes_.size() - 1);
}

// Recursion is as deep as the rule's own tree, which the readers have bounded.
std::uint32_t RuleSet::compile(const Expression& expression, const std::vector<std::uint32_t>& leaves, bool leaves_are_nodes) {
  if (expression.kind == Kind::leaf) return leaves_are_nodes ? leaves[expression.index] : leaf(leaves[expression.index]);
  std::vector<std::uint32_t> parts;
  for (const auto& part : expression.parts) parts.push_back(compile(part, leaves, leaves_are_nodes));
  return node(expression.kind, parts);
}

void RuleSet::tells_source(FieldId field) {
  if (std::find(source_fields_.begin(), source_fields_.end(), field) == source_fields_.end()) source_fields_.push_back(field);
}

Checked<> RuleSet::source_of(const Rule& rule, const std::vector<std::uint32_t>& tests, std::vector<std::uint32_t>& parts) {
  if (!rule.source.parts.empty()) {
    parts.push_back(compile(rule.source, tests, false));
    std::vector<bool> seen(fields_.size());
    std::vector<FieldId> fields;
    collect_fields(parts.back(), seen, fields);
    for (const auto each : fields) tells_source(each);
    return {};
  }
  const auto& own = rule.logsource;
  for (const auto& [id, word] : {std::pair{category_field, &own.category}, {product_field, &own.product}, {service_field, &own.service}}) {
    if (word->empty()) continue;
    KULLA_TRY(const auto test, intern({fields_.name(id), Pattern::plain(*word, Pattern::Place::whole, false), rule.line}));
    parts.push_back(leaf(test));
  }
  return {};
}

Checked<std::uint32_t> RuleSet::compile(const Rule& rule) {
  KULLA_TRY(const auto tests, intern(rule.predicates));
  std::vector<std::uint32_t> parts, searches;
  KULLA_CHECK(source_of(rule, tests, parts));
  for (const auto& search : rule.searches) searches.push_back(compile(search.body, tests, false));
  parts.push_back(compile(rule.condition, searches, true));
  return node(Kind::all, parts);
}

Checked<> RuleSet::add(Rule rule) {
  const std::vector variants{rule};
  return add(std::move(rule), variants);
}

Checked<> RuleSet::add(Rule rule, const std::vector<Rule>& variants) {
  std::vector<Entry> entries;
  for (const auto& variant : variants) {
    KULLA_TRY(const auto root, compile(variant));
    entries.push_back({static_cast<std::uint32_t>(rules_.size()), root});
  }
  entries_.insert(entries_.end(), entries.begin(), entries.end());
  rule.predicates = {}, rule.searches = {}, rule.condition = {}, rule.source.parts = {};
  rules_.push_back(std::move(rule));
  return {};
}

void RuleSet::finish() {
  test_of_key_ = {}, key_ = {};
  nodes_.shrink_to_fit(), children_.shrink_to_fit(), tests_.shrink_to_fit(), entries_.shrink_to_fit();
}

void RuleSet::collect_fields(std::uint32_t at, std::vector<bool>& seen, std::vector<FieldId>& fields) const {
  const auto& node = nodes_[at];
  if (node.kind != Kind::leaf) {
    for (std::uint32_t part = 0; part < node.count; ++part) collect_fields(child(node, part), seen, fields);
    return;
  }
  const auto field = tests_[node.first].field;
  if (field < reserved_fields || seen[field]) return;
  seen[field] = true;
  fields.push_back(field);
}

std::vector<FieldId> RuleSet::fields_of(std::size_t rule) const {
  std::vector<FieldId> fields;
  std::vector<bool> seen(fields_.size());
  const auto before = [](const Entry& entry, std::size_t wanted) { return entry.rule < wanted; };  // entries come in the order of rules
  for (auto entry = std::lower_bound(entries_.begin(), entries_.end(), rule, before); entry != entries_.end() && entry->rule == rule;
       ++entry)
    collect_fields(entry->root, seen, fields);
  return fields;
}

}  // namespace kulla::detect::sigma
