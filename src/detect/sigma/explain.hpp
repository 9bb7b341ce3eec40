// A compiled rule in words: how it is seen, what it tests, and what carries out each test.
#pragma once
#include <string>
#include <vector>

#include "detect/sigma/rule.hpp"

namespace kulla::detect::sigma {

/// One variant of a rule (pipeline.hpp), a line a test, indented as its condition is.
[[nodiscard]] std::vector<std::string> explain(const Rule& variant);

}  // namespace kulla::detect::sigma
