#include "detect/sigma/search.hpp"

#include <fmt/format.h>

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

Checked<Predicate> exists(const ItemKey& key, const Tree& value) {
  if (value.text != "true" && value.text != "false") return fault(value.line, "'exists' takes true or false");
  if (key.field.empty()) return fault(value.line, "'exists' needs a field");
  return Predicate{key.field, Exists{value.text == "true"}, value.line};
}

Checked<Predicate> predicate_of(const ItemKey& key, const Tree& value) {
  const auto& modifiers = key.modifiers;
  if (value.is(Tree::Kind::null)) {
    if (key.field.empty() || modifiers.place || modifiers.regex || modifiers.exists)
      return fault(value.line, "null goes with a field and no modifier");
    return Predicate{key.field, Absent{}, value.line};
  }
  if (!value.is(Tree::Kind::text)) return fault(value.line, "a list or map where a value is expected");
  if (value.text.size() > string_size_limit) return fault(value.line, fmt::format("a value longer than {} bytes", string_size_limit));
  if (modifiers.exists) return exists(key, value);
  if (modifiers.regex)
    return Predicate{key.field, Regex{value.text, modifiers.insensitive, modifiers.multi_line, modifiers.dot_all}, value.line};
  const auto place = modifiers.place.value_or(key.field.empty() ? Pattern::Place::anywhere : Pattern::Place::whole);
  return Predicate{key.field, Pattern{value.text, place, modifiers.cased}, value.line};
}

Checked<Expression> item(const ItemKey& key, const Tree& value, std::vector<Predicate>& predicates) {
  std::vector<Expression> parts;
  const auto add = [&](const Tree& each) -> Checked<> {
    KULLA_TRY(auto predicate, predicate_of(key, each));
    parts.push_back(leaf(predicates, std::move(predicate)));
    return {};
  };
  if (!value.is(Tree::Kind::list)) KULLA_CHECK(add(value));
  else if (value.items.empty()) return fault(value.line, "an empty list of values");
  else
    for (const auto& each : value.items) KULLA_CHECK(add(each));
  return joined(key.modifiers.all ? Kind::all : Kind::any, std::move(parts));
}

Checked<Expression> map(const Tree& tree, std::vector<Predicate>& predicates) {
  if (tree.items.empty()) return fault(tree.line, "an empty map");
  std::vector<Expression> parts;
  for (std::size_t at = 0; at < tree.items.size(); ++at) {
    KULLA_TRY(const auto key, parse_item_key(tree.keys[at], tree.items[at].line));
    KULLA_TRY(auto part, item(key, tree.items[at], predicates));
    parts.push_back(std::move(part));
  }
  return joined(Kind::all, std::move(parts));
}
}  // namespace

Checked<Expression> parse_search(const Tree& tree, std::vector<Predicate>& predicates) {
  if (tree.is(Tree::Kind::map)) return map(tree, predicates);
  if (tree.is(Tree::Kind::text)) return item({}, tree, predicates);
  if (!tree.is(Tree::Kind::list) || tree.items.empty()) return fault(tree.line, "a search is a map, a list of maps or a list of keywords");
  std::vector<Expression> parts;
  for (const auto& each : tree.items) {
    KULLA_TRY(auto part, each.is(Tree::Kind::map) ? map(each, predicates) : item({}, each, predicates));
    parts.push_back(std::move(part));
  }
  return joined(Kind::any, std::move(parts));
}

}  // namespace kulla::detect::sigma
