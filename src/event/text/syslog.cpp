#include "event/text/syslog.hpp"

#include <array>

#include "event/text/times.hpp"

namespace kulla::event {
namespace {
constexpr auto npos = std::string_view::npos;
constexpr std::array<std::string_view, 24> facilities{"kern",   "user",   "mail",     "daemon", "auth",   "syslog", "lpr",    "news",
                                                      "uucp",   "cron",   "authpriv", "ftp",    "ntp",    "audit",  "alert",  "clock",
                                                      "local0", "local1", "local2",   "local3", "local4", "local5", "local6", "local7"};
constexpr std::array<std::string_view, 8> severities{"emerg", "alert", "crit", "err", "warning", "notice", "info", "debug"};
constexpr std::size_t longest_tag = 128;  // RFC 3164 has 32, RFC 5424's APP-NAME 48; some write more

bool take_if(std::string_view& text, char c) {
  if (!text.starts_with(c)) return false;
  text.remove_prefix(1);
  return true;
}

std::string_view take_word(std::string_view& text) {
  const auto word = text.substr(0, text.find(' '));
  text.remove_prefix(std::min(word.size() + 1, text.size()));
  return word;
}

/// RFC 5424 writes "-" for what is absent.
std::string_view take_field(std::string_view& text) {
  const auto word = take_word(text);
  return word == "-" ? std::string_view{} : word;
}

int take_pri(std::string_view& text) {
  const auto end = text.find('>');
  if (!text.starts_with('<') || end == npos || end < 2 || end > 4) return -1;
  int pri = 0;
  for (const char c : text.substr(1, end - 1)) {
    if (c < '0' || c > '9') return -1;
    pri = pri * 10 + (c - '0');
  }
  if (pri > 191) return -1;
  text.remove_prefix(end + 1);
  return pri;
}

/// "program: ", "program[123]: " or "program[123] " from the front.
void take_tag(std::string_view& text, SyslogLine& line) {
  const auto end = text.substr(0, longest_tag).find_first_of(" [");
  const auto word = text.substr(0, std::min(end, text.size()));
  if (word.empty()) return;
  if (word.ends_with(':')) {
    line.appname = word.substr(0, word.size() - 1);
    text.remove_prefix(word.size());
  } else if (end != npos && text[end] == '[') {
    const auto close = text.find(']', end);
    if (close == npos || close - end > longest_tag || text.substr(end, close - end).find(' ') != npos) return;
    line.appname = word;
    line.procid = text.substr(end + 1, close - end - 1);
    text.remove_prefix(close + 1);
    take_if(text, ':');
  } else {
    return;
  }
  take_if(text, ' ');
}

bool is_tag(std::string_view word) { return word.ends_with(':') || (word.ends_with(']') && word.find('[') != npos); }

std::size_t structured_size(std::string_view text) {
  std::size_t at = 0;
  while (at < text.size() && text[at] == '[') {
    bool quoted = false;
    for (++at; at < text.size() && (quoted || text[at] != ']'); ++at) {
      if (text[at] == '"') quoted = !quoted;
      else if (text[at] == '\\' && quoted) ++at;
    }
    if (at >= text.size()) return 0;
    ++at;
  }
  return at;
}

void parse_5424(std::string_view text, const ReadOptions& options, SyslogLine& line) {
  line.rfc5424 = true;
  auto time = take_field(text);
  line.time = take_iso_time(time, options.zone);
  line.hostname = take_field(text);
  line.appname = take_field(text);
  line.procid = take_field(text);
  line.msgid = take_field(text);
  if (take_if(text, '-')) take_if(text, ' ');
  else if (const auto size = structured_size(text); size > 0)
    line.structured = text.substr(0, size), text.remove_prefix(size), take_if(text, ' ');
  if (text.starts_with("\xef\xbb\xbf")) text.remove_prefix(3);
  line.message = text;
}

void parse_after_time(std::string_view text, SyslogLine& line) {
  if (line.time) {
    take_if(text, ' ');
    if (!is_tag(text.substr(0, text.find(' ')))) line.hostname = take_word(text);
  }
  take_tag(text, line);
  line.message = text;
}

/// Appends without the backslashes that escape " \ and ].
void append_unescaped(std::string_view value, std::string& out) {
  for (std::size_t at = 0; at < value.size(); ++at) {
    if (value[at] == '\\' && at + 1 < value.size() && std::string_view{"\"\\]"}.find(value[at + 1]) != npos) ++at;
    out += value[at];
  }
}

/// name="value" from the front, its value kept if it had to be unescaped.
bool add_parameter(std::string_view& text, std::string_view id, Event& event) {
  const auto equals = text.find("=\"");
  if (equals == npos || equals == 0) return false;
  auto end = equals + 2;
  bool escaped = false;
  for (; end < text.size() && text[end] != '"'; ++end)
    if (text[end] == '\\') escaped = true, ++end;
  if (end >= text.size()) return false;
  auto value = text.substr(equals + 2, end - equals - 2);
  auto& name = event.scratch();
  name.append(id).append(".").append(text.substr(0, equals));
  if (escaped) {
    auto& plain = event.scratch();
    append_unescaped(value, plain);
    value = plain;
  }
  event.add(name, value);
  text.remove_prefix(end + 1);
  return true;
}
}  // namespace

std::string_view facility_name(int pri) { return facilities.at(static_cast<std::size_t>(pri / 8)); }
std::string_view severity_name(int pri) { return severities.at(static_cast<std::size_t>(pri % 8)); }

std::optional<SyslogLine> parse_syslog(std::string_view text, const ReadOptions& options) {
  SyslogLine line;
  line.pri = take_pri(text);
  if (line.pri >= 0 && text.starts_with("1 ")) {
    parse_5424(text.substr(2), options, line);
    return line;
  }
  line.time = take_bsd_time(text, options.zone, options.seen);
  if (!line.time && text.size() > 10 && text[10] == 'T') line.time = take_iso_time(text, options.zone);
  if (!line.time && line.pri < 0) return std::nullopt;
  parse_after_time(text, line);
  return line;
}

bool add_structured(std::string_view text, Event& event) {
  while (take_if(text, '[')) {
    const auto end = text.find_first_of(" ]");
    if (end == npos) return false;
    const auto id = text.substr(0, end);
    text.remove_prefix(end);
    while (take_if(text, ' '))
      if (!text.starts_with(']') && !add_parameter(text, id, event)) return false;
    if (!take_if(text, ']')) return false;
  }
  return true;
}

}  // namespace kulla::event
