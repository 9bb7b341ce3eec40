// One service in detail: what it depends on and what shares its fate, its closure, reports and proofs. Pure.
#pragma once
#include "daemon/view_picture.hpp"

namespace kulla::daemon {

/// {"graph","closure","reports","proofs","trial", and what the config adds}: docs/api.md. Without row and history.
[[nodiscard]] json::object detail_of(const Picture& picture, const incident::ServiceRecord& record, const incident::Policy& policy);

}  // namespace kulla::daemon
