// What the two files of kulla inspect share.
#pragma once
#include <string>
#include <vector>

#include "base/keys.hpp"
#include "cli/command.hpp"

namespace kulla::cli {
[[nodiscard]] Result<std::vector<PublicKey>> trusted_keys(const std::vector<std::string>& files);
void add_inspect_remote(Context& context, CLI::App& parent);
}  // namespace kulla::cli
