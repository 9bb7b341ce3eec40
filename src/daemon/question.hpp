// What is asked over the control socket and the API, read from JSON.
#pragma once
#include <string>
#include <string_view>

#include "base/canonical_json.hpp"

namespace kulla::daemon {

inline constexpr std::size_t text_limit = 500;  ///< bytes of a text that a person gives

/// A text that is there and not empty. Code::bad_argument, Code::too_large.
[[nodiscard]] Result<std::string> text_of(const json::object& question, std::string_view key, std::size_t limit = text_limit);

}  // namespace kulla::daemon
