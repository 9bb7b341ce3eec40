// For a process that reads what an attacker wrote: it keeps what it has open, and can do nothing else any more.
#pragma once
#include <cstdint>

#include "base/result.hpp"

namespace kulla {

struct SandboxLimits {
  std::uint64_t memory = std::uint64_t{2} << 30;  ///< of address space, in bytes
};
/// For good: another account where we are root, no new privileges, no file system (Landlock), no system call but to read, write and compute
/// (seccomp; whoever calls another is killed, opening a file fails), a limit on memory; it dies with its parent.
/// Where the kernel has no Landlock, seccomp alone keeps it from opening files.
[[nodiscard]] Result<> enter_sandbox(const SandboxLimits& limits = {});

}  // namespace kulla
