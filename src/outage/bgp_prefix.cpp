#include "outage/bgp_prefix.hpp"

#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

namespace kulla::outage {

std::optional<IpAddress> parse_ip(std::string_view text) {
  IpAddress address{.v6 = text.contains(':')};
  if (text.size() >= INET6_ADDRSTRLEN) return std::nullopt;
  const std::string terminated{text};
  if (::inet_pton(address.v6 ? AF_INET6 : AF_INET, terminated.c_str(), address.bytes.data()) != 1) return std::nullopt;
  return address;
}

std::string to_text(const IpAddress& address) {
  std::array<char, INET6_ADDRSTRLEN> text{};
  ::inet_ntop(address.v6 ? AF_INET6 : AF_INET, address.bytes.data(), text.data(), text.size());
  return text.data();
}

Prefix prefix_of(IpAddress address, int length) {
  length = std::clamp(length, 0, address.bits());
  for (int byte = 0; byte < 16; ++byte) {
    const int kept = std::clamp(length - 8 * byte, 0, 8);
    address.bytes[static_cast<std::size_t>(byte)] &= static_cast<std::uint8_t>(0xff00 >> kept);
  }
  return {address, length};
}

std::optional<Prefix> parse_prefix(std::string_view text) {
  const auto slash = text.find('/');
  if (slash == std::string_view::npos) return std::nullopt;
  const auto address = parse_ip(text.substr(0, slash));
  const auto digits = text.substr(slash + 1);
  int length = -1;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), length);
  if (!address || error != std::errc{} || end != digits.data() + digits.size() || length < 0 || length > address->bits())
    return std::nullopt;
  return prefix_of(*address, length);
}

std::string to_text(const Prefix& prefix) { return to_text(prefix.address) + '/' + std::to_string(prefix.length); }

bool covers(const Prefix& prefix, const IpAddress& address) {
  return prefix.address.v6 == address.v6 && prefix_of(address, prefix.length) == prefix;
}

}  // namespace kulla::outage
