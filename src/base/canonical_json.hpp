// Canonical JSON (RFC 8785) over the values that facts hold: null, booleans, strings, arrays, objects and integers within ±2^53.
#pragma once
#include <boost/json.hpp>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kulla {
namespace json = boost::json;

/// What every JSON reader keeps exactly (RFC 7493): integers within ±integer_limit.
constexpr std::int64_t integer_limit = std::int64_t{1} << 53;

/// The one canonical text of a value. A fraction, or an integer beyond ±2^53, is a programmer's mistake (asserts). Text that is
/// not UTF-8 comes from outside (a file's name): each bad byte is written as U+FFFD, so that what is written can be read.
[[nodiscard]] std::string canonical(const json::value& value);

/// Parses with bounds on size and depth; invalid UTF-8 is refused.
[[nodiscard]] Result<json::value> parse_json(std::string_view text, std::size_t limit = std::size_t{16} << 20);
}  // namespace kulla
