#include "outage/bgp_ris.hpp"

#include <algorithm>
#include <optional>
#include <vector>

#include "base/canonical_json.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t line_limit = std::size_t{1} << 20;  // an UPDATE of 65,535 bytes as text, with its path, is under 400 KB
constexpr double latest = 253'402'300'799;                // seconds: the end of the year 9999

std::optional<std::string_view> text_of(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::optional{std::string_view{*text}} : std::nullopt;
}

std::optional<Timestamp> time_of(const json::object& data) {
  const auto* value = data.if_contains("timestamp");
  if (!value || !value->is_number()) return std::nullopt;
  const auto seconds = value->to_number<double>();
  if (!(seconds >= 0 && seconds <= latest)) return std::nullopt;
  return Timestamp{std::chrono::microseconds{static_cast<std::int64_t>(seconds * 1e6 + 0.5)}};
}

/// The path's last element; 0 where it is a set.
std::uint32_t origin_of(const json::object& data) {
  const auto* path = data.if_contains("path");
  const auto* ases = path ? path->if_array() : nullptr;
  if (!ases || ases->empty()) return 0;
  const auto* last = ases->back().if_int64();
  return last && *last >= 0 && *last <= 0xffff'ffff ? static_cast<std::uint32_t>(*last) : 0;
}

bool read_prefixes(const json::value* list, std::vector<Prefix>& into) {
  if (!list) return true;
  const auto* prefixes = list->if_array();
  if (!prefixes) return false;
  for (const auto& one : *prefixes) {
    const auto* text = one.if_string();
    const auto prefix = text ? parse_prefix(*text) : std::nullopt;
    if (!prefix) return false;
    into.push_back(*prefix);
  }
  return true;
}

bool read_update(const json::object& data, Timestamp at, const std::string& peer, std::vector<RouteChange>& changes) {
  std::vector<Prefix> withdrawn, announced;
  if (!read_prefixes(data.if_contains("withdrawals"), withdrawn)) return false;
  if (const auto* hops = data.if_contains("announcements")) {
    const auto* list = hops->if_array();
    if (!list) return false;
    for (const auto& hop : *list)
      if (!hop.is_object() || !read_prefixes(hop.get_object().if_contains("prefixes"), announced)) return false;
  }
  const auto origin = origin_of(data);
  for (const auto& prefix : withdrawn) changes.push_back({at, RouteEvent::withdrawn, prefix, peer});
  for (const auto& prefix : announced) changes.push_back({at, RouteEvent::announced, prefix, peer, origin});
  return true;
}

enum class Read { routes, other, damaged };
Read read(const json::value& value, std::vector<RouteChange>& changes) {
  const auto* message = value.if_object();
  if (!message) return Read::damaged;
  if (const auto* inside = message->if_contains("data")) {
    if (text_of(*message, "type") != "ris_message") return Read::other;
    message = inside->if_object();
    if (!message) return Read::damaged;
  }
  const auto type = text_of(*message, "type");
  if (!type) return Read::damaged;
  if (type != "UPDATE" && type != "RIS_PEER_STATE") return Read::other;
  const auto at = time_of(*message);
  const auto peer = parse_ip(text_of(*message, "peer").value_or(""));
  if (!at || !peer) return Read::damaged;
  if (type == "UPDATE") return read_update(*message, *at, to_text(*peer), changes) ? Read::routes : Read::damaged;
  if (text_of(*message, "state") == "down") changes.push_back({*at, RouteEvent::peer_lost, {}, to_text(*peer)});
  return Read::routes;
}
}  // namespace

void RisReader::line(std::string_view text, const OnRoute& on_route) {
  ++counts_.records;
  const auto value = parse_json(text, line_limit);
  std::vector<RouteChange> changes;
  const auto what = value ? read(*value, changes) : Read::damaged;
  counts_.other += what == Read::other;
  counts_.damaged += what == Read::damaged;
  if (what != Read::routes) return;
  counts_.changes += changes.size();
  for (const auto& change : changes) on_route(change);
}

}  // namespace kulla::outage
