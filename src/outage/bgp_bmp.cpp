#include "outage/bgp_bmp.hpp"

#include "outage/bgp_update.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t header_size = 6;
constexpr std::size_t message_limit = std::size_t{1} << 20;  // route monitoring holds one UPDATE: 4,096 bytes, 65,535 extended
constexpr std::uint8_t version = 3;
constexpr std::uint8_t route_monitoring = 0, peer_down = 2, last_type = 6;
constexpr std::uint8_t over_v6 = 0x80, two_byte_as = 0x20;

std::optional<std::uint64_t> message_size(std::string_view header) {
  Bytes bytes{header};
  if (bytes.u8() != version) return std::nullopt;
  return bytes.u32();
}

struct PeerHeader {
  std::uint8_t flags = 0;
  std::string peer;
  Timestamp at;
};
PeerHeader read_peer(Bytes& bytes, Timestamp now) {
  bytes.skip(1);
  PeerHeader header;
  header.flags = bytes.u8();
  bytes.skip(8);
  const bool v6 = (header.flags & over_v6) != 0;
  if (!v6) bytes.skip(12);
  header.peer = to_text(take_address(bytes, v6));
  bytes.skip(8);  // its AS and identifier
  const auto seconds = bytes.u32(), micros = bytes.u32();
  header.at =
      seconds == 0 ? now : Timestamp{std::chrono::seconds{seconds}} + std::chrono::microseconds{std::min<std::uint32_t>(micros, 999'999)};
  return header;
}
}  // namespace

BmpReader::BmpReader() : framing_({header_size, message_size}, message_limit) {}

bool BmpReader::feed(std::string_view bytes, Timestamp now, const OnRoute& on_route) {
  const bool good =
      framing_.feed(bytes, [&](std::string_view whole) { message(whole, now, on_route); }, [&] { ++counts_.records, ++counts_.damaged; });
  if (!good && !std::exchange(lost_, true)) ++counts_.damaged;
  return good;
}

void BmpReader::message(std::string_view whole, Timestamp now, const OnRoute& on_route) {
  ++counts_.records;
  Bytes bytes{whole};
  bytes.skip(5);
  const auto type = bytes.u8();
  if (type != route_monitoring && type != peer_down) {
    ++(type <= last_type ? counts_.other : counts_.damaged);
    return;
  }
  const auto header = read_peer(bytes, now);
  if (!bytes.good()) {
    ++counts_.damaged;
    return;
  }
  if (type == peer_down) {
    ++counts_.changes;
    return on_route({header.at, RouteEvent::peer_lost, {}, header.peer});
  }
  const auto update = parse_bgp(bytes, {.four_byte_as = (header.flags & two_byte_as) == 0});
  if (!update) {
    ++counts_.damaged;
    return;
  }
  counts_.changes += update->withdrawn.size() + update->announced.size();
  for (const auto& prefix : update->withdrawn) on_route({header.at, RouteEvent::withdrawn, prefix, header.peer});
  for (const auto& prefix : update->announced) on_route({header.at, RouteEvent::announced, prefix, header.peer, update->origin});
}

}  // namespace kulla::outage
