#include "base/path_text.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <cstdint>

namespace kulla {
namespace {
struct Range {
  std::uint32_t first, last;
};
// Valid UTF-8 that is escaped all the same: controls, what ends a line, what hides or reorders text, what is no character.
constexpr std::array hidden{Range{0x00, 0x1F},       Range{'%', '%'},       Range{0x7F, 0x9F},     Range{0xAD, 0xAD},
                            Range{0x61C, 0x61C},     Range{0x180E, 0x180E}, Range{0x200B, 0x200F}, Range{0x2028, 0x202E},
                            Range{0x2060, 0x206F},   Range{0xFDD0, 0xFDEF}, Range{0xFEFF, 0xFEFF}, Range{0xFFF0, 0xFFFF},
                            Range{0xE0000, 0x1FFFFF}};

bool is_hidden(std::uint32_t point) {
  return std::ranges::any_of(hidden, [&](Range range) { return point >= range.first && point <= range.last; });
}

std::size_t length_of(unsigned char lead) {
  if (lead < 0x80) return 1;
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

/// How many bytes at the front may stay as they are: one whole, harmless character, or 0.
std::size_t plain_front(std::string_view bytes) {
  constexpr std::array<std::uint32_t, 5> smallest{0, 0, 0x80, 0x800, 0x10000};
  const auto lead = static_cast<unsigned char>(bytes.front());
  const auto length = length_of(lead);
  if (length == 0 || bytes.size() < length) return 0;
  std::uint32_t point = length == 1 ? lead : lead & (0xFFU >> (length + 1));
  for (char c : bytes.substr(1, length - 1)) {
    const auto byte = static_cast<unsigned char>(c);
    if ((byte & 0xC0) != 0x80) return 0;
    point = point << 6 | (byte & 0x3F);
  }
  const bool surrogate = point >= 0xD800 && point <= 0xDFFF;
  return point < smallest[length] || surrogate || is_hidden(point) ? 0 : length;
}

int digit(char c) { return c >= '0' && c <= '9' ? c - '0' : c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1; }
/// What nearly all names are: letters that show as themselves.
bool is_simple(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c >= ' ' && c <= '~' && c != '%'; });
}
}  // namespace

std::string escape_path(std::string_view bytes) {
  if (is_simple(bytes)) return std::string(bytes);
  std::string text;
  while (!bytes.empty()) {
    const auto plain = plain_front(bytes);
    if (plain == 0) text += fmt::format("%{:02X}", static_cast<unsigned char>(bytes.front()));
    text += bytes.substr(0, plain);
    bytes.remove_prefix(std::max<std::size_t>(plain, 1));
  }
  return text;
}

Result<std::string> unescape_path(std::string_view text) {
  if (is_simple(text)) return std::string(text);
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      bytes += text[i];
      continue;
    }
    const int high = i + 2 < text.size() ? digit(text[i + 1]) : -1, low = i + 2 < text.size() ? digit(text[i + 2]) : -1;
    if (high < 0 || low < 0) return fail(Code::bad_json, "a path has % without two hexadecimal digits");
    bytes += static_cast<char>(high * 16 + low);
    i += 2;
  }
  if (escape_path(bytes) != text) return fail(Code::bad_json, "a path is not escaped as specified");
  return bytes;
}

std::string cut_text(std::string text, std::size_t limit) {
  constexpr std::string_view mark = "…";
  if (text.size() <= limit) return text;
  std::size_t end = limit - std::min(limit, mark.size());
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0) == 0x80) --end;
  text.resize(end);
  return text + std::string(mark);
}
}  // namespace kulla
