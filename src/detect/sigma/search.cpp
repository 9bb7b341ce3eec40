#include "detect/sigma/search.hpp"

#include <fmt/format.h>

#include "detect/sigma/encoding.hpp"
#include "detect/sigma/modifiers.hpp"

namespace kulla::detect::sigma {
namespace {
using Kind = Expression::Kind;

Expression leaf(std::vector<Predicate>& predicates, Predicate predicate) {
  predicates.push_back(std::move(predicate));
  return {Kind::leaf, predicates.size() - 1, {}};
}
Expression joined(Kind kind, std::vector<Expression> parts) {
  if (parts.size() == 1) return std::move(parts.front());
  return {kind, 0, std::move(parts)};
}

/// The tests that one value stands for, of which any must hold: mostly one.
using Tests = std::vector<decltype(Predicate::test)>;

Checked<Tests> exists(const ItemKey& key, const Tree& value) {
  if (value.text != "true" && value.text != "false") return fault(value.line, "'exists' takes true or false");
  if (key.field.empty()) return fault(value.line, "'exists' needs a field");
  return Tests{Exists{value.text == "true"}};
}

Checked<Tests> null(const ItemKey& key, const Tree& value) {
  auto others = key.modifiers;
  others.all = others.different = false;
  if (key.field.empty() || others != Modifiers{}) return fault(value.line, "null goes with a field and no modifier but 'all' and 'neq'");
  return Tests{Absent{}};
}

Checked<Tests> number(const ItemKey& key, const Tree& value) {
  const auto number = read_number(value.text);
  if (!number) return fault(value.line, fmt::format("'{}' is not a number", value.text.substr(0, 40)));
  if (key.field.empty()) return fault(value.line, "a comparison needs a field");
  if (key.modifiers.unit) return Tests{DatePart{*key.modifiers.unit, key.modifiers.order, *number}};
  return Tests{Compare{*key.modifiers.order, *number}};
}

Checked<Tests> network(const ItemKey& key, const Tree& value) {
  const auto network = read_network(value.text);
  if (!network) return fault(value.line, fmt::format("'{}' is not an IPv4 or IPv6 network such as 10.0.0.0/8", value.text.substr(0, 40)));
  if (key.field.empty()) return fault(value.line, "'cidr' needs a field");
  return Tests{*network};
}

Checked<Tests> text(const ItemKey& key, const Tree& value) {
  const auto& modifiers = key.modifiers;
  const auto place = modifiers.place.value_or(key.field.empty() ? Pattern::Place::anywhere : Pattern::Place::whole);
  if (modifiers.any_dash) return Tests{Pattern::with_any_dash(value.text, place, modifiers.cased)};
  if (modifiers.encodings.empty()) return Tests{Pattern{value.text, place, modifiers.cased}};
  KULLA_TRY(const auto plain, plain_text(value.text, value.line));
  KULLA_TRY(const auto encoded, encode(plain, modifiers.encodings, value.line));
  Tests tests;
  for (const auto& each : encoded) tests.emplace_back(Pattern::plain(each, place, modifiers.cased));
  return tests;
}

Checked<Tests> tests_of(const ItemKey& key, const Tree& value) {
  const auto& modifiers = key.modifiers;
  if (value.is(Tree::Kind::null)) return null(key, value);
  if (!value.is(Tree::Kind::text)) return fault(value.line, "a list or map where a value is expected");
  if (value.text.size() > string_size_limit) return fault(value.line, fmt::format("a value longer than {} bytes", string_size_limit));
  if (modifiers.exists) return exists(key, value);
  if (modifiers.order || modifiers.unit) return number(key, value);
  if (modifiers.network) return network(key, value);
  if (modifiers.regex) return Tests{Regex{value.text, modifiers.insensitive, modifiers.multi_line, modifiers.dot_all}};
  if (!modifiers.field_ref) return text(key, value);
  if (key.field.empty() || value.text.empty()) return fault(value.line, "'fieldref' compares a field with the field it names");
  return Tests{FieldRef{value.text, modifiers.place.value_or(Pattern::Place::whole), modifiers.cased}};
}

Checked<Expression> value_of(const ItemKey& key, const Tree& value, std::vector<Predicate>& predicates) {
  KULLA_TRY(auto tests, tests_of(key, value));
  std::vector<Expression> parts;
  for (auto& test : tests) parts.push_back(leaf(predicates, {key.field, std::move(test), value.line}));
  return joined(Kind::any, std::move(parts));
}

/// The values of a placeholder, by its name without '%'.
Checked<const std::vector<std::string>*> values_of(const Placeholders& placeholders, std::string_view name, int line) {
  const auto known = placeholders.find(name);
  if (known == placeholders.end())
    return fault(
        line, fmt::format("no values are given for the placeholder '%{}%'; name a file of them with --placeholders", name.substr(0, 60)));
  if (known->second.empty()) return fault(line, fmt::format("the placeholder '%{}%' has no values", name.substr(0, 60)));
  return &known->second;
}

/// A value with `%name%` in it stands for one value for each that `name` has. What a placeholder stands for is taken as it is.
Checked<std::vector<Tree>> expanded(const Tree& value, const Placeholders& placeholders) {
  std::vector<std::string> texts{""};
  for (std::string_view rest = value.text; !rest.empty();) {
    const auto open = rest.find('%'), close = open == std::string::npos ? open : rest.find('%', open + 1);
    const auto literal = close == std::string::npos ? rest : rest.substr(0, open);
    for (auto& text : texts) text += literal;
    if (close == std::string::npos) break;
    KULLA_TRY(const auto* values, values_of(placeholders, rest.substr(open + 1, close - open - 1), value.line));
    if (texts.size() * values->size() > placeholder_value_limit)
      return fault(value.line, fmt::format("placeholders make more than {} values of one", placeholder_value_limit));
    std::vector<std::string> longer;
    for (const auto& text : texts)
      for (const auto& each : *values) longer.push_back(text + each);
    texts = std::move(longer);
    rest.remove_prefix(close + 1);
  }
  std::vector<Tree> trees(texts.size(), value);
  for (std::size_t at = 0; at < texts.size(); ++at) trees[at].text = std::move(texts[at]);
  return trees;
}

Checked<Expression> item(const ItemKey& key, const Tree& value, std::vector<Predicate>& predicates, const Placeholders& placeholders) {
  std::vector<Expression> parts;
  const auto add = [&](const Tree& each) -> Checked<> {
    std::vector<Tree> values{each};
    if (key.modifiers.placeholders && each.is(Tree::Kind::text)) {
      KULLA_TRY(values, expanded(each, placeholders));
    }
    std::vector<Expression> either;
    for (const auto& one : values) {
      KULLA_TRY(auto part, value_of(key, one, predicates));
      either.push_back(std::move(part));
    }
    parts.push_back(joined(Kind::any, std::move(either)));
    return {};
  };
  if (!value.is(Tree::Kind::list)) KULLA_CHECK(add(value));
  else if (value.items.empty()) return fault(value.line, "an empty list of values");
  else
    for (const auto& each : value.items) KULLA_CHECK(add(each));
  // neq: different from each of the values, so `all` changes nothing there.
  const bool all = key.modifiers.all && !key.modifiers.different;
  auto either = joined(all ? Kind::all : Kind::any, std::move(parts));
  if (!key.modifiers.different) return either;
  return Expression{Kind::negation, 0, {std::move(either)}};
}

Checked<Expression> map(const Tree& tree, std::vector<Predicate>& predicates, const Placeholders& placeholders) {
  if (tree.items.empty()) return fault(tree.line, "an empty map");
  std::vector<Expression> parts;
  for (std::size_t at = 0; at < tree.items.size(); ++at) {
    KULLA_TRY(const auto key, parse_item_key(tree.keys[at], tree.items[at].line));
    KULLA_TRY(auto part, item(key, tree.items[at], predicates, placeholders));
    parts.push_back(std::move(part));
  }
  return joined(Kind::all, std::move(parts));
}
}  // namespace

Checked<Expression> parse_search(const Tree& tree, std::vector<Predicate>& predicates, const Placeholders& placeholders) {
  if (tree.is(Tree::Kind::map)) return map(tree, predicates, placeholders);
  if (tree.is(Tree::Kind::text)) return item({}, tree, predicates, placeholders);
  if (!tree.is(Tree::Kind::list) || tree.items.empty()) return fault(tree.line, "a search is a map, a list of maps or a list of keywords");
  std::vector<Expression> parts;
  for (const auto& each : tree.items) {
    KULLA_TRY(auto part, each.is(Tree::Kind::map) ? map(each, predicates, placeholders) : item({}, each, predicates, placeholders));
    parts.push_back(std::move(part));
  }
  return joined(Kind::any, std::move(parts));
}

}  // namespace kulla::detect::sigma
