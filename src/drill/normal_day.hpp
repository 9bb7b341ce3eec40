// An ordinary day at the gate, made of what the drill's citizens ask, and what the rules raise on it: rules may close only what they were
// tried on.
#pragma once
#include <filesystem>
#include <string>

#include "base/result.hpp"
#include "drill/plan.hpp"

namespace kulla::drill {

/// Lines of the gate's log (model/gate_log.hpp).
[[nodiscard]] std::string normal_day(const Plan& plan);
/// Writes `folder`/normal-day.log and `folder`/backtest.json.
[[nodiscard]] Result<> backtest_normal_day(const Plan& plan, const std::filesystem::path& rules, const std::filesystem::path& folder);

}  // namespace kulla::drill
