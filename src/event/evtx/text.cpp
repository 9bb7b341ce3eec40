// Nearly all text in event logs is ASCII: it goes eight characters at a time, the rest one by one.
#include "event/evtx/text.hpp"

#include <array>
#include <cstdint>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "event/evtx/cursor.hpp"
#include "event/utf8.hpp"

namespace kulla::event::evtx {
namespace {
#ifdef __SSE2__
/// Writes the eight characters at `at` to `out` where all of them are ASCII other than NUL.
bool put_ascii_block(const char* at, char* out) {
  const auto beyond = _mm_set1_epi16(static_cast<short>(0xFF80));
  const auto zero = _mm_setzero_si128();
  const auto block = _mm_loadu_si128(reinterpret_cast<const __m128i*>(at));
  const auto ascii = _mm_cmpeq_epi16(_mm_and_si128(block, beyond), zero);
  const auto usable = _mm_andnot_si128(_mm_cmpeq_epi16(block, zero), ascii);
  if (_mm_movemask_epi8(usable) != 0xFFFF) return false;
  _mm_storel_epi64(reinterpret_cast<__m128i*>(out), _mm_packus_epi16(block, block));
  return true;
}

/// Moves both on over ASCII, eight characters at a time. The last eight may overlap the ones before: they are written again.
void take_ascii(const char*& at, const char* end, char*& out) {
  const char* const begin = at;
  for (; end - at >= 16; at += 16, out += 8)
    if (!put_ascii_block(at, out)) return;
  const auto left = (end - at) / 2;
  if (left == 0 || at == begin || !put_ascii_block(end - 16, out - (8 - left))) return;
  at = end;
  out += left;
}
#else
void take_ascii(const char*&, const char*, char*&) {}
#endif
}  // namespace

char* utf16_to_utf8(const char* text, std::size_t units, char* out) {
  if (units > 0 && load<std::uint16_t>(text + 2 * units - 2) == 0) --units;  // most have their NUL
  const char* const end = text + 2 * units;
  const char* next_block = text;
  while (text != end) {
    if (text >= next_block) {
      take_ascii(text, end, out);
      next_block = text + 16;
      if (text == end) break;
    }
    char32_t code = load<std::uint16_t>(text);
    if (code == 0) break;
    text += 2;
    if (code < 0x80) {
      *out++ = static_cast<char>(code);
      continue;
    }
    if (is_high_surrogate(code) && text != end && is_low_surrogate(load<std::uint16_t>(text))) {
      code = from_surrogates(code, load<std::uint16_t>(text));
      text += 2;
    }
    out = put_utf8(code, out);
  }
  return out;
}

char* ansi_to_utf8(std::string_view text, char* out) {
  constexpr char16_t replacement = replacement_character;
  constexpr std::array<char16_t, 32> high{0x20AC,      replacement, 0x201A, 0x0192, 0x201E, 0x2026,      0x2020, 0x2021,
                                          0x02C6,      0x2030,      0x0160, 0x2039, 0x0152, replacement, 0x017D, replacement,
                                          replacement, 0x2018,      0x2019, 0x201C, 0x201D, 0x2022,      0x2013, 0x2014,
                                          0x02DC,      0x2122,      0x0161, 0x203A, 0x0153, replacement, 0x017E, 0x0178};
  for (const char c : text.substr(0, text.find('\0'))) {
    const auto byte = static_cast<unsigned char>(c);
    out = put_utf8(byte >= 0x80 && byte < 0xA0 ? char32_t{high[byte - 0x80U]} : char32_t{byte}, out);
  }
  return out;
}

}  // namespace kulla::event::evtx
