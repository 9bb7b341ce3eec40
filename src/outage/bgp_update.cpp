#include "outage/bgp_update.hpp"

#include <algorithm>

namespace kulla::outage {
namespace {
constexpr std::size_t marker = 16;
constexpr std::uint8_t type_update = 2;
constexpr std::uint8_t as_path = 2, mp_reach = 14, mp_unreach = 15, as4_path = 17;
constexpr std::uint8_t extended_length = 0x10;
constexpr std::uint16_t afi_v4 = 1, afi_v6 = 2;
constexpr std::uint8_t safi_unicast = 1;
constexpr std::uint8_t as_sequence = 2;

bool read_prefixes(Bytes bytes, bool v6, bool path_ids, std::vector<Prefix>& into) {
  while (bytes.good() && !bytes.empty()) {
    if (path_ids) bytes.skip(4);
    const auto prefix = parse_nlri(bytes, v6);
    if (!prefix) return false;
    into.push_back(*prefix);
  }
  return bytes.good();
}

/// The last AS of a path that ends in a sequence.
std::optional<std::uint32_t> last_as(Bytes path, bool four_bytes) {
  std::uint32_t last = 0;
  while (path.good() && !path.empty()) {
    const auto kind = path.u8();
    const auto count = path.u8();
    last = 0;
    for (int at = 0; at < count; ++at) {
      const auto as = four_bytes ? path.u32() : path.u16();
      if (kind == as_sequence) last = as;
    }
  }
  return path.good() ? std::optional{last} : std::nullopt;
}

bool read_reach(Bytes value, bool path_ids, BgpUpdate& update) {
  const auto family = value.u16();
  const auto kind = value.u8();
  value.skip(value.u8());  // next hop
  value.skip(1);
  if (!value.good()) return false;
  if ((family != afi_v4 && family != afi_v6) || kind != safi_unicast) return true;
  return read_prefixes(value, family == afi_v6, path_ids, update.announced);
}

bool read_unreach(Bytes value, bool path_ids, BgpUpdate& update) {
  const auto family = value.u16();
  const auto kind = value.u8();
  if (!value.good()) return false;
  if ((family != afi_v4 && family != afi_v6) || kind != safi_unicast) return true;
  return read_prefixes(value, family == afi_v6, path_ids, update.withdrawn);
}

/// `reach` false: MP_REACH_NLRI and MP_UNREACH_NLRI are left.
bool read_attributes(Bytes attributes, const BgpStyle& style, bool reach, BgpUpdate& update) {
  bool four_bytes_told = false;
  while (attributes.good() && !attributes.empty()) {
    const auto flags = attributes.u8();
    const auto type = attributes.u8();
    const std::size_t length = (flags & extended_length) != 0 ? attributes.u16() : attributes.u8();
    auto value = attributes.part(length);
    if (!value.good()) return false;
    bool good = true;
    if (type == as4_path || (type == as_path && !four_bytes_told)) {
      const auto as = last_as(value, type == as4_path || style.four_byte_as);
      good = as.has_value();
      if (as) update.origin = *as;
      four_bytes_told = type == as4_path;
    } else if (reach && type == mp_reach) {
      good = read_reach(value, style.path_ids, update);
    } else if (reach && type == mp_unreach) {
      good = read_unreach(value, style.path_ids, update);
    }
    if (!good) return false;
  }
  return attributes.good();
}
}  // namespace

IpAddress take_address(Bytes& bytes, bool v6) {
  IpAddress address{.v6 = v6};
  std::ranges::copy(bytes.take(v6 ? 16 : 4), address.bytes.begin());
  return address;
}

std::optional<Prefix> parse_nlri(Bytes& bytes, bool v6) {
  const int length = bytes.u8();
  IpAddress address{.v6 = v6};
  if (length > address.bits()) return std::nullopt;
  std::ranges::copy(bytes.take(static_cast<std::size_t>(length + 7) / 8), address.bytes.begin());
  return bytes.good() ? std::optional{prefix_of(address, length)} : std::nullopt;
}

std::optional<BgpUpdate> parse_bgp(Bytes message, const BgpStyle& style) {
  message.skip(marker);
  const auto length = message.u16();
  const auto type = message.u8();
  BgpUpdate update;
  if (!message.good() || length < marker + 3) return std::nullopt;
  if (type != type_update) return update;
  auto body = message.part(length - marker - 3u);
  auto withdrawn = body.part(body.u16());
  auto attributes = body.part(body.u16());
  if (!body.good() || !read_prefixes(withdrawn, false, style.path_ids, update.withdrawn)) return std::nullopt;
  if (!read_attributes(attributes, style, true, update)) return std::nullopt;
  if (!read_prefixes(body, false, style.path_ids, update.announced)) return std::nullopt;
  return update;
}

std::optional<std::uint32_t> origin_of(Bytes attributes) {
  BgpUpdate update;
  if (!read_attributes(attributes, {}, false, update)) return std::nullopt;
  return update.origin;
}

}  // namespace kulla::outage
