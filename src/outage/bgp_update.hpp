// A BGP UPDATE (RFC 4271, 4760, 6793, 7911) as far as reachability goes: which prefixes, and which AS they come from. Pure.
#pragma once
#include <optional>
#include <vector>

#include "outage/bgp_bytes.hpp"
#include "outage/bgp_route.hpp"

namespace kulla::outage {

struct BgpStyle {
  bool four_byte_as = true;
  bool path_ids = false;  ///< each prefix has an identifier before it (ADD-PATH)
};

struct BgpUpdate {
  std::vector<Prefix> announced, withdrawn;
  std::uint32_t origin = 0;
};
/// A whole BGP message with its marker. Nothing where it is damaged; an empty update where it is of another type.
[[nodiscard]] std::optional<BgpUpdate> parse_bgp(Bytes message, const BgpStyle& style);
/// Path attributes alone, as RIB entries hold them; their MP_REACH_NLRI, which is abbreviated there, is not read.
[[nodiscard]] std::optional<std::uint32_t> origin_of(Bytes attributes);
/// One length and as many bytes as it needs.
[[nodiscard]] std::optional<Prefix> parse_nlri(Bytes& bytes, bool v6);
/// The four or sixteen bytes of an address.
[[nodiscard]] IpAddress take_address(Bytes& bytes, bool v6);

}  // namespace kulla::outage
