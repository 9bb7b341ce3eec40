// What the two files of kulla backup share.
#pragma once
#include <chrono>
#include <string>

#include "cli/command.hpp"

namespace kulla::cli {
void add_backup_list(Context& context, CLI::App& parent);
/// The two largest units: `3 d 4 h`, `12 min 5 s`, `0.8 s`.
[[nodiscard]] std::string span(std::chrono::milliseconds time);
}  // namespace kulla::cli
