// Sigma's conditions: and, or, not, parentheses, `1 of x*`, `any of x*`, `all of x*`, `… of them`. Binding from loose to tight: or, and, not, of.
#pragma once
#include <string_view>

#include "detect/sigma/fault.hpp"
#include "detect/sigma/rule.hpp"

namespace kulla::detect::sigma {

inline constexpr std::size_t condition_size_limit = 8192;
inline constexpr int condition_depth_limit = 64;
inline constexpr std::size_t condition_leaf_limit = 4096;

/// Leaves are indices into `searches`. `them` and patterns leave out names that begin with '_', unless the pattern does too.
[[nodiscard]] Checked<Expression> parse_condition(std::string_view text, const std::vector<Search>& searches, int line);

}  // namespace kulla::detect::sigma
