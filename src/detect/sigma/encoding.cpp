#include "detect/sigma/encoding.hpp"

#include <sodium.h>

#include <array>

namespace kulla::detect::sigma {
namespace {
std::string base64(std::string_view bytes) {
  std::string text(sodium_base64_encoded_len(bytes.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  sodium_bin2base64(text.data(), text.size(), reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(),
                    sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // the terminator
  return text;
}

/// With `offset` bytes before it, the first characters depend on those too; at the end, an incomplete group depends on what follows.
std::string base64_at(std::string_view bytes, std::size_t offset) {
  constexpr std::array<std::size_t, 3> skip{0, 2, 3}, drop{0, 3, 2};
  const auto encoded = base64(std::string(offset, ' ') + std::string(bytes));
  const auto end = encoded.size() - drop[(bytes.size() + offset) % 3];
  return skip[offset] < end ? encoded.substr(skip[offset], end - skip[offset]) : std::string{};
}

/// One character of UTF-8 and its width; width 0 where the bytes are none.
std::pair<char32_t, std::size_t> character_at(std::string_view text, std::size_t at) {
  const auto lead = static_cast<unsigned char>(text[at]);
  const std::size_t width = lead < 0x80 ? 1 : lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : lead >= 0xC0 ? 2 : 0;
  if (width == 0 || at + width > text.size()) return {0, 0};
  char32_t character = width == 1 ? lead : lead & (0xFFU >> (width + 1));
  for (std::size_t i = 1; i < width; ++i) character = (character << 6U) | (static_cast<unsigned char>(text[at + i]) & 0x3FU);
  return {character, width};
}

Checked<std::string> utf16(std::string_view text, bool big_endian, int line) {
  std::string encoded;
  const auto unit = [&](char32_t value) {
    const auto low = static_cast<char>(value & 0xFFU), high = static_cast<char>((value >> 8U) & 0xFFU);
    encoded += big_endian ? high : low;
    encoded += big_endian ? low : high;
  };
  for (std::size_t at = 0; at < text.size();) {
    const auto [character, width] = character_at(text, at);
    if (width == 0) return fault(line, "the value is not UTF-8, so it has no UTF-16 form");
    at += width;
    if (character < 0x10000) {
      unit(character);
    } else {
      unit(0xD800U + ((character - 0x10000U) >> 10U));
      unit(0xDC00U + ((character - 0x10000U) & 0x3FFU));
    }
  }
  return encoded;
}

Checked<std::vector<std::string>> encode_once(std::string_view text, Encoding encoding, int line) {
  if (encoding == Encoding::base64) return std::vector{base64(text)};
  if (encoding == Encoding::base64_offset) {
    std::vector<std::string> places;
    for (const std::size_t offset : {0U, 1U, 2U})
      if (auto place = base64_at(text, offset); !place.empty()) places.push_back(std::move(place));
    if (places.empty()) return fault(line, "the value is too short for base64offset");
    return places;
  }
  KULLA_TRY(auto wide, utf16(text, encoding == Encoding::utf16be, line));
  return std::vector{encoding == Encoding::utf16 ? "\xFF\xFE" + wide : wide};
}
}  // namespace

Checked<std::vector<std::string>> encode(std::string_view text, const std::vector<Encoding>& encodings, int line) {
  std::vector<std::string> values{std::string(text)};
  for (const auto encoding : encodings) {
    std::vector<std::string> next;
    for (const auto& value : values) {
      KULLA_TRY(auto encoded, encode_once(value, encoding, line));
      next.insert(next.end(), encoded.begin(), encoded.end());
    }
    values = std::move(next);
  }
  return values;
}

Checked<std::string> plain_text(std::string_view text, int line) {
  std::string plain;
  for (std::size_t at = 0; at < text.size(); ++at) {
    if (text[at] == '*' || text[at] == '?') return fault(line, "a wildcard cannot be encoded; escape it to mean the character");
    const bool escapes = text[at] == '\\' && at + 1 < text.size() && std::string_view{"*?\\"}.find(text[at + 1]) != std::string_view::npos;
    if (escapes) ++at;
    plain += text[at];
  }
  return plain;
}

}  // namespace kulla::detect::sigma
