// A router by hand, over a real socket: what concerns a target is written down, and read again as it was told.
#include "outage/bgp_listener.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>
#include <boost/asio.hpp>

#include "base/file.hpp"
#include "bgp_bytes_of.hpp"
#include "outage/bgp_file.hpp"
#include "outage/bgp_ris.hpp"

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;
using testing::SizeIs;
namespace asio = boost::asio;
using Tcp = asio::ip::tcp;

const std::string other_24 = "\x18\xcb\x00\x71"s;  // 203.0.113.0/24
std::string monitored(std::uint32_t at, const std::string& withdrawn, const std::string& announced = "") {
  const auto attributes = announced.empty() ? "" : attribute(1, "\0"s) + path({64496, 65551}) + attribute(3, "\xc0\x00\x02\x01"s);
  return bmp(0, bmp_peer(at) + bgp_update(withdrawn, attributes, announced));
}

class BmpListenerTest : public testing::Test {
 protected:
  void start(std::uint64_t day_limit = 1 << 20) {
    auto started = BmpListener::start(
        {.listen = {"127.0.0.1", 0}, .routers = {"127.0.0.1"}, .store = folder.path(), .day_limit = day_limit, .again = 1ms}, clock,
        [this](const std::string& line) { said.push_back(line); });
    ASSERT_TRUE(started) << started.error().message();
    listener = std::move(*started);
  }
  std::unique_ptr<Tcp::socket> router(const std::string& from = "127.0.0.1") {
    auto socket = std::make_unique<Tcp::socket>(context, Tcp::endpoint{asio::ip::make_address(from), 0});
    socket->connect({asio::ip::make_address("127.0.0.1"), listener->address().port});
    return socket;
  }
  static void tell(Tcp::socket& socket, const std::string& bytes) { asio::write(socket, asio::buffer(bytes)); }
  /// The listener has ended it.
  static bool ended(Tcp::socket& socket) {
    std::array<char, 1> one;
    boost::system::error_code error;
    socket.read_some(asio::buffer(one), error);
    return error.failed();
  }
  template <typename Done>
  static bool eventually(Done done) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!done() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return done();
  }
  std::vector<RouteChange> written() {
    listener.reset();
    std::vector<RouteChange> changes;
    for (const auto& log : route_logs(folder.path()))
      EXPECT_TRUE(read_route_file(log, [&](const RouteChange& change) { changes.push_back(change); }));
    return changes;
  }
  TemporaryFolder folder = TemporaryFolder::make("kulla-bmp").value();
  const SystemClock clock;
  asio::io_context context;
  std::vector<std::string> said;
  std::unique_ptr<BmpListener> listener;
};

TEST_F(BmpListenerTest, WhatCoversATargetsAddressIsKeptAndNothingElse) {
  start();
  listener->watch("198.51.100.7");
  const auto socket = router();
  tell(*socket, bmp(4, "") + monitored(1'000, "", net_24) + monitored(1'001, "", other_24) + monitored(2'000, net_24));
  ASSERT_TRUE(eventually([&] { return listener->counts().changes == 3; }));
  const auto changes = written();
  ASSERT_THAT(changes, SizeIs(3));
  EXPECT_EQ(changes[0].event, RouteEvent::announced);
  EXPECT_EQ(to_text(changes[0].prefix), "198.51.100.0/24");
  EXPECT_EQ(changes[0].origin, 65551U);
  EXPECT_EQ(changes[0].at, Timestamp{1'000s + 250ms});
  EXPECT_EQ(changes[1].event, RouteEvent::withdrawn);
  EXPECT_EQ(changes[2].event, RouteEvent::peer_lost) << "the router is gone: what its peers have is not known any more";
}

TEST_F(BmpListenerTest, AnAddressThatIsNewIsAskedForByEndingTheSession) {
  start();
  auto socket = router();
  tell(*socket, monitored(1'000, "", net_24));
  ASSERT_TRUE(eventually([&] { return listener->counts().changes == 1; }));
  listener->watch("198.51.100.7");
  EXPECT_TRUE(ended(*socket));
  socket = router();
  tell(*socket, monitored(1'000, "", net_24));
  ASSERT_TRUE(eventually([&] { return listener->counts().kept == 1; }));
}

TEST_F(BmpListenerTest, WhoIsNoRouterOrSpeaksNoBmpIsNotHeard) {
  start();
  listener->watch("198.51.100.7");
  EXPECT_TRUE(ended(*router("127.0.0.9")));
  EXPECT_EQ(listener->counts().strangers, 1U);
  const auto socket = router();
  tell(*socket, "GET / HTTP/1.1\r\n\r\n");
  EXPECT_TRUE(ended(*socket));
  EXPECT_EQ(listener->counts().damaged, 1U);
  EXPECT_THAT(written(), IsEmpty());
}

TEST_F(BmpListenerTest, APrefixThatFlapsFillsNoDisk) {
  start(10'000);
  listener->watch("198.51.100.7");
  const auto socket = router();
  for (std::uint32_t at = 0; at < 1000; ++at) tell(*socket, monitored(at + 1, net_24));
  ASSERT_TRUE(eventually([&] { return listener->counts().changes == 1000; }));
  EXPECT_GT(listener->counts().dropped, 0U);
  EXPECT_LE(std::filesystem::file_size(route_logs(folder.path()).at(0)), 10'000U);
  listener.reset();
  EXPECT_THAT(said, SizeIs(1));
}

RC_GTEST_PROP(RisLineProperty, IsReadAsItWasWritten, ()) {
  RouteChange change;
  change.at = Timestamp{std::chrono::microseconds{*rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000)}};
  change.event = *rc::gen::element(RouteEvent::announced, RouteEvent::withdrawn, RouteEvent::peer_lost);
  change.peer = "2001:db8::1";
  if (change.event != RouteEvent::peer_lost)
    change.prefix = *parse_prefix(*rc::gen::element("198.51.100.0/24"s, "2001:db8::/32"s, "0.0.0.0/0"s, "192.0.2.1/32"s));
  if (change.event == RouteEvent::announced) change.origin = *rc::gen::arbitrary<std::uint32_t>();
  RisReader reader;
  std::vector<RouteChange> read;
  reader.line(ris_line(change), [&](const RouteChange& one) { read.push_back(one); });
  RC_ASSERT(read.size() == 1U);
  RC_ASSERT(read[0] == change);
}
}  // namespace
}  // namespace kulla::outage
