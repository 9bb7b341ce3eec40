// Where the processor multiplies without carries, four blocks of 16 bytes are folded at once (V. Gopal et al., "Fast CRC Computation for
// Generic Polynomials Using PCLMULQDQ Instruction", Intel 2009) down to one block that has the same checksum. That one, and what is
// short, goes through eight tables, eight bytes a step: each table holds what a byte does when that many bytes follow it.
#include "event/evtx/crc32.hpp"

#include <array>
#include <cstring>

#ifdef __x86_64__
#include <immintrin.h>
#endif

namespace kulla::event::evtx {
namespace {
constexpr std::uint32_t times_x(std::uint32_t sum) { return (sum >> 1) ^ (sum & 1 ? 0xEDB88320U : 0); }

using Tables = std::array<std::array<std::uint32_t, 256>, 8>;
constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = times_x(sum);
    tables[0][byte] = sum;
  }
  for (std::size_t following = 1; following < 8; ++following)
    for (std::size_t byte = 0; byte < 256; ++byte) {
      const auto sum = tables[following - 1][byte];
      tables[following][byte] = (sum >> 8) ^ tables[0][sum & 0xFF];
    }
  return tables;
}
constexpr Tables tables = make_tables();

std::uint32_t by_tables(std::string_view bytes, std::uint32_t sum) {
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    word ^= sum;
    sum = 0;
    for (std::size_t byte = 0; byte < 8; ++byte) sum ^= tables[7 - byte][word >> (8 * byte) & 0xFF];
  }
  for (const char byte : bytes) sum = (sum >> 8) ^ tables[0][(sum ^ static_cast<unsigned char>(byte)) & 0xFF];
  return sum;
}

#ifdef __x86_64__
/// x to this power, modulo the polynomial, as a factor of a reflected product.
constexpr long long power(int exponent) {
  std::uint32_t sum = 0x80000000;
  for (int n = 0; n < exponent; ++n) sum = times_x(sum);
  return static_cast<long long>(sum) << 1;
}
constexpr long long far_low = power(4 * 128 + 32), far_high = power(4 * 128 - 32);
constexpr long long near_low = power(128 + 32), near_high = power(128 - 32);

/// What `block` does to the checksum, moved on to where `onto` stands.
__attribute__((target("pclmul"))) __m128i fold(__m128i block, __m128i factors, __m128i onto) {
  const auto low = _mm_clmulepi64_si128(block, factors, 0x00), high = _mm_clmulepi64_si128(block, factors, 0x11);
  return _mm_xor_si128(_mm_xor_si128(low, high), onto);
}

/// Takes all whole blocks of at least 64 bytes.
__attribute__((target("pclmul"))) std::uint32_t by_folding(std::string_view& bytes, std::uint32_t sum) {
  const auto block = [&](std::size_t n) { return _mm_loadu_si128(reinterpret_cast<const __m128i*>(bytes.data()) + n); };
  const auto far = _mm_set_epi64x(far_high, far_low), near = _mm_set_epi64x(near_high, near_low);
  __m128i folded[4]{_mm_xor_si128(block(0), _mm_cvtsi32_si128(static_cast<int>(sum))), block(1), block(2), block(3)};
  for (bytes.remove_prefix(64); bytes.size() >= 64; bytes.remove_prefix(64))
    for (std::size_t n = 0; n < 4; ++n) folded[n] = fold(folded[n], far, block(n));
  auto last = folded[0];
  for (std::size_t n = 1; n < 4; ++n) last = fold(last, near, folded[n]);
  for (; bytes.size() >= 16; bytes.remove_prefix(16)) last = fold(last, near, block(0));
  std::array<char, 16> same;
  _mm_storeu_si128(reinterpret_cast<__m128i*>(same.data()), last);
  return by_tables({same.data(), same.size()}, 0);
}
#endif
}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) {
  std::uint32_t sum = ~before;
#ifdef __x86_64__
  static const bool can_fold = __builtin_cpu_supports("pclmul");
  if (can_fold && bytes.size() >= 64) sum = by_folding(bytes, sum);
#endif
  return ~by_tables(bytes, sum);
}

}  // namespace kulla::event::evtx
