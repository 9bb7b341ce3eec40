#include "detect/sigma/correlation_parse.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <cmath>
#include <map>

#include "detect/sigma/parse.hpp"

namespace kulla::detect::sigma {
namespace {
using Type = Correlation::Type;
using Is = Bound::Is;
constexpr std::size_t text_limit = 256, timespan_text_limit = 10;

template <typename T, std::size_t size>
using Table = std::array<std::pair<std::string_view, T>, size>;
constexpr Table<Type, 7> types{{{"event_count", Type::event_count},
                                {"value_count", Type::value_count},
                                {"temporal", Type::temporal},
                                {"temporal_ordered", Type::temporal_ordered},
                                {"value_sum", Type::value_sum},
                                {"value_avg", Type::value_avg},
                                {"value_percentile", Type::value_percentile}}};
constexpr Table<Is, 6> operators{{{"gt", Is::greater},
                                  {"gte", Is::greater_or_equal},
                                  {"lt", Is::less},
                                  {"lte", Is::less_or_equal},
                                  {"eq", Is::equal},
                                  {"neq", Is::different}}};
constexpr Table<std::int64_t, 4> units{{{"s", 1}, {"m", 60}, {"h", 3600}, {"d", 86'400}}};

template <typename T, std::size_t size>
std::optional<T> find(const Table<T, size>& table, std::string_view name) {
  const auto found = std::find_if(table.begin(), table.end(), [&](const auto& entry) { return entry.first == name; });
  return found == table.end() ? std::nullopt : std::optional{found->second};
}
std::string cut(std::string_view text) { return std::string{text.substr(0, 80)}; }

bool is_count(Type type) { return type == Type::event_count || type == Type::value_count || is_temporal(type); }
bool has_field(Type type) { return type != Type::event_count && !is_temporal(type); }

Checked<> only_known(const Tree& section) {
  constexpr std::array<std::string_view, 7> known{"type", "rules", "group-by", "timespan", "condition", "aliases", "generate"};
  for (std::size_t at = 0; at < section.keys.size(); ++at)
    if (std::find(known.begin(), known.end(), section.keys[at]) == known.end())
      return fault(section.items[at].line,
                   fmt::format("correlation: unknown attribute '{}'; known: {}", cut(section.keys[at]), fmt::join(known, ", ")));
  return {};
}

Checked<const Tree*> part(const Tree& section, std::string_view key) {
  const auto* found = section.find(key);
  if (!found || found->is(Tree::Kind::null)) return fault(section.line, fmt::format("correlation: no '{}'", key));
  return found;
}

Checked<Type> read_type(const Tree& section) {
  KULLA_TRY(const auto* tree, part(section, "type"));
  if (const auto type = find(types, tree->text)) return *type;
  std::vector<std::string_view> known;
  for (const auto& [name, type] : types) known.push_back(name);
  return fault(tree->line, fmt::format("correlation: unknown type '{}'; known: {}", cut(tree->text), fmt::join(known, ", ")));
}

Checked<std::chrono::seconds> read_timespan(const Tree& section) {
  KULLA_TRY(const auto* tree, part(section, "timespan"));
  const auto& text = tree->text;
  std::int64_t number = 0;
  const auto* const end = text.data() + text.size();
  const auto read = std::from_chars(text.data(), end, number);
  const auto unit = find(units, std::string_view{read.ptr, end});
  if (text.size() > timespan_text_limit || read.ec != std::errc{} || !unit || number <= 0)
    return fault(tree->line, fmt::format("correlation: timespan '{}' is not a number and one of s, m, h, d, such as 90m", cut(text)));
  const std::chrono::seconds timespan{number * *unit};
  if (timespan > timespan_limit)
    return fault(tree->line, fmt::format("correlation: a timespan longer than {} days", timespan_limit.count()));
  return timespan;
}

Checked<> read_inputs(const Tree& section, Correlation& correlation) {
  KULLA_TRY(const auto* tree, part(section, "rules"));
  KULLA_TRY(auto references, read_texts(*tree, "rules", correlation_input_limit));
  for (std::size_t at = 0; at < references.size(); ++at) {
    const int line = tree->is(Tree::Kind::list) ? tree->items[at].line : tree->line;
    correlation.inputs.push_back({std::move(references[at]), line, {}, {}, {}, false, {}});
  }
  return {};
}

Checked<> read_group_by(const Tree& section, Correlation& correlation) {
  const auto* tree = section.find("group-by");
  if (!tree || tree->is(Tree::Kind::null)) return {};
  KULLA_TRY(correlation.group_by, read_texts(*tree, "group-by", group_by_limit));
  return {};
}

/// What each alias is called in events of each rule.
using Aliases = std::map<std::string, std::map<std::string, std::string>>;

Checked<Aliases> read_aliases(const Tree& section, const Correlation& correlation) {
  Aliases aliases;
  const auto* tree = section.find("aliases");
  if (!tree || tree->is(Tree::Kind::null)) return aliases;
  if (!tree->is(Tree::Kind::map)) return fault(tree->line, "correlation: 'aliases' is not a map of alias to rule to field");
  for (std::size_t at = 0; at < tree->items.size(); ++at) {
    const auto& fields = tree->items[at];
    if (!fields.is(Tree::Kind::map))
      return fault(fields.line, fmt::format("correlation: alias '{}' is not a map of rule to field", cut(tree->keys[at])));
    for (std::size_t rule = 0; rule < fields.items.size(); ++rule) {
      const auto& [name, field] = std::tie(fields.keys[rule], fields.items[rule]);
      const auto is_it = [&](const Correlation::Input& input) { return input.reference == name; };
      if (std::none_of(correlation.inputs.begin(), correlation.inputs.end(), is_it))
        return fault(field.line,
                     fmt::format("correlation: alias '{}' names '{}', which is not among its rules", cut(tree->keys[at]), cut(name)));
      if (!field.is(Tree::Kind::text) || field.text.empty() || field.text.size() > text_limit)
        return fault(field.line, fmt::format("correlation: alias '{}' gives no field for '{}'", cut(tree->keys[at]), cut(name)));
      aliases[tree->keys[at]][name] = field.text;
    }
  }
  return aliases;
}

/// A name that is no alias, or none for this rule, is a field of that name.
std::vector<std::string> resolved(const std::vector<std::string>& names, const std::string& rule, const Aliases& aliases) {
  std::vector<std::string> fields;
  for (const auto& name : names) {
    const auto alias = aliases.find(name);
    const bool known = alias != aliases.end() && alias->second.contains(rule);
    fields.push_back(known ? alias->second.at(rule) : name);
  }
  return fields;
}

Checked<Number> read_bound(const Tree& tree, Type type) {
  const auto number = tree.is(Tree::Kind::text) ? read_number(tree.text) : std::nullopt;
  if (!number || !std::isfinite(number->real())) return fault(tree.line, fmt::format("condition: '{}' is not a number", cut(tree.text)));
  if (!is_count(type)) return *number;
  const auto limit = type == Type::event_count ? event_count_limit : value_count_limit;
  if (!number->whole() || *number->whole() < 0 || *number->whole() > limit)
    return fault(tree.line, fmt::format("condition: '{}' is not a count, a whole number from 0 to {}", cut(tree.text), limit));
  return *number;
}

Checked<double> read_percentile(const Tree& tree) {
  const auto number = tree.is(Tree::Kind::text) ? read_number(tree.text) : std::nullopt;
  if (!number || !(number->real() >= 0 && number->real() <= 100))
    return fault(tree.line, fmt::format("condition: percentile '{}' is not a number from 0 to 100", cut(tree.text)));
  return number->real();
}

Checked<> read_criterion(const std::string& key, const Tree& tree, Correlation& correlation) {
  if (const auto is = find(operators, key)) {
    KULLA_TRY(const auto number, read_bound(tree, correlation.type));
    correlation.condition.push_back({*is, number});
  } else if (key == "field" && has_field(correlation.type)) {
    const bool several = correlation.type == Type::value_count;
    KULLA_TRY(correlation.fields, read_texts(tree, "field", several ? group_by_limit : 1));
  } else if (key == "percentile" && correlation.type == Type::value_percentile) {
    KULLA_TRY(correlation.percentile, read_percentile(tree));
  } else {
    return fault(
        tree.line,
        fmt::format("condition: '{}' does not go with this type; gt, gte, lt, lte, eq, neq, and 'field' with value_… do", cut(key)));
  }
  return {};
}

Checked<> read_condition(const Tree& section, Correlation& correlation) {
  const auto* tree = section.find("condition");
  if (!tree && is_temporal(correlation.type)) {
    correlation.condition.push_back({Is::greater_or_equal, Number{static_cast<std::int64_t>(correlation.inputs.size())}});
    return {};
  }
  if (!tree) return fault(section.line, "correlation: no 'condition'");
  if (!tree->is(Tree::Kind::map))
    return fault(tree->line, "correlation: 'condition' is not a map; Sigma 2.1 has no expressions over rules");
  for (std::size_t at = 0; at < tree->items.size(); ++at) KULLA_CHECK(read_criterion(tree->keys[at], tree->items[at], correlation));
  if (correlation.condition.empty()) return fault(tree->line, "condition: none of gt, gte, lt, lte, eq, neq");
  if (has_field(correlation.type) && correlation.fields.empty()) return fault(tree->line, "condition: this type needs a 'field'");
  const auto most = is_temporal(correlation.type) ? static_cast<std::int64_t>(correlation.inputs.size()) : INT64_MAX;
  if (is_count(correlation.type) && !some_count_holds(correlation.condition, most))
    return fault(tree->line, "condition: no count can fulfil it");
  return {};
}

Checked<> read_generate(const Tree& tree, Correlation& correlation) {
  const auto* generate = tree.find("generate");
  if (!generate) return {};
  if (generate->text != "true" && generate->text != "false") return fault(generate->line, "'generate' is not true or false");
  correlation.generate = correlation.generate || generate->text == "true";
  return {};
}

Checked<> read_section(const Tree& section, Correlation& correlation) {
  KULLA_CHECK(only_known(section));
  KULLA_TRY(correlation.type, read_type(section));
  KULLA_CHECK(read_inputs(section, correlation));
  KULLA_CHECK(read_group_by(section, correlation));
  KULLA_TRY(correlation.timespan, read_timespan(section));
  KULLA_CHECK(read_condition(section, correlation));
  KULLA_TRY(const auto aliases, read_aliases(section, correlation));
  for (auto& input : correlation.inputs) {
    input.group_by = resolved(correlation.group_by, input.reference, aliases);
    input.fields = resolved(correlation.fields, input.reference, aliases);
  }
  return read_generate(section, correlation);
}
}  // namespace

Checked<std::vector<std::string>> read_texts(const Tree& tree, std::string_view what, std::size_t limit) {
  const auto items = tree.is(Tree::Kind::list) ? std::span{tree.items} : std::span{&tree, 1};
  if (items.empty() || items.size() > limit) return fault(tree.line, fmt::format("'{}' is not a list of 1 to {} texts", what, limit));
  std::vector<std::string> texts;
  for (const auto& item : items) {
    if (!item.is(Tree::Kind::text) || item.text.empty() || item.text.size() > text_limit)
      return fault(item.line, fmt::format("'{}' holds something else than a text of at most {} bytes", what, text_limit));
    if (std::find(texts.begin(), texts.end(), item.text) != texts.end())
      return fault(item.line, fmt::format("'{}' holds '{}' twice", what, cut(item.text)));
    texts.push_back(item.text);
  }
  return texts;
}

Checked<Correlation> parse_correlation(const Tree& document) {
  Correlation correlation;
  KULLA_CHECK(read_head(document, correlation.head));
  for (const auto* other : {"detection", "logsource", "filter"})
    if (const auto* found = document.find(other)) return fault(found->line, fmt::format("a correlation has no '{}'", other));
  const auto* section = document.find("correlation");
  if (!section || !section->is(Tree::Kind::map)) return fault(document.line, "'correlation' is not a map");
  KULLA_CHECK(read_section(*section, correlation));
  KULLA_CHECK(read_generate(document, correlation));
  return correlation;
}

}  // namespace kulla::detect::sigma
