// Eight tables, eight bytes a step: each table holds what a byte does to the checksum when that many bytes follow it.
#include "event/evtx/crc32.hpp"

#include <array>
#include <cstring>

namespace kulla::event::evtx {
namespace {
using Tables = std::array<std::array<std::uint32_t, 256>, 8>;

constexpr Tables make_tables() {
  Tables tables{};
  for (std::uint32_t byte = 0; byte < 256; ++byte) {
    std::uint32_t sum = byte;
    for (int bit = 0; bit < 8; ++bit) sum = (sum >> 1) ^ (sum & 1 ? 0xEDB88320U : 0);
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
}  // namespace

std::uint32_t crc32(std::string_view bytes, std::uint32_t before) {
  std::uint32_t sum = ~before;
  for (; bytes.size() >= 8; bytes.remove_prefix(8)) {
    std::uint64_t word = 0;
    std::memcpy(&word, bytes.data(), 8);
    word ^= sum;
    sum = 0;
    for (std::size_t byte = 0; byte < 8; ++byte) sum ^= tables[7 - byte][word >> (8 * byte) & 0xFF];
  }
  for (const char byte : bytes) sum = (sum >> 8) ^ tables[0][(sum ^ static_cast<unsigned char>(byte)) & 0xFF];
  return ~sum;
}

}  // namespace kulla::event::evtx
