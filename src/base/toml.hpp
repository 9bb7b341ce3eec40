// TOML, as it should be read here: an error names file and line, and nothing that somebody typed ends the program.
#pragma once
// toml++ 3.3 asserts where some texts are wrong ("[!"), and then goes on to its own error; it keeps only the error.
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>

#include <string_view>

#include "base/result.hpp"

namespace kulla {

/// Code::bad_config: `name:line: what`.
[[nodiscard]] Result<toml::table> parse_toml(std::string_view text, std::string_view name);

}  // namespace kulla
