#include "outage/address.hpp"

#include <fmt/format.h>

#include <charconv>

#include "base/path_text.hpp"

namespace kulla::outage {
Result<Address> parse_address(std::string_view text) {
  const auto colon = text.rfind(':');
  const auto bad = [&] { return fail(Code::bad_argument, fmt::format("'{}': write host:port", escape_path(text))); };
  if (colon == std::string_view::npos || colon == 0) return bad();
  auto host = text.substr(0, colon);
  const auto digits = text.substr(colon + 1);
  Address address;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), address.port);
  if (error != std::errc{} || end != digits.data() + digits.size() || address.port == 0) return bad();
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  if (bracketed) host = host.substr(1, host.size() - 2);
  if (host.empty() || (!bracketed && host.contains(':'))) return bad();
  address.host = host;
  return address;
}
}  // namespace kulla::outage
