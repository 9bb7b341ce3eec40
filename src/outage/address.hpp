// host:port, [v6]:port.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.hpp"

namespace kulla::outage {

struct Address {
  std::string host;  ///< a name or a literal, without brackets
  std::uint16_t port = 0;
};
[[nodiscard]] Result<Address> parse_address(std::string_view text);

}  // namespace kulla::outage
