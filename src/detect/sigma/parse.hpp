// From a YAML document to a Rule (Sigma 2.1, sigma-rules-specification). Strict where a mistake would change what the rule finds,
// lenient about attributes that only people read.
#pragma once
#include "detect/sigma/fault.hpp"
#include "detect/sigma/rule.hpp"
#include "detect/sigma/search.hpp"
#include "detect/sigma/tree.hpp"

namespace kulla::detect::sigma {

/// kulla's own attribute, at the top level: `kulla: {outcome: attempted|succeeded, may_close: true|false}`.
[[nodiscard]] Checked<Rule> parse_rule(const Tree& document, const Placeholders& placeholders = {});

/// What documents of all three kinds are read by. The head: title, id, name, level, tags, `kulla`; refuses `action`.
[[nodiscard]] Checked<> read_head(const Tree& document, Rule& rule);
[[nodiscard]] Checked<> read_logsource(const Tree& document, Rule& rule);
/// Every entry of `tree` but `condition` and `besides` is a search; then the condition over them.
[[nodiscard]] Checked<> read_searches(const Tree& tree, std::string_view besides, const Placeholders& placeholders, Rule& rule);

}  // namespace kulla::detect::sigma
