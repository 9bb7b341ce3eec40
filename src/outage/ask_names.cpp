#include "outage/ask_names.hpp"

#include <algorithm>

namespace kulla::outage {
namespace {
using std::chrono::milliseconds;
constexpr milliseconds shortest{50}, longest{60'000};  // of what is known, whatever its TTL says
constexpr milliseconds failure_kept{50};               // many targets of one name that fail together ask once

std::vector<asio::ip::address> addresses_of(const ares_addrinfo* found) {
  std::vector<asio::ip::address> addresses;
  for (const auto* node = found ? found->nodes : nullptr; node; node = node->ai_next) {
    if (node->ai_family == AF_INET) {
      const auto& v4 = *reinterpret_cast<const sockaddr_in*>(node->ai_addr);
      addresses.emplace_back(asio::ip::address_v4{ntohl(v4.sin_addr.s_addr)});
    } else if (node->ai_family == AF_INET6) {
      asio::ip::address_v6::bytes_type bytes;
      std::ranges::copy(reinterpret_cast<const sockaddr_in6*>(node->ai_addr)->sin6_addr.s6_addr, bytes.begin());
      addresses.emplace_back(asio::ip::address_v6{bytes});
    }
  }
  return addresses;
}
milliseconds shortest_ttl(const ares_addrinfo* found) {
  milliseconds ttl = longest;
  for (const auto* node = found ? found->nodes : nullptr; node; node = node->ai_next)
    ttl = std::min(ttl, milliseconds{std::int64_t{node->ai_ttl} * 1000});
  return ttl;
}
}  // namespace

// A probe that did not look up says nothing of the name: the next regular one has to, and jitter may bring it a little early.
milliseconds Names::kept_for(milliseconds ttl, milliseconds every) { return std::max(std::min(ttl, every * 9 / 10), shortest); }

void Names::find(const std::string& name, milliseconds every, std::function<void(const Found&)> then) {
  auto& entry = entries_[name];
  const auto age = std::chrono::steady_clock::now() - entry.at;
  const auto good_for = entry.found.failed == Layer::none ? kept_for(entry.ttl, every) : failure_kept;
  if (entry.known && age < good_for) return then(entry.found);
  entry.waiting.push_back(std::move(then));
  if (entry.waiting.size() > 1) return;
  entry.asked = std::chrono::steady_clock::now();
  look_up(name);
}

void Names::look_up(const std::string& name) {
  ++looked_up_;
  channel_->find(name, [this, name](const AresChannel::Addresses& answer) {
    if (answer.status != ARES_ECONNREFUSED) return take(name, answer);
    blunt_->find(name, [this, name](const AresChannel::Addresses& again) { take(name, again); });
  });
}

void Names::take(const std::string& name, const AresChannel::Addresses& answer) {
  Found found{.failed = layer_of_status(answer.status), .addresses = addresses_of(answer.found)};
  if (found.failed != Layer::none) found.detail = ares_strerror(answer.status);
  else if (found.addresses.empty()) found.failed = Layer::resolve_missing, found.detail = "no address";
  const auto ttl = shortest_ttl(answer.found);
  if (found.failed != Layer::resolve_refused || !validator_) return told(name, std::move(found), ttl);
  constexpr int type_a = 1;
  validator_->ask(name, type_a, [this, name, found, ttl](const Validator::Verdict& verdict) {
    told(name, verdict.failed == Layer::resolve_bogus ? Found{verdict.failed, verdict.detail, {}} : found, ttl);
  });
}

void Names::told(const std::string& name, Found found, milliseconds ttl) {
  auto& entry = entries_[name];
  entry.found = std::move(found);
  entry.at = entry.found.failed == Layer::none ? entry.asked : std::chrono::steady_clock::now();
  entry.ttl = ttl;
  entry.known = true;
  const auto told = entry.found;  // who is told may ask again, and change the entry
  for (const auto& then : std::exchange(entry.waiting, {})) then(told);
}
}  // namespace kulla::outage
