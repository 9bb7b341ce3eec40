// UTF-16's units and UTF-8's bytes.
#pragma once
#include <cstdint>

namespace kulla::event {

inline constexpr char32_t replacement_character = 0xFFFD;
constexpr bool is_high_surrogate(char32_t unit) { return unit >= 0xD800 && unit < 0xDC00; }
constexpr bool is_low_surrogate(char32_t unit) { return unit >= 0xDC00 && unit < 0xE000; }
constexpr char32_t from_surrogates(char32_t high, char32_t low) { return 0x10000 + ((high & 0x3FFU) << 10U) + (low & 0x3FFU); }

/// Writes one character, four bytes at most, and returns the end; a surrogate becomes U+FFFD.
constexpr char* put_utf8(char32_t code, char* out) {
  const auto put = [&out](char32_t byte) { *out++ = static_cast<char>(byte); };
  if (code < 0x80) return put(code), out;
  if (is_high_surrogate(code) || is_low_surrogate(code)) code = replacement_character;
  if (code < 0x800) return put(0xC0U | code >> 6U), put(0x80U | (code & 0x3FU)), out;
  if (code < 0x10000) put(0xE0U | code >> 12U);
  else put(0xF0U | code >> 18U), put(0x80U | (code >> 12U & 0x3FU));
  return put(0x80U | (code >> 6U & 0x3FU)), put(0x80U | (code & 0x3FU)), out;
}

}  // namespace kulla::event
