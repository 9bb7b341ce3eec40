#include "outage/bgp_mrt.hpp"

#include "outage/bgp_update.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t header_size = 12;
constexpr std::size_t record_limit = std::size_t{4} << 20;  // a prefix seen by a thousand peers with long attributes is under 1 MiB
constexpr std::uint16_t table_dump_v2 = 13, bgp4mp = 16, bgp4mp_et = 17;
constexpr std::uint16_t peer_index_table = 1, rib_v4 = 2, rib_v6 = 4, rib_v4_addpath = 8, rib_v6_addpath = 10;
constexpr std::uint16_t established = 6;

/// BGP4MP's subtypes: what they hold.
struct Subtype {
  std::uint16_t number;
  bool state_change, four_byte_as, path_ids;
};
constexpr Subtype subtypes[] = {{0, true, false, false},  {5, true, true, false},  {1, false, false, false}, {4, false, true, false},
                                {6, false, false, false}, {7, false, true, false}, {8, false, false, true},  {9, false, true, true},
                                {10, false, false, true}, {11, false, true, true}};

std::optional<std::uint64_t> record_size(std::string_view header) {
  Bytes bytes{header};
  bytes.skip(8);
  return header_size + std::uint64_t{bytes.u32()};
}

Timestamp at_second(std::uint32_t seconds) { return Timestamp{std::chrono::seconds{seconds}}; }

bool read_peers(Bytes bytes, std::vector<std::string>& peers) {
  bytes.skip(4);  // the collector's identifier
  bytes.skip(bytes.u16());
  const int count = bytes.u16();
  peers.clear();
  for (int at = 0; at < count && bytes.good(); ++at) {
    const auto kind = bytes.u8();
    bytes.skip(4);
    peers.push_back(to_text(take_address(bytes, (kind & 1) != 0)));
    bytes.skip((kind & 2) != 0 ? 4 : 2);
  }
  return bytes.good();
}

/// The time of a table's entry is the table's: when the peer announced it is older than what it is asked for here.
bool read_rib(Bytes bytes, Timestamp at, bool v6, bool path_ids, const std::vector<std::string>& peers, std::vector<RouteChange>& changes) {
  bytes.skip(4);
  const auto prefix = parse_nlri(bytes, v6);
  if (!prefix) return false;
  const int count = bytes.u16();
  for (int entry = 0; entry < count && bytes.good(); ++entry) {
    const auto peer = bytes.u16();
    bytes.skip(path_ids ? 8 : 4);
    const auto origin = origin_of(bytes.part(bytes.u16()));
    if (!bytes.good() || !origin || peer >= peers.size()) return false;
    changes.push_back({at, RouteEvent::announced, *prefix, peers[peer], *origin});
  }
  return bytes.good();
}

bool read_bgp4mp(Bytes bytes, Timestamp at, const Subtype& subtype, std::vector<RouteChange>& changes) {
  bytes.skip(subtype.four_byte_as ? 8 : 4);  // the peer's AS and ours
  bytes.skip(2);
  const auto family = bytes.u16();
  const bool v6 = family == 2;
  if (family != 1 && !v6) return false;
  const auto peer = to_text(take_address(bytes, v6));
  bytes.skip(v6 ? 16 : 4);
  if (!bytes.good()) return false;
  if (subtype.state_change) {
    const auto before = bytes.u16(), after = bytes.u16();
    if (before == established && after != established) changes.push_back({at, RouteEvent::peer_lost, {}, peer});
    return bytes.good();
  }
  const auto update = parse_bgp(bytes, {subtype.four_byte_as, subtype.path_ids});
  if (!update) return false;
  for (const auto& prefix : update->withdrawn) changes.push_back({at, RouteEvent::withdrawn, prefix, peer});
  for (const auto& prefix : update->announced) changes.push_back({at, RouteEvent::announced, prefix, peer, update->origin});
  return true;
}
}  // namespace

MrtReader::MrtReader() : framing_({header_size, record_size}, record_limit) {}

void MrtReader::feed(std::string_view bytes, const OnRoute& on_route) {
  lost_ |= !framing_.feed(bytes, [&](std::string_view whole) { record(whole, on_route); }, [&] { ++counts_.records, ++counts_.damaged; });
}

void MrtReader::finish() {
  if (lost_ || framing_.within_record()) ++counts_.damaged;
}

void MrtReader::record(std::string_view whole, const OnRoute& on_route) {
  ++counts_.records;
  Bytes bytes{whole};
  auto at = at_second(bytes.u32());
  const auto type = bytes.u16(), kind = bytes.u16();
  bytes.skip(4);
  if (type == bgp4mp_et) at += std::chrono::microseconds{std::min<std::uint32_t>(bytes.u32(), 999'999)};
  std::vector<RouteChange> changes;
  bool good = bytes.good(), other = false;
  if (type == table_dump_v2 && kind == peer_index_table) {
    good = read_peers(bytes, peers_);
  } else if (type == table_dump_v2 && (kind == rib_v4 || kind == rib_v6 || kind == rib_v4_addpath || kind == rib_v6_addpath)) {
    good = read_rib(bytes, at, kind == rib_v6 || kind == rib_v6_addpath, kind >= rib_v4_addpath, peers_, changes);
  } else if (const auto* subtype = std::ranges::find(subtypes, kind, &Subtype::number);
             (type == bgp4mp || type == bgp4mp_et) && subtype != std::end(subtypes)) {
    good = good && read_bgp4mp(bytes, at, *subtype, changes);
  } else {
    other = true;
  }
  counts_.other += other;
  counts_.damaged += !good && !other;
  if (!good) return;
  counts_.changes += changes.size();
  for (const auto& change : changes) on_route(change);
}

}  // namespace kulla::outage
