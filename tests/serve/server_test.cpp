// The server on real sockets, asked byte for byte.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>
#include <latch>
#include <thread>

#include "base/process.hpp"
#include "serve/running.hpp"

namespace kulla::serve {
namespace {
using namespace std::chrono_literals;
using test::HttpPeer;
using test::Running;
using test::wait_for;
using testing::HasSubstr;

/// A PEM of a chain of one and its key, as openssl makes it.
std::filesystem::path make_certificate(const std::filesystem::path& folder, const std::string& subject = "localhost") {
  const auto key = folder / "key.pem", certificate = folder / "certificate.pem", both = folder / "console.pem";
  const auto made = run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
                         "/CN=" + subject, "-keyout", key.string(), "-out", certificate.string()},
                        {});
  EXPECT_TRUE(made);
  std::ofstream out{both};
  out << std::ifstream{certificate}.rdbuf() << std::ifstream{key}.rdbuf();
  out.close();
  ::chmod(both.c_str(), 0600);
  return both;
}

TEST(Server, AnswersRequestAfterRequestOnOneConnection) {
  Running running;
  auto peer = running.peer();
  for (int i = 0; i < 3; ++i) {
    const auto reply = peer.ask(running.get("/health/live"));
    EXPECT_EQ(reply.status, 200);
    EXPECT_EQ(reply.body, "{\"live\":true}");
  }
  EXPECT_EQ(running.server().counts().connections, 1U);
}

TEST(Server, AnswersWhatWasAskedInOneGoInOrder) {
  Running running;
  auto peer = running.peer();
  peer.say(running.get("/health/live") + running.get("/api/v1/now") + running.get("/assets/app.js"));
  EXPECT_EQ(peer.read().status, 200);
  EXPECT_EQ(peer.read().status, 401);
  EXPECT_EQ(peer.read().body, "let a = 1");
}

TEST(Server, EveryAnswerCarriesTheSecurityHeaders) {
  Running running;
  for (const auto* target : {"/", "/health/live", "/api/v1/now", "/nothing"}) {
    const auto headers = running.peer().ask(running.get(target)).headers;
    EXPECT_THAT(headers.at("content-security-policy"), testing::StartsWith("default-src 'none'; script-src 'self';")) << target;
    EXPECT_EQ(headers.at("x-content-type-options"), "nosniff");
    EXPECT_EQ(headers.at("referrer-policy"), "no-referrer");
    EXPECT_EQ(headers.at("cross-origin-opener-policy"), "same-origin");
    EXPECT_EQ(headers.count("strict-transport-security"), 0U);
    EXPECT_EQ(headers.count("server"), 0U);
    EXPECT_THAT(headers.at("date"), testing::MatchesRegex("[A-Z][a-z][a-z], [0-3][0-9] [A-Z][a-z][a-z] [0-9]+ [0-9:]+ GMT"));
  }
  EXPECT_EQ(running.peer().ask(running.get("/api/v1/now")).headers.at("cache-control"), "no-store");
}

TEST(Server, HeadHasTheHeadersOfGetAndNoBody) {
  Running running;
  auto peer = running.peer();
  peer.say(fmt::format("HEAD /assets/app.js HTTP/1.1\r\nHost: {}\r\n\r\n", running.server().address()));
  const auto reply = peer.read(true);
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("content-length"), "9");
  EXPECT_EQ(peer.ask(running.get("/health/live")).status, 200);
}

TEST(Server, SqueezesForWhoTakesIt) {
  Running running;
  running.office.backend.texts[Endpoint::now] = "{\"a\":\"" + std::string(5000, 'a') + "\"}";
  const auto badge = running.sign_in();
  const auto small = running.peer().ask(running.get("/api/v1/now", badge, "Accept-Encoding: br, gzip\r\n"));
  EXPECT_EQ(small.headers.at("content-encoding"), "gzip");
  EXPECT_LT(small.body.size(), 200U);
  EXPECT_EQ(running.peer().ask(running.get("/api/v1/now", badge)).body.size(), 5008U);
}

TEST(Server, WhatIsNotHttpIsToldSoAndEndsTheConnection) {
  Running running;
  const std::string host = "Host: " + running.server().address() + "\r\n";
  const std::map<std::string, int> wrong{
      {"nonsense\r\n\r\n", 400},
      {"GET / HTTP/3.7\r\n\r\n", 400},
      {"GET /health/live HTTP/1.1\r\n" + host + "X: " + std::string(17 << 10, 'x') + "\r\n\r\n", 431},
      {"POST /api/v1/session HTTP/1.1\r\n" + host + "Content-Length: 65537\r\n\r\n" + std::string(65537, ' '), 413},
      {"POST /api/v1/session HTTP/1.1\r\n" + host + "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n", 400},
      {"POST /api/v1/session HTTP/1.1\r\n" + host + "Transfer-Encoding: chunked\r\n\r\nzz\r\n", 400}};
  for (const auto& [bytes, status] : wrong) {
    auto peer = running.peer();
    EXPECT_EQ(peer.ask(bytes).status, status) << bytes.substr(0, 40);
    EXPECT_TRUE(peer.ends());
  }
  EXPECT_EQ(running.server().counts().malformed, wrong.size());
}

TEST(Server, AHeaderThatMayComeOnceAndComesTwiceIsNone) {
  Running running;
  const auto badge = running.sign_in();
  auto twice = running.get("/api/v1/now", badge, "Cookie: " + badge.cookie + "\r\n");
  EXPECT_EQ(running.peer().ask(twice).status, 401);
  EXPECT_EQ(running.peer().ask(running.get("/", {}, "Host: evil.example\r\n")).status, 421);
}

TEST(Server, WhoSaysNothingOrHalfARequestIsCutOff) {
  Running running{[](ServerSettings& settings) { settings.header_timeout = settings.body_timeout = settings.idle_timeout = 50ms; }};
  auto silent = running.peer(), half = running.peer(), bodiless = running.peer(), idle = running.peer();
  half.say("GET / HTTP/1.1\r\nHos");
  bodiless.say(fmt::format("POST /api/v1/session HTTP/1.1\r\nHost: {}\r\nContent-Length: 10\r\n\r\n123", running.server().address()));
  EXPECT_EQ(idle.ask(running.get("/health/live")).status, 200);
  for (auto* peer : {&silent, &half, &bodiless, &idle}) EXPECT_TRUE(peer->ends());
  wait_for([&] { return running.server().counts().timed_out == 4; });
}

TEST(Server, AWrongPasswordWaitsAndNobodyElseDoes) {
  Running running{[](ServerSettings& settings) { settings.failed_sign_in = 1h; }};
  auto wrong = running.peer();
  wrong.say(running.send("POST", "/api/v1/session", R"({"person":"anna-viewer","password":"not this one"})"));
  EXPECT_EQ(running.peer().ask(running.get("/health/live")).status, 200);
  (void)running.sign_in();
  running.stop();  // does not wait for it either
  EXPECT_EQ(wrong.read().status, 0);
}

TEST(Server, MoreCallsThanMayWaitAreToldToComeBack) {
  Running running{[](ServerSettings& settings) {
    settings.workers = 1;
    settings.waiting_calls = 2;
  }};
  std::latch release{1};
  running.office.backend.while_answering = [&](Endpoint) { release.wait(); };
  const auto badge = running.sign_in();
  auto first = running.peer(), second = running.peer();
  first.say(running.get("/api/v1/now", badge));
  second.say(running.get("/api/v1/now", badge));
  wait_for([&] { return running.server().counts().requests == 3; });
  const auto third = running.peer().ask(running.get("/api/v1/now", badge));
  EXPECT_EQ(third.status, 503);
  EXPECT_EQ(third.headers.at("retry-after"), "1");
  EXPECT_EQ(running.peer().ask(running.get("/health/live")).status, 200);
  release.count_down();
  EXPECT_EQ(first.read().status, 200);
  EXPECT_EQ(second.read().status, 200);
}

TEST(Server, WhateverElseIsSlowAClosingIsNot) {
  Running running{[](ServerSettings& settings) { settings.workers = 1; }};
  std::latch release{1};
  running.office.backend.while_answering = [&](Endpoint endpoint) {
    if (endpoint != Endpoint::close) release.wait();
  };
  const auto reader = running.sign_in(), auditor = running.sign_in("anna-auditor"), person = running.sign_in("anna-operator");
  std::vector<std::unique_ptr<HttpPeer>> waiting;
  const auto ask = [&](const std::string& target, const test::Badge& badge) {
    waiting.push_back(std::make_unique<HttpPeer>(running.server().address()));
    waiting.back()->say(running.get(target, badge));
  };
  for (const auto& badge : {reader, auditor}) {
    ask("/api/v1/now", badge);
    ask("/api/v1/timeline", badge);
    ask("/api/v1/incident/report", badge);
  }
  wait_for([&] { return running.server().counts().requests == 9; });
  EXPECT_EQ(running.peer().ask(running.send("POST", "/api/v1/close", R"({"services":["e-tax"]})", person)).status, 200);
  EXPECT_EQ(running.peer().ask(running.get("/health/ready")).status, 200);
  release.count_down();
  for (auto& each : waiting) EXPECT_EQ(each->read().status, 200);
}

TEST(Server, ASessionWaitsForTwoReportsAtOnceAndOthersForTheirs) {
  Running running;
  std::latch release{1};
  running.office.backend.while_answering = [&](Endpoint) { release.wait(); };
  const auto badge = running.sign_in(), other = running.sign_in("anna-auditor");
  auto first = running.peer(), second = running.peer(), others = running.peer();
  first.say(running.get("/api/v1/timeline", badge));
  second.say(running.get("/api/v1/systems/web1/report", badge));
  wait_for([&] { return running.server().counts().requests == 4; });
  const auto third = running.peer().ask(running.get("/api/v1/incident/report", badge));
  EXPECT_EQ(third.status, 429);
  EXPECT_EQ(third.headers.at("retry-after"), "1");
  others.say(running.get("/api/v1/timeline", other));
  release.count_down();
  for (auto* each : {&first, &second, &others}) EXPECT_EQ(each->read().status, 200);
  EXPECT_EQ(running.peer().ask(running.get("/api/v1/incident/report", badge)).status, 200);
}

TEST(Server, StrangersDoNotCrowdOutWhoIsSignedIn) {
  Running running{[](ServerSettings& settings) { settings.connections_an_address = 8; }};
  const auto badge = running.sign_in();
  auto person = running.peer();
  EXPECT_EQ(person.ask(running.get("/api/v1/session", badge)).status, 200);
  std::vector<std::unique_ptr<HttpPeer>> strangers;
  for (int i = 0; i < 20; ++i) strangers.push_back(std::make_unique<HttpPeer>(running.server().address()));
  EXPECT_TRUE(strangers.front()->ends());
  EXPECT_EQ(person.ask(running.get("/api/v1/session", badge)).status, 200);
  EXPECT_EQ(strangers.back()->ask(running.get("/health/live")).status, 200);
  EXPECT_GE(running.server().counts().crowded, 12U);
}

TEST(Server, TheKeyByWhichBrowsersAreKnownOutlivesIt) {
  Running running;
  running.settings.device_key = running.office.folder.path() / "device.key";
  const auto key = [&] { return read_file(running.settings.device_key, 100).value(); };
  (void)running.sign_in();
  const auto made = key();
  EXPECT_EQ(made.size(), 65U);
  running.stop();
  (void)running.sign_in();
  EXPECT_EQ(key(), made);
}

// --- the live stream

TEST(Server, AStreamGivesWhatComesInOrder) {
  Running running;
  auto stream = running.peer();
  stream.say(running.get("/api/v1/stream?from=7", running.sign_in()));
  EXPECT_TRUE(stream.reads("Content-Type: text/event-stream\r\n"));
  EXPECT_TRUE(stream.reads("\r\n\r\nevent: began\ndata: 7\n\n"));
  for (int i = 0; i < 100; ++i) EXPECT_EQ(running.office.backend.tell(fmt::format("id: {}\ndata: x\n\n", i)), 1U);
  std::string expected;
  for (int i = 0; i < 100; ++i) expected += fmt::format("id: {}\ndata: x\n\n", i);
  EXPECT_TRUE(stream.reads(expected));
  running.office.backend.subscriptions().front()->close();
  EXPECT_TRUE(stream.ends());
}

TEST(Server, AHundredStreamsNeedNoThreadEach) {
  Running running{[](ServerSettings& settings) {
    settings.workers = 2;
    settings.streams_a_person = 100;
  }};
  const auto badge = running.sign_in();
  std::vector<std::unique_ptr<HttpPeer>> streams;
  for (int i = 0; i < 100; ++i) {
    streams.push_back(std::make_unique<HttpPeer>(running.server().address()));
    streams.back()->say(running.get("/api/v1/stream?from=1", badge));
    ASSERT_TRUE(streams.back()->reads("event: began\n"));
  }
  EXPECT_EQ(running.server().counts().streams_now, 100U);
  EXPECT_EQ(running.office.backend.tell("data: all\n\n"), 100U);
  for (const auto& stream : streams) EXPECT_TRUE(stream->reads("data: all\n\n"));
  streams.clear();
  // Who went away is found at the next event, and forgotten.
  wait_for([&] { return running.office.backend.tell("data: more\n\n") == 0; });
  wait_for([&] { return running.server().counts().streams_now == 0; });
}

TEST(Server, AReaderThatIsTooSlowIsCutOffAndTheOthersAreNot) {
  Running running;
  running.office.backend.stream_limit = std::size_t{1} << 20;
  const auto badge = running.sign_in();
  auto slow = running.peer(), quick = running.peer();
  slow.say(running.get("/api/v1/stream", badge));
  EXPECT_TRUE(slow.reads("\r\n\r\n"));
  wait_for([&] { return running.office.backend.subscriptions().size() == 1; });
  const auto event = "data: " + std::string(100'000, 'x') + "\n\n";
  wait_for([&] { return running.office.backend.tell(event) == 0; });
  quick.say(running.get("/api/v1/stream?from=3", badge));
  EXPECT_TRUE(quick.reads("data: 3\n\n"));
  EXPECT_TRUE(slow.ends());
  wait_for([&] { return running.server().counts().slow_readers == 1; });
}

TEST(Server, AReaderThatIsStuckIsCutOff) {
  Running running{[](ServerSettings& settings) { settings.stream_timeout = 50ms; }};
  running.office.backend.stream_limit = std::size_t{1} << 30;
  auto stuck = running.peer();
  stuck.say(running.get("/api/v1/stream", running.sign_in()));
  EXPECT_TRUE(stuck.reads("\r\n\r\n"));
  wait_for([&] { return running.office.backend.subscriptions().size() == 1; });
  const auto event = "data: " + std::string(1'000'000, 'x') + "\n\n";
  for (int i = 0; i < 64; ++i) running.office.backend.tell(event);
  wait_for([&] { return running.server().counts().slow_readers == 1; });
  wait_for([&] { return running.office.backend.subscriptions().front()->closed(); });
}

TEST(Server, AStreamEndsWithItsSession) {
  Running running;
  const auto badge = running.sign_in();
  auto stream = running.peer();
  stream.say(running.get("/api/v1/stream?from=1", badge));
  EXPECT_TRUE(stream.reads("event: began\n"));
  EXPECT_EQ(running.peer().ask(running.send("DELETE", "/api/v1/session", "", badge)).status, 200);
  running.office.backend.tell("data: secret\n\n");
  EXPECT_FALSE(stream.reads("secret"));
}

TEST(Server, MoreStreamsThanMayBeAreRefused) {
  Running running{[](ServerSettings& settings) { settings.streams = 1; }};
  const auto badge = running.sign_in();
  auto first = running.peer();
  first.say(running.get("/api/v1/stream?from=1", badge));
  EXPECT_TRUE(first.reads("event: began\n"));
  EXPECT_EQ(running.peer().ask(running.get("/api/v1/stream", badge)).status, 429);
  EXPECT_EQ(running.peer().ask(running.get("/api/v1/stream?from=x", badge)).status, 400);
}

TEST(Server, OnePersonDoesNotTakeAllStreams) {
  Running running{[](ServerSettings& settings) { settings.streams_a_person = 2; }};
  const auto badge = running.sign_in(), same_person = running.sign_in(), other = running.sign_in("anna-press");
  std::vector<std::unique_ptr<HttpPeer>> streams;
  for (const auto& each : {other, badge, same_person, badge}) {
    streams.push_back(std::make_unique<HttpPeer>(running.server().address()));
    streams.back()->say(running.get("/api/v1/stream?from=1", each));
    EXPECT_TRUE(streams.back()->reads("event: began\n"));
  }
  EXPECT_TRUE(streams[1]->ends());
  wait_for([&] { return running.server().counts().streams_now == 3; });
  running.office.backend.tell("data: on\n\n");
  for (const auto i : {0U, 2U, 3U}) EXPECT_TRUE(streams[i]->reads("data: on\n")) << i;
}

TEST(Server, StopsWithStreamsAndCallsUnderWay) {
  Running running;
  const auto badge = running.sign_in();
  auto stream = running.peer(), idle = running.peer(), call = running.peer();
  stream.say(running.get("/api/v1/stream?from=1", badge));
  EXPECT_TRUE(stream.reads("event: began\n"));
  EXPECT_EQ(idle.ask(running.get("/health/live")).status, 200);
  std::latch begun{1};
  running.office.backend.while_answering = [&](Endpoint) { begun.count_down(); };
  call.say(running.get("/api/v1/now", badge));
  begun.wait();
  running.stop();
  EXPECT_TRUE(stream.ends());
  EXPECT_TRUE(idle.ends());
  EXPECT_EQ(running.office.backend.tell("data: late\n\n"), 0U);
}

// --- TLS, and where it listens

TEST(Server, SpeaksTlsAndThenTheCookieIsSecure) {
  Running running;
  running.settings.certificate = make_certificate(running.office.folder.path());
  EXPECT_THAT(running.server().url(), testing::StartsWith("https://127.0.0.1:"));
  const auto badge = running.sign_in();
  EXPECT_THAT(badge.cookie, testing::StartsWith("__Host-kulla="));
  const auto reply = running.peer().ask(running.get("/api/v1/now", badge));
  EXPECT_EQ(reply.status, 200);
  EXPECT_EQ(reply.headers.at("strict-transport-security"), "max-age=31536000");
  auto stream = running.peer();
  stream.say(running.get("/api/v1/stream?from=1", badge));
  EXPECT_TRUE(stream.reads("event: began\n"));
  running.office.backend.tell("data: over TLS\n\n");
  EXPECT_TRUE(stream.reads("data: over TLS\n\n"));
}

TEST(Server, ARenewedCertificateIsForThoseWhoComeFromNowOn) {
  Running running{[](ServerSettings& settings) { settings.heartbeat = 5ms; }};
  running.settings.certificate = make_certificate(running.office.folder.path(), "old");
  auto before = running.peer();
  EXPECT_EQ(before.certificate_name(), "/CN=old");
  (void)make_certificate(running.office.folder.path(), "renewed");
  wait_for([&] { return running.peer().certificate_name() == "/CN=renewed"; });
  EXPECT_EQ(before.ask(running.get("/health/live")).status, 200);
}

TEST(Server, ACertificateThatCannotBeUsedLeavesTheOldOneAndIsSaidSo) {
  Running running{[](ServerSettings& settings) { settings.heartbeat = 5ms; }};
  running.settings.certificate = make_certificate(running.office.folder.path(), "old");
  const auto badge = running.sign_in();
  const auto health = [&] { return running.peer().ask(running.get("/health/ready", badge)).body; };
  ASSERT_TRUE(write_file_atomic(running.settings.certificate, "half a certificate", 0600));
  wait_for([&] { return health().find("certificate: ") != std::string::npos; });
  EXPECT_EQ(running.peer().certificate_name(), "/CN=old");
  (void)make_certificate(running.office.folder.path(), "renewed");
  wait_for([&] { return running.peer().certificate_name() == "/CN=renewed"; });
  EXPECT_EQ(health(), R"({"ready":true,"problems":0,"what":[]})");
}

TEST(Server, WhoSpeaksNoTlsWhereItIsSpokenIsCutOff) {
  Running running;
  running.settings.certificate = make_certificate(running.office.folder.path());
  HttpPeer plain{running.server().address()};
  plain.say(running.get("/health/live"));
  EXPECT_TRUE(plain.ends());
  EXPECT_EQ(running.peer().ask(running.get("/health/live")).status, 200);
}

Error start_error(const std::function<void(ServerSettings&)>& change) {
  Running running{change};
  auto started = Server::start(running.settings, running.office.backend, running.office.clock);
  EXPECT_FALSE(started);
  return started ? Error{Code::io, "it started"} : started.error();
}

TEST(Server, DoesNotStartWhereItWouldNotBeSafe) {
  EXPECT_THAT(start_error([](auto& settings) { settings.listen = "0.0.0.0:0"; }).what, HasSubstr("beyond this machine only with TLS"));
  EXPECT_THAT(start_error([](auto& settings) { settings.listen = "here"; }).what, HasSubstr("write ADDRESS:PORT"));
  EXPECT_THAT(start_error([](auto& settings) { settings.accounts += ".none"; }).what, HasSubstr("'kulla account add"));
  EXPECT_THAT(start_error([](auto& settings) { settings.certificate = settings.accounts; }).what,
              HasSubstr("wants a PEM chain and its key"));
  Running other;
  EXPECT_THAT(start_error([&](auto& settings) { settings.listen = other.server().address(); }).what, HasSubstr("listening on"));
}

TEST(Server, OnAllAddressesItWantsToKnowItsNames) {
  Running running;
  const auto certificate = make_certificate(running.office.folder.path());
  running.settings.certificate = certificate;
  running.settings.listen = "0.0.0.0:0";
  EXPECT_THAT(Server::start(running.settings, running.office.backend, running.office.clock).error().what, HasSubstr("hosts = ["));
  ::chmod(certificate.c_str(), 0644);
  running.settings.hosts = {"console.example"};
  EXPECT_THAT(Server::start(running.settings, running.office.backend, running.office.clock).error().what, HasSubstr("chmod o-rwx"));
}
}  // namespace
}  // namespace kulla::serve
