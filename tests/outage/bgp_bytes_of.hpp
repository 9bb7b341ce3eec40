// BGP, MRT and BMP as bytes, for tests: written from the RFCs, and from nothing of the readers.
#pragma once
#include <cstdint>
#include <string>
#include <vector>

namespace kulla::outage::test {
using namespace std::string_literals;

inline std::string number(std::uint64_t value, int bytes) {
  std::string text;
  for (int at = bytes - 1; at >= 0; --at) text += static_cast<char>(value >> (8 * at) & 0xff);
  return text;
}
inline std::string attribute(int type, const std::string& value) {
  return value.size() > 255 ? number(0x50, 1) + number(static_cast<std::uint64_t>(type), 1) + number(value.size(), 2) + value
                            : number(0x40, 1) + number(static_cast<std::uint64_t>(type), 1) + number(value.size(), 1) + value;
}
/// One AS_SEQUENCE.
inline std::string path(const std::vector<std::uint32_t>& ases, int as_bytes = 4) {
  auto text = number(2, 1) + number(ases.size(), 1);
  for (const auto as : ases) text += number(as, as_bytes);
  return attribute(2, text);
}
inline std::string bgp_update(const std::string& withdrawn, const std::string& attributes, const std::string& announced) {
  const auto body = number(withdrawn.size(), 2) + withdrawn + number(attributes.size(), 2) + attributes + announced;
  return std::string(16, '\xff') + number(body.size() + 19, 2) + number(2, 1) + body;
}
inline std::string mrt(std::uint32_t at, int type, int subtype, const std::string& body) {
  return number(at, 4) + number(static_cast<std::uint64_t>(type), 2) + number(static_cast<std::uint64_t>(subtype), 2) +
         number(body.size(), 4) + body;
}
/// BGP4MP's head before a message: AS numbers of four bytes, IPv4 peer 192.0.2.1.
inline std::string from_peer() {
  return number(64496, 4) + number(64500, 4) + number(0, 2) + number(1, 2) + "\xc0\x00\x02\x01"s + "\xc0\x00\x02\xfe"s;
}
inline std::string bmp(int type, const std::string& body) {
  return number(3, 1) + number(body.size() + 6, 4) + number(static_cast<std::uint64_t>(type), 1) + body;
}
inline std::string bmp_peer(std::uint32_t at, int flags = 0) {
  return number(0, 1) + number(static_cast<std::uint64_t>(flags), 1) + number(0, 8) + number(0, 12) + "\xc0\x00\x02\x01"s +
         number(64496, 4) + number(1, 4) + number(at, 4) + number(250'000, 4);
}
inline const std::string net_24 = "\x18\xc6\x33\x64"s;           // 198.51.100.0/24
inline const std::string net_v6 = "\x20\x20\x01\x0d\xb8"s;       // 2001:db8::/32

}  // namespace kulla::outage::test
