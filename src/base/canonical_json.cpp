#include "base/canonical_json.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdint>
#include <vector>

namespace kulla {
namespace {
constexpr std::size_t depth_limit = 64;
constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

/// Length of the well-formed UTF-8 sequence (RFC 3629) at the front of `text`; 0 where it is not one.
std::size_t sequence_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0u; };
  const auto within = [&](std::size_t i, unsigned low, unsigned high) { return byte(i) >= low && byte(i) <= high; };
  const auto lead = byte(0);
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return within(1, 0x80, 0xBF) ? 2 : 0;
  if (lead >= 0xE0 && lead <= 0xEF)  // neither overlong nor a surrogate
    return within(1, lead == 0xE0 ? 0xA0 : 0x80, lead == 0xED ? 0x9F : 0xBF) && within(2, 0x80, 0xBF) ? 3 : 0;
  if (lead >= 0xF0 && lead <= 0xF4)  // neither overlong nor beyond U+10FFFF
    return within(1, lead == 0xF0 ? 0x90 : 0x80, lead == 0xF4 ? 0x8F : 0xBF) && within(2, 0x80, 0xBF) && within(3, 0x80, 0xBF) ? 4 : 0;
  return 0;
}

void write_ascii(char c, std::string& out) {
  switch (c) {
    case '"': out += "\\\""; return;
    case '\\': out += "\\\\"; return;
    case '\b': out += "\\b"; return;
    case '\f': out += "\\f"; return;
    case '\n': out += "\\n"; return;
    case '\r': out += "\\r"; return;
    case '\t': out += "\\t"; return;
    default:
      if (static_cast<unsigned char>(c) < 0x20) out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
      else out += c;
  }
}

bool is_plain(char c) { return c >= 0x20 && c != '"' && c != '\\' && static_cast<unsigned char>(c) < 0x80; }

void write_string(std::string_view text, std::string& out) {
  out += '"';
  while (!text.empty()) {
    const auto plain = static_cast<std::size_t>(std::ranges::find_if_not(text, is_plain) - text.begin());
    out += text.substr(0, plain);
    text.remove_prefix(plain);
    if (text.empty()) break;
    const auto length = sequence_length(text);
    if (length == 1) write_ascii(text.front(), out);
    else out += length == 0 ? replacement : text.substr(0, length);
    text.remove_prefix(std::max<std::size_t>(length, 1));
  }
  out += '"';
}

int rank(char c) {
  const int byte = static_cast<unsigned char>(c);
  return byte >= 0xF0 ? byte - 2 : byte >= 0xEE ? byte + 0x10 : byte;
}
/// UTF-16 code units in order, as RFC 8785 sorts keys. It differs from the order of UTF-8 bytes in one thing: what lies above
/// U+FFFF (lead byte F0 and up) is written in surrogates (D800..DFFF) and so comes before U+E000..U+FFFF (lead bytes EE and EF).
bool key_before(std::string_view a, std::string_view b) { return std::ranges::lexicographical_compare(a, b, {}, rank, rank); }

void write(const json::value& value, std::string& out) {
  switch (value.kind()) {
    case json::kind::null: out += "null"; return;
    case json::kind::bool_: out += value.get_bool() ? "true" : "false"; return;
    case json::kind::string: write_string(value.get_string(), out); return;
    case json::kind::int64:
      KULLA_ASSERT(value.get_int64() <= integer_limit && value.get_int64() >= -integer_limit);
      out += fmt::format("{}", value.get_int64());
      return;
    case json::kind::uint64:
      KULLA_ASSERT(value.get_uint64() <= static_cast<std::uint64_t>(integer_limit));
      out += fmt::format("{}", value.get_uint64());
      return;
    case json::kind::double_: KULLA_ASSERT(!value.is_double()); return;  // a fraction has no one text here
    case json::kind::array: {
      out += '[';
      bool first = true;
      for (const auto& element : value.get_array()) {
        if (!std::exchange(first, false)) out += ',';
        write(element, out);
      }
      out += ']';
      return;
    }
    case json::kind::object: {
      std::vector<const json::key_value_pair*> members;
      for (const auto& member : value.get_object()) members.push_back(&member);
      std::ranges::sort(members, [](const auto* a, const auto* b) { return key_before(a->key(), b->key()); });
      out += '{';
      bool first = true;
      for (const auto* member : members) {
        if (!std::exchange(first, false)) out += ',';
        write_string(member->key(), out);
        out += ':';
        write(member->value(), out);
      }
      out += '}';
      return;
    }
  }
}
}  // namespace

std::string canonical(const json::value& value) {
  std::string out;
  write(value, out);
  return out;
}

Result<json::value> parse_json(std::string_view text, std::size_t limit) {
  if (text.size() > limit) return fail(Code::too_large, fmt::format("JSON of {} bytes, over {}", text.size(), limit));
  boost::system::error_code error;
  json::parse_options options;
  options.max_depth = depth_limit;
  auto value = json::parse(text, error, {}, options);
  if (error) return fail(Code::bad_json, error.message());
  return value;
}
}  // namespace kulla
