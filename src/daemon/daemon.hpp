// The daemon: the only place where sensors, core, ledger, gate and people meet. Everything is started here, in order, and ended in the
// opposite one.
#pragma once
#include <functional>

#include "daemon/config.hpp"

namespace kulla::daemon {

/// Runs until `stop` says so. Returns an error where it could not start; says on the log what it does.
/// Ending it, in whatever way, changes nothing at the gate.
[[nodiscard]] Result<> run(const Config& config, const std::function<bool()>& stop);

}  // namespace kulla::daemon
