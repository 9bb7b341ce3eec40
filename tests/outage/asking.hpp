// The real prober as tests ask with it.
#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <sched.h>

#include <map>
#include <thread>

#include "base/process.hpp"
#include "outage/prober.hpp"
#include "outage/servers.hpp"

namespace kulla::outage::test {
using namespace std::chrono_literals;
inline const SystemClock wall;

/// Probes each target once.
inline std::map<std::string, Observation> ask_all(ProbeSettings settings) {
  std::map<std::string, Observation> seen;
  const std::atomic<bool> stop = false;
  settings.vantage = VantageId{"v"};
  settings.once = true;
  const auto end =
      probe(settings, wall, stop, [&](const Observation& observation) { seen.emplace(observation.target.str(), observation); });
  EXPECT_TRUE(end) << end.error().message();
  EXPECT_EQ(seen.size(), settings.targets.size());
  return seen;
}
inline Observation ask_one(Target target, std::chrono::milliseconds timeout = 5s, ProbeSettings settings = {}) {
  target.name = ServiceId{"e-tax"};
  settings.timeout = timeout;
  settings.targets = {std::move(target)};
  return ask_all(std::move(settings))["e-tax"];
}
inline std::string answer(std::string_view status, std::string_view headers = "", std::string_view body = "ok") {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}
inline Observation ask_http(const Server& server, std::chrono::milliseconds timeout = 5s) {
  return ask_one({.address = server.address(), .url = "http://tax.example/"}, timeout);
}
inline constexpr auto soon = 150ms;  // a time limit for what never ends

/// Runs until `count` observations have come.
inline std::vector<Observation> watch(ProbeSettings settings, std::size_t count) {
  std::vector<Observation> seen;
  std::atomic<bool> stop = false;
  EXPECT_TRUE(probe(settings, wall, stop, [&](const Observation& observation) {
    seen.push_back(observation);
    stop = seen.size() == count;
  }));
  return seen;
}
/// On a thread with a network of its own, where port 7 is filtered with ICMP and port 8 with a reset; false where there can be none.
inline bool in_a_filtered_network(const std::function<void()>& then) {
  bool ready = false;
  const std::string rules =
      "add table inet t; add chain inet t in { type filter hook input priority 0; }; add rule inet t in tcp dport 7 reject; "
      "add rule inet t in tcp dport 8 reject with tcp reset; add rule inet t in ip daddr 127.0.66.1 reject with icmp type host-unreachable";
  std::thread([&] {
    if (::unshare(CLONE_NEWNET) != 0) return;
    const auto made = run({"sh", "-c", "ip link set lo up && nft \"$0\"", rules});
    ready = made && made->exit_code == 0;
    if (ready) then();
  }).join();
  return ready;
}

}  // namespace kulla::outage::test
