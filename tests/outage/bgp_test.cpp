// Readers of routing data, and what is known of a prefix over time.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <fstream>

#include "base/process.hpp"
#include "bgp_bytes_of.hpp"
#include "outage/bgp_bmp.hpp"
#include "outage/bgp_file.hpp"
#include "outage/bgp_mrt.hpp"
#include "outage/bgp_ris.hpp"
#include "outage/bgp_routes.hpp"

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using namespace test;
using testing::ElementsAre;
using testing::IsEmpty;

Timestamp second(std::uint32_t at) { return Timestamp{std::chrono::seconds{at}}; }
const Prefix v4 = *parse_prefix("198.51.100.0/24"), v6 = *parse_prefix("2001:db8::/32");

struct Read {
  std::vector<RouteChange> changes;
  RouteCounts counts;
};
Read read_mrt(std::string_view bytes, std::size_t piece = std::string::npos) {
  Read result;
  MrtReader reader;
  for (std::size_t at = 0; at < bytes.size(); at += std::min(piece, bytes.size()))
    reader.feed(bytes.substr(at, piece), [&](const RouteChange& change) { result.changes.push_back(change); });
  reader.finish();
  result.counts = reader.counts();
  return result;
}
Read read_bmp(std::string_view bytes) {
  Read result;
  BmpReader reader;
  EXPECT_TRUE(reader.feed(bytes, second(77), [&](const RouteChange& change) { result.changes.push_back(change); }));
  result.counts = reader.counts();
  return result;
}
Read read_ris(std::string_view line) {
  Read result;
  RisReader reader;
  reader.line(line, [&](const RouteChange& change) { result.changes.push_back(change); });
  result.counts = reader.counts();
  return result;
}

TEST(BgpPrefixTest, ReadsAndWritesBothFamilies) {
  EXPECT_EQ(to_text(*parse_prefix("198.51.100.77/24")), "198.51.100.0/24");
  EXPECT_EQ(to_text(*parse_prefix("2001:db8:ffff::/33")), "2001:db8:8000::/33");
  for (const auto* bad : {"198.51.100.0", "198.51.100.0/33", "198.51.100/24", "2001:db8::/129", "198.51.100.0/-1", "198.51.100.0/2x", "/8"})
    EXPECT_FALSE(parse_prefix(bad)) << bad;
  EXPECT_TRUE(covers(v4, *parse_ip("198.51.100.255")));
  EXPECT_FALSE(covers(v4, *parse_ip("198.51.101.0")));
  EXPECT_FALSE(covers(*parse_prefix("0.0.0.0/0"), *parse_ip("::1")));
  EXPECT_TRUE(covers(*parse_prefix("0.0.0.0/0"), *parse_ip("9.9.9.9")));
}

TEST(MrtTest, ReadsAnUpdateOfBothFamilies) {
  const auto reach = number(2, 2) + number(1, 1) + number(16, 1) + std::string(16, '\1') + number(0, 1) + net_v6;
  const auto unreach = number(1, 2) + number(1, 1) + net_24;
  const auto message = bgp_update("", path({64496, 65551}) + attribute(14, reach) + attribute(15, unreach), "");
  const auto bytes = mrt(1'000, 16, 4, from_peer() + message);
  const auto read = read_mrt(bytes);
  EXPECT_THAT(read.changes, ElementsAre(RouteChange{second(1'000), RouteEvent::withdrawn, v4, "192.0.2.1", 0},
                                        RouteChange{second(1'000), RouteEvent::announced, v6, "192.0.2.1", 65551}));
  EXPECT_EQ(read_mrt(bytes, 1).changes, read.changes);  // the same in pieces
  EXPECT_EQ(read.counts, (RouteCounts{1, 2, 0, 0}));
}

TEST(MrtTest, ReadsOldAsNumbersAndMicroseconds) {
  const auto head = number(64496, 2) + number(64500, 2) + number(0, 2) + number(1, 2) + "\xc0\x00\x02\x01"s + "\xc0\x00\x02\xfe"s;
  // AS_TRANS in the old path, and the true one beside it.
  const auto message = bgp_update("", path({64496, 23456}, 2) + attribute(17, number(2, 1) + number(1, 1) + number(65551, 4)), net_24);
  const auto read = read_mrt(mrt(1'000, 17, 1, number(250'000, 4) + head + message));
  EXPECT_THAT(read.changes, ElementsAre(RouteChange{second(1'000) + 250ms, RouteEvent::announced, v4, "192.0.2.1", 65551}));
}

TEST(MrtTest, ReadsATableByItsIndexOfPeers) {
  const auto index = number(1, 4) + number(3, 2) + "rrc" + number(2, 2) + number(2, 1) + number(9, 4) + "\xc0\x00\x02\x01"s +
                     number(64496, 4) + number(3, 1) + number(9, 4) + std::string(15, '\0') + "\1" + number(64497, 4);
  const auto entry = [](int peer) {
    const auto attributes = path({64496, 65551});
    return number(static_cast<std::uint64_t>(peer), 2) + number(5, 4) + number(attributes.size(), 2) + attributes;
  };
  const auto table = mrt(1'000, 13, 1, index) + mrt(1'000, 13, 2, number(0, 4) + net_24 + number(2, 2) + entry(0) + entry(1));
  const auto read = read_mrt(table);
  EXPECT_THAT(read.changes, ElementsAre(RouteChange{second(1'000), RouteEvent::announced, v4, "192.0.2.1", 65551},
                                        RouteChange{second(1'000), RouteEvent::announced, v4, "::1", 65551}));
  const auto stranger = mrt(1'000, 13, 1, index) + mrt(1'000, 13, 2, number(0, 4) + net_24 + number(1, 2) + entry(2));
  EXPECT_EQ(read_mrt(stranger).counts.damaged, 1);
}

TEST(MrtTest, ASessionThatEndsIsNoWithdrawal) {
  EXPECT_THAT(read_mrt(mrt(1'000, 16, 5, from_peer() + number(6, 2) + number(1, 2))).changes,
              ElementsAre(RouteChange{second(1'000), RouteEvent::peer_lost, {}, "192.0.2.1", 0}));
  EXPECT_THAT(read_mrt(mrt(1'000, 16, 5, from_peer() + number(5, 2) + number(6, 2))).changes, IsEmpty());
}

TEST(MrtTest, CountsWhatItCannotReadAndGoesOn) {
  const auto good = mrt(1'000, 16, 4, from_peer() + bgp_update(net_24, "", ""));
  const auto lying = mrt(1'000, 16, 4, from_peer() + bgp_update("\x21\x01"s, "", ""));      // a prefix of 33 bits
  const auto large = mrt(1'000, 16, 4, from_peer() + bgp_update(net_24, "", "") + std::string(5'000'000, 'x'));
  const auto read = read_mrt(lying + mrt(1, 11, 0, "ospf") + large + good + good.substr(0, 20));
  EXPECT_EQ(read.changes.size(), 1);
  EXPECT_EQ(read.counts.other, 1);
  EXPECT_EQ(read.counts.damaged, 3);  // the lie, the large one, and the end that is missing
}

TEST(BmpTest, ReadsRouteMonitoringAndPeersThatGo) {
  const auto update = bgp_update(net_24, "", "");
  const auto read = read_bmp(bmp(4, "init") + bmp(0, bmp_peer(1'000) + update) + bmp(2, bmp_peer(0) + "\1"));
  EXPECT_THAT(read.changes, ElementsAre(RouteChange{second(1'000) + 250ms, RouteEvent::withdrawn, v4, "192.0.2.1", 0},
                                        RouteChange{second(77), RouteEvent::peer_lost, {}, "192.0.2.1", 0}));  // without a time of its own
  EXPECT_EQ(read.counts, (RouteCounts{3, 2, 1, 0}));
}

TEST(BmpTest, EndsAtWhatIsNoBmp) {
  BmpReader reader;
  EXPECT_TRUE(reader.feed(bmp(4, "init"), second(1), [](const RouteChange&) {}));
  EXPECT_FALSE(reader.feed("GET / HTTP/1.1\r\n", second(1), [](const RouteChange&) {}));
  EXPECT_FALSE(reader.feed(bmp(4, "init"), second(1), [](const RouteChange&) {}));
  EXPECT_EQ(reader.counts().damaged, 1);
}

TEST(RisTest, ReadsAMessageOfRisLive) {
  const auto read =
      read_ris(R"({"type":"ris_message","data":{"timestamp":1568284616.25,"peer":"192.0.2.1","peer_asn":"64496","id":"x","host":"rrc21",
    "type":"UPDATE","path":[64496,65551],"origin":"igp","announcements":[{"next_hop":"192.0.2.1","prefixes":["2001:db8::/32"]}],
    "withdrawals":["198.51.100.0/24"]}})");
  EXPECT_THAT(read.changes, ElementsAre(RouteChange{second(1568284616) + 250ms, RouteEvent::withdrawn, v4, "192.0.2.1", 0},
                                        RouteChange{second(1568284616) + 250ms, RouteEvent::announced, v6, "192.0.2.1", 65551}));
}

TEST(RisTest, CountsWhatItCannotRead) {
  const auto update = [](std::string_view fields) {
    return R"({"timestamp":1,"peer":"192.0.2.1","type":"UPDATE",)" + std::string{fields} + "}";
  };
  for (const auto& bad : {std::string{"{"}, std::string{"[]"}, update(R"("withdrawals":"all")"), update(R"("withdrawals":["1.2.3.4"])"),
                          std::string{R"({"timestamp":1e300,"peer":"192.0.2.1","type":"UPDATE"})"},
                          std::string{R"({"timestamp":1,"peer":"me","type":"UPDATE"})"}}) {
    const auto read = read_ris(bad);
    EXPECT_EQ(read.counts.damaged, 1) << bad;
    EXPECT_THAT(read.changes, IsEmpty());
  }
  EXPECT_EQ(read_ris(R"({"type":"ris_error","data":{"message":"no"}})").counts.other, 1);
  EXPECT_EQ(read_ris(R"({"timestamp":1,"peer":"192.0.2.1","type":"KEEPALIVE"})").counts.other, 1);
}

class RoutesTest : public testing::Test {
 protected:
  void say(std::uint32_t at, RouteEvent event, const char* prefix, const char* peer) {
    routes.take({second(at), event, *parse_prefix(prefix), peer, event == RouteEvent::announced ? 65551u : 0});
  }
  void all_announce(const char* prefix) {
    for (const auto* peer : {"p1", "p2", "p3"}) say(100, RouteEvent::announced, prefix, peer);
  }
  const IpAddress address = *parse_ip("198.51.100.7");
  Routes routes{{*parse_ip("203.0.114.1"), address}};
};

TEST_F(RoutesTest, KnowsTheLongestPrefixAtATime) {
  all_announce("198.51.0.0/16");
  say(200, RouteEvent::announced, "198.51.100.0/24", "p1");
  say(300, RouteEvent::withdrawn, "198.51.100.0/24", "p1");
  EXPECT_FALSE(routes.at(address, second(99)));
  EXPECT_EQ(to_text(routes.at(address, second(199))->prefix), "198.51.0.0/16");
  EXPECT_EQ(routes.at(address, second(199))->peers, 3);
  EXPECT_EQ(to_text(routes.at(address, second(250))->prefix), "198.51.100.0/24");
  EXPECT_THAT(routes.at(address, second(250))->origins, ElementsAre(65551));
  EXPECT_EQ(to_text(routes.at(address, second(300))->prefix), "198.51.0.0/16");
}

TEST_F(RoutesTest, MostPeersMustHaveLostIt) {
  all_announce("198.51.100.0/24");
  say(1'000, RouteEvent::withdrawn, "198.51.100.0/24", "p1");
  EXPECT_FALSE(routes.lost(address, second(900), second(1'100)));
  say(1'005, RouteEvent::withdrawn, "198.51.100.0/24", "p2");
  const auto lost = routes.lost(address, second(900), second(1'100));
  ASSERT_TRUE(lost);
  EXPECT_EQ(*lost, (RouteLost{"198.51.100.0/24", second(1'005), 3, 2, false, std::nullopt}));
  EXPECT_FALSE(routes.lost(address, second(900), second(1'004)));
  EXPECT_FALSE(routes.lost(address, second(1'006), second(1'100)));
}

TEST_F(RoutesTest, SaysWhenItCameBackAndWhatStayed) {
  all_announce("198.51.100.0/24");
  all_announce("198.51.0.0/16");
  for (const auto* peer : {"p1", "p2", "p3"}) say(1'000, RouteEvent::withdrawn, "198.51.100.0/24", peer);
  for (const auto* peer : {"p1", "p2", "p3"}) say(2'000, RouteEvent::announced, "198.51.100.0/24", peer);
  const auto lost = routes.lost(address, second(900), second(1'100));
  ASSERT_TRUE(lost);
  EXPECT_TRUE(lost->covered);
  EXPECT_EQ(lost->back, second(2'000));
}

TEST_F(RoutesTest, PeersThatFellSilentLostNothing) {
  all_announce("198.51.100.0/24");
  for (const auto* peer : {"p1", "p2", "p3"}) routes.take({second(1'000), RouteEvent::peer_lost, {}, peer});
  EXPECT_FALSE(routes.lost(address, second(900), second(1'100)));
  EXPECT_FALSE(routes.at(address, second(1'100)));
  all_announce("198.51.100.0/24");  // old news of the same: sorted in, and changes nothing
  EXPECT_FALSE(routes.at(address, second(1'100)));
  say(1'200, RouteEvent::announced, "198.51.100.0/24", "p1");
  EXPECT_EQ(routes.at(address, second(1'200))->peers, 1);
}

TEST_F(RoutesTest, MostIsOfThosePeersThatAreStillHeard) {
  all_announce("198.51.100.0/24");
  for (const auto* peer : {"p2", "p3"}) routes.take({second(1'000), RouteEvent::peer_lost, {}, peer});
  say(1'001, RouteEvent::withdrawn, "198.51.100.0/24", "p1");
  const auto lost = routes.lost(address, second(900), second(1'100));
  ASSERT_TRUE(lost);
  EXPECT_EQ(lost->peers, 1);
}

TEST_F(RoutesTest, ADefaultRouteSaysNothingAndOnlyWhatIsWatchedIsKept) {
  say(100, RouteEvent::announced, "0.0.0.0/0", "p1");
  EXPECT_EQ(routes.dropped(), 1);
  EXPECT_FALSE(routes.at(address, second(100)));
  all_announce("198.51.100.0/24");
  all_announce("203.0.113.0/24");
  for (int i = 0; i < 1000; ++i) all_announce(fmt::format("10.{}.{}.0/24", i / 250, i % 250).c_str());
  EXPECT_EQ(routes.prefixes(), 1);
}

TEST_F(RoutesTest, AFlappingPrefixIsBounded) {
  for (std::uint32_t at = 0; at < 1'000; ++at)
    say(at, at % 2 == 0 ? RouteEvent::announced : RouteEvent::withdrawn, "198.51.100.0/24", "p1");
  EXPECT_EQ(routes.dropped(), 1'000 - 64);
  EXPECT_TRUE(routes.at(address, second(998)));
  EXPECT_FALSE(routes.at(address, second(999)));
}

TEST(RouteFileTest, ReadsPlainAndPacked) {
  const auto folder = std::filesystem::temp_directory_path() / ("kulla-routes-" + std::to_string(::getpid()));
  std::filesystem::create_directory(folder);
  const auto bytes = mrt(1'000, 16, 4, from_peer() + bgp_update(net_24, "", ""));
  std::ofstream{folder / "updates.mrt", std::ios::binary} << bytes;
  for (const auto* packer : {"gzip", "bzip2"}) ASSERT_TRUE(run({packer, "-k", (folder / "updates.mrt").string()})) << packer;
  std::ofstream{folder / "live.ndjson"} << R"({"timestamp":1000,"peer":"192.0.2.1","type":"UPDATE","withdrawals":["198.51.100.0/24"]})"
                                        << "\n\nno\n";
  std::ofstream{folder / "empty"};
  for (const auto* name : {"updates.mrt", "updates.mrt.gz", "updates.mrt.bz2", "live.ndjson"}) {
    std::vector<RouteChange> changes;
    const auto counts = read_route_file(folder / name, [&](const RouteChange& change) { changes.push_back(change); });
    ASSERT_TRUE(counts) << name;
    EXPECT_THAT(changes, ElementsAre(RouteChange{second(1'000), RouteEvent::withdrawn, v4, "192.0.2.1", 0})) << name;
    EXPECT_EQ(counts->damaged, std::string{name}.contains("json") ? 1 : 0);
  }
  EXPECT_EQ(read_route_file(folder / "empty", [](const RouteChange&) {}).value(), RouteCounts{});
  EXPECT_EQ(read_route_file(folder / "missing", [](const RouteChange&) {}).error().code, Code::io);
  std::filesystem::remove_all(folder);
}

}  // namespace
}  // namespace kulla::outage
