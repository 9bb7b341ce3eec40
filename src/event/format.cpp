// Lines are tried, not looked at: a line is of a format if its reader's parser takes it.
#include "event/format.hpp"

#include <algorithm>
#include <array>
#include <set>
#include <string>

#include "event/csv.hpp"
#include "event/text/auditd.hpp"
#include "event/text/syslog.hpp"
#include "event/web/access_lines.hpp"
#include "model/gate_log.hpp"

namespace kulla::event {
namespace {
constexpr auto npos = std::string_view::npos;
constexpr std::size_t lines_looked_at = 32;
constexpr ReadOptions any_time{.seen = Timestamp{std::chrono::days{47482}}};  // the year 2100: whatever year a time is of, it was before
constexpr std::string_view blank = " \t\r\n";

constexpr std::array<std::pair<Format, std::string_view>, 9> names{{{Format::evtx, "evtx"},
                                                                    {Format::ndjson, "ndjson"},
                                                                    {Format::json, "json"},
                                                                    {Format::syslog, "syslog"},
                                                                    {Format::journald, "journald"},
                                                                    {Format::auditd, "auditd"},
                                                                    {Format::web_access, "web_access"},
                                                                    {Format::csv, "csv"},
                                                                    {Format::gate_log, "gate_log"}}};

/// The first lines that say something. One that the head cuts counts only where it is the only one.
std::vector<std::string_view> first_lines(std::string_view head, bool whole) {
  std::vector<std::string_view> lines;
  while (!head.empty() && lines.size() < lines_looked_at) {
    const auto newline = head.find('\n');
    auto line = head.substr(0, newline);
    if (newline == npos && !whole && !lines.empty()) break;
    head.remove_prefix(newline == npos ? head.size() : newline + 1);
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (line.find_first_not_of(blank) != npos && !line.starts_with('#')) lines.push_back(line);
  }
  return lines;
}

/// After the bracket that closes the one `text` begins with; npos where that has not come.
std::size_t end_of_object(std::string_view text) {
  std::size_t depth = 0;
  bool quoted = false;
  for (std::size_t at = 0; at < text.size(); ++at) {
    const char c = text[at];
    if (quoted && c == '\\') ++at;
    else if (c == '"') quoted = !quoted;
    else if (!quoted && (c == '{' || c == '[')) ++depth;
    else if (!quoted && (c == '}' || c == ']') && --depth == 0) return at + 1;
  }
  return npos;
}

std::optional<Format> as_json(std::string_view head, bool whole) {
  const auto begin = head.find_first_not_of(blank);
  const auto inside = begin == npos ? npos : head.find_first_not_of(blank, begin + 1);
  if (inside == npos) return std::nullopt;
  if (head[begin] == '[') return head[inside] == '{' || head[inside] == ']' ? std::optional{Format::json} : std::nullopt;
  if (head[begin] != '{' || (head[inside] != '"' && head[inside] != '}')) return std::nullopt;
  const auto newline = head.find('\n', begin);
  const auto line = head.substr(begin, newline == npos ? npos : newline - begin);
  const auto end = end_of_object(line);
  if (end == npos) return newline == npos && !whole ? Format::ndjson : Format::json;
  return line.find_first_not_of(blank, end) == npos ? Format::ndjson : Format::json;
}

bool is_journald(std::string_view head) {
  head.remove_prefix(std::min(head.find_first_not_of('\n'), head.size()));
  return head.starts_with("__CURSOR=") || head.starts_with("__REALTIME_TIMESTAMP=") || head.starts_with("__SEQNUM=");
}

bool is_w3c(std::string_view head) {
  if (!W3cLines::is_directive(head)) return false;
  const auto fields = head.find("#Fields:");
  const auto line = fields == npos ? std::string_view{} : head.substr(fields, head.find('\n', fields) - fields);
  return line.find(" cs-method") != npos || line.find(" sc-status") != npos;
}

bool is_syslog(std::string_view line) {
  const auto parsed = parse_syslog(line, any_time);
  const bool bsd = line.front() >= 'A' && line.front() <= 'Z';
  return parsed && (parsed->pri >= 0 || (bsd && !parsed->hostname.empty()) || (!parsed->hostname.empty() && !parsed->appname.empty()));
}

bool is_request(std::string_view line) {
  thread_local Event event;
  event.clear();
  return AccessLines{}.read(line, any_time, event);
}

template <typename IsOne>
bool mostly(const std::vector<std::string_view>& lines, IsOne&& is_one) {
  const auto count = static_cast<std::size_t>(std::count_if(lines.begin(), lines.end(), is_one));
  return count > 0 && count * 2 >= lines.size();
}

// A name of a column begins with a letter and is short.
bool is_name(std::string_view cell) {
  if (cell.size() >= 2 && cell.starts_with('"') && cell.ends_with('"')) cell = cell.substr(1, cell.size() - 2);
  const auto letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c & 0x80) != 0; };
  const auto allowed = [letter](char c) { return letter(c) || (c >= '0' && c <= '9') || std::string_view{" _-.@()/#:%"}.find(c) != npos; };
  const bool begins = !cell.empty() && (letter(cell.front()) || cell.front() == '_' || cell.front() == '@' || cell.front() == '#');
  return begins && cell.size() <= 64 && std::all_of(cell.begin(), cell.end(), allowed);
}

/// A header of distinct names, and records with as many cells.
bool is_csv(std::string_view head, bool whole, bool named_so) {
  constexpr std::size_t records_looked_at = 5;
  CsvRecord record;
  std::set<std::string_view> header;
  std::size_t columns = 0, records = 0;
  while (!head.empty() && records <= records_looked_at) {
    const auto end = record.find_end(head, whole);
    if (end == npos) break;
    auto line = head.substr(0, end);
    if (line.ends_with('\r')) line.remove_suffix(1);
    for (std::size_t column = 0; records == 0 && column < record.cells().size(); ++column)
      if (!is_name(record.cell(line, column)) || !header.insert(record.cell(line, column)).second) return false;
    if (records == 0) columns = record.cells().size();
    if (record.cells().size() != columns) return false;
    head.remove_prefix(std::min(end + 1, head.size()));
    record.clear();
    ++records;
  }
  return columns > 1 && (records > 1 || (records == 1 && named_so));
}
}  // namespace

std::string_view name(Format format) {
  return std::find_if(names.begin(), names.end(), [format](const auto& row) { return row.first == format; })->second;
}

std::optional<Format> format_from(std::string_view text) {
  const auto found = std::find_if(names.begin(), names.end(), [text](const auto& row) { return row.second == text; });
  return found == names.end() ? std::nullopt : std::optional{found->first};
}

std::optional<Format> recognise(std::string_view head, std::string_view file_name) {
  const bool whole = head.size() < head_limit;
  head = head.substr(0, head_limit);
  if (head.starts_with(std::string_view{"ElfFile\0", 8})) return Format::evtx;
  if (const auto json = as_json(head, whole)) return json;
  if (is_journald(head)) return Format::journald;
  if (is_w3c(head)) return Format::web_access;
  const auto lines = first_lines(head, whole);
  const auto is_gate = [](std::string_view line) {
    return line.starts_with(gate_log::version) && line.substr(gate_log::version.size()).starts_with(' ');
  };
  if (mostly(lines, is_gate)) return Format::gate_log;
  if (mostly(lines, [](std::string_view line) { return parse_audit(line).has_value(); })) return Format::auditd;
  if (mostly(lines, is_request)) return Format::web_access;
  if (mostly(lines, is_syslog)) return Format::syslog;
  if (is_csv(head, whole, file_name.ends_with(".csv") || file_name.ends_with(".tsv"))) return Format::csv;
  return std::nullopt;
}

Cut way_to_cut(Format format, std::string_view head) {
  switch (format) {
    case Format::evtx: return Cut::chunks;
    case Format::ndjson:
    case Format::syslog:
    case Format::gate_log: return Cut::lines;
    case Format::web_access: return is_w3c(head) ? Cut::none : Cut::lines;  // what its lines mean stands in the first of them
    case Format::json:
    case Format::journald:
    case Format::auditd:
    case Format::csv: return Cut::none;
  }
  return Cut::none;
}

}  // namespace kulla::event
