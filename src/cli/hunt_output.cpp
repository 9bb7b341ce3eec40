#include "cli/hunt_output.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <vector>

#include "base/canonical_json.hpp"
#include "base/path_text.hpp"

namespace kulla::cli {
namespace {
constexpr std::size_t rules_shown = 25, hosts_shown = 10, bars = 24;
constexpr std::array<std::string_view, 5> level_colours{"\x1b[2m", "\x1b[36m", "\x1b[33m", "\x1b[31m", "\x1b[1;31m"};

bool in_colour() { return ::isatty(STDOUT_FILENO) != 0 && std::getenv("NO_COLOR") == nullptr; }
std::string coloured(Level level, std::string_view text) {
  return in_colour() ? fmt::format("{}{}\x1b[0m", level_colours[static_cast<std::size_t>(level)], text) : std::string{text};
}
std::string_view level_name(Level level) { return boost::describe::enum_to_string(level, "?"); }

/// A name that came several times is a list.
json::object fields_of(const detect::Fields& fields) {
  json::object object;
  for (const auto& [name, value] : fields) {
    auto& known = object[name];
    if (known.is_null()) known = value;
    else if (known.is_array()) known.as_array().emplace_back(value);
    else known = json::array{known, value};
  }
  return object;
}

/// Quoted as in RFC 4180; a value that a spreadsheet would take for a formula gets an apostrophe.
std::string csv_cell(std::string_view value) {
  std::string cell{"\""};
  if (!value.empty() && std::string_view{"=+-@\t\r"}.find(value.front()) != std::string_view::npos) cell += '\'';
  for (const char c : value) {
    if (c == '"') cell += '"';
    cell += c;
  }
  return cell + '"';
}

std::string bar(std::uint64_t count, std::uint64_t most, std::size_t width) {
  const auto full = most == 0 ? 0 : (count * width + most - 1) / most;
  std::string text;
  for (std::size_t at = 0; at < full; ++at) text += "█";
  return text;
}

std::string minute_text(std::int64_t minute) { return to_rfc3339(Timestamp{std::chrono::minutes{minute}}).substr(0, 16); }
}  // namespace

void print_match_json(const detect::HuntMatch& match, const std::string& file) {
  const auto& rule = *match.rule;
  json::object object{
      {"rule_id", rule.id.str()}, {"title", rule.title}, {"level", level_name(rule.level)},  {"tags", json::array{}}, {"file", file},
      {"record", match.record},   {"time", nullptr},     {"fields", fields_of(match.fields)}};
  for (const auto& tag : rule.tags) object["tags"].as_array().emplace_back(tag);
  if (match.time) object["time"] = to_rfc3339(*match.time);
  if (!match.record_id.empty()) object["event_record_id"] = match.record_id;
  if (!match.host.empty()) object["host"] = match.host;
  if (match.events > 1) object["events"] = match.events;
  fmt::print("{}\n", canonical(object));
}

void print_csv_header() { fmt::print("time,level,title,rule_id,host,file,record,fields\r\n"); }
void print_match_csv(const detect::HuntMatch& match, const std::string& file) {
  std::string fields;
  for (const auto& [name, value] : match.fields) fields += fmt::format("{}{}={}", fields.empty() ? "" : " ¦ ", name, value);
  const auto& rule = *match.rule;
  fmt::print("{},{},{},{},{},{},{},{}\r\n", match.time ? to_rfc3339(*match.time) : "", level_name(rule.level), csv_cell(rule.title),
             csv_cell(rule.id.str()), csv_cell(match.host), csv_cell(file), match.record, csv_cell(fields));
}

void HuntSummary::take(const detect::HuntMatch& match) {
  ++matches_;
  ++levels_[static_cast<std::size_t>(match.rule->level)];
  auto& rule = rules_[match.rule->id.str()];
  rule.title = match.rule->title, rule.level = match.rule->level, ++rule.count;
  if (hosts_.size() < hosts_kept || hosts_.contains(match.host)) ++hosts_[match.host];
  else ++other_hosts_;
  const auto minute = match.time ? std::chrono::floor<std::chrono::minutes>(*match.time).time_since_epoch().count() : 0;
  if (match.time && (minutes_.size() < minutes_kept || minutes_.contains(minute))) ++minutes_[minute];
  else ++untimed_;
}

void HuntSummary::print() const {
  if (matches_ == 0) return;
  print_levels();
  print_rules();
  print_hosts();
  print_times();
}

void HuntSummary::print_levels() const {
  fmt::print("\nBy severity\n");
  const auto most = *std::max_element(levels_.begin(), levels_.end());
  for (std::size_t at = levels_.size(); at-- > 0;)
    if (levels_[at] > 0) {
      const auto level = static_cast<Level>(at);
      fmt::print("  {} {:>9}  {}\n", coloured(level, fmt::format("{:<13}", level_name(level))), levels_[at],
                 coloured(level, bar(levels_[at], most, 40)));
    }
}

void HuntSummary::print_rules() const {
  std::vector<const OfRule*> rules;
  for (const auto& [id, rule] : rules_) rules.push_back(&rule);
  std::stable_sort(rules.begin(), rules.end(),
                   [](const OfRule* a, const OfRule* b) { return a->level != b->level ? a->level > b->level : a->count > b->count; });
  fmt::print("\nBy rule ({})\n", rules.size());
  for (std::size_t at = 0; at < rules.size() && at < rules_shown; ++at)
    fmt::print("  {} {:>9}  {}\n", coloured(rules[at]->level, fmt::format("{:<13}", level_name(rules[at]->level))), rules[at]->count,
               escape_path(rules[at]->title));
  if (rules.size() > rules_shown) fmt::print("  … and {} rules more; --format ndjson tells all\n", rules.size() - rules_shown);
}

void HuntSummary::print_hosts() const {
  std::vector<std::pair<std::uint64_t, std::string>> hosts;
  for (const auto& [host, count] : hosts_) hosts.emplace_back(count, host);
  std::stable_sort(hosts.begin(), hosts.end(), [](const auto& a, const auto& b) { return a.first > b.first; });
  fmt::print("\nBy host ({})\n", hosts.size());
  for (std::size_t at = 0; at < hosts.size() && at < hosts_shown; ++at)
    fmt::print("  {:>9}  {}\n", hosts[at].first, hosts[at].second.empty() ? "(not told)" : escape_path(hosts[at].second));
  std::uint64_t others = other_hosts_;
  for (std::size_t at = hosts_shown; at < hosts.size(); ++at) others += hosts[at].first;
  if (others > 0) fmt::print("  {:>9}  on others\n", others);
}

// Bars of equal width in time, from the first match to the last.
void HuntSummary::print_times() const {
  fmt::print("\nBy time (UTC)\n");
  if (untimed_ > 0) fmt::print("  {:>9}  without a time\n", untimed_);
  if (minutes_.empty()) return;
  const auto first = minutes_.begin()->first, last = minutes_.rbegin()->first;
  const auto width = (last - first) / static_cast<std::int64_t>(bars) + 1;
  std::map<std::int64_t, std::uint64_t> counts;
  for (const auto& [minute, count] : minutes_) counts[(minute - first) / width] += count;
  std::uint64_t most = 0;
  for (const auto& [at, count] : counts) most = std::max(most, count);
  std::int64_t next = 0;
  for (const auto& [at, count] : counts) {
    if (at > next) fmt::print("  {:16}\n", "…");
    fmt::print("  {}  {:>9}  {}\n", minute_text(first + at * width), count, bar(count, most, 40));
    next = at + 1;
  }
}

}  // namespace kulla::cli
