// [statement] of kulla.toml: languages, times, and where a released statement goes.
#pragma once
#include <chrono>
#include <string>
#include <vector>

#include "base/toml_reader.hpp"
#include "notify/outlets.hpp"

namespace kulla::daemon {

struct StatementSettings {
  notify::Languages languages;  ///< those that a release must have
  notify::Zone zone;
  std::chrono::milliseconds next_update = std::chrono::hours{1};
  notify::OutletSettings outlets;
};
/// What stands there, or what is so without it; what is wrong goes to `problems`.
[[nodiscard]] StatementSettings read_statement(TomlReader& top, const std::string& file, std::vector<std::string>& problems);

/// Where nothing else is said.
inline constexpr const char* default_zone = "Europe/Tirane";

}  // namespace kulla::daemon
