// The BGP Monitoring Protocol (RFC 7854), as a router speaks it to its listener: route monitoring, and peers that come and go. Pure.
#pragma once
#include "outage/bgp_framing.hpp"
#include "outage/bgp_route.hpp"

namespace kulla::outage {

/// One router's stream, in pieces of any size; memory is bounded by the largest message.
class BmpReader {
 public:
  BmpReader();
  /// `now`: the time of messages that have none of their own. False from the first byte that is no BMP: close the connection.
  [[nodiscard]] bool feed(std::string_view bytes, Timestamp now, const OnRoute& on_route);
  [[nodiscard]] const RouteCounts& counts() const { return counts_; }

 private:
  void message(std::string_view bytes, Timestamp now, const OnRoute& on_route);

  Framing framing_;
  RouteCounts counts_;
  bool lost_ = false;
};

}  // namespace kulla::outage
