// The real prober against names, name servers, zones and echoes.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <algorithm>
#include <limits>
#include <map>
#include <thread>

#include "outage/asking.hpp"

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using namespace test;
using testing::HasSubstr;

// --- names

std::string bytes_of(std::initializer_list<int> values) {
  std::string text;
  for (const int value : values) text += static_cast<char>(value);
  return text;
}
const auto loopback = bytes_of({127, 0, 0, 1});
Observation ask_name(const NameServer& names, std::uint16_t port, std::chrono::milliseconds timeout = 5s) {
  return ask_one({.url = fmt::format("tcp://tax.example:{}", port)}, timeout, {.resolvers = {names.address()}});
}
TEST(ProberNames, AFailureHasItsName) {
  Server server{holds()};
  NameServer good{has_address(loopback)}, refuses{has_code(5)}, fails{has_code(2)}, missing{has_code(3)}, empty{has_code(0)},
      silent{[](const auto&) { return std::string{}; }};
  const auto seen = ask_name(good, server.port());
  EXPECT_EQ(seen.failed, Layer::none);
  EXPECT_GT(seen.phases.resolve_us, 0);
  EXPECT_EQ(seen.address, "127.0.0.1");
  EXPECT_EQ(ask_name(refuses, server.port()).failed, Layer::resolve_refused);
  EXPECT_EQ(ask_name(fails, server.port()).failed, Layer::resolve_refused);
  EXPECT_EQ(ask_name(missing, server.port()).failed, Layer::resolve_missing);
  EXPECT_EQ(ask_name(empty, server.port()).failed, Layer::resolve_missing);
  EXPECT_EQ(ask_name(silent, server.port(), soon).failed, Layer::resolve_timeout);
}
TEST(ProberNames, HostsFileCountsToo) {
  Server server{holds()};
  NameServer silent{[](const auto&) { return std::string{}; }};
  EXPECT_EQ(
      ask_one({.url = fmt::format("tcp://localhost:{}", server.port())}, 5s, {.bind = "127.0.0.1", .resolvers = {silent.address()}}).failed,
      Layer::none);
  EXPECT_EQ(silent.asked(), 0);
}
TEST(ProberNames, AreLookedUpOnceForManyThatAskAtOnce) {
  Server server{[](const Line& line) { (void)line.read(); }};
  NameServer names{has_address(loopback)};
  ProbeSettings settings{.resolvers = {names.address()}};
  for (int i = 0; i < 20; ++i)
    settings.targets.push_back({.name = ServiceId{fmt::format("t{}", i)}, .url = fmt::format("tcp://tax.example:{}", server.port())});
  for (const auto& [name, seen] : ask_all(settings)) EXPECT_EQ(seen.failed, Layer::none) << name;
  EXPECT_LE(names.asked(), 4) << "an A and an AAAA question, again at most once";
}
TEST(ProberNames, AreLookedUpAnewForEachThatAsksAtItsOwnTime) {
  Server server{[](const Line& line) { (void)line.read(); }};
  NameServer names{has_address(loopback)};
  ProbeSettings settings{.vantage = VantageId{"v"}, .resolvers = {names.address()}};
  for (int i = 0; i < 5; ++i)
    settings.targets.push_back({.name = ServiceId{fmt::format("t{}", i)},
                                .url = fmt::format("tcp://tax.example:{}", server.port()),
                                .every = 400ms,
                                .group = "80 ms from one to the next"});
  const auto seen = watch(settings, 25);
  EXPECT_GE(names.asked(), 25) << "two questions a look-up, less what the machine's other work brings together";
  EXPECT_GE(std::ranges::count_if(seen, [](const Observation& each) { return each.phases.resolve_us > 0; }), 12);
}
TEST(ProberNames, WhatThisMachineCannotAskIsNoTimeOutOfANameServer) {
  NameServer names{has_address(loopback)};
  std::vector<Observation> seen;
  std::atomic<bool> stop = false;
  const ProbeSettings settings{.vantage = VantageId{"v"},
                               .targets = {{.name = ServiceId{"t"}, .url = "tcp://tax.example:1", .every = 20ms},
                                           {.name = ServiceId{"d"}, .url = "dns://tax.example", .every = 20ms}},
                               .resolvers = {names.address()}};
  auto made = Prober::make(settings, wall, [&](const Observation& observation) {
    seen.push_back(observation);
    stop = true;
  });
  ASSERT_TRUE(made) << made.error().message();
  rlimit before{};
  ::getrlimit(RLIMIT_NOFILE, &before);
  std::thread waits{[&] {
    while ((*made)->counts().unasked < 10 && !stop) std::this_thread::yield();
    stop = true;
  }};
  const rlimit none{3, before.rlim_max};  // all of which are open
  ::setrlimit(RLIMIT_NOFILE, &none);
  (*made)->run(stop);
  ::setrlimit(RLIMIT_NOFILE, &before);
  waits.join();
  for (const auto& each : seen) ADD_FAILURE() << each.target.str() << boost::describe::enum_to_string(each.failed, "");
}
TEST(ProberNames, ANameThatIsGoneShowsAtTheNextProbe) {
  Server server{[](const Line& line) { (void)line.read(); }};
  std::atomic<bool> gone = false;
  NameServer names{[&](const std::string& question) { return gone ? has_code(3)(question) : has_address(loopback)(question); }};
  const Target target{.name = ServiceId{"t"}, .url = fmt::format("tcp://tax.example:{}", server.port()), .every = 500ms};
  std::atomic<bool> stop = false;
  int good_after = 0;
  ASSERT_TRUE(probe({.vantage = VantageId{"v"}, .targets = {target}, .resolvers = {names.address()}}, wall, stop,
                    [&](const Observation& observation) {
                      if (observation.failed == Layer::none) good_after += gone ? 1 : 0;
                      else stop = true;
                      gone = true;
                    }));
  EXPECT_LE(good_after, 1);
}

// --- DNS

TEST(ProberDns, AsksAServerByItself) {
  NameServer good{has_address(loopback)}, refuses{has_code(5)}, fails{has_code(2)}, missing{has_code(3)},
      silent{[](const auto&) { return std::string{}; }},
      broken{[](const std::string& question) { return dns_message(question, 0, 1, "\xC0\x0C"); }};
  const auto ask = [](const NameServer& server, std::string_view more = "", std::chrono::milliseconds timeout = 5s) {
    return ask_one({.url = fmt::format("dns://tax.example?server={}{}", server.text(), more)}, timeout);
  };
  EXPECT_EQ(ask(good).failed, Layer::none);
  EXPECT_GT(ask(good).phases.resolve_us, 0);
  EXPECT_EQ(ask(good).address, "127.0.0.1");
  EXPECT_EQ(ask(good, "&type=MX").failed, Layer::resolve_missing);
  EXPECT_EQ(ask(refuses).failed, Layer::resolve_refused);
  EXPECT_EQ(ask(fails).failed, Layer::resolve_refused);
  EXPECT_EQ(ask(missing).failed, Layer::resolve_missing);
  EXPECT_EQ(ask(broken).failed, Layer::malformed);
  EXPECT_EQ(ask(silent, "", soon).failed, Layer::resolve_timeout);
}
TEST(ProberDns, AHijackedNameHasAnotherFingerprint) {
  const auto records = [](std::initializer_list<int> last) {
    return [last = std::vector<int>(last)](const std::string& question) {
      std::string bytes;
      for (const int number : last) bytes += dns_record(1, 60, bytes_of({192, 0, 2, number}));
      return dns_message(question, 0, static_cast<int>(last.size()), bytes);
    };
  };
  NameServer one{records({1, 2})}, turned{records({2, 1})}, hijacked{records({1, 3})};
  const auto body = [](const NameServer& server) {
    return ask_one({.url = fmt::format("dns://tax.example?server={}", server.text()), .fingerprint = "learn"}).body.value_or("");
  };
  EXPECT_EQ(body(one).size(), 16U);
  EXPECT_EQ(body(one), body(turned));
  EXPECT_NE(body(one), body(hijacked));
}

/// Trusts a key that nobody has for everything below `zone`.
std::filesystem::path anchor_for(const TemporaryFolder& folder, std::string_view zone) {
  const auto file = folder.path() / "anchor";
  EXPECT_TRUE(write_file_atomic(file, fmt::format("{}. IN DS 12345 13 2 {:064x}\n", zone, 7)));
  return file;
}
TEST(ProberDnssec, AZoneThatShouldBeSignedAndIsNotIsBogus) {
  const auto folder = TemporaryFolder::make("kulla-anchor").value();
  NameServer server{has_address(loopback)}, missing{has_code(3)}, fails{has_code(2)};
  const auto ask = [&](const NameServer& names, std::string_view zone) {
    return ask_one({.url = fmt::format("dns://tax.example?server={}&dnssec=1", names.text())}, 5s,
                   {.trust_anchor = anchor_for(folder, zone)});
  };
  EXPECT_EQ(ask(server, "example").failed, Layer::resolve_bogus);
  EXPECT_EQ(ask(server, "elsewhere").failed, Layer::none);
  EXPECT_EQ(ask(missing, "elsewhere").failed, Layer::resolve_missing);
  EXPECT_EQ(ask(fails, "elsewhere").failed, Layer::resolve_refused);
}
TEST(ProberDnssec, AResolverThatFailsBecauseOfSignaturesIsToldApart) {
  const auto folder = TemporaryFolder::make("kulla-anchor").value();
  // As a resolver that validates: it fails, unless it is asked not to look (CD).
  NameServer resolver{[](const std::string& question) {
    return (static_cast<unsigned char>(question[3]) & 0x10) == 0 ? has_code(2)(question) : has_address(loopback)(question);
  }};
  const Target target{.url = "tcp://tax.example:80"};
  const auto bogus = ask_one(target, 5s, {.resolvers = {resolver.address()}, .trust_anchor = anchor_for(folder, "example")});
  EXPECT_EQ(bogus.failed, Layer::resolve_bogus);
  EXPECT_TRUE(bogus.detail);
  const auto other = ask_one(target, 5s, {.resolvers = {resolver.address()}, .trust_anchor = anchor_for(folder, "elsewhere")});
  EXPECT_EQ(other.failed, Layer::resolve_refused);
}

// --- ICMP

TEST(ProberIcmp, EchoesInBothFamilies) {
  for (const auto* url : {"icmp://127.0.0.1", "icmp://[::1]", "icmp://localhost"}) {
    const auto seen = ask_one({.url = url});
    EXPECT_EQ(seen.failed, Layer::none) << url << " " << seen.detail.value_or("");
    EXPECT_GT(seen.phases.first_byte_us, 0);
  }
}

/// Answers from the name server come between two turns: the echo leaves at once, and what it waited is no part of its round trip.
TEST(ProberIcmp, ANamedTargetsRoundTripIsTheNetworksAndNotOurQueues) {
  NameServer names{has_address(loopback)};
  std::int64_t shortest = std::numeric_limits<std::int64_t>::max();
  for (int i = 0; i < 5; ++i) {
    const auto seen = ask_one({.url = "icmp://tax.example"}, 5s, {.resolvers = {names.address()}});
    ASSERT_EQ(seen.failed, Layer::none) << seen.detail.value_or("");
    shortest = std::min(shortest, seen.phases.first_byte_us);
  }
  EXPECT_LT(shortest, 10'000) << "half of what the prober sleeps while nothing is due";
}
/// The last of 64 that are sent by one call is refused before the next call sends the 65th.
TEST(ProberIcmp, WhatARouterSaysOfOneTargetIsNotBlamedOnTheNext) {
  std::map<std::string, Observation> seen;
  const bool ran = in_a_filtered_network([&] {
    // A ping socket: on it what is said of earlier requests ends later calls.
    (void)run({"sysctl", "-qw", "net.ipv4.ping_group_range=0 0"});
    ProbeSettings settings;
    for (int i = 1; i <= 65; ++i) {
      const auto url = fmt::format("icmp://127.0.{}.1", i == 64 ? 66 : i);
      settings.targets.push_back({.name = ServiceId{url}, .url = url});
    }
    seen = ask_all(settings);
  });
  if (!ran) GTEST_SKIP() << "NO NETWORK NAMESPACE, or no nft: a router's refusal is not tried";
  for (const auto& [target, each] : seen)
    EXPECT_EQ(each.failed, target == "icmp://127.0.66.1" ? Layer::unreachable : Layer::none) << target << each.detail.value_or("");
}

}  // namespace
}  // namespace kulla::outage
