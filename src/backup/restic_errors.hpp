// What restic's words mean. It has one exit code for nearly everything, so its text decides; the whole knowledge of it is one table here.
#pragma once
#include <string_view>

#include "base/result.hpp"

namespace kulla::backup {

/// `error_text`: restic's standard error. The first row of the table that matches names the code; `what` becomes `doing: the telling line`.
[[nodiscard]] Error restic_error(std::string_view doing, std::string_view error_text);

}  // namespace kulla::backup
