// What restic's words mean. It has one exit code for nearly everything, so its text decides; the whole knowledge of it is one table,
// restic_errors.def.
#pragma once
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"

namespace kulla::backup {

/// `error_text`: restic's standard error. The first row of the table that matches names the code; `what` becomes `doing: the telling line`.
/// `exit_code`: as Finished has it, to tell when a signal ended it.
[[nodiscard]] Error restic_error(std::string_view doing, std::string_view error_text, int exit_code = 1);
/// What `restic check` names as damaged, in one line: the first few, and how many more.
[[nodiscard]] std::string damage_in(std::string_view error_text);
/// The ids of the index files that it could not load.
[[nodiscard]] std::vector<std::string> malformed_indexes(std::string_view error_text);

}  // namespace kulla::backup
