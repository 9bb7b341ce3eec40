#include "event/fields.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "event/hex.hpp"
#include "event/uri.hpp"

namespace kulla::event {
namespace {
constexpr auto npos = std::string_view::npos;

bool is_method(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(),
                                      [](char c) { return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_'; });
}

char unescaped(char letter) {
  constexpr std::string_view letters = "nrtbvf", means = "\n\r\t\b\v\f";
  const auto at = letters.find(letter);
  return at == npos ? letter : means[at];
}
}  // namespace

void add_present(std::string_view name, std::string_view value, Event& event) {
  if (!value.empty() && value != "-") event.add(name, value);
}

void add_uri(std::string_view uri, Event& event) {
  if (uri.empty() || uri == "-") return;
  event.add("cs-uri", uri);
  const auto parts = split_uri(uri);
  event.add("cs-uri-stem", parts.stem);
  if (parts.has_query) event.add("cs-uri-query", parts.query);
  add_decoded_uri(uri, event);
}

void add_decoded_uri(std::string_view uri, Event& event) {
  auto& decoded = event.scratch();
  event.add("kulla-uri", decode_uri(uri, decoded) ? std::string_view{decoded} : uri);
}

void add_request(std::string_view request, Event& event) {
  const auto first = request.find(' ');
  if (first == npos || !is_method(request.substr(0, first))) return add_uri(request, event);
  event.add("cs-method", request.substr(0, first));
  auto uri = request.substr(first + 1);
  const auto last = uri.rfind(' ');
  const auto version = last == npos ? std::string_view{} : uri.substr(last + 1);
  if (!version.starts_with("HTTP/")) return add_uri(uri, event);
  add_uri(uri.substr(0, last), event);
  event.add("cs-version", version);
}

void add_time_taken(std::chrono::microseconds taken, Event& event) {
  std::array<char, 20> digits{};
  const auto end = std::to_chars(digits.begin(), digits.end(), taken.count() / 1000).ptr;
  event.add("time-taken", event.own({digits.begin(), end}));
}

std::string_view unescape_backslashes(std::string_view text, Event& event) {
  if (text.find('\\') == npos) return text;
  auto& out = event.scratch();
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] != '\\' || at + 1 == text.size()) {
      out += text[at];
    } else if (const int byte = text[at + 1] == 'x' ? hex_byte(text.substr(at + 2)) : -1; byte >= 0) {
      out += static_cast<char>(byte);
      at += 3;
    } else {
      out += unescaped(text[++at]);
    }
  }
  return out;
}

std::string_view unescape_hashes(std::string_view text, Event& event) {
  if (text.find('#') == npos) return text;
  auto& out = event.scratch();
  for (std::size_t at = 0; at < text.size(); ++at) {
    const int byte = text[at] == '#' ? hex_byte(text.substr(at + 1)) : -1;
    out += byte < 0 ? text[at] : static_cast<char>(byte);
    if (byte >= 0) at += 2;
  }
  return out;
}

bool looks_like_address(std::string_view text) {
  const bool six = text.find(':') != npos;
  const auto allowed = [six](char c) { return (c >= '0' && c <= '9') || c == '.' || (six && (c == ':' || hex_digit(c) >= 0)); };
  return std::all_of(text.begin(), text.end(), allowed) && (six ? text.size() > 1 : std::count(text.begin(), text.end(), '.') == 3);
}

}  // namespace kulla::event
