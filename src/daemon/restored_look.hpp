// What was restored from a backup is looked into for malware: the same look for the daemon's proofs and for `kulla backup prove`.
#pragma once
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace kulla::daemon {

/// For backup::Wanted: names the first thing that is malware or could not be looked into; empty where there is none. `yara`: files of rules
/// besides kulla's own, read at each look.
[[nodiscard]] std::function<Result<std::string>(const std::filesystem::path& restored)> look_into_restored(
    std::vector<std::filesystem::path> yara, std::stop_token stop = {});

}  // namespace kulla::daemon
