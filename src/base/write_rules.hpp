// For a program that is trusted to work and not with where it writes: it reads what it may, and changes only what lies below a few folders.
#pragma once
#include <filesystem>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"

namespace kulla {

/// Rules (Landlock) under which files are written, made, removed and moved only below `folders`, which exist; and /dev/null is written.
/// No descriptor where the kernel has no Landlock: then nothing is enforced.
[[nodiscard]] Result<Descriptor> write_rules(const std::vector<std::filesystem::path>& folders);
/// For good, for this process and all that it starts; no privileges are gained by starting others. Only makes system calls.
[[nodiscard]] bool keep_to(int write_rules);

}  // namespace kulla
