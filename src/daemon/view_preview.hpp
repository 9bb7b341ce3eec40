// What would follow if a service were closed now, and what an effect on it would do, by the decider itself. Pure: decides, folds nothing.
#pragma once
#include "base/canonical_json.hpp"
#include "incident/decide.hpp"

namespace kulla::daemon {

/// {"would":[{"service","action","why"}],"neighbours":[…]}: what closing it by hand would do; and what a critical effect on its first
/// system would do to it and to others ("close", "guard", "advise close", "page", "void verification", "block source"). `why` is the
/// decider's. Nothing is closed twice: of a closed service `would` is empty.
[[nodiscard]] json::object preview_of(const incident::State& state, const ServiceId& service, Moment now, const incident::Policy& policy);

}  // namespace kulla::daemon
