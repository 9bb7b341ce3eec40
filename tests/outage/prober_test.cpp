// The real prober against real sockets on loopback: a server that answers each connection as its test says.
#include "outage/prober.hpp"

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <map>
#include <thread>

#include "base/file.hpp"
#include "outage/probe_config.hpp"

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using testing::HasSubstr;

/// Listens on a port of its own; what it says to each connection is `answer`, then it closes (or holds the line where it is empty).
class Server {
 public:
  explicit Server(std::string answer) : answer_(std::move(answer)) {
    listener_ = Descriptor{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address), size), 0);
    EXPECT_EQ(::listen(listener_.get(), 64), 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread([this](const std::stop_token& stop) { serve(stop); });
  }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  std::string request, peer;  ///< of the last connection; read after the probe ended

 private:
  void serve(const std::stop_token& stop) {
    while (!stop.stop_requested()) {
      pollfd waiting{listener_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 10) <= 0) continue;
      sockaddr_in from{};
      socklen_t size = sizeof from;
      Descriptor client{::accept(listener_.get(), reinterpret_cast<sockaddr*>(&from), &size)};
      std::array<char, 4096> buffer;
      const auto got = ::recv(client.get(), buffer.data(), buffer.size(), 0);
      request.assign(buffer.data(), got > 0 ? static_cast<std::size_t>(got) : 0);
      peer = ::inet_ntoa(from.sin_addr);
      if (answer_.empty()) held_.push_back(std::move(client));
      else ::send(client.get(), answer_.data(), answer_.size(), MSG_NOSIGNAL);
    }
  }
  std::string answer_;
  Descriptor listener_;
  int port_ = 0;
  std::vector<Descriptor> held_;
  std::jthread thread_;
};

/// Probes each target once.
std::map<std::string, Observation> probe_once(std::vector<Target> targets, std::string bind = {}) {
  std::map<std::string, Observation> seen;
  std::atomic<bool> stop = false;
  const ProbeSettings settings{VantageId{"v"}, std::move(bind), 150ms, 0, std::move(targets)};
  const auto end = probe(settings, SystemClock{}, stop, [&](const Observation& observation) {
    seen.emplace(observation.target.str(), observation);
    stop = seen.size() == settings.targets.size();
  });
  EXPECT_TRUE(end) << end.error().message();
  return seen;
}
std::string answer(std::string_view status, std::string_view headers = "", std::string_view body = "ok") {
  return fmt::format("HTTP/1.1 {}\r\nContent-Length: {}\r\n{}\r\n{}", status, body.size(), headers, body);
}

TEST(Prober, TellsWhereAProbeFailed) {
  Server good{answer("200 OK")}, gone{answer("404 Not Found")}, broken{answer("500 Oops")},
      closed{answer("503 Closed", "X-Kulla-Closure: abc\r\n")}, silent{""}, garbage{"SSH-2.0-x\r\n\r\n"},
      cut{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"}, to_the_end{"HTTP/1.0 200 OK\r\n\r\nhello"};
  std::string nobody;
  { nobody = Server{"x"}.address(); }
  const auto seen = probe_once({{ServiceId{"good"}, good.address(), "http://tax.al/", 100ms},
                                {ServiceId{"gone"}, gone.address(), "http://tax.al/", 100ms},
                                {ServiceId{"broken"}, broken.address(), "http://tax.al/", 100ms},
                                {ServiceId{"closed"}, closed.address(), "http://tax.al/", 100ms},
                                {ServiceId{"silent"}, silent.address(), "http://tax.al/", 100ms},
                                {ServiceId{"garbage"}, garbage.address(), "http://tax.al/", 100ms},
                                {ServiceId{"cut"}, cut.address(), "http://tax.al/", 100ms},
                                {ServiceId{"to_the_end"}, to_the_end.address(), "http://tax.al/", 100ms},
                                {ServiceId{"nobody"}, nobody, "http://tax.al/", 100ms}});
  const std::map<std::string, std::pair<Layer, int>> expected{
      {"good", {Layer::none, 200}},     {"gone", {Layer::none, 404}},           {"broken", {Layer::status, 500}},
      {"closed", {Layer::status, 503}}, {"silent", {Layer::answer_timeout, 0}}, {"garbage", {Layer::closed, 0}},
      {"cut", {Layer::closed, 200}},    {"to_the_end", {Layer::none, 200}},     {"nobody", {Layer::connect_refused, 0}}};
  for (const auto& [name, want] : expected) {
    EXPECT_EQ(seen.at(name).failed, want.first) << name;
    EXPECT_EQ(seen.at(name).status, want.second) << name;
    EXPECT_EQ(seen.at(name).notice != NoticeSeen::none, name == "closed") << name;
  }
  EXPECT_GE(seen.at("silent").took_us, 150'000);
  EXPECT_LT(seen.at("good").took_us, 150'000);
}

TEST(Prober, AsksAsACitizenWouldFromItsOwnAddress) {
  Server server{answer("200 OK")};
  const auto seen = probe_once({{ServiceId{"s"}, server.address(), "http://tax.example.al/permits?x=1", 100ms}}, "127.0.0.77");
  EXPECT_EQ(seen.at("s").failed, Layer::none);
  EXPECT_THAT(server.request, testing::StartsWith("GET /permits?x=1 HTTP/1.1\r\nHost: tax.example.al\r\n"));
  EXPECT_EQ(server.peer, "127.0.0.77");
}

TEST(Prober, NumbersRiseByOneAndTargetsAreAskedAgainAndAgain) {
  Server server{answer("200 OK")};
  std::vector<Observation> seen;
  std::atomic<bool> stop = false;
  const ProbeSettings settings{
      VantageId{"v"},
      {},
      500ms,
      41,
      {{ServiceId{"a"}, server.address(), "http://a.al/", 20ms}, {ServiceId{"b"}, server.address(), "http://b.al/", 20ms}}};
  ASSERT_TRUE(probe(settings, SystemClock{}, stop, [&](const Observation& observation) {
    seen.push_back(observation);
    stop = seen.size() == 20;
  }));
  ASSERT_EQ(seen.size(), 20U);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].number, 41 + i);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(seen, ServiceId{"a"}, &Observation::target)), 10, 2);
}

TEST(Prober, WhatCannotBeAskedIsSaidBeforeAnythingIsSent) {
  std::atomic<bool> stop = false;
  const auto refusal = [&](ProbeSettings settings) { return probe(settings, SystemClock{}, stop, [](const Observation&) {}).error().what; };
  EXPECT_THAT(refusal({VantageId{"v"}, {}, 1s, 0, {}}), HasSubstr("no target"));
  EXPECT_THAT(refusal({VantageId{"v"}, {}, 1s, 0, {{ServiceId{"a"}, {}, "ftp://x/", 1s}}}), HasSubstr("http://host/path"));
  EXPECT_THAT(refusal({VantageId{"v"}, {}, 1s, 0, {{ServiceId{"a"}, "x", "http://x/", 1s}}}), HasSubstr("host:port"));
  EXPECT_THAT(refusal({VantageId{"v"}, "192.0.2.1", 1s, 0, {{ServiceId{"a"}, {}, "http://127.0.0.1/", 1s}}}), HasSubstr("192.0.2.1"));
}

TEST(ProbeConfigTest, ReadsWhatItsHeaderShows) {
  const auto config = parse_probe_config(R"([vantage]
name = "tirana-1"
key = "vantage.key"
bind = "127.0.9.1"
report = "[::1]:7400"
daemon_key = "daemon.key.pub"
[[target]]
name = "e-tax"
url = "http://tax.example.al/"
every = "250ms"
)",
                                         "/etc/kulla/probe.toml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->key, "/etc/kulla/vantage.key");
  EXPECT_EQ(config->report->host, "::1");
  EXPECT_EQ(config->settings.targets.at(0).every, 250ms);
  EXPECT_EQ(config->store, "");
  EXPECT_EQ(config->daemon_key, "/etc/kulla/daemon.key.pub");
  EXPECT_EQ(config->spool, "/etc/kulla/spool/tirana-1");
  EXPECT_EQ(config->spool_limit_mb, 1024);
}

TEST(ProbeConfigTest, EveryErrorNamesItsLineAndKey) {
  const std::string good = "[vantage]\nname = \"v\"\nkey = \"k\"\n";
  const std::string target = "[[target]]\nname = \"a\"\nurl = \"http://a/\"\n";
  const std::pair<std::string, std::string> cases[] = {
      {"[vantage\n", "probe.toml:1"},
      {target, "no [vantage]"},
      {good, "no [[target]]"},
      {good + "color = 1\n" + target, "probe.toml:4: vantage: unknown key 'color'; known keys: bind, daemon_key, key"},
      {"[vantage]\nname = 7\nkey = \"k\"\n" + target, "probe.toml:2: vantage: 'name' is to be a text"},
      {"[vantage]\nname = \"v\"\n" + target, "'key' is missing"},
      {good + target + "every = \"often\"\n", "probe.toml:7: target: 'every'"},
      {good + "report = \"x\"\n" + target, "probe.toml:4: report"},
      {good + "report = \"[::1]:7400\"\n" + target, "probe.toml:4: vantage: 'daemon_key' is missing"},
      {good + "spool_limit_mb = 1\n" + target, "probe.toml:4: vantage: 'spool_limit_mb': write a whole number from 16"},
      {good + target + target, "probe.toml:7: target 'a' is there twice"},
      {good + target + "[extra]\n", "unknown key 'extra'"}};
  for (const auto& [text, expected] : cases) {
    const auto config = parse_probe_config(text, "probe.toml");
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, Code::bad_config);
    EXPECT_THAT(config.error().what, HasSubstr(expected));
  }
}
}  // namespace
}  // namespace kulla::outage
