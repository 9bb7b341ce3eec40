// Which networks are of a country, from a MaxMind database (libmaxminddb).
#pragma once
#include <filesystem>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace kulla::gate {

/// `countries`: ISO 3166 codes of two capital letters. Networks as "192.0.2.0/24", in order. Code::bad_config where the file is no such
/// database, or knows none of these countries.
[[nodiscard]] Result<std::vector<std::string>> networks_of(const std::filesystem::path& database,
                                                           const std::vector<std::string>& countries);
/// "192.0.2.0/24", "2001:db8::/32", or an address alone.
[[nodiscard]] bool is_network(const std::string& text);

}  // namespace kulla::gate
