#include "base/toml.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kulla {
namespace {
/// The line of the first byte beyond ASCII outside strings and comments, where TOML 1.0 has none and toml++ 3.3 is not safe; 0 is none.
std::size_t foreign_line(std::string_view text) {
  using namespace std::string_view_literals;
  constexpr std::array marks{"\"\"\""sv, "'''"sv, "\""sv, "'"sv};
  std::size_t line = 1;
  std::string_view inside;  // what ends the string that we are in
  for (std::size_t at = 0; at < text.size(); ++at) {
    const auto rest = text.substr(at);
    line += rest.front() == '\n';
    if (!inside.empty()) {
      const bool one_line = inside.size() == 1;
      if (rest.front() == '\\' && inside.front() == '"') ++at, line += at < text.size() && text[at] == '\n';
      else if (rest.starts_with(inside)) at += inside.size() - 1, inside = {};
      else if (one_line && rest.front() == '\n') inside = {};
    } else if (rest.front() == '#') {
      at = std::min(text.find('\n', at), text.size()) - 1;
    } else if (const auto* mark = std::ranges::find_if(marks, [&](auto each) { return rest.starts_with(each); }); mark != marks.end()) {
      inside = *mark;
      at += mark->size() - 1;
    } else if (static_cast<unsigned char>(rest.front()) >= 0x80) {
      return line;
    }
  }
  return 0;
}
}  // namespace

Result<toml::table> parse_toml(std::string_view text, std::string_view name) {
  constexpr std::string_view byte_order_mark = "\xEF\xBB\xBF";
  if (text.starts_with(byte_order_mark)) text.remove_prefix(byte_order_mark.size());
  if (const auto line = foreign_line(text); line > 0)
    return fail(Code::bad_config, fmt::format("{}:{}: a letter that is not ASCII, outside of quotes", name, line));
  try {
    return toml::parse(text, name);
  } catch (const toml::parse_error& error) {
    return fail(Code::bad_config, fmt::format("{}:{}: {}", name, error.source().begin.line, error.description()));
  }
}

}  // namespace kulla
