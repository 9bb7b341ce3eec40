// One search identifier of `detection`: maps (and), lists (or), keywords, null, with value modifiers.
#pragma once
#include <vector>

#include "detect/sigma/fault.hpp"
#include "detect/sigma/rule.hpp"
#include "detect/sigma/tree.hpp"

namespace kulla::detect::sigma {

inline constexpr std::size_t string_size_limit = 8192;

/// Appends the tests it needs to `predicates`; leaves of the result are indices into it.
[[nodiscard]] Checked<Expression> parse_search(const Tree& tree, std::vector<Predicate>& predicates);

}  // namespace kulla::detect::sigma
