#include "daemon/restored_look.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "inspect/inspect.hpp"

namespace kulla::daemon {

std::function<Result<std::string>(const std::filesystem::path&)> look_into_restored(std::vector<std::filesystem::path> yara,
                                                                                    std::stop_token stop) {
  return [yara = std::move(yara), stop = std::move(stop)](const std::filesystem::path& restored) -> Result<std::string> {
    inspect::Options options;
    options.stop = stop;
    KULLA_TRY(options.yara, inspect::read_rule_files(yara));
    KULLA_TRY(const auto findings, inspect::look_for_malware(restored, options));
    // What could not be looked into is not clean.
    const auto bad = std::ranges::find_if(findings, [](const inspect::Finding& finding) {
      return finding.kind == inspect::Kind::malware || finding.kind == inspect::Kind::unreadable;
    });
    return bad == findings.end() ? std::string{} : fmt::format("{}: {}", bad->path, bad->why);
  };
}

}  // namespace kulla::daemon
