// Closing and opening through a real HAProxy: what citizens, streams, reloads and restarts see of it.
#include <gtest/gtest.h>

#include <fmt/format.h>
#include <signal.h>

#include <algorithm>
#include <thread>

#include "daemon/gate_keeper.hpp"
#include "gate/folder.hpp"
#include "gate/signed_notices.hpp"
#include "model/notice.hpp"
#include "system/support/gate_world.hpp"

namespace kulla::test {
namespace {
using namespace std::chrono;
const std::vector<Route> two{{"tax", "tax.example"}, {"land", "land.example"}};
const ServiceId tax{"tax"}, land{"land"};
constexpr std::string_view ask_stream = "GET /stream HTTP/1.1\r\nHost: tax.example\r\n\r\n";

TEST(GateClosing, a_closed_service_answers_503_with_all_that_belongs_to_it) {
  GateWorld world{two};
  world.start_open();
  ASSERT_EQ(get(world.port(), "tax.example", "/a").body, "tax GET /a tax.example\n");
  const auto applied = world.gate().set(tax, closed_entry, false);
  ASSERT_TRUE(applied) << applied.error().message();
  EXPECT_EQ(applied->workers, 1);
  const auto page = get(world.port(), "tax.example", "/a");
  EXPECT_EQ(page.status, 503);
  EXPECT_EQ(page.headers.at("retry-after"), "300");
  EXPECT_EQ(page.headers.at("cache-control"), "no-store");
  EXPECT_EQ(page.headers.at("x-kulla-closure"), closed_entry.closure.str());
  for (const auto* part : {"<section lang=\"sq\">", "<section lang=\"en\">", "<code>tax</code>", "<code>abcdef012345</code>"})
    EXPECT_TRUE(page.body.contains(part)) << part;
  for (const std::string method : {"HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE"}) {
    const auto bytes = method + " /a HTTP/1.1\r\nHost: tax.example\r\nContent-Length: 0\r\n\r\n";
    const auto response = RawClient{world.port()}.ask(bytes, method == "HEAD");
    EXPECT_EQ(response.status, 503) << method;
    EXPECT_EQ(response.headers.count("x-kulla-closure"), 1u) << method;
  }
  EXPECT_EQ(get(world.port(), "land.example", "/a").status, 200);
  EXPECT_EQ(world.upstream("tax").requests(), 1);
}

TEST(GateClosing, a_notice_is_signed_for_its_service_and_closure_and_goes_without_where_nobody_signs) {
  GateWorld world{two};
  world.start_open();
  const auto key = SecretKey::from_seed({5});
  gate::SignedNotices notices{world.settings, key};
  const auto header = [&](const std::string& host) { return get(world.port(), host, "/").headers["x-kulla-notice"]; };
  for (const auto& service : {tax, land}) ASSERT_TRUE(world.gate().set(service, closed_entry, false));
  EXPECT_EQ(header("tax.example"), unsigned_notice);
  const Timestamp now{seconds{1'790'000'000}};
  const auto refreshed = [&](const std::map<ServiceId, ClosureId>& closed, Timestamp at) {
    const auto done = notices.refresh(closed, at);
    EXPECT_TRUE(done) << done.error().message();
  };
  const auto seen = [&](const std::string& host, const ServiceId& service, Timestamp at) {
    return judge_notice({closed_entry.closure.str(), header(host)}, service, key.public_key(), at).seen;
  };
  refreshed({{tax, closed_entry.closure}}, now);
  EXPECT_EQ(seen("tax.example", tax, now + notice_life), NoticeSeen::valid);
  EXPECT_EQ(seen("tax.example", tax, now + notice_life + 1s), NoticeSeen::expired);
  EXPECT_EQ(seen("tax.example", land, now), NoticeSeen::foreign);
  EXPECT_EQ(header("land.example"), unsigned_notice);
  refreshed({{tax, closed_entry.closure}, {land, closed_entry.closure}}, now + 1min);
  EXPECT_EQ(seen("tax.example", tax, now + 1min + notice_life), NoticeSeen::valid) << "made anew";
  EXPECT_EQ(seen("land.example", land, now), NoticeSeen::valid);
  world.reload();
  EXPECT_EQ(seen("tax.example", tax, now), NoticeSeen::valid) << "a reload reads it from the file";
  refreshed({{land, closed_entry.closure}}, now + 2min);
  EXPECT_EQ(header("tax.example"), unsigned_notice) << "it is taken away";
  ASSERT_TRUE(world.gate().set(tax, open_entry, true));
  EXPECT_EQ(get(world.port(), "tax.example", "/").headers.count("x-kulla-notice"), 0U) << "an open service says nothing";
}

TEST(GateClosing, opening_lets_in_again_and_both_are_read_back_from_worker_and_file) {
  GateWorld world{two};
  world.start_open();
  ASSERT_TRUE(world.gate().set(tax, closed_entry, false));
  auto found = world.gate().read_back();
  ASSERT_TRUE(found);
  EXPECT_EQ(std::ranges::count_if(*found, [](const GateFound& one) { return one.service == tax && one.entry == closed_entry; }), 2);
  ASSERT_TRUE(world.gate().set(tax, open_entry, true));
  EXPECT_EQ(get(world.port(), "tax.example", "/").status, 200);
  found = world.gate().read_back();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->size(), 4u);
  for (const auto& one : *found) EXPECT_EQ(one.entry, open_entry) << one.service.str() << one.worker;
}

TEST(GateClosing, a_stream_under_way_ends_and_a_bystander_s_goes_on) {
  GateWorld world{two};
  world.start_open();
  RawClient stream{world.port()}, bystander{world.port()}, socket{world.port()};
  ASSERT_TRUE(stream.send(ask_stream));
  ASSERT_TRUE(bystander.send("GET /stream HTTP/1.1\r\nHost: land.example\r\n\r\n"));
  ASSERT_TRUE(
      socket.send("GET /chat HTTP/1.1\r\nHost: tax.example\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                  "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return world.upstream("tax").streaming() == 2 && world.upstream("land").streaming() == 1; }));
  const auto applied = world.gate().set(tax, closed_entry, false);
  ASSERT_TRUE(applied) << applied.error().message();
  EXPECT_EQ(applied->streams_ended, 2);
  bool closed = false;
  const auto rest = stream.drain(2s, closed);
  EXPECT_TRUE(closed) << rest.size();
  (void)socket.drain(2s, closed);
  EXPECT_TRUE(closed);
  (void)bystander.drain(100ms, closed);
  EXPECT_FALSE(closed);
  EXPECT_TRUE(eventually([&] { return world.upstream("tax").streaming() == 0; }));
  EXPECT_EQ(world.upstream("land").streaming(), 1);
}

TEST(GateClosing, a_request_past_the_rules_is_not_answered_by_its_service) {
  GateWorld world{two};
  world.start_open();
  RawClient client{world.port()};
  ASSERT_TRUE(client.send("GET /held HTTP/1.1\r\nHost: tax.example\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return world.upstream("tax").requests() == 1; }));
  ASSERT_TRUE(world.gate().set(tax, closed_entry, false));
  world.upstream("tax").release();
  const auto response = client.receive(2s);
  EXPECT_NE(response.status, 200);
  EXPECT_FALSE(response.body.contains("tax GET"));
}

/// Sets the live map alone, as another hand at the socket would: no stream is ended, so only the response rule stands.
TEST(GateClosing, the_response_rule_alone_stops_an_answer) {
  GateWorld world{two};
  world.start_open();
  RawClient client{world.port()};
  ASSERT_TRUE(client.send("GET /held HTTP/1.1\r\nHost: tax.example\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return world.upstream("tax").requests() == 1; }));
  gate::CommandSocket socket{world.settings.runtime_socket(), 2s};
  ASSERT_TRUE(socket.ask("set map " + world.settings.state_map().string() + " tax " + to_map_value(closed_entry)));
  world.upstream("tax").release();
  const auto response = client.receive(2s);
  EXPECT_EQ(response.status, 503);
  EXPECT_FALSE(response.body.contains("tax GET"));
}

TEST(GateClosing, what_stands_in_no_map_is_closed) {
  GateWorld world{two};
  world.start_open();
  EXPECT_EQ(get(world.port(), "nobody.example", "/").status, 503);
  EXPECT_EQ(RawClient{world.port()}.ask("GET / HTTP/1.0\r\n\r\n").status, 503);
  gate::CommandSocket socket{world.settings.runtime_socket(), 2s};
  for (const std::string value : {"x:------------:000", "o", "open", "o:------------:001", "t:------------:100"}) {
    ASSERT_TRUE(socket.ask("set map " + world.settings.state_map().string() + " tax " + value));
    EXPECT_EQ(get(world.port(), "tax.example", "/").status, 503) << value;
  }
  ASSERT_TRUE(socket.ask("del map " + world.settings.state_map().string() + " tax"));
  EXPECT_EQ(get(world.port(), "tax.example", "/").status, 503);
  const auto found = world.gate().read_back();
  ASSERT_TRUE(found);
  EXPECT_EQ(found->front(), (GateFound{tax, GateEntry{}, found->front().worker}));
  ASSERT_TRUE(world.gate().set(tax, open_entry, true)) << "an unknown key is added";
  EXPECT_EQ(get(world.port(), "tax.example", "/").status, 200);
}

// ---- reloads and restarts ----

TEST(GateReload, a_stream_from_before_a_reload_is_ended_in_the_old_worker) {
  GateWorld world{two};
  world.start_open();
  RawClient stream{world.port()}, bystander{world.port()};
  ASSERT_TRUE(stream.send(ask_stream));
  ASSERT_TRUE(bystander.send("GET /stream HTTP/1.1\r\nHost: land.example\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return world.upstream("tax").streaming() == 1 && world.upstream("land").streaming() == 1; }));
  world.reload();
  const auto workers = world.gate().workers();
  ASSERT_TRUE(workers);
  ASSERT_EQ(workers->size(), 2u);
  const auto applied = world.gate().set(tax, closed_entry, false);
  ASSERT_TRUE(applied) << applied.error().message();
  EXPECT_EQ(applied->workers, 2);
  EXPECT_EQ(applied->streams_ended, 1);
  bool closed = false;
  (void)stream.drain(2s, closed);
  EXPECT_TRUE(closed);
  (void)bystander.drain(100ms, closed);
  EXPECT_FALSE(closed);
  const auto found = world.gate().read_back();
  ASSERT_TRUE(found);
  EXPECT_EQ(std::ranges::count_if(*found, [](const GateFound& one) { return one.service == tax && one.entry == closed_entry; }), 3);
}

TEST(GateReload, a_kept_connection_into_an_old_worker_gets_503) {
  GateWorld world{two};
  world.start_open();
  RawClient stream{world.port()};
  ASSERT_TRUE(stream.send("GET /held HTTP/1.1\r\nHost: tax.example\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return world.upstream("tax").requests() == 1; }));
  world.reload();
  ASSERT_TRUE(world.gate().set(tax, closed_entry, false));
  world.upstream("tax").release();
  EXPECT_FALSE(stream.receive(2s).body.contains("tax GET"));
}

/// A service's long stream keeps each worker from before a reload; the oldest is stopped, as one that hangs.
class StoppedWorker : public ::testing::Test {
 protected:
  StoppedWorker() {
    world.start_open();
    for (int count = 1; count <= 2; ++count) {
      streams.emplace_back(world.port());
      EXPECT_TRUE(streams.back().send("GET /stream HTTP/1.1\r\nHost: s0.example\r\n\r\n"));
      EXPECT_TRUE(eventually([&] { return world.upstream("s0").streaming() == count; }));
      oldest = oldest ? oldest : world.gate().workers().value().front().pid;
      world.reload();
    }
    EXPECT_EQ(world.gate().workers().value().size(), 3u);
    ::kill(oldest, SIGSTOP);
  }
  ~StoppedWorker() override { ::kill(oldest, SIGCONT); }
  static std::vector<Route> forty() {
    std::vector<Route> routes;
    for (int i = 0; i < 40; ++i) routes.push_back({fmt::format("s{}", i), fmt::format("s{}.example", i)});
    return routes;
  }
  std::ptrdiff_t answering() {
    return std::ranges::count_if(forty(), [&](const Route& route) { return get(world.port(), route.host, "/").status == 200; });
  }
  GateWorld world{forty()};
  std::vector<RawClient> streams;
  pid_t oldest = 0;
};
TEST_F(StoppedWorker, holds_up_no_other_and_its_patience_is_paid_once) {
  const auto begun = steady_clock::now();
  for (const auto& route : forty()) {
    const auto closed = world.gate().set(ServiceId{route.id}, closed_entry, false);
    ASSERT_FALSE(closed) << "it is not closed there";
    EXPECT_EQ(closed.error().code, Code::timed_out);
    EXPECT_TRUE(closed.error().what.contains(std::to_string(oldest))) << closed.error().what;
  }
  EXPECT_LT(steady_clock::now() - begun, 12s);
  EXPECT_EQ(answering(), 0);
  const auto found = world.gate().read_back();
  ASSERT_TRUE(found) << found.error().message();
  EXPECT_GE(found->size(), 2 * 40u) << "the others and the map file are read";
  for (const auto& one : *found) EXPECT_EQ(one.entry.closure, closed_entry.closure) << one.service.str() << one.worker;
  ::kill(oldest, SIGCONT);
  EXPECT_TRUE(eventually([&] { return world.gate().set(ServiceId{"s0"}, closed_entry, false).has_value(); }));
  EXPECT_TRUE(eventually([&] { return world.upstream("s0").streaming() == 0; }));
}
TEST_F(StoppedWorker, does_not_keep_the_daemon_from_closing_all_at_once) {
  daemon::GateKeeper keeper{world.gate(), 1s, [](const InputBody&) {}};
  std::uint64_t number = 0;
  for (const auto& route : forty()) keeper.set(++number, {ServiceId{route.id}, closed_entry, false});
  EXPECT_TRUE(eventually([&] { return answering() == 0; }, 2s)) << answering();
  const auto written = [&] {
    const auto map = gate::read_state_map(world.settings);
    return map && std::ranges::all_of(*map, [](const auto& one) { return one.second == closed_entry; });
  };
  EXPECT_TRUE(eventually(written, 2s));
}

/// Before it woke, the service was closed anew.
TEST(GateStopped, an_opening_that_no_longer_stands_when_it_wakes_does_not_happen) {
  GateWorld world{{{"tax", "tax.example"}}};
  world.start_open();
  ASSERT_TRUE(world.gate().set(tax, closed_entry, false));
  const auto worker = world.gate().workers().value().front().pid;
  ::kill(worker, SIGSTOP);
  std::jthread wakes{[&] { ::kill(worker, SIGCONT); }};
  const auto opened = world.gate().set(tax, GateEntry{GateMode::open, {}, 0}, true, [] { return false; });
  ASSERT_FALSE(opened);
  EXPECT_TRUE(opened.error().what.contains("no longer stands")) << opened.error().what;
  for (int i = 0; i < 40; ++i) ASSERT_EQ(get(world.port(), "tax.example", "/").status, 503) << i;
  const auto map = gate::read_state_map(world.settings);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->at(tax), closed_entry) << "nor was it written";
}

/// What lies unread in its socket is obeyed when it wakes: an opening may not lie there, whatever was decided since.
TEST(GateStopped, an_opening_that_failed_does_not_happen_when_it_wakes) {
  GateWorld world{{{"tax", "tax.example"}}};
  world.start_open();
  ASSERT_TRUE(world.gate().set(tax, closed_entry, false)) << "so that it knows the worker";
  const auto worker = world.gate().workers().value().front().pid;
  ::kill(worker, SIGSTOP);
  const auto opened = world.gate().set(tax, GateEntry{GateMode::open, {}, 0}, true);
  ::kill(worker, SIGCONT);
  ASSERT_FALSE(opened);
  for (int i = 0; i < 40; ++i) ASSERT_EQ(get(world.port(), "tax.example", "/").status, 503) << i;
}

TEST(GateReload, closings_while_reloads_go_on_hold_in_every_worker) {
  GateWorld world{two};
  world.start_open();
  for (int i = 0; i < 10; ++i) {
    ASSERT_TRUE(world.gate().set(tax, open_entry, true));
    ::kill(world.master(), SIGUSR2);
    std::this_thread::sleep_for(milliseconds{i * 7});
    const auto applied = world.gate().set(tax, closed_entry, false);
    ASSERT_TRUE(applied) << applied.error().message();
    for (int n = 0; n < 20; ++n) ASSERT_NE(get(world.port(), "tax.example", "/").status, 200) << "reload " << i;
    const auto found = world.gate().read_back();
    ASSERT_TRUE(found) << found.error().message();
    for (const auto& one : *found) EXPECT_TRUE(one.service != tax || one.entry == closed_entry) << one.worker;
  }
}

/// One that has just ended stands in the master's list until the master has noticed, and answers nothing.
TEST(GateReload, an_opening_goes_through_while_an_old_worker_ends) {
  GateWorld world{two};
  world.start_open();
  int ended = 0;
  for (int i = 0; i < 30; ++i) {
    ASSERT_TRUE(world.gate().set(tax, closed_entry, false));
    RawClient keeps_the_old_one{world.port()};
    ASSERT_TRUE(keeps_the_old_one.send("GET /stream HTTP/1.1\r\nHost: land.example\r\n\r\n"));
    world.reload();
    const auto workers = world.gate().workers().value();
    const auto old = std::ranges::find_if(workers, [](const auto& worker) { return worker.old; });
    if (old == workers.end()) continue;
    ++ended;
    std::jthread ends{[pid = old->pid, i] {
      std::this_thread::sleep_for(microseconds{i * 30});
      ::kill(pid, SIGKILL);
    }};
    const auto opened = world.gate().set(tax, open_entry, true);
    ASSERT_TRUE(opened) << "reload " << i << ": " << opened.error().message();
    ASSERT_EQ(get(world.port(), "tax.example", "/").status, 200) << "reload " << i;
  }
  EXPECT_GT(ended, 20) << "hardly any old worker was there to end";
}

TEST(GateRestart, a_restart_while_closed_stays_closed) {
  GateWorld world{two};
  world.start_open();
  ASSERT_TRUE(world.gate().set(tax, closed_entry, false));
  world.stop();
  ASSERT_TRUE(world.start());
  EXPECT_EQ(get(world.port(), "tax.example", "/").headers["x-kulla-closure"], closed_entry.closure.str());
  EXPECT_EQ(get(world.port(), "land.example", "/").status, 200);
  world.kill();
  ASSERT_TRUE(world.start());
  EXPECT_EQ(get(world.port(), "tax.example", "/").status, 503);
  EXPECT_EQ(world.upstream("tax").requests(), 0);
}

TEST(GateRestart, a_closing_while_haproxy_is_away_fails_and_holds_at_its_next_start) {
  GateWorld world{two};
  world.start_open();
  world.kill();
  const auto closed = world.gate().set(tax, closed_entry, false);
  ASSERT_FALSE(closed);
  EXPECT_EQ(closed.error().code, Code::gate_unreachable);
  const auto opened = world.gate().set(land, entry(GateMode::guarded), true);
  EXPECT_FALSE(opened);
  ASSERT_TRUE(world.start());
  EXPECT_EQ(get(world.port(), "tax.example", "/").status, 503);
  const auto found = world.gate().read_back();
  ASSERT_TRUE(found);
  EXPECT_EQ(std::ranges::count_if(*found, [](const GateFound& one) { return one.service == land && one.entry == open_entry; }), 2)
      << "the failed opening was taken back";
}

// ---- sources, guard, trial ----

TEST(GateSources, a_blocked_address_gets_403_everywhere_and_others_do_not) {
  GateWorld world{two};
  world.start_open();
  ASSERT_TRUE(world.gate().block("127.0.0.7"));
  ASSERT_TRUE(world.gate().block("127.0.0.7"));
  for (const auto* host : {"tax.example", "land.example", "nobody.example"})
    EXPECT_EQ(get(world.port(), host, "/", "127.0.0.7").status, 403) << host;
  EXPECT_EQ(get(world.port(), "tax.example", "/", "127.0.0.8").status, 200);
  world.reload();
  EXPECT_EQ(get(world.port(), "tax.example", "/", "127.0.0.7").status, 403);
  ASSERT_TRUE(world.gate().unblock("127.0.0.7"));
  EXPECT_EQ(get(world.port(), "tax.example", "/", "127.0.0.7").status, 200);
  EXPECT_FALSE(world.gate().block("127.0.0.7 blocked\n; show info"));
  EXPECT_FALSE(world.gate().block("localhost"));
}

TEST(GateGuard, a_guarded_service_limits_a_hasty_source_and_no_other) {
  GateWorld world{two};
  world.start_open();
  ASSERT_TRUE(world.gate().set(tax, entry(GateMode::guarded), false));
  RawClient hasty{world.port(), "127.0.0.5"};
  int limited = 0;
  for (int i = 0; i < 700; ++i) limited += hasty.ask("GET / HTTP/1.1\r\nHost: tax.example\r\n\r\n").status == 429;
  EXPECT_GT(limited, 100);
  EXPECT_LT(limited, 300);
  EXPECT_EQ(get(world.port(), "tax.example", "/", "127.0.0.6").status, 200);
  EXPECT_EQ(get(world.port(), "land.example", "/", "127.0.0.5").status, 200);
}

/// Of 2,000 addresses: who is let in at this share.
std::vector<bool> admitted(GateWorld& world) {
  std::vector<bool> let_in;
  for (int i = 0; i < 2000; ++i)
    let_in.push_back(get(world.port(), "tax.example", "/", fmt::format("127.1.{}.{}", i / 200, 1 + i % 200)).status == 200);
  return let_in;
}

TEST(GateTrial, a_share_of_the_clients_is_let_in_and_it_is_always_the_same) {
  GateWorld world{two};
  world.start_open();
  ASSERT_TRUE(world.gate().set(tax, closed_entry, false));
  std::vector<bool> before(2000, false);
  for (const int share : {10, 50, 90}) {
    ASSERT_TRUE(world.gate().set(tax, entry(GateMode::trial, closed_entry.closure.str(), share), true));
    const auto now = admitted(world);
    EXPECT_EQ(now, admitted(world)) << share;
    EXPECT_NEAR(static_cast<double>(std::ranges::count(now, true)) / 20.0, share, 4) << share;
    for (std::size_t i = 0; i < now.size(); ++i) EXPECT_TRUE(!before[i] || now[i]) << "one that was let in stays in";
    before = now;
  }
  const auto refused = static_cast<int>(std::ranges::find(before, false) - before.begin());
  const auto page = get(world.port(), "tax.example", "/", fmt::format("127.1.{}.{}", refused / 200, 1 + refused % 200));
  EXPECT_EQ(page.status, 503);
  EXPECT_EQ(page.headers.at("x-kulla-closure"), closed_entry.closure.str());
  ASSERT_TRUE(world.gate().set(tax, entry(GateMode::trial, "zzzzzz999999", 90), true));
  EXPECT_NE(admitted(world), before) << "another closure chooses others";
}

TEST(GateTrial, its_limits_let_safe_methods_and_domestic_addresses_through_and_nothing_else) {
  GateWorld world{two};
  world.settings.domestic = {"127.2.0.0/16", "127.3.3.3"};
  world.start_open();
  const auto status = [&](const std::string& method, const std::string& from) {
    return RawClient{world.port(), from}
        .ask(method + " / HTTP/1.1\r\nHost: tax.example\r\nContent-Length: 0\r\n\r\n", method == "HEAD")
        .status;
  };
  const auto set = [&](std::optional<Limit> limit) {
    auto all = entry(GateMode::trial, closed_entry.closure.str(), 100);
    all.limit = limit;
    ASSERT_TRUE(world.gate().set(tax, all, true));
    const auto found = world.gate().read_back();
    ASSERT_TRUE(found);
    EXPECT_EQ(std::ranges::count_if(*found, [&](const GateFound& one) { return one.service == tax && one.entry == all; }), 2);
  };
  set(std::nullopt);
  EXPECT_EQ(status("POST", "127.9.0.1"), 200);
  set(Limit::read_only);
  for (const auto* safe : {"GET", "HEAD", "OPTIONS"}) EXPECT_EQ(status(safe, "127.9.0.1"), 200) << safe;
  for (const auto* other : {"POST", "PUT", "DELETE", "PATCH", "BREW"}) EXPECT_EQ(status(other, "127.2.0.1"), 503) << other;
  for (const auto* header :
       {"Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==",
        "X-HTTP-Method-Override: DELETE", "X-HTTP-Method: PUT", "X-Method-Override: POST"})
    EXPECT_EQ(RawClient(world.port(), "127.2.0.1").ask(fmt::format("GET / HTTP/1.1\r\nHost: tax.example\r\n{}\r\n\r\n", header)).status,
              503)
        << header;
  set(Limit::domestic_only);
  for (const auto* method : {"GET", "POST"})
    for (const auto* inside : {"127.2.0.1", "127.3.3.3"}) EXPECT_EQ(status(method, inside), 200) << method << inside;
  EXPECT_EQ(status("GET", "127.9.0.1"), 503);
  set(Limit::read_only_and_domestic_only);
  EXPECT_EQ(status("GET", "127.2.0.1"), 200);
  EXPECT_EQ(status("POST", "127.2.0.1"), 503);
  EXPECT_EQ(status("GET", "127.9.0.1"), 503);
  EXPECT_EQ(get(world.port(), "land.example", "/", "127.9.0.1").status, 200);
}
}  // namespace
}  // namespace kulla::test
