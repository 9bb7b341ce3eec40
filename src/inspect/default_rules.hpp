// The rules that the program carries in itself.
#pragma once
#include <string_view>
#include <vector>

namespace kulla::inspect {
/// inspection/default.toml, one text.
[[nodiscard]] std::vector<std::string_view> default_rules();
/// yara/*.yar, a text each, in hexadecimal.
[[nodiscard]] std::vector<std::string_view> default_yara();
}  // namespace kulla::inspect
