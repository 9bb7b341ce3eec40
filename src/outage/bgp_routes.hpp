// What BGP's peers had for an address over time, from RouteChanges of any reader. Pure.
#pragma once
#include <map>
#include <optional>
#include <set>
#include <unordered_map>
#include <vector>

#include "outage/bgp_route.hpp"
#include "outage/evidence.hpp"

namespace kulla::outage {

struct Visibility {
  Prefix prefix;              ///< the longest that covers the address
  int peers = 0;              ///< that have it
  std::set<std::uint32_t> origins;
};

/// Of a table only what covers `watched` addresses is kept, which is little; beyond bounds, what is left out is counted.
class Routes {
 public:
  explicit Routes(std::vector<IpAddress> watched);

  /// In any order of time within one prefix and peer as far as its history goes; late ones are sorted in.
  void take(const RouteChange& change);
  /// The longest prefix that any peer had for it then.
  [[nodiscard]] std::optional<Visibility> at(const IpAddress& address, Timestamp when) const;
  /// Whether most of the peers that had its longest prefix at `from` lost it by `to`. Peers whose session ended lost nothing.
  [[nodiscard]] std::optional<RouteLost> lost(const IpAddress& address, Timestamp from, Timestamp to) const;
  [[nodiscard]] std::uint64_t dropped() const { return dropped_; }
  [[nodiscard]] std::size_t prefixes() const { return held_.size(); }

 private:
  using Peer = std::uint32_t;
  struct Step {
    Timestamp at;
    RouteEvent event;
    std::uint32_t origin;
  };
  using History = std::vector<Step>;      ///< by time
  using Held = std::map<Peer, History>;

  [[nodiscard]] std::optional<Peer> peer_of(const std::string& name);
  [[nodiscard]] bool is_watched(const Prefix& prefix) const;
  [[nodiscard]] bool fits(const Prefix& prefix, Peer peer) const;
  [[nodiscard]] std::vector<const std::pair<const Prefix, Held>*> covering(const IpAddress& address) const;
  [[nodiscard]] const Step* last(Peer peer, const History& history, Timestamp when) const;
  /// Whether the peer's session ended after `from`, up to `to`.
  [[nodiscard]] bool session_ended(Peer peer, Timestamp from, Timestamp to) const;
  [[nodiscard]] bool had(Peer peer, const History& history, Timestamp from, Timestamp to) const;
  [[nodiscard]] std::optional<RouteLost> losses(const Prefix& prefix, const Held& held, Timestamp from, Timestamp to) const;

  std::vector<IpAddress> watched_;        ///< sorted
  std::map<Prefix, Held> held_;
  std::unordered_map<std::string, Peer> peers_;
  std::map<Peer, History> sessions_;      ///< when a peer's session ended
  std::size_t histories_ = 0;
  std::uint64_t dropped_ = 0;
};

}  // namespace kulla::outage
