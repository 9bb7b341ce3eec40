// The reporter against a daemon by hand, on real sockets; with the real listener: tests/daemon/vantage_listener_test.cpp.
#include "outage/reporter.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/queue.hpp"
#include "outage/tls_peer.hpp"

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using test::TlsPeer;
using testing::HasSubstr;
using testing::StartsWith;

TEST(HeartbeatTest, SilenceIsToldOnceThenNowAndThenAndItsEndToo) {
  const auto at = [](std::chrono::seconds since) { return Moment{Timestamp{since}, since}; };
  Heartbeat heart{at(0s)};
  using enum Heartbeat::Change;
  EXPECT_EQ(heart.watch(at(4s)), none);
  EXPECT_EQ(heart.heard(at(4s)), none);
  EXPECT_EQ(heart.watch(at(8s)), none);
  EXPECT_EQ(heart.watch(at(9s)), fell_silent);
  EXPECT_EQ(heart.silent_since(), Timestamp{4s});
  EXPECT_EQ(heart.watch(at(10s)), none);
  EXPECT_EQ(heart.watch(at(69s)), still_silent);
  EXPECT_EQ(heart.heard(at(70s)), is_back);
  EXPECT_EQ(heart.closed(at(71s)), fell_silent);
  EXPECT_EQ(heart.closed(at(72s)), none);
}

class ReporterTest : public ::testing::Test {
 protected:
  std::unique_ptr<Reporter> report_to(std::uint16_t port, const PublicKey& daemon_key) {
    auto started = Reporter::start({{"127.0.0.1", port}, vantage_, daemon_key, {.folder = folder_.path() / "spool"}, 5ms}, clock_,
                                   {.say = [this](const std::string& line) { said_.push(line); },
                                    .measure = [this](const ServiceId& target) { measured_.push(target.str()); }});
    EXPECT_TRUE(started) << started.error().message();
    return std::move(*started);
  }
  std::string said() { return said_.pop(10s).value_or("(nothing)"); }
  static std::string beat(std::uint64_t taken) { return to_line(DaemonBeat{Timestamp{}, taken}); }

  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-reporter-test");
  SystemClock clock_;
  SecretKey vantage_ = SecretKey::generate(), key_ = SecretKey::generate();
  BoundedQueue<std::string> said_{100}, measured_{100};
  TlsPeer daemon_{TlsIdentity::Side::listens, key_};
};

TEST_F(ReporterTest, NothingIsSentBeforeTheDaemonSaysWhatItHas) {
  const auto reporter = report_to(daemon_.listen(), key_.public_key());
  const auto first = reporter->next_number();
  reporter->send(first, "one");
  reporter->send(first + 1, "two");
  ASSERT_EQ(daemon_.accept(), "");
  daemon_.say(beat(first));
  EXPECT_THAT(daemon_.line(), StartsWith("{\"begins\":"));
  EXPECT_EQ(daemon_.line(), "two") << "the first one it has";
}

TEST_F(ReporterTest, WhatWasNotAcknowledgedGoesOutAgainOnTheNextConnection) {
  const auto reporter = report_to(daemon_.listen(), key_.public_key());
  const auto first = reporter->next_number();
  reporter->send(first, "one");
  ASSERT_EQ(daemon_.accept(), "");
  daemon_.say(beat(0));
  EXPECT_EQ(daemon_.line_with("one"), "one");
  daemon_.hang_up();
  EXPECT_THAT(said(), HasSubstr("daemon silent since"));
  reporter->send(first + 1, "two");
  ASSERT_EQ(daemon_.accept(), "");
  daemon_.say(beat(0));
  EXPECT_EQ(daemon_.line_with("one"), "one");
  EXPECT_EQ(daemon_.line(), "two");
  EXPECT_THAT(said(), HasSubstr("heard again"));
}

TEST_F(ReporterTest, ATargetToMeasureIsHandedOnAndOtherWordsAreNot) {
  const auto reporter = report_to(daemon_.listen(), key_.public_key());
  ASSERT_EQ(daemon_.accept(), "");
  daemon_.say("{\"close\":\"e-tax\"}\n{\"measure\":7}\n{\"measure\":\"\"}\n{\"measure\":\"e-tax\"}\n");
  EXPECT_EQ(measured_.pop(10s), "e-tax");
  EXPECT_EQ(measured_.size(), 0U);
}

TEST_F(ReporterTest, AnswersThatAreNoneEndTheConnection) {
  const auto reporter = report_to(daemon_.listen(), key_.public_key());
  for (const auto& nonsense : {std::string{"hello\n"}, std::string(10'000, '['), std::string(5000, ' ') + "\n"}) {
    ASSERT_EQ(daemon_.accept(), "");
    daemon_.say(nonsense);
    EXPECT_EQ(daemon_.line(), "(closed)") << nonsense.substr(0, 10);
  }
}

TEST_F(ReporterTest, WhoeverHasAnotherKeyThanTheDaemonGetsNothingAndIsNamed) {
  const auto pinned = SecretKey::generate().public_key();
  const auto reporter = report_to(daemon_.listen(), pinned);
  reporter->send(reporter->next_number(), "one");
  EXPECT_NE(daemon_.accept(), "");
  const auto line = said();
  EXPECT_THAT(line, HasSubstr("has the key " + fingerprint(key_.public_key())));
  EXPECT_THAT(line, HasSubstr("'daemon_key'"));
}

TEST_F(ReporterTest, ADaemonThatDoesNotKnowUsIsSaidWithTheRemedy) {
  TlsPeer strict{TlsIdentity::Side::listens, key_, [](const PublicKey&) { return false; }};
  const auto reporter = report_to(strict.listen(), key_.public_key());
  EXPECT_NE(strict.accept(), "");
  EXPECT_THAT(said(),
              HasSubstr("refuses this vantage: name its key " + fingerprint(vantage_.public_key()) + " there in [[vantage.trusted]]"));
}

TEST_F(ReporterTest, AServerWithoutTlsIsSaid) {
  boost::asio::io_context context;
  TlsPeer::Tcp::acceptor acceptor{context, TlsPeer::Tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
  const auto reporter = report_to(acceptor.local_endpoint().port(), key_.public_key());
  auto plain = acceptor.accept();
  boost::asio::write(plain, boost::asio::buffer(std::string_view{"HTTP/1.1 400 Bad Request\r\n\r\n"}));
  EXPECT_THAT(said(), HasSubstr("speaks no TLS 1.3"));
}

TEST_F(ReporterTest, LinesThatTheDaemonRefusesAreSaid) {
  const auto reporter = report_to(daemon_.listen(), key_.public_key());
  ASSERT_EQ(daemon_.accept(), "");
  daemon_.say(to_line(DaemonBeat{Timestamp{}, 0, 3}));
  EXPECT_THAT(said(), HasSubstr("refuses lines of ours, 3 so far: is 'name'"));
}

TEST_F(ReporterTest, ADaemonWithHigherNumbersThanOursIsSaidAndTheNextStartIsAboveThem) {
  constexpr auto above = std::uint64_t{1} << 52;
  auto reporter = report_to(daemon_.listen(), key_.public_key());
  ASSERT_EQ(daemon_.accept(), "");
  daemon_.say(beat(above));
  EXPECT_THAT(said(), HasSubstr("up to number 4503599627370496, above ours"));
  reporter.reset();
  EXPECT_GT(report_to(1, key_.public_key())->next_number(), above);
}

TEST(WireTest, BothSidesReadWhatTheOtherWrites) {
  const auto read = read_daemon_line(to_line(DaemonBeat{Timestamp{1s}, 7, 2}));
  ASSERT_TRUE(read && read->beat);
  EXPECT_EQ(read->beat->now, Timestamp{1s});
  EXPECT_EQ(read->beat->taken, 7U);
  EXPECT_EQ(read->beat->refused, 2U);
  EXPECT_EQ(to_line(DaemonBeat{Timestamp{1s}, 7}), "{\"heartbeat\":\"1970-01-01T00:00:01.000000Z\",\"taken\":7}\n");
  EXPECT_EQ(read_daemon_line(measure_line(ServiceId{"e-tax"}))->measure, ServiceId{"e-tax"});
  EXPECT_EQ(read_begins_line("{\"begins\":12}"), 12U);
  EXPECT_EQ(begins_line(12), "{\"begins\":12}\n");
  for (const auto* wrong : {"{\"begins\":}", "{\"begins\":-1}", "{\"begins\":12} ", "{\"begins\":99999999999999999999}", "{\"begin\":1}"})
    EXPECT_FALSE(read_begins_line(wrong)) << wrong;
  EXPECT_FALSE(read_daemon_line("[]"));
}
}  // namespace
}  // namespace kulla::outage
