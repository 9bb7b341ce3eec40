// The files of web/status, which the program carries in itself.
#pragma once
#include <string_view>
#include <vector>

namespace kulla::serve {

/// style.css, script.js, icon.svg, then a file of messages a language: sq.json, en.json.
[[nodiscard]] std::vector<std::string_view> status_assets();
inline constexpr std::size_t asset_style = 0, asset_script = 1, asset_icon = 2, asset_messages = 3;

}  // namespace kulla::serve
