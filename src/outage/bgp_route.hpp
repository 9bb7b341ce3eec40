// What every reader of routing data makes of it: one prefix that a peer announced or withdrew. Pure.
#pragma once
#include <boost/describe.hpp>
#include <cstdint>
#include <functional>
#include <string>

#include "base/time.hpp"
#include "outage/bgp_prefix.hpp"

namespace kulla::outage {

BOOST_DEFINE_ENUM_CLASS(RouteEvent, announced, withdrawn,
                        peer_lost)  // the peer's session ended: what it said is not known any more; it withdrew nothing

struct RouteChange {
  Timestamp at;
  RouteEvent event = RouteEvent::announced;
  Prefix prefix;             ///< the default for peer_lost
  std::string peer;          ///< its address
  std::uint32_t origin = 0;  ///< the AS that announced it; 0 where it withdrew, or where the path ends in a set
  friend bool operator==(const RouteChange&, const RouteChange&) = default;
};
using OnRoute = std::function<void(const RouteChange&)>;

/// What a reader read and what it left, never silently.
struct RouteCounts {
  std::uint64_t records = 0, changes = 0;
  std::uint64_t other = 0;    ///< records of kinds that say nothing of routes
  std::uint64_t damaged = 0;  ///< records, or what is left of a stream, that cannot be read
  friend bool operator==(const RouteCounts&, const RouteCounts&) = default;
};

}  // namespace kulla::outage
