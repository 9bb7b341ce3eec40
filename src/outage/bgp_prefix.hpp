// Addresses and prefixes of IPv4 and IPv6 as BGP names them.
#pragma once
#include <array>
#include <compare>
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace kulla::outage {

struct IpAddress {
  bool v6 = false;
  std::array<std::uint8_t, 16> bytes{};  ///< the first four for IPv4
  friend auto operator<=>(const IpAddress&, const IpAddress&) = default;
  [[nodiscard]] int bits() const { return v6 ? 128 : 32; }
};
/// A literal, without brackets, port or zone.
[[nodiscard]] std::optional<IpAddress> parse_ip(std::string_view text);
[[nodiscard]] std::string to_text(const IpAddress& address);

/// Bits after `length` are 0.
struct Prefix {
  IpAddress address;
  int length = 0;
  friend auto operator<=>(const Prefix&, const Prefix&) = default;
};
[[nodiscard]] Prefix prefix_of(IpAddress address, int length);
/// "192.0.2.0/24"; bits after the length are cleared.
[[nodiscard]] std::optional<Prefix> parse_prefix(std::string_view text);
[[nodiscard]] std::string to_text(const Prefix& prefix);
[[nodiscard]] bool covers(const Prefix& prefix, const IpAddress& address);

}  // namespace kulla::outage
