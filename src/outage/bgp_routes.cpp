#include "outage/bgp_routes.hpp"

#include <algorithm>

namespace kulla::outage {
namespace {
constexpr std::size_t histories_most = 1'000'000;  // of a prefix at a peer: a hundred prefixes at all peers there are, or 200 MB
constexpr std::size_t peers_most = 10'000;        // all of RIS and RouteViews together have under 3,000
constexpr std::size_t steps_most = 64;            // changes of one prefix at one peer that are kept, the newest
constexpr int shortest_v4 = 8, shortest_v6 = 16;  // a default route covers everything, and says nothing

bool says_something(const Prefix& prefix) { return prefix.length >= (prefix.address.v6 ? shortest_v6 : shortest_v4); }
}  // namespace

Routes::Routes(std::vector<IpAddress> watched) : watched_(std::move(watched)) { std::ranges::sort(watched_); }

std::optional<Routes::Peer> Routes::peer_of(const std::string& name) {
  if (const auto known = peers_.find(name); known != peers_.end()) return known->second;
  if (peers_.size() >= peers_most) return std::nullopt;
  return peers_.emplace(name, static_cast<Peer>(peers_.size())).first->second;
}

bool Routes::is_watched(const Prefix& prefix) const {
  const auto first = std::ranges::lower_bound(watched_, prefix.address);
  return first != watched_.end() && covers(prefix, *first);
}

bool Routes::fits(const Prefix& prefix, Peer peer) const {
  if (!says_something(prefix)) return false;
  const auto held = held_.find(prefix);
  return histories_ < histories_most || (held != held_.end() && held->second.contains(peer));
}

void Routes::take(const RouteChange& change) {
  if (change.event != RouteEvent::peer_lost && !is_watched(change.prefix)) return;
  const auto peer = peer_of(change.peer);
  if (!peer || (change.event != RouteEvent::peer_lost && !fits(change.prefix, *peer))) {
    ++dropped_;
    return;
  }
  auto& history = change.event == RouteEvent::peer_lost ? sessions_[*peer] : held_[change.prefix][*peer];
  histories_ += history.empty() ? 1 : 0;
  const auto place = std::ranges::upper_bound(history, change.at, {}, &Step::at);
  // The same again says nothing new.
  if (place != history.begin() && std::prev(place)->event == change.event && std::prev(place)->origin == change.origin &&
      change.event != RouteEvent::peer_lost && !session_ended(*peer, std::prev(place)->at, change.at))
    return;
  history.insert(place, {change.at, change.event, change.origin});
  if (history.size() > steps_most) history.erase(history.begin()), ++dropped_;
}

bool Routes::session_ended(Peer peer, Timestamp from, Timestamp to) const {
  const auto found = sessions_.find(peer);
  if (found == sessions_.end()) return false;
  return std::ranges::any_of(found->second, [&](const Step& step) { return step.at > from && step.at <= to; });
}

/// What the peer had then; nothing where it had said nothing, or its session had ended since.
const Routes::Step* Routes::last(Peer peer, const History& history, Timestamp when) const {
  const auto place = std::ranges::upper_bound(history, when, {}, &Step::at);
  if (place == history.begin()) return nullptr;
  const auto& step = *std::prev(place);
  return session_ended(peer, step.at, when) ? nullptr : &step;
}

std::vector<const std::pair<const Prefix, Routes::Held>*> Routes::covering(const IpAddress& address) const {
  std::vector<const std::pair<const Prefix, Held>*> found;
  for (int length = address.bits(); length >= 0; --length)
    if (const auto held = held_.find(prefix_of(address, length)); held != held_.end()) found.push_back(&*held);
  return found;
}

std::optional<Visibility> Routes::at(const IpAddress& address, Timestamp when) const {
  for (const auto* one : covering(address)) {
    Visibility seen;
    seen.prefix = one->first;
    for (const auto& [peer, history] : one->second)
      if (const auto* step = last(peer, history, when); step && step->event == RouteEvent::announced) {
        ++seen.peers;
        seen.origins.insert(step->origin);
      }
    if (seen.peers > 0) return seen;
  }
  return std::nullopt;
}

/// Had it at `from`, or announced it before losing it: what a collector knows may begin in between.
bool Routes::had(Peer peer, const History& history, Timestamp from, Timestamp to) const {
  if (const auto* step = last(peer, history, from)) return step->event == RouteEvent::announced;
  const auto next = std::ranges::upper_bound(history, from, {}, &Step::at);
  return next != history.end() && next->at <= to && next->event == RouteEvent::announced;
}

std::optional<RouteLost> Routes::losses(const Prefix& prefix, const Held& held, Timestamp from, Timestamp to) const {
  RouteLost result;
  result.prefix = to_text(prefix);
  std::vector<Timestamp> lost, back;
  for (const auto& [peer, history] : held) {
    if (!had(peer, history, from, to)) continue;
    const auto gone = std::ranges::find_if(
        history, [&](const Step& step) { return step.at > from && step.at <= to && step.event == RouteEvent::withdrawn; });
    if (gone == history.end() && session_ended(peer, from, to)) continue;
    ++result.peers;
    if (gone == history.end()) continue;
    lost.push_back(gone->at);
    const auto again = std::find_if(gone, history.end(), [](const Step& step) { return step.event == RouteEvent::announced; });
    if (again != history.end()) back.push_back(again->at);
  }
  result.lost = static_cast<int>(lost.size());
  if (result.lost * 2 <= result.peers) return std::nullopt;
  const auto most = static_cast<std::size_t>(result.peers / 2);
  std::ranges::sort(lost);
  std::ranges::sort(back);
  result.at = lost[most];
  if (back.size() > most) result.back = back[most];
  return result;
}

std::optional<RouteLost> Routes::lost(const IpAddress& address, Timestamp from, Timestamp to) const {
  std::optional<RouteLost> found;
  for (const auto* one : covering(address)) {
    const bool any = std::ranges::any_of(one->second, [&](const auto& peer) { return had(peer.first, peer.second, from, to); });
    if (!any) continue;
    const auto losses_here = losses(one->first, one->second, from, to);
    if (!found && !losses_here) return std::nullopt;  // the longest stayed
    if (!found) found = losses_here;
    else if (!losses_here) found->covered = true;
  }
  return found;
}

}  // namespace kulla::outage
