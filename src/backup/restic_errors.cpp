#include "backup/restic_errors.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ranges>

#include "base/path_text.hpp"

namespace kulla::backup {
namespace {
struct Row {
  std::string_view says;
  Code code;
};
constexpr std::array table{
#define KULLA_RESTIC(says, code) Row{says, code},
#include "backup/restic_errors.def"
#undef KULLA_RESTIC
};
constexpr std::size_t shown = 300;         // one line of a screen and of a ledger
constexpr std::size_t damages_shown = 3;
constexpr std::size_t damage_shown = 150;  // an id is 64 letters
constexpr std::string_view index_mark = "error loading index ";
constexpr std::size_t id_length = 64;
constexpr int signalled = 128;

std::string small(std::string_view text) {
  std::string letters{text};
  for (char& c : letters)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return letters;
}
std::string_view line_around(std::string_view text, std::size_t position) {
  const auto start = text.rfind('\n', position) + 1;  // npos + 1 is 0
  return text.substr(start, text.find('\n', position) - start);
}
/// Some failures end in a trace of Go's: then the word "Fatal" is not there, and the first line tells.
std::string_view telling_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  if (const auto fatal = text.find("Fatal: "); fatal != std::string_view::npos) return line_around(text, fatal);
  return text.contains("\nruntime.goexit") ? line_around(text, 0) : text.substr(text.rfind('\n') + 1);
}
Error error_of(Code code, std::string_view doing, std::string_view line) {
  return {code, fmt::format("restic {}: {}", doing, cut_text(escape_path(line), shown))};
}
bool follows_from_others(std::string_view line) { return line.starts_with("Fatal: ") || line.contains("returned error, retrying after"); }
}  // namespace

Error restic_error(std::string_view doing, std::string_view error_text, int exit_code) {
  if (exit_code > signalled) return error_of(Code::process_failed, doing, fmt::format("ended by signal {}", exit_code - signalled));
  const auto letters = small(error_text);
  for (const auto& row : table)
    if (const auto at = letters.find(row.says); at != std::string::npos) return error_of(row.code, doing, line_around(error_text, at));
  return error_of(Code::process_failed, doing, error_text.empty() ? "it failed without a word" : telling_line(error_text));
}

std::string damage_in(std::string_view error_text) {
  std::vector<std::string> damages;
  for (const auto part : error_text | std::views::split('\n')) {
    const std::string_view line{part.begin(), part.end()};
    if (line.starts_with("  ") && !damages.empty()) damages.back().append(line.substr(1));  // what is wrong with the tree before
    else if (!line.empty() && !follows_from_others(line)) damages.emplace_back(line);
  }
  if (damages.empty()) return restic_error("check", error_text).what;
  std::string text = "restic check:";
  for (std::size_t i = 0; i < std::min(damages.size(), damages_shown); ++i)
    text += fmt::format("{} {}", i == 0 ? "" : ";", cut_text(escape_path(damages[i]), damage_shown));
  return damages.size() > damages_shown ? fmt::format("{}; and {} more", text, damages.size() - damages_shown) : text;
}

std::vector<std::string> malformed_indexes(std::string_view error_text) {
  std::vector<std::string> ids;
  for (auto at = error_text.find(index_mark); at != std::string_view::npos; at = error_text.find(index_mark, at + 1)) {
    const auto id = error_text.substr(at + index_mark.size(), id_length);
    if (id.size() == id_length && id.find_first_not_of("0123456789abcdef") == std::string_view::npos) ids.emplace_back(id);
  }
  return ids;
}
}  // namespace kulla::backup
