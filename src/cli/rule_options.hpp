// What the commands that read rules have in common: which rules, seen through which pipelines, and what is said of those not used.
#pragma once
#include <memory>
#include <string>
#include <vector>

#include "cli/command.hpp"
#include "detect/sigma/load.hpp"

namespace kulla::cli {

struct RuleOptions {
  std::vector<std::string> rules, pipelines;
  std::string placeholders;
  bool no_standard_pipelines = false, no_cache = false;
};
void add_rule_options(CLI::App& command, RuleOptions& options);

[[nodiscard]] Result<detect::sigma::LoadOptions> load_options(const RuleOptions& options);
[[nodiscard]] Result<detect::sigma::Loaded> load_rules(const RuleOptions& options, const detect::sigma::LoadOptions& how);

}  // namespace kulla::cli
