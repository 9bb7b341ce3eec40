// MRT routing dumps (RFC 6396, ADD-PATH by RFC 8050), as RIPE RIS and RouteViews publish them: TABLE_DUMP_V2 and BGP4MP(_ET). Pure.
#pragma once
#include <vector>

#include "outage/bgp_framing.hpp"
#include "outage/bgp_route.hpp"

namespace kulla::outage {

/// Reads a dump in pieces of any size; memory is bounded by the largest record.
class MrtReader {
 public:
  MrtReader();
  void feed(std::string_view bytes, const OnRoute& on_route);
  /// The dump ends here: what is left of a record is damaged.
  void finish();
  [[nodiscard]] const RouteCounts& counts() const { return counts_; }

 private:
  void record(std::string_view bytes, const OnRoute& on_route);

  Framing framing_;
  RouteCounts counts_;
  std::vector<std::string> peers_;  ///< of the table dump's index
  bool lost_ = false;
};

}  // namespace kulla::outage
