#include "outage/ask_names.hpp"

#include <algorithm>

namespace kulla::outage {
namespace {
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
}  // namespace

void Names::find(const std::string& name, std::function<void(const Found&)> then) {
  auto& newest = newest_[name];
  const auto now = std::chrono::steady_clock::now();
  if (newest && now - newest->began < shared_within) {
    const auto held = newest;  // whoever is told may ask again
    return held->found ? then(*held->found) : held->waiting.push_back(std::move(then));
  }
  newest = std::make_shared<LookUp>(LookUp{.began = now});
  const auto held = newest;
  held->waiting.push_back(std::move(then));
  look_up(name, held);
}

void Names::look_up(const std::string& name, const Held& held) {
  channel_->find(name, [this, name, held](const AresChannel::Addresses& answer) {
    if (answer.status != ARES_ECONNREFUSED || is_own_want(answer.status)) return take(name, held, answer);
    blunt_->find(name, [this, name, held](const AresChannel::Addresses& again) { take(name, held, again); });
  });
}

void Names::take(const std::string& name, const Held& held, const AresChannel::Addresses& answer) {
  Found found{.failed = layer_of_status(answer.status), .addresses = addresses_of(answer.found), .unasked = is_own_want(answer.status)};
  if (found.failed != Layer::none) found.detail = ares_strerror(answer.status);
  else if (found.addresses.empty()) found.failed = Layer::resolve_missing, found.detail = "no address";
  if (found.failed != Layer::resolve_refused || !validator_) return told(held, std::move(found));
  constexpr int type_a = 1;
  validator_->ask(name, type_a, [held, found](const Validator::Verdict& verdict) {
    told(held, verdict.failed == Layer::resolve_bogus ? Found{.failed = verdict.failed, .detail = verdict.detail} : found);
  });
}

void Names::told(const Held& held, Found found) {
  held->found = std::move(found);
  for (const auto& then : std::exchange(held->waiting, {})) then(*held->found);
}
}  // namespace kulla::outage
