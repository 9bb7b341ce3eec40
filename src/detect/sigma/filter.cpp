#include "detect/sigma/filter.hpp"

#include <fmt/format.h>

#include "detect/sigma/correlation_parse.hpp"
#include "detect/sigma/parse.hpp"
#include "detect/sigma/rule_set.hpp"

namespace kulla::detect::sigma {
namespace {
constexpr std::size_t target_limit = 10'000;

Checked<> read_targets(const Tree& section, Filter& filter) {
  const auto* rules = section.find("rules");
  if (!rules) return fault(section.line, "filter: no 'rules'");
  filter.any = rules->is(Tree::Kind::text) && rules->text == "any";
  if (filter.any) return {};
  KULLA_TRY(auto references, read_texts(*rules, "rules", target_limit));
  for (std::size_t at = 0; at < references.size(); ++at)
    filter.targets.push_back({std::move(references[at]), rules->is(Tree::Kind::list) ? rules->items[at].line : rules->line});
  return {};
}

/// The same tree over leaves that have moved up by `by`.
Expression moved(Expression expression, std::size_t by) {
  if (expression.kind == Expression::Kind::leaf) expression.index += by;
  for (auto& part : expression.parts) part = moved(std::move(part), by);
  return expression;
}
}  // namespace

Checked<Filter> parse_filter(const Tree& document, const Placeholders& placeholders) {
  Filter filter;
  KULLA_CHECK(read_head(document, filter.body));
  if (const auto* detection = document.find("detection")) return fault(detection->line, "a filter has no 'detection'");
  KULLA_CHECK(read_logsource(document, filter.body));
  const auto* section = document.find("filter");
  if (!section || !section->is(Tree::Kind::map)) return fault(document.line, "'filter' is not a map");
  KULLA_CHECK(read_targets(*section, filter));
  KULLA_CHECK(read_searches(*section, "rules", placeholders, filter.body));
  RuleSet compiled;
  KULLA_CHECK(compiled.add(filter.body));
  return filter;
}

bool speaks_of(const Logsource& filter, const Logsource& source) {
  const auto open_or = [](const std::string& wanted, const std::string& is) { return wanted.empty() || wanted == is; };
  return open_or(filter.category, source.category) && open_or(filter.product, source.product) && open_or(filter.service, source.service);
}

void apply(const Filter& filter, Rule& rule) {
  rule.digest = sha256(to_hex(rule.digest) + to_hex(filter.body.digest));
  const auto first_predicate = rule.predicates.size(), first_search = rule.searches.size();
  rule.predicates.insert(rule.predicates.end(), filter.body.predicates.begin(), filter.body.predicates.end());
  // No search of a file has a blank in its name that a condition could say; the number tells filters of one rule apart.
  for (const auto& search : filter.body.searches)
    rule.searches.push_back({fmt::format("filter {} {}", first_search, search.name), moved(search.body, first_predicate)});
  if (rule.condition.kind != Expression::Kind::all) rule.condition = {Expression::Kind::all, 0, {std::move(rule.condition)}};
  rule.condition.parts.push_back(moved(filter.body.condition, first_search));  // flat, however many filters there are
}

}  // namespace kulla::detect::sigma
