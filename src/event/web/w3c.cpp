#include <algorithm>
#include <array>

#include "event/fields.hpp"
#include "event/text/times.hpp"
#include "event/web/access_lines.hpp"

namespace kulla::event {
namespace {
constexpr std::array<std::string_view, 8> directives{
    "#Date:", "#End-Date:", "#Fields:", "#Remark:", "#Software:", "#Start-Date:", "#SubComponent:", "#Version:"};

/// cs(User-Agent) is cs-user-agent: Sigma's taxonomy.
std::string name_of(std::string_view written) {
  std::string name;
  for (const char c : written)
    if (c != ')') name += c == '(' ? '-' : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return name;
}

std::string_view take_value(std::string_view& text) {
  const auto value = text.substr(0, text.find_first_of(" \t"));
  text.remove_prefix(std::min(value.size() + 1, text.size()));
  return value;
}

void add_whole_uri(Event& event) {
  const auto stem = event.field("cs-uri-stem"), query = event.field("cs-uri-query");
  if (!stem || event.field("cs-uri")) return;
  auto& uri = event.scratch().append(*stem);
  if (query) uri.append("?").append(*query);
  event.add("cs-uri", uri);
  add_decoded_uri(uri, event);
}

void set_time(std::string_view date, std::string_view time, Event& event) {
  std::array<char, 32> both{};
  if (date.size() + time.size() + 1 > both.size() || date.empty()) return;
  auto* end = std::copy(date.begin(), date.end(), both.begin());
  *end++ = ' ';
  end = std::copy(time.begin(), time.end(), end);
  std::string_view text{both.begin(), end};
  if (const auto read = take_iso_time(text, std::chrono::minutes{0})) event.happened = event.recorded = *read;
}
}  // namespace

bool W3cLines::is_directive(std::string_view line) {
  return line.starts_with('#') &&
         std::any_of(directives.begin(), directives.end(), [line](auto directive) { return line.starts_with(directive); });
}

void W3cLines::take_directive(std::string_view line) {
  constexpr std::string_view fields = "#Fields:", iis = "#Software: Microsoft Internet Information Services";
  if (line.starts_with(iis)) service_ = "iis";
  if (!line.starts_with(fields)) return;
  line.remove_prefix(fields.size());
  names_.clear();
  while (!line.empty())
    if (const auto name = take_value(line); !name.empty()) names_.push_back(name_of(name));
}

bool W3cLines::read(std::string_view line, Event& event) const {
  event.category = "webserver";
  event.service = service_;
  std::string_view date, time;
  for (const auto& name : names_) {
    if (line.empty()) return false;
    const auto value = take_value(line);
    if (name == "date") date = value;
    if (name == "time") time = value;
    add_present(name, value, event);
  }
  add_whole_uri(event);
  set_time(date, time, event);
  return line.empty();
}

}  // namespace kulla::event
