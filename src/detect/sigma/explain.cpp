#include "detect/sigma/explain.hpp"

#include <fmt/format.h>

#include <array>

#include "base/visit.hpp"
#include "detect/sigma/regex.hpp"

namespace kulla::detect::sigma {
namespace {
using Kind = Expression::Kind;

constexpr std::array<std::string_view, 4> order_words{"<", "<=", ">", ">="};
constexpr std::array<std::string_view, 6> unit_words{"minute", "hour", "day", "week", "month", "year"};
constexpr std::array<std::string_view, 4> place_words{"is", "starts with", "ends with", "contains"};

std::string of_pattern(const Pattern& pattern) {
  const auto needed = pattern.needed();
  const bool whole = pattern.is_literal() || needed.place != Pattern::Place::anywhere;
  const auto how = pattern.cased() ? ", with case" : "";
  if (needed.text.empty() && !pattern.is_literal()) return "has any value";
  return fmt::format("{} '{}'{}{}", place_words[static_cast<std::size_t>(needed.place)], needed.text, how,
                     whole || pattern.is_simple() ? "" : " and fits its wildcards");
}

std::string of_regex(const Regex& regex) {
  const auto compiled = RegexMatcher::compile(regex, 0);
  const std::string flags = std::string{regex.insensitive ? "i" : ""} + (regex.multi_line ? "m" : "") + (regex.dot_all ? "s" : "");
  return fmt::format("matches /{}/{}  [{}]", regex.text, flags, compiled ? (*compiled)->engine() : "not usable");
}

std::string words(const Predicate& predicate) {
  const auto what =
      std::visit(Visit{[](const Pattern& pattern) { return of_pattern(pattern); }, [](const Regex& regex) { return of_regex(regex); },
                       [](const Absent&) { return std::string{"is absent or empty"}; },
                       [](const Exists& exists) { return std::string{exists.wanted ? "is there" : "is not there"}; },
                       [](const Compare& compare) {
                         return fmt::format("{} {}", order_words[static_cast<std::size_t>(compare.order)], compare.number.text());
                       },
                       [](const DatePart& part) {
                         return fmt::format("has {} {} {}", unit_words[static_cast<std::size_t>(part.unit)],
                                            part.order ? order_words[static_cast<std::size_t>(*part.order)] : "=", part.number.text());
                       },
                       [](const Network& network) {
                         return fmt::format("is an {} address in a network of /{}", network.is_v4 ? "IPv4" : "IPv6", network.prefix);
                       },
                       [](const FieldRef& ref) {
                         return fmt::format("{} what the field '{}' holds", place_words[static_cast<std::size_t>(ref.place)], ref.other);
                       }},
                 predicate.test);
  return fmt::format("{} {}", predicate.field.empty() ? "the record" : "'" + predicate.field + "'", what);
}

class Writer {
 public:
  explicit Writer(const Rule& rule) : rule_(rule) {}
  void source() {
    if (rule_.source.parts.empty()) {
      const auto& is = rule_.logsource;
      lines.push_back(fmt::format("events that say: category '{}', product '{}', service '{}'", is.category, is.product, is.service));
      return;
    }
    lines.emplace_back("events where");
    body(rule_.source, 1);
  }
  void condition(const Expression& expression, std::size_t depth) {
    if (expression.kind != Kind::leaf) return join(expression, depth, [&](const Expression& part) { condition(part, depth + 1); });
    const auto& search = rule_.searches[expression.index];
    line(depth, search.name + ":");
    body(search.body, depth + 1);
  }
  std::vector<std::string> lines;

 private:
  void body(const Expression& expression, std::size_t depth) {
    if (expression.kind == Kind::leaf) return line(depth, words(rule_.predicates[expression.index]));
    join(expression, depth, [&](const Expression& part) { body(part, depth + 1); });
  }
  template <typename Inside>
  void join(const Expression& expression, std::size_t depth, Inside&& inside) {
    line(depth, expression.kind == Kind::negation ? "not" : expression.kind == Kind::all ? "all of" : "any of");
    for (const auto& part : expression.parts) inside(part);
  }
  void line(std::size_t depth, std::string_view text) { lines.push_back(std::string(depth * 2, ' ') + std::string{text}); }
  const Rule& rule_;
};
}  // namespace

std::vector<std::string> explain(const Rule& variant) {
  Writer writer{variant};
  writer.source();
  writer.lines.emplace_back("match where");
  writer.condition(variant.condition, 1);
  return std::move(writer.lines);
}

}  // namespace kulla::detect::sigma
