// The files of pipelines/, made part of the program.
#pragma once
#include <string_view>
#include <vector>

namespace kulla::detect::sigma {

[[nodiscard]] std::vector<std::string_view> default_pipelines();

}  // namespace kulla::detect::sigma
