// From the strings of two servers' configurations to the one form that lines are read by.
#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "event/web/line_format.hpp"

namespace kulla::event {
namespace {
using Meaning = LineFormat::Meaning;

struct Word {
  std::string_view written;
  Meaning meaning;
  std::string_view name;
};

/// Gathers text and values; joins the values that servers write side by side to give one URI.
class Builder {
 public:
  Builder(std::string_view whole, std::string_view service) : whole_(whole) { format_.service = service; }
  void add_text(char c) { text_ += c; }
  void add_text(std::string_view text) { text_ += text; }
  Result<> add_value(Meaning meaning, std::string name);
  Result<LineFormat> finish();
  [[nodiscard]] std::unexpected<Error> bad(std::string_view why) const {
    return fail(Code::bad_argument, fmt::format("log format '{}': {}", whole_.substr(0, 512), why));
  }
  LineFormat format_;

 private:
  std::string_view whole_;
  std::string text_;
};

Result<> Builder::add_value(Meaning meaning, std::string name) {
  if (text_.empty() && !format_.values.empty()) {
    auto& last = format_.values.back().meaning;
    const bool query = meaning == Meaning::query, path = meaning == Meaning::uri || meaning == Meaning::stem;
    if (query && last == Meaning::stem) return last = Meaning::uri, Result<>{};
    if (query && (last == Meaning::uri || last == Meaning::query)) return {};
    if (!path) return bad("two values with nothing between them; nobody could tell where the first ends");
  }
  format_.values.push_back({std::exchange(text_, {}), meaning, std::move(name)});
  return {};
}

Result<LineFormat> Builder::finish() {
  if (format_.values.empty()) return bad("it has no values");
  format_.end = std::move(text_);
  format_.required = format_.values.size();
  return std::move(format_);
}

std::string lower(std::string_view text, char from, char to) {
  std::string out{text};
  for (char& c : out) c = c == from ? to : c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
  return out;
}

// ── nginx ──
constexpr std::array<Word, 28> variables{{
    {"args", Meaning::query, ""},
    {"body_bytes_sent", Meaning::count, "sc-bytes"},
    {"bytes_sent", Meaning::count, "sc-bytes"},
    {"content_type", Meaning::named, "cs-content-type"},
    {"document_uri", Meaning::stem, ""},
    {"host", Meaning::named, "cs-host"},
    {"http_host", Meaning::named, "cs-host"},
    {"is_args", Meaning::query, ""},
    {"msec", Meaning::time, ""},
    {"query_string", Meaning::query, ""},
    {"realip_remote_addr", Meaning::named, "realip_remote_addr"},
    {"remote_addr", Meaning::client, ""},
    {"remote_port", Meaning::named, "c-port"},
    {"remote_user", Meaning::user, ""},
    {"request", Meaning::request, ""},
    {"request_length", Meaning::count, "cs-bytes"},
    {"request_method", Meaning::method, ""},
    {"request_time", Meaning::seconds, ""},
    {"request_uri", Meaning::uri, ""},
    {"server_addr", Meaning::named, "s-ip"},
    {"server_name", Meaning::named, "cs-host"},
    {"server_port", Meaning::named, "s-port"},
    {"server_protocol", Meaning::version, ""},
    {"ssl_protocol", Meaning::named, "ssl_protocol"},
    {"status", Meaning::status, ""},
    {"time_iso8601", Meaning::time, ""},
    {"time_local", Meaning::time, ""},
    {"uri", Meaning::stem, ""},
}};

Result<> add_variable(std::string_view name, Builder& builder) {
  const auto known = std::find_if(variables.begin(), variables.end(), [name](const Word& word) { return word.written == name; });
  if (known != variables.end()) return builder.add_value(known->meaning, std::string{known->name});
  if (name.starts_with("http_")) return builder.add_value(Meaning::named, "cs-" + lower(name.substr(5), '_', '-'));
  if (name.starts_with("sent_http_")) return builder.add_value(Meaning::named, "sc-" + lower(name.substr(10), '_', '-'));
  return builder.add_value(Meaning::named, std::string{name});
}

/// The name after a '$', from the front.
std::string_view take_variable(std::string_view& text) {
  const bool braces = text.starts_with('{');
  if (braces) text.remove_prefix(1);
  const auto in_name = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_'; };
  const auto size = static_cast<std::size_t>(std::find_if_not(text.begin(), text.end(), in_name) - text.begin());
  const auto name = text.substr(0, size);
  text.remove_prefix(size);
  if (braces && !text.starts_with('}')) return {};
  if (braces) text.remove_prefix(1);
  return name;
}

// ── Apache ──
constexpr std::array<Word, 25> directives{{
    {"A", Meaning::named, "s-ip"},     {"B", Meaning::count, "sc-bytes"}, {"D", Meaning::microseconds, ""},
    {"H", Meaning::version, ""},       {"I", Meaning::count, "cs-bytes"}, {"L", Meaning::ignored, ""},
    {"O", Meaning::count, "sc-bytes"}, {"P", Meaning::ignored, ""},       {"R", Meaning::ignored, ""},
    {"S", Meaning::ignored, ""},       {"T", Meaning::seconds, ""},       {"U", Meaning::stem, ""},
    {"V", Meaning::named, "cs-host"},  {"X", Meaning::ignored, ""},       {"a", Meaning::address, ""},
    {"b", Meaning::count, "sc-bytes"}, {"f", Meaning::ignored, ""},       {"h", Meaning::client, ""},
    {"k", Meaning::ignored, ""},       {"l", Meaning::ident, ""},         {"m", Meaning::method, ""},
    {"p", Meaning::named, "s-port"},   {"q", Meaning::query, ""},         {"r", Meaning::request, ""},
    {"u", Meaning::user, ""},
}};
constexpr std::array<Word, 3> units{{{"ms", Meaning::milliseconds, ""}, {"s", Meaning::seconds, ""}, {"us", Meaning::microseconds, ""}}};

/// Of the times that %{…}t can write, those that can be read (text/times.hpp).
bool is_known_time(std::string_view argument) {
  if (argument.starts_with("begin:") || argument.starts_with("end:")) argument.remove_prefix(argument.find(':') + 1);
  constexpr std::array<std::string_view, 5> begins{"%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%FT%T", "%F %T", "%d/%b/%Y:%H:%M:%S"};
  return argument == "sec" || std::any_of(begins.begin(), begins.end(), [argument](auto begin) { return argument.starts_with(begin); });
}

Result<> add_directive(char letter, std::string_view argument, Builder& builder) {
  if (letter == 's') return builder.add_value(Meaning::status, {});
  if (letter == 'v') return builder.add_value(Meaning::named, "cs-host");
  if (letter == 'i') return builder.add_value(Meaning::named, "cs-" + lower(argument, '_', '-'));
  if (letter == 'o') return builder.add_value(Meaning::named, "sc-" + lower(argument, '_', '-'));
  if (std::string_view{"Cen"}.find(letter) != std::string_view::npos) return builder.add_value(Meaning::named, std::string{argument});
  if (letter == 't' && argument.empty()) {
    builder.add_text('[');
    KULLA_CHECK(builder.add_value(Meaning::time, {}));
    return builder.add_text(']'), Result<>{};
  }
  if (letter == 't') return builder.add_value(is_known_time(argument) ? Meaning::time : Meaning::ignored, {});
  const auto unit = std::find_if(units.begin(), units.end(), [&](const Word& word) { return word.written == argument; });
  if (letter == 'T' && unit != units.end()) return builder.add_value(unit->meaning, {});
  const auto known =
      std::find_if(directives.begin(), directives.end(), [letter](const Word& word) { return word.written.front() == letter; });
  if (known == directives.end()) return builder.bad(fmt::format("no such directive: %{}", letter));
  return builder.add_value(known->meaning, std::string{known->name});
}

/// What stands after a '%', from the front: modifiers, {argument}, a letter (two after '^').
Result<> take_directive(std::string_view& text, Builder& builder) {
  text.remove_prefix(std::min(text.find_first_not_of("!<>,0123456789"), text.size()));
  std::string_view argument;
  if (text.starts_with('{')) {
    const auto close = text.find('}');
    if (close == std::string_view::npos) return builder.bad("a '{' without its '}'");
    argument = text.substr(1, close - 1);
    text.remove_prefix(close + 1);
  }
  const bool trailer = text.starts_with('^');
  if (text.size() < (trailer ? 3U : 1U)) return builder.bad("it ends within a directive");
  const char letter = text.front();
  text.remove_prefix(trailer ? 3 : 1);
  return trailer ? builder.add_value(Meaning::ignored, {}) : add_directive(letter, argument, builder);
}
}  // namespace

Result<LineFormat> compile_nginx(std::string_view text) {
  Builder builder{text, "nginx"};
  builder.format_.logged_at_end = true;
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    if (c != '$') {
      builder.add_text(c);
      continue;
    }
    const auto name = take_variable(text);
    if (name.empty()) return builder.bad("a '$' without a name");
    KULLA_CHECK(add_variable(name, builder));
  }
  return builder.finish();
}

Result<LineFormat> compile_apache(std::string_view text) {
  Builder builder{text, "apache"};
  while (!text.empty()) {
    const char c = text.front();
    text.remove_prefix(1);
    const bool pair = !text.empty() && ((c == '\\' && (text.front() == '"' || text.front() == '\\')) || (c == '%' && text.front() == '%'));
    if (pair) builder.add_text(text.front()), text.remove_prefix(1);
    else if (c == '\\' && text.starts_with('t')) builder.add_text('\t'), text.remove_prefix(1);
    else if (c == '%') KULLA_CHECK(take_directive(text, builder));
    else builder.add_text(c);
  }
  return builder.finish();
}

}  // namespace kulla::event
