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

}  // namespace kulla::detect::sigma
