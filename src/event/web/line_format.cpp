// Reading by a compiled format: one pass, values are views unless they were escaped.
#include "event/web/line_format.hpp"

#include <algorithm>
#include <charconv>

#include "event/fields.hpp"
#include "event/text/times.hpp"

namespace kulla::event {
using namespace std::chrono;
namespace {
using Meaning = LineFormat::Meaning;
constexpr auto npos = std::string_view::npos;

/// What is known of a line while it is read.
struct Reading {
  const ReadOptions& options;
  Event& event;
  bool escaped = false;  // a backslash is somewhere in it
  std::optional<Timestamp> time{};
  std::optional<microseconds> taken{};
  std::string_view stem{}, query{};
};

std::string_view after(const LineFormat& format, std::size_t at) {
  return at + 1 < format.values.size() ? std::string_view{format.values[at + 1].before} : std::string_view{format.end};
}

/// Whether an odd number of backslashes stands before.
bool is_escaped(std::string_view text, std::size_t at) {
  std::size_t from = at;
  while (from > 0 && text[from - 1] == '\\') --from;
  return (at - from) % 2 == 1;
}

/// Where `after` begins, at a quote that is not escaped. Some servers escape none: before a status only a quote with a number after it counts.
std::size_t end_of_quoted(std::string_view rest, std::string_view after, bool before_status) {
  const auto fits = [&](std::string_view from) {
    if (!from.starts_with(after)) return false;
    from.remove_prefix(after.size());
    return !before_status || (!from.empty() && ((from.front() >= '0' && from.front() <= '9') || from.front() == '-'));
  };
  for (std::size_t at = 0; (at = rest.find('"', at)) != npos; ++at)
    if (!is_escaped(rest, at) && fits(rest.substr(at))) return at;
  return npos;
}

/// Where the value ends in what is left of the line.
std::size_t end_of(const LineFormat& format, std::size_t at, std::string_view rest) {
  const auto text = after(format, at);
  const bool last = at + 1 == format.values.size(), lenient = format.required < format.values.size() && at + 1 >= format.required;
  if (text.empty()) return last ? rest.size() : rest.find('/');  // a host, then a path
  if (text.front() == '"' && format.values[at].before.ends_with('"')) {
    const auto end = end_of_quoted(rest, text, !last && format.values[at + 1].meaning == Meaning::status);
    return end == npos && lenient ? std::min(end_of_quoted(rest, "\"", false), rest.size()) : end;
  }
  const auto end = text.size() == 1 ? rest.find(text.front()) : rest.find(text);
  return end == npos && lenient ? std::min(rest.find(' '), rest.size()) : end;
}

bool all_digits(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}
bool is_word(std::string_view text) { return !text.empty() && text.find(' ') == npos; }
bool is_user(std::string_view text) { return !text.starts_with("- ") && !text.ends_with(" -"); }

bool take_time(std::string_view value, Reading& reading) {
  reading.time = take_clf_time(value, reading.options.zone);
  if (!reading.time) reading.time = take_iso_time(value, reading.options.zone);
  if (!reading.time) reading.time = take_epoch_time(value);
  return reading.time && value.empty();
}

bool take_duration(std::string_view value, double unit, Reading& reading) {
  double number = 0;
  const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), number);
  constexpr double longest = 1e15;  // microseconds, 31 years
  const double taken = number * unit;
  if (error == std::errc{} && end == value.data() + value.size() && taken >= 0 && taken < longest)
    reading.taken = microseconds{static_cast<std::int64_t>(taken)};
  return true;
}

bool take_word(std::string_view name, std::string_view value, Reading& reading, bool well) {
  if (well) add_present(name, value, reading.event);
  return well;
}

bool take(const LineFormat::Value& part, std::string_view value, Reading& reading) {
  const auto text = reading.escaped ? unescape_backslashes(value, reading.event) : value;
  switch (part.meaning) {
    case Meaning::ignored: return true;
    case Meaning::named: return take_word(part.name, text, reading, true);
    case Meaning::client: return take_word("c-ip", value, reading, is_word(value));
    case Meaning::address: return take_word("c-ip", value, reading, !value.empty() && looks_like_address(value));
    case Meaning::ident: return is_word(value) && !looks_like_address(value);
    case Meaning::user: return take_word("cs-username", text, reading, is_user(value));
    case Meaning::time: return take_time(value, reading);
    case Meaning::request: return add_request(text, reading.event), true;
    case Meaning::method: return take_word("cs-method", text, reading, true);
    case Meaning::uri: return add_uri(text, reading.event), true;
    case Meaning::stem: return reading.stem = text, true;
    case Meaning::query: return reading.query = text, true;
    case Meaning::version: return take_word("cs-version", text, reading, true);
    case Meaning::status: return take_word("sc-status", value, reading, value == "-" || (value.size() == 3 && all_digits(value)));
    case Meaning::count: return take_word(part.name, value, reading, value == "-" || all_digits(value));
    case Meaning::seconds: return take_duration(value, 1e6, reading);
    case Meaning::milliseconds: return take_duration(value, 1e3, reading);
    case Meaning::microseconds: return take_duration(value, 1, reading);
  }
  return false;
}

bool take_all(const LineFormat& format, std::string_view rest, Reading& reading) {
  const bool lenient = format.required < format.values.size();
  for (std::size_t at = 0; at < format.values.size(); ++at) {
    const auto& part = format.values[at];
    const bool optional = lenient && at >= format.required;
    if (!rest.starts_with(part.before)) return optional;
    rest.remove_prefix(part.before.size());
    const auto end = end_of(format, at, rest);
    if (end == npos || !take(part, rest.substr(0, end), reading)) return optional;
    rest.remove_prefix(end);
  }
  return lenient || rest == format.end;
}

void add_parts_of_uri(const Reading& reading) {
  auto query = reading.query;
  if (query.starts_with('?')) query.remove_prefix(1);
  if (reading.stem.empty() || query.empty() || query == "-") return add_uri(reading.stem, reading.event);
  add_uri(reading.event.scratch().append(reading.stem).append("?").append(query), reading.event);
}
}  // namespace

bool read_by(const LineFormat& format, std::string_view line, const ReadOptions& options, Event& event) {
  event.category = "webserver";
  event.service = format.service;
  Reading reading{.options = options, .event = event, .escaped = line.find('\\') != npos};
  if (!take_all(format, line, reading)) return false;
  add_parts_of_uri(reading);
  if (reading.taken) add_time_taken(*reading.taken, event);
  if (!reading.time) return true;
  const auto taken = reading.taken.value_or(microseconds{0});
  event.happened = *reading.time - (format.logged_at_end ? taken : microseconds{0});
  event.recorded = *reading.time + (format.logged_at_end ? microseconds{0} : taken);
  return true;
}

}  // namespace kulla::event
