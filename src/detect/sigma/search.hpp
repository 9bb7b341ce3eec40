// One search identifier of `detection`: maps (and), lists (or), keywords, null, with value modifiers.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "detect/sigma/fault.hpp"
#include "detect/sigma/rule.hpp"
#include "detect/sigma/tree.hpp"

namespace kulla::detect::sigma {

inline constexpr std::size_t string_size_limit = 8192;

/// The values of each placeholder, by its name without '%'.
using Placeholders = std::map<std::string, std::vector<std::string>, std::less<>>;
inline constexpr std::size_t placeholder_value_limit = 10'000;  ///< that one value may become

/// Appends the tests it needs to `predicates`; leaves of the result are indices into it.
[[nodiscard]] Checked<Expression> parse_search(const Tree& tree, std::vector<Predicate>& predicates, const Placeholders& placeholders);

}  // namespace kulla::detect::sigma
