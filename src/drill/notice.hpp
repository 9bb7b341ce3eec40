// Whether a closed service's answer is what citizens and machines need.
#pragma once
#include "drill/http_client.hpp"
#include "model/names.hpp"

namespace kulla::drill {

/// What is wrong with the page, in one line; empty where it is as it must be.
[[nodiscard]] std::string notice_problem(const Answer& answer, const ClosureId& closure);
/// Ways to spell the address of something below a path service; none may reach it while it is closed.
[[nodiscard]] std::vector<std::string> spellings_of(std::string_view path);

}  // namespace kulla::drill
