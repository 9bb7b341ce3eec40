// From a YAML document to a Correlation (Sigma 2.1). Strict: what is unknown within `correlation`, or does not go with its type, refuses it.
#pragma once
#include "detect/sigma/correlation.hpp"
#include "detect/sigma/fault.hpp"
#include "detect/sigma/tree.hpp"

namespace kulla::detect::sigma {

/// Not linked yet: its inputs are references. `generate` may stand at the top level, as the specification has it, or within `correlation`.
/// Taken beyond the letter: one rule or one group-by field as a text, no group-by at all, and `percentile` in a condition.
[[nodiscard]] Checked<Correlation> parse_correlation(const Tree& document);

/// A list of texts that are not empty, each once; a text alone is a list of one.
[[nodiscard]] Checked<std::vector<std::string>> read_texts(const Tree& tree, std::string_view what, std::size_t limit);

}  // namespace kulla::detect::sigma
