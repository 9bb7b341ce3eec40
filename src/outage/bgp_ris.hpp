// Routing data as lines of JSON in the manner of RIPE RIS Live (https://ris-live.ripe.net/manual/): {"type":"ris_message","data":{…}}. Pure.
#pragma once
#include "outage/bgp_route.hpp"

namespace kulla::outage {

class RisReader {
 public:
  /// One line; or the bare `data` object of one.
  void line(std::string_view text, const OnRoute& on_route);
  [[nodiscard]] const RouteCounts& counts() const { return counts_; }

 private:
  RouteCounts counts_;
};

}  // namespace kulla::outage
