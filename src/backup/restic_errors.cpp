#include "backup/restic_errors.hpp"

#include <fmt/format.h>

#include <array>

#include "base/path_text.hpp"

namespace kulla::backup {
namespace {
struct Row {
  std::string_view says;
  Code code;
};
// As restic 0.14 has them. Order matters where one failure says several things: the cause stands before what follows from it.
constexpr std::array table{
    Row{"wrong password or no key found", Code::backup_password},
    Row{"repository is already locked", Code::backup_locked},
    Row{"no space left on device", Code::backup_full},
    Row{"disk quota exceeded", Code::backup_full},
    Row{"unable to open config file", Code::backup_missing},
    Row{"config file already exists", Code::backup_exists},
    Row{"no snapshot found", Code::backup_no_snapshot},
    Row{"no matching ID found", Code::backup_no_snapshot},
    Row{"no matching snapshots found", Code::backup_no_snapshot},
    Row{"unexpected file size", Code::backup_damaged},
    Row{"ciphertext verification failed", Code::backup_damaged},
    Row{"invalid data returned", Code::backup_damaged},
    Row{"StreamPack", Code::backup_damaged},
    Row{": does not exist", Code::backup_damaged},
    Row{"not found in index", Code::backup_damaged},
    Row{"not found in repository", Code::backup_damaged},
    Row{"repository contains errors", Code::backup_damaged},
};
constexpr std::size_t shown = 300;  // one line of a screen and of a ledger

std::string_view line_around(std::string_view text, std::size_t position) {
  const auto start = text.rfind('\n', position) + 1;  // npos + 1 is 0
  return text.substr(start, text.find('\n', position) - start);
}
std::string_view last_line(std::string_view text) {
  while (text.ends_with('\n')) text.remove_suffix(1);
  return text.substr(text.rfind('\n') + 1);
}
Error error_of(Code code, std::string_view doing, std::string_view line) {
  return {code, fmt::format("restic {}: {}", doing, cut_text(escape_path(line), shown))};
}
}  // namespace

Error restic_error(std::string_view doing, std::string_view error_text) {
  for (const auto& row : table)
    if (const auto at = error_text.find(row.says); at != std::string_view::npos)
      return error_of(row.code, doing, line_around(error_text, at));
  return error_of(Code::process_failed, doing, error_text.empty() ? "it failed without a word" : last_line(error_text));
}
}  // namespace kulla::backup
