// The real prober against real sockets on loopback: every layer, named as what it is, and nothing that a server does holds it up.
#include "outage/prober.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <map>
#include <mutex>
#include <set>
#include <thread>

#include "base/hash.hpp"
#include "outage/asking.hpp"

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using namespace test;
using testing::HasSubstr;

// --- HTTP

TEST(ProberHttp, TellsGoodFromBadByStatus) {
  Server ok{says(answer("200 OK"))}, moved{says(answer("302 Found", "Location: /\r\n"))}, gone{says(answer("404 Not Found"))},
      broken{says(answer("500 Oops"))}, to_the_end{says("HTTP/1.0 200 OK\r\n\r\nhello")},
      chunked{says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n")},
      hinted{says("HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n" + answer("200 OK"))}, empty{says("HTTP/1.1 204 No Content\r\n\r\n")};
  for (const auto* server : {&ok, &moved, &to_the_end, &chunked, &hinted, &empty}) EXPECT_EQ(ask_http(*server).failed, Layer::none);
  EXPECT_EQ(ask_http(hinted).status, 200);
  EXPECT_EQ(ask_http(gone).failed, Layer::status);
  EXPECT_EQ(ask_http(gone).status, 404);
  EXPECT_EQ(ask_http(broken).status, 500);
  EXPECT_EQ(moved.connections(), 1) << "a redirect is not followed";
  EXPECT_EQ(ask_one({.address = gone.address(), .url = "http://tax.example/", .good_status = {404}}).failed, Layer::none);
  EXPECT_EQ(ask_one({.address = ok.address(), .url = "http://tax.example/", .good_status = {404}}).failed, Layer::status);
}
TEST(ProberHttp, WhatIsNoHttpIsMalformed) {
  Server garbage{says("SSH-2.0-x\r\n\r\n")}, header{says("HTTP/1.1 200 OK\r\nX: " + std::string(100'000, 'x') + "\r\n\r\n")},
      chunk{says("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5;" + std::string(200'000, 'x'))},
      length{says("HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n")}, no_version{says("HTTP 200\r\n\r\n")};
  std::string hints;
  for (int i = 0; i < 100; ++i) hints += "HTTP/1.1 103 Early Hints\r\n\r\n";
  Server interim{says(hints)};
  for (const auto* server : {&garbage, &header, &chunk, &length, &no_version, &interim})
    EXPECT_EQ(ask_http(*server).failed, Layer::malformed) << ask_http(*server).detail.value_or("");
}
TEST(ProberHttp, AnAnswerWithMoreAroundItThanInItIsMalformed) {
  const auto chunk = "1;" + std::string(4000, 'x') + "\r\ny\r\n";
  Server padded{[&](const Line& line) {
    if (line.read().empty() || !line.send("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")) return;
    while (line.send(chunk)) {}
  }};
  EXPECT_EQ(ask_http(padded, 60s).failed, Layer::malformed);
}
TEST(ProberHttp, AnAnswerThatBreaksOffIsClosed) {
  Server cut{says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf")}, in_header{says("HTTP/1.1 200 O")},
      nothing{[](const Line& line) { (void)line.read(); }};
  EXPECT_EQ(ask_http(cut).failed, Layer::closed);
  EXPECT_EQ(ask_http(cut).status, 200);
  EXPECT_EQ(ask_http(in_header).failed, Layer::closed);
  EXPECT_EQ(ask_http(nothing).failed, Layer::closed);
  EXPECT_EQ(ask_http(nothing).detail, "closed without an answer");
}
TEST(ProberHttp, TheTimeLimitCoversEverything) {
  const auto dripping = [](std::string_view start) {
    return [start = std::string(start)](const Line& line) {
      line.send(start);
      while (line.hold(20) && line.send("x")) {}
    };
  };
  Server silent{holds()}, drips_body{dripping("HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")},
      drips_header{dripping("HTTP/1.1 200 OK\r\nX: ")};
  for (const auto* server : {&silent, &drips_body, &drips_header}) {
    const auto seen = ask_http(*server, soon);
    EXPECT_EQ(seen.failed, Layer::answer_timeout);
    EXPECT_GE(seen.took_us, 150'000);
  }
}
TEST(ProberHttp, ABodyWithoutEndIsGoodAndIsNotRead) {
  std::atomic<std::int64_t> taken = 0;
  const auto endless = [&](std::string_view start, std::string_view piece) {
    return [&taken, start = std::string(start), piece = std::string(piece)](const Line& line) {
      if (line.read().empty() || !line.send(start)) return;
      while (taken < 1'000'000'000 && line.send(piece)) taken += static_cast<std::int64_t>(piece.size());
    };
  };
  const std::string kilobytes(16'384, 'x');
  Server length{endless("HTTP/1.1 200 OK\r\nContent-Length: 10000000000\r\n\r\n", kilobytes)};
  Server chunked{endless("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "4000\r\n" + kilobytes + "\r\n")};
  EXPECT_EQ(ask_http(length).failed, Layer::none);
  EXPECT_EQ(ask_http(chunked).failed, Layer::none);
  EXPECT_LT(taken, 100'000'000) << "no more than what lies in the system's buffers";
}
TEST(ProberHttp, AsksAsACitizenWouldFromItsOwnAddressAndSaysWhoItIs) {
  std::string request, peer;
  std::mutex mutex;
  Server server{[&](const Line& line) {
    const std::lock_guard lock{mutex};
    request = line.read();
    line.send(answer("200 OK"));
  }};
  ProbeSettings settings{.bind = "127.0.0.77", .user_agent_url = "https://monitor.example/"};
  EXPECT_EQ(ask_one({.address = server.address(), .url = "http://tax.example.al/permits?x=1"}, 5s, settings).failed, Layer::none);
  const std::lock_guard lock{mutex};
  EXPECT_THAT(request, testing::StartsWith("GET /permits?x=1 HTTP/1.1\r\nHost: tax.example.al\r\n"));
  EXPECT_THAT(request, HasSubstr("\r\nUser-Agent: kulla-probe/" KULLA_VERSION " (+https://monitor.example/)\r\n"));
}
TEST(ProberHttp, EachPhaseIsTimedApart) {
  Server slow{[](const Line& line) {
    (void)line.read();
    (void)line.hold(60);
    line.send(answer("200 OK"));
  }};
  const auto seen = ask_http(slow);
  EXPECT_EQ(seen.phases.resolve_us, 0);
  EXPECT_GT(seen.phases.connect_us, 0);
  EXPECT_EQ(seen.phases.tls_us, 0);
  EXPECT_GE(seen.phases.first_byte_us, 50'000);
  EXPECT_GE(seen.took_us, seen.phases.connect_us + seen.phases.first_byte_us);
  EXPECT_EQ(seen.address, "127.0.0.1");
}
TEST(ProberHttp, IPv6) {
  Server server{says(answer("200 OK")), nullptr, AF_INET6};
  const auto seen = ask_one({.url = fmt::format("http://[::1]:{}/", server.port())});
  EXPECT_EQ(seen.failed, Layer::none);
  EXPECT_EQ(seen.address, "::1");
}

// --- notices and bodies

TEST(ProberNotice, IsJudgedByTheGatesKey) {
  const auto gate = SecretKey::from_seed({7});
  const auto expires = std::chrono::floor<std::chrono::seconds>(std::chrono::system_clock::now()) + 5min;
  const auto header = notice_header({ServiceId{"tax"}, ClosureId{"abc123def456"}, expires}, gate);
  Server closed{says(answer("503 Closed", "x-kulla-closure: abc123def456\r\nX-Kulla-Notice: " + header + "\r\n"))};
  const Target target{.address = closed.address(), .url = "http://tax.example/", .service = ServiceId{"tax"}};
  const auto believed = ask_one(target, 5s, {.notice_key = gate.public_key()});
  EXPECT_EQ(believed.failed, Layer::status);
  EXPECT_EQ(believed.notice, NoticeSeen::valid);
  EXPECT_EQ(believed.closure, "abc123def456");
  EXPECT_EQ(ask_one(target).notice, NoticeSeen::unverified);
  EXPECT_EQ(ask_one(target).closure, std::nullopt);
  auto other = target;
  other.service = {};
  EXPECT_EQ(ask_one(other, 5s, {.notice_key = gate.public_key()}).notice, NoticeSeen::foreign)
      << "the target's own name is another service's";
}
TEST(ProberBody, IsLearnedAfterThreeEqualAnswersAndThenKnown) {
  std::atomic<int> asked = 0;
  Server page{[&](const Line& line) {
    if (line.read().empty()) return;
    const int n = ++asked;
    line.send(answer("200 OK", "", n == 1 ? "odd" : n <= 4 ? "the page" : "defaced"));
  }};
  const Target target{.name = ServiceId{"t"}, .address = page.address(), .url = "http://t.example/", .every = 40ms, .fingerprint = "learn"};
  const auto seen = watch({.vantage = VantageId{"v"}, .targets = {target}}, 6);
  for (std::size_t i = 0; i < 4; ++i) EXPECT_EQ(seen[i].failed, Layer::none) << i;
  for (std::size_t i = 4; i < 6; ++i) EXPECT_EQ(seen[i].failed, Layer::body) << i;
  EXPECT_EQ(seen[3].body, to_hex(sha256("the page")).substr(0, 16));
  EXPECT_EQ(seen[5].body, to_hex(sha256("defaced")).substr(0, 16));
  EXPECT_EQ(seen[5].status, 200);
}
TEST(ProberBody, APageWithATokenThatWasLearnedByChanceIsNotJudgedAnyMoreAndThatIsSaid) {
  std::atomic<int> asked = 0;
  Server page{[&](const Line& line) {
    if (line.read().empty()) return;
    const int n = ++asked;
    line.send(answer("200 OK", "", n <= 3 ? "from a cache" : fmt::format("token {}", n)));
  }};
  const Target target{.name = ServiceId{"t"}, .address = page.address(), .url = "http://t.example/", .every = 40ms, .fingerprint = "learn"};
  const auto seen = watch({.vantage = VantageId{"v"}, .targets = {target}}, 10);
  EXPECT_EQ(std::ranges::count(seen, Layer::body, &Observation::failed), 2);
  EXPECT_EQ(seen[5].detail, "its page is another each time: it is not judged by it any more");
}
TEST(ProberBody, WhatWasLearnedBeforeIsKnownFromTheFirstAnswerOn) {
  Server page{says(answer("200 OK", "", "the page"))}, defaced{says(answer("200 OK", "", "defaced"))};
  const auto known = to_hex(sha256("the page")).substr(0, 16);
  const ProbeSettings settings{.known_pages = {{ServiceId{"e-tax"}, known}}};
  Target target{.address = page.address(), .url = "http://t.example/", .fingerprint = "learn"};
  EXPECT_EQ(ask_one(target, 5s, settings).failed, Layer::none);
  target.address = defaced.address();
  EXPECT_EQ(ask_one(target, 5s, settings).failed, Layer::body);
  target.fingerprint = to_hex(sha256("defaced")).substr(0, 16);
  EXPECT_EQ(ask_one(target, 5s, settings).failed, Layer::none) << "what is configured counts for more";
}
TEST(ProberBody, IsComparedWithTheOneThatIsConfigured) {
  Server page{says(answer("200 OK", "", "the page"))};
  Target target{.address = page.address(), .url = "http://t.example/", .fingerprint = to_hex(sha256("the page")).substr(0, 16)};
  EXPECT_EQ(ask_one(target).failed, Layer::none);
  target.fingerprint = "0123456789abcdef";
  EXPECT_EQ(ask_one(target).failed, Layer::body);
  target.fingerprint = "";
  EXPECT_EQ(ask_one(target).body, std::nullopt);
}

// --- TCP

TEST(ProberTcp, ConnectsIsRefusedOrHasNoWay) {
  Server server{holds()};
  EXPECT_EQ(ask_one({.url = "tcp://" + server.address()}).failed, Layer::none);
  std::uint16_t port = 0;
  { const auto nobody = bound_socket(SOCK_STREAM, port); }
  const auto refused = ask_one({.url = fmt::format("tcp://127.0.0.1:{}", port)});
  EXPECT_EQ(refused.failed, Layer::connect_refused);
  EXPECT_EQ(refused.detail, "Connection refused");
  EXPECT_EQ(ask_one({.url = "tcp://[::1]:9"}, 5s, {.bind = "127.0.0.1"}).failed, Layer::unreachable) << "from IPv4 there is no way to IPv6";
}
TEST(ProberTcp, AMachineWithoutARouteSaysSoOfItself) {
  const auto seen = ask_one({.url = "tcp://127.255.255.255:9"});  // no way there for TCP: it is a broadcast address
  EXPECT_EQ(seen.failed, Layer::unreachable);
  EXPECT_EQ(seen.detail, "this machine has no route");
}
TEST(ProberTcp, AFilterThatRefusesIsNoServerThatRefuses) {
  std::map<std::string, Observation> seen;
  const bool ran = in_a_filtered_network([&] {
    ProbeSettings settings;
    for (const auto* url : {"tcp://127.0.0.1:7", "tcp://[::1]:7", "tcp://127.0.0.1:8", "tcp://127.0.0.1:9", "tcp://[::1]:9"})
      settings.targets.push_back({.name = ServiceId{url}, .url = url});
    seen = ask_all(settings);
  });
  if (!ran) GTEST_SKIP() << "NO NETWORK NAMESPACE, or no nft: a filter's refusal is not tried";
  for (const auto* filtered : {"tcp://127.0.0.1:7", "tcp://[::1]:7"}) {
    EXPECT_EQ(seen[filtered].failed, Layer::unreachable) << filtered;
    EXPECT_EQ(seen[filtered].detail, "refused by a filter") << filtered;
  }
  for (const auto* reset : {"tcp://127.0.0.1:8", "tcp://127.0.0.1:9", "tcp://[::1]:9"})
    EXPECT_EQ(seen[reset].failed, Layer::connect_refused) << reset;
}
TEST(ProberTcp, WhoDoesNotAnswerASynIsATimeout) {
  std::uint16_t port = 0;
  const auto full = bound_socket(SOCK_STREAM, port);
  ASSERT_EQ(::listen(full.get(), 0), 0);
  std::vector<Descriptor> waiting;  // the queue of one that nobody accepts from
  for (int i = 0; i < 3; ++i) {
    auto& socket = waiting.emplace_back(::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0));
    sockaddr_in to{.sin_family = AF_INET, .sin_port = htons(port), .sin_addr = {htonl(INADDR_LOOPBACK)}, .sin_zero = {}};
    (void)::connect(socket.get(), reinterpret_cast<sockaddr*>(&to), sizeof to);
  }
  const auto seen = ask_one({.url = fmt::format("tcp://127.0.0.1:{}", port)}, soon);
  EXPECT_EQ(seen.failed, Layer::connect_timeout);
  EXPECT_GE(seen.phases.connect_us, 100'000);
}

// --- TLS

TEST(ProberTls, ACertificateIsJudgedApartFromTheHandshake) {
  Authority authority;
  using Signer = Authority::Signer;
  Server good{says(answer("200 OK")), authority.context()}, expired{holds(), authority.context({.from = -7200, .until = -3600})},
      early{holds(), authority.context({.from = 3600, .until = 7200})}, other{holds(), authority.context({.name = "health.example"})},
      own{holds(), authority.context({}, Signer::itself)};
  const auto ask = [&](const Server& server, const std::string& ca) {
    return ask_one({.address = server.address(), .url = "tls://tax.example:443", .ca = ca});
  };
  const auto seen = ask(good, authority.file_name());
  EXPECT_EQ(seen.failed, Layer::none);
  EXPECT_GT(seen.phases.tls_us, 0);
  const auto month = std::chrono::system_clock::now() + 24h * 30;
  EXPECT_LT(std::chrono::abs(*seen.certificate_ends - month), 1min);
  EXPECT_EQ(ask(expired, authority.file_name()).failed, Layer::certificate);
  EXPECT_EQ(ask(expired, authority.file_name()).detail, "certificate has expired");
  EXPECT_LT(*ask(expired, authority.file_name()).certificate_ends, std::chrono::system_clock::now());
  EXPECT_EQ(ask(early, authority.file_name()).detail, "certificate is not yet valid");
  EXPECT_EQ(ask(other, authority.file_name()).detail, "hostname mismatch");
  EXPECT_EQ(ask(own, authority.file_name()).failed, Layer::certificate);
  EXPECT_EQ(ask(good, "").failed, Layer::certificate) << "the system trusts nobody of that name";
  const auto page = ask_one({.address = good.address(), .url = "https://tax.example/", .ca = authority.file_name()});
  EXPECT_EQ(page.failed, Layer::none);
  EXPECT_EQ(page.status, 200);
}
TEST(ProberTls, AHandshakeThatFailsIsNotACertificate) {
  Server plain{says("HTTP/1.1 400 Bad Request\r\n\r\n")}, silent{holds()}, cut{[](const Line& line) { (void)line.read(); }};
  EXPECT_EQ(ask_one({.url = "tls://" + plain.address()}).failed, Layer::tls);
  EXPECT_EQ(ask_one({.url = "tls://" + cut.address()}).failed, Layer::tls);
  const auto seen = ask_one({.url = "tls://" + silent.address()}, soon);
  EXPECT_EQ(seen.failed, Layer::tls_timeout);
  EXPECT_GE(seen.phases.tls_us, 100'000);
}
TEST(ProberTls, ALargeAnswerAndABrokenOne) {
  Authority authority;
  const auto ask = [&](const Server& server) {
    return ask_one({.address = server.address(), .url = "https://tax.example/", .fingerprint = "learn", .ca = authority.file_name()});
  };
  Server large{says(answer("200 OK", "", std::string(50'000, 'x'))), authority.context()};
  EXPECT_EQ(ask(large).body, to_hex(sha256(std::string(50'000, 'x'))).substr(0, 16));
  Server cut{says("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"), authority.context()};
  EXPECT_EQ(ask(cut).failed, Layer::closed);
}

// --- HTTP/2

TEST(ProberTls, TicketsWithoutEndAreNoAnswerAndHoldNobodyUp) {
  Authority authority;
  Server floods{[](const Line& line) {
                  (void)line.read();
                  // OpenSSL minds no ticket that cannot be sent: whether anybody is there is asked for apart.
                  for (int n = 1; SSL_new_session_ticket(line.tls()) == 1 && SSL_do_handshake(line.tls()) == 1; ++n)
                    if (n % 256 == 0 && !line.hold(1)) return;
                },
                authority.context()};
  const auto seen = ask_one({.address = floods.address(), .url = "https://tax.example/", .ca = authority.file_name()}, 60s);
  EXPECT_EQ(seen.failed, Layer::malformed);
  EXPECT_THAT(seen.detail.value_or(""), HasSubstr("without end"));
}
TEST(ProberHttp2, IsSpokenWhereAServerHasNothingElse) {
  Authority authority;
  Server server{says_http2({}), authority.context({}, Authority::Signer::authority, "h2")};
  const Target target{.name = ServiceId{"t"},
                      .address = server.address(),
                      .url = "https://tax.example/",
                      .every = 50ms,
                      .fingerprint = "learn",
                      .ca = authority.file_name()};
  const auto seen = watch({.vantage = VantageId{"v"}, .targets = {target}}, 3);
  for (const auto& observation : seen) {
    EXPECT_EQ(observation.failed, Layer::none) << observation.detail.value_or("");
    EXPECT_EQ(observation.status, 200);
    EXPECT_EQ(observation.body, to_hex(sha256("ok")).substr(0, 16));
  }
  EXPECT_LE(server.connections(), 5) << "it is known from then on";
}
TEST(ProberHttp2, AServerThatGivesItUpIsAskedOverTheOtherAgain) {
  Authority authority;
  std::atomic<bool> old = false;
  auto* context = authority.context();
  SSL_CTX_set_alpn_select_cb(
      context,
      [](SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned in_size, void* is_old) {
        const std::string_view mine = *static_cast<std::atomic<bool>*>(is_old) ? "\x08http/1.1" : "\x02h2";
        unsigned char* chosen = nullptr;
        const int found = SSL_select_next_proto(&chosen, size, reinterpret_cast<const unsigned char*>(mine.data()),
                                                static_cast<unsigned>(mine.size()), in, in_size);
        *out = chosen;
        return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
      },
      &old);
  Server server{[&](const Line& line) { (old ? says(answer("200 OK")) : says_http2({}))(line); }, context};
  const Target target{
      .name = ServiceId{"t"}, .address = server.address(), .url = "https://tax.example/", .every = 200ms, .ca = authority.file_name()};
  std::vector<Observation> seen;
  std::atomic<bool> stop = false;
  ASSERT_TRUE(probe({.vantage = VantageId{"v"}, .targets = {target}}, wall, stop, [&](const Observation& observation) {
    seen.push_back(observation);
    old = seen.size() >= 3;
    stop = seen.size() == 6;
  }));
  for (const auto& observation : seen) EXPECT_EQ(observation.failed, Layer::none) << observation.detail.value_or("");
}
TEST(ProberHttp2, WhoAsksForItGetsNothingElse) {
  Authority authority;
  const auto ask = [&](const Server& server) {
    return ask_one({.address = server.address(), .url = "https://tax.example/", .ca = authority.file_name(), .http2 = true});
  };
  Server both{says_http2({.status = "503", .field_name = "x-kulla-closure", .field_value = "abc"}),
              authority.context({}, Authority::Signer::authority, "h2")};
  const auto seen = ask(both);
  EXPECT_EQ(seen.failed, Layer::status);
  EXPECT_EQ(seen.status, 503);
  EXPECT_EQ(seen.notice, NoticeSeen::unverified);
  Server old{says(answer("200 OK")), authority.context({}, Authority::Signer::authority, "http/1.1")},
      none{says(answer("200 OK")), authority.context()};
  EXPECT_EQ(ask(old).failed, Layer::tls);
  EXPECT_EQ(ask(none).detail, "the server offers no HTTP/2");
}
TEST(ProberHttp2, BoundsHoldThereToo) {
  Authority authority;
  const auto ask = [&](Behaviour behaviour) {
    Server server{std::move(behaviour), authority.context({}, Authority::Signer::authority, "h2")};
    return ask_one({.address = server.address(), .url = "https://tax.example/", .ca = authority.file_name()});
  };
  EXPECT_EQ(ask(says_http2({.body = std::string(10'000'000, 'x')})).failed, Layer::none);
  EXPECT_EQ(ask(says_http2({.field_name = "x-long", .field_value = std::string(60'000, 'x')})).failed, Layer::malformed);
  const auto old = ask([](const Line& line) {
    (void)line.read();
    line.send("HTTP/1.1 200 OK\r\n\r\n");
    while (!line.read().empty()) {}  // closed with bytes unread, a line is reset, and what was said is lost
  });
  EXPECT_EQ(old.failed, Layer::malformed);
  EXPECT_EQ(ask([](const Line& line) { (void)line.read(); }).failed, Layer::closed);
}

// --- the prober as a whole

TEST(Prober, NumbersRiseByOneAndTargetsAreAskedAgainAndAgain) {
  Server server{says(answer("200 OK"))};
  const auto target = [&](const char* name) {
    return Target{.name = ServiceId{name}, .address = server.address(), .url = "http://a.al/", .every = 20ms};
  };
  const auto seen = watch({.vantage = VantageId{"v"}, .first_number = 41, .targets = {target("a"), target("b")}}, 20);
  ASSERT_EQ(seen.size(), 20U);
  for (std::size_t i = 0; i < seen.size(); ++i) EXPECT_EQ(seen[i].number, 41 + i);
  EXPECT_NEAR(static_cast<double>(std::ranges::count(seen, ServiceId{"a"}, &Observation::target)), 10, 3);
}
/// Goes on by a microsecond with each look, and is an hour behind from some look on.
class StepClock final : public Clock {
 public:
  [[nodiscard]] Moment now() const override {
    const auto looks = ++looks_;
    return {Timestamp{std::chrono::hours{24 * 365 * 50} + std::chrono::microseconds{looks} - (looks > set_back_at ? 1h : 0h)},
            Ticks{looks}};
  }
  [[nodiscard]] std::string boot() const override { return "boot"; }
  std::atomic<std::int64_t> set_back_at = std::numeric_limits<std::int64_t>::max();

 private:
  mutable std::atomic<std::int64_t> looks_ = 0;
};
TEST(Prober, EachProbeOfATurnHasItsOwnTime) {
  const StepClock clock;
  Server server{says(answer("200 OK"))};
  ProbeSettings settings{.vantage = VantageId{"v"}, .once = true};
  for (int i = 0; i < 10; ++i)
    settings.targets.push_back({.name = ServiceId{fmt::format("t{}", i)}, .address = server.address(), .url = "http://t.example/"});
  std::set<Timestamp> sent;
  const std::atomic<bool> stop = false;
  ASSERT_TRUE(probe(settings, clock, stop, [&](const Observation& observation) { sent.insert(observation.sent); }));
  EXPECT_EQ(sent.size(), 10U);
}
TEST(Prober, AClockThatIsSetBackStopsNoProbe) {
  StepClock clock;
  Server server{says(answer("200 OK"))};
  const Target target{.name = ServiceId{"t"}, .address = server.address(), .url = "http://t.example/", .every = 20ms};
  std::vector<Observation> seen;
  std::atomic<bool> stop = false;
  ASSERT_TRUE(probe({.vantage = VantageId{"v"}, .targets = {target}}, clock, stop, [&](const Observation& observation) {
    seen.push_back(observation);
    if (seen.size() == 5) clock.set_back_at = 0;
    stop = seen.size() == 10;
  }));
  EXPECT_LT(seen.back().sent, seen.front().sent);
}
TEST(Prober, AFailureIsAskedAboutWithoutWaitingForThePeriod) {
  std::uint16_t port = 0;
  { const auto nobody = bound_socket(SOCK_STREAM, port); }
  Server silent{holds()};
  const auto start = std::chrono::steady_clock::now();
  const Target refused{.name = ServiceId{"r"}, .url = fmt::format("tcp://127.0.0.1:{}", port), .every = 2s};
  const auto seen = watch({.vantage = VantageId{"v"}, .targets = {refused}}, 5);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 2s + 1500ms) << "one period, and a burst";
}
TEST(Prober, SomebodyElsesAlarmMeasuresNow) {
  Server server{[](const Line& line) { (void)line.read(); }};
  std::unique_ptr<Prober> prober;
  std::atomic<bool> stop = false;
  std::atomic<int> seen = 0;
  prober = Prober::make({.vantage = VantageId{"v"}, .targets = {{.name = ServiceId{"t"}, .url = "tcp://" + server.address(), .every = 1h}}},
                        wall, [&](const Observation&) { stop = ++seen == 4; })
               .value();
  prober->measure(ServiceId{"nobody knows"});
  prober->measure(ServiceId{"t"});
  prober->run(stop);
  EXPECT_EQ(seen, 4);
}
TEST(Prober, AHostIsNotCrowded) {
  Server silent{holds()};
  std::vector<Target> targets;
  for (int i = 0; i < 20; ++i)
    targets.push_back({.name = ServiceId{fmt::format("t{}", i)}, .address = silent.address(), .url = "http://t.example/", .every = 50ms});
  std::atomic<bool> stop = false;
  std::unique_ptr<Prober> prober;
  prober = Prober::make({.vantage = VantageId{"v"}, .timeout = 300ms, .targets = targets, .per_host = 3}, wall, [&](const Observation&) {
             stop = true;
           }).value();
  prober->run(stop);
  EXPECT_EQ(silent.connections(), 3);
  EXPECT_GT(prober->counts().crowded, 0U);
}
TEST(Prober, WhatCannotBeAskedIsSaidBeforeAnythingIsSent) {
  const auto refusal = [&](ProbeSettings settings) {
    const auto made = Prober::make(std::move(settings), wall, [](const Observation&) {});
    return made ? "made" : made.error().what;
  };
  EXPECT_THAT(refusal({}), HasSubstr("no target"));
  const auto one = [](Target target) {
    target.name = ServiceId{"a"};
    return ProbeSettings{.targets = {std::move(target)}};
  };
  EXPECT_THAT(refusal(one({.url = "ftp://x/"})), HasSubstr("http://host/path"));
  EXPECT_THAT(refusal(one({.address = "x", .url = "http://x/"})), HasSubstr("host:port"));
  EXPECT_THAT(refusal(one({.url = "https://x/", .ca = "/nonexistent"})), HasSubstr("ca '/nonexistent'"));
  EXPECT_THAT(refusal(one({.url = "dns://x?dnssec=1&server=127.0.0.1"})), testing::AnyOf(HasSubstr("trust_anchor"), HasSubstr("made")));
  auto elsewhere = one({.url = "http://127.0.0.1/"});
  elsewhere.bind = "192.0.2.1";
  EXPECT_THAT(refusal(elsewhere), HasSubstr("192.0.2.1"));
}
}  // namespace
}  // namespace kulla::outage
