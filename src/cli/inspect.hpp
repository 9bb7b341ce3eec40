// The part of kulla inspect that has a file of its own.
#pragma once
#include "cli/command.hpp"

namespace kulla::cli {
void add_inspect_remote(Context& context, CLI::App& parent);
}  // namespace kulla::cli
