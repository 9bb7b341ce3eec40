// kulla backup list; cli/backup.cpp has the other commands.
#pragma once
#include "cli/command.hpp"

namespace kulla::cli {
void add_backup_list(Context& context, CLI::App& parent);
}  // namespace kulla::cli
