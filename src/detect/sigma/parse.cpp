#include "detect/sigma/parse.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <optional>
#include <tuple>

#include "detect/sigma/condition.hpp"
#include "detect/sigma/search.hpp"

namespace kulla::detect::sigma {
namespace {
constexpr std::size_t title_limit = 256;
constexpr std::size_t id_limit = 128;
constexpr std::size_t tag_limit = 64;

constexpr std::size_t name_limit = 256;

Checked<std::string> text_of(const Tree& document, std::string_view key, std::size_t limit) {
  const auto* value = document.find(key);
  if (!value) return std::string{};
  if (!value->is(Tree::Kind::text) || value->text.size() > limit)
    return fault(value->line, fmt::format("'{}' is not a text of at most {} bytes", key, limit));
  return value->text;
}

Checked<Level> level_of(const Tree& document) {
  KULLA_TRY(const auto text, text_of(document, "level", 40));
  Level level = Level::medium;
  if (!text.empty() && !boost::describe::enum_from_string(text.c_str(), level))
    return fault(document.find("level")->line, fmt::format("unknown level '{}'; known: informational, low, medium, high, critical", text));
  return level;
}

/// "attack.t1505.003" is "T1505.003"; other tags are not techniques.
std::optional<std::string> technique_of(std::string_view tag) {
  std::string folded;
  fold_case(tag, folded);
  constexpr std::string_view prefix = "attack.t", shape = "0000.000";
  const auto number = std::string_view{folded}.substr(std::min(prefix.size(), folded.size()));
  if (!folded.starts_with(prefix) || (number.size() != 4 && number.size() != shape.size())) return std::nullopt;
  for (std::size_t at = 0; at < number.size(); ++at)
    if (shape[at] == '.' ? number[at] != '.' : number[at] < '0' || number[at] > '9') return std::nullopt;
  return fmt::format("T{}", number);
}

Checked<> read_tags(const Tree& document, Rule& rule) {
  const auto* tags = document.find("tags");
  if (!tags || tags->is(Tree::Kind::null)) return {};
  if (!tags->is(Tree::Kind::list) || tags->items.size() > tag_limit)
    return fault(tags->line, fmt::format("'tags' is not a list of at most {}", tag_limit));
  for (const auto& tag : tags->items) {
    if (auto technique = technique_of(tag.text)) rule.techniques.push_back(std::move(*technique));
    rule.tags.push_back(tag.text.substr(0, title_limit));
  }
  return {};
}

Checked<> read_kulla(const Tree& document, Rule& rule) {
  const auto* own = document.find("kulla");
  if (!own) return {};
  if (!own->is(Tree::Kind::map)) return fault(own->line, "'kulla' is not a map");
  for (std::size_t at = 0; at < own->items.size(); ++at) {
    const auto& [key, value] = std::tie(own->keys[at], own->items[at]);
    if (key == "outcome" && (value.text == "succeeded" || value.text == "attempted")) rule.succeeded = value.text == "succeeded";
    else if (key == "may_close" && (value.text == "true" || value.text == "false")) rule.may_close = value.text == "true";
    else
      return fault(value.line, fmt::format("kulla: '{}' is not outcome: attempted|succeeded or may_close: true|false", key.substr(0, 40)));
  }
  return {};
}

/// One condition, or a list of which any may hold.
Checked<Expression> read_condition(const Tree& tree, const std::vector<Search>& searches) {
  if (tree.is(Tree::Kind::text)) return parse_condition(tree.text, searches, tree.line);
  if (!tree.is(Tree::Kind::list) || tree.items.empty()) return fault(tree.line, "'condition' is not a text or a list of texts");
  Expression either{Expression::Kind::any, 0, {}};
  for (const auto& each : tree.items) {
    if (!each.is(Tree::Kind::text)) return fault(each.line, "'condition' is not a text or a list of texts");
    KULLA_TRY(auto part, parse_condition(each.text, searches, each.line));
    either.parts.push_back(std::move(part));
  }
  return either;
}

Checked<> read_detection(const Tree& document, const Placeholders& placeholders, Rule& rule) {
  const auto* detection = document.find("detection");
  if (!detection || !detection->is(Tree::Kind::map)) return fault(rule.line, "no detection");
  if (!detection->find("condition")) return fault(detection->line, "detection has no condition");
  if (const auto* frame = detection->find("timeframe"))
    return fault(frame->line, "'timeframe' is not supported; it belongs to correlation rules since Sigma 2");
  return read_searches(*detection, "condition", placeholders, rule);
}
}  // namespace

Checked<> read_head(const Tree& document, Rule& rule) {
  if (!document.is(Tree::Kind::map)) return fault(document.line, "not a Sigma rule: the document is not a map");
  if (const auto* action = document.find("action"))
    return fault(action->line, "rule collections ('action: …') are not supported; Sigma 2 has none: each document is a whole rule");
  rule.line = document.line;
  rule.digest = digest_of(document);
  KULLA_TRY(rule.title, text_of(document, "title", title_limit));
  if (rule.title.empty()) return fault(document.line, "no title");
  KULLA_TRY(auto id, text_of(document, "id", id_limit));
  rule.id = RuleId{std::move(id)};
  KULLA_TRY(rule.name, text_of(document, "name", name_limit));
  KULLA_TRY(rule.level, level_of(document));
  KULLA_TRY(rule.status, text_of(document, "status", name_limit));
  KULLA_CHECK(read_tags(document, rule));
  return read_kulla(document, rule);
}

Checked<> read_logsource(const Tree& document, Rule& rule) {
  const auto* source = document.find("logsource");
  if (!source || !source->is(Tree::Kind::map)) return fault(rule.line, "no logsource");
  for (const auto& [key, into] :
       {std::pair{"category", &rule.logsource.category}, {"product", &rule.logsource.product}, {"service", &rule.logsource.service}}) {
    KULLA_TRY(*into, text_of(*source, key, 200));
  }
  if (rule.logsource == Logsource{}) return fault(source->line, "logsource names no category, product or service");
  return {};
}

Checked<> read_searches(const Tree& tree, std::string_view besides, const Placeholders& placeholders, Rule& rule) {
  const auto* condition = tree.find("condition");
  if (!condition) return fault(tree.line, "no condition");
  for (std::size_t at = 0; at < tree.items.size(); ++at) {
    if (&tree.items[at] == condition || tree.keys[at] == besides) continue;
    KULLA_TRY(auto body, parse_search(tree.items[at], rule.predicates, placeholders));
    rule.searches.push_back({tree.keys[at], std::move(body)});
  }
  KULLA_TRY(rule.condition, read_condition(*condition, rule.searches));
  return {};
}

Checked<Rule> parse_rule(const Tree& document, const Placeholders& placeholders) {
  Rule rule;
  KULLA_CHECK(read_head(document, rule));
  KULLA_CHECK(read_logsource(document, rule));
  KULLA_CHECK(read_detection(document, placeholders, rule));
  return rule;
}

}  // namespace kulla::detect::sigma
