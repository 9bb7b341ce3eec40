// The listener on real sockets, against vantages by hand (tests/outage/tls_peer.hpp) and against the real reporter.
#include "daemon/vantage_listener.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <atomic>
#include <condition_variable>
#include <cstdlib>
#include <fstream>
#include <mutex>
#include <sstream>

#include "base/file.hpp"
#include "base/queue.hpp"
#include "outage/reporter.hpp"
#include "outage/tls_peer.hpp"

namespace kulla::daemon {
namespace {
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using outage::Layer;
using outage::Observation;
using test::TlsPeer;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
constexpr auto patience = 20s;

class FakeClock final : public Clock {
 public:
  std::atomic<std::int64_t> mono = 0;
  [[nodiscard]] Moment now() const override { return {Timestamp{1'000'000s}, Ticks{mono}}; }
  [[nodiscard]] std::string boot() const override { return "boot"; }
};

/// What the daemon does with observations. A kill loses what was not made durable, and nothing is acknowledged or kept after it.
class Sink {
 public:
  VantageListener::Sink hooks() {
    const std::scoped_lock lock{mutex_};
    dead_ = false;
    pending_.clear();
    std::map<VantageId, std::uint64_t> held;
    for (const auto& each : durable_) held[each.vantage] = each.number;
    return {.take = [this](const Observation& observation) { return take(observation); },
            .glance = [this](const Observation& observation) { glanced.push(observation.number); },
            .suspects = [this] { return std::exchange(suspects_, {}); },
            .keep = [this] { return keep(); },
            .held = held};
  }
  void kill() {
    const std::scoped_lock lock{mutex_};
    dead_ = true;
  }
  void forget() {
    const std::scoped_lock lock{mutex_};
    durable_.clear();
  }
  bool wait_for(std::size_t count) {
    std::unique_lock lock{mutex_};
    return changed_.wait_for(lock, patience, [&] { return durable_.size() >= count; });
  }
  [[nodiscard]] std::vector<std::uint64_t> numbers(const VantageId& vantage = VantageId{"a"}) const {
    const std::scoped_lock lock{mutex_};
    std::vector<std::uint64_t> all;
    for (const auto& each : durable_)
      if (each.vantage == vantage) all.push_back(each.number);
    return all;
  }
  std::atomic<bool> full = false;
  std::atomic<int> not_taken = 0;  ///< so many times, of those with a number that five divides
  BoundedQueue<std::uint64_t> glanced{10'000};

 private:
  Result<> take(const Observation& observation) {
    if (not_taken > 0 && observation.number % 5 == 0 && not_taken-- > 0) return fail(Code::io, "no space left");
    if (observation.failed != Layer::none) suspects_.push_back(observation.target);
    const std::scoped_lock lock{mutex_};
    pending_.push_back(observation);
    return {};
  }
  Result<> keep() {
    const std::scoped_lock lock{mutex_};
    if (dead_ || full) return fail(Code::io, "the disk is full");
    durable_.insert(durable_.end(), pending_.begin(), pending_.end());
    pending_.clear();
    changed_.notify_all();
    return {};
  }
  mutable std::mutex mutex_;
  std::condition_variable changed_;
  std::vector<ServiceId> suspects_;
  std::vector<Observation> pending_, durable_;
  bool dead_ = false;
};

class VantageListenerTest : public ::testing::Test {
 public:
  void start(std::chrono::milliseconds handshake = 10s, std::chrono::milliseconds idle = 30s) {
    auto started =
        VantageListener::start({listen,
                                key,
                                {{VantageId{"a"}, a.public_key()}, {VantageId{"b"}, b.public_key()}, {VantageId{"c"}, c.public_key()}},
                                folder.path() / "vantages.json",
                                5ms,
                                handshake,
                                idle,
                                1ms},
                               clock, sink.hooks());
    ASSERT_TRUE(started) << started.error().message();
    listener = std::move(*started);
    listen = listener->address();
  }
  void kill() {
    sink.kill();
    listener.reset();
  }
  [[nodiscard]] std::uint16_t port() const { return static_cast<std::uint16_t>(std::stoi(listen.substr(listen.rfind(':') + 1))); }
  [[nodiscard]] std::unique_ptr<TlsPeer> vantage(const SecretKey& own) const {
    auto peer = std::make_unique<TlsPeer>(TlsIdentity::Side::connects, own);
    EXPECT_EQ(peer->connect(port()), "");
    EXPECT_THAT(peer->line(), HasSubstr("heartbeat"));
    return peer;
  }
  static Observation seen(const std::string& who, std::uint64_t number, Layer failed = Layer::none, const std::string& target = "e-tax") {
    Observation observation;
    observation.vantage = VantageId{who};
    observation.number = number;
    observation.target = ServiceId{target};
    observation.sent = Timestamp{1'000'000s};
    observation.failed = failed;
    return observation;
  }
  static std::string line(const Observation& observation, const SecretKey& own) { return outage::to_line(observation, own) + "\n"; }
  /// All that is asked of the listener before has been done once this is acknowledged.
  static std::string acknowledged(TlsPeer& peer, std::uint64_t number) { return peer.line_with(fmt::format("\"taken\":{}}}", number)); }
  template <typename Done>
  static bool eventually(Done done) {
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!done() && std::chrono::steady_clock::now() < end) std::this_thread::yield();
    return done();
  }

  TemporaryFolder folder = *TemporaryFolder::make("kulla-listener-test");
  FakeClock clock;
  Sink sink;
  std::string listen = "127.0.0.1:0";
  SecretKey key = SecretKey::generate(), a = SecretKey::generate(), b = SecretKey::generate(), c = SecretKey::generate();
  std::unique_ptr<VantageListener> listener;
};

// --- what is taken

TEST_F(VantageListenerTest, AnObservationIsAcknowledgedOnceItIsOnTheDisk) {
  start();
  const auto peer = vantage(a);
  sink.full = true;
  peer->say(line(seen("a", 7), a));
  ASSERT_TRUE(eventually([&] { return listener->counts().observations == 1; }));
  for (int i = 0; i < 5; ++i) EXPECT_THAT(peer->line(), HasSubstr("\"taken\":0}"));
  sink.full = false;
  EXPECT_THAT(acknowledged(*peer, 7), HasSubstr("heartbeat"));
  EXPECT_THAT(*read_file(folder.path() / "vantages.json", 1000), HasSubstr("{\"vantages\":{\"a\":{\"taken\":7}}}"));
  EXPECT_THAT(sink.numbers(), ElementsAre(7));
}

TEST_F(VantageListenerTest, WhatWasTakenIsDroppedAlsoAfterARestart) {
  start();
  auto peer = vantage(a);
  peer->say(line(seen("a", 7), a) + line(seen("a", 8), a) + line(seen("a", 7), a) + line(seen("a", 8), a));
  EXPECT_THAT(acknowledged(*peer, 8), HasSubstr("heartbeat"));
  listener.reset();
  sink.forget();
  start();
  peer = std::make_unique<TlsPeer>(TlsIdentity::Side::connects, a);
  ASSERT_EQ(peer->connect(port()), "");
  EXPECT_THAT(peer->line(), HasSubstr("\"taken\":8}")) << "said before anything else";
  peer->say(line(seen("a", 7), a) + line(seen("a", 8), a) + line(seen("a", 9), a));
  EXPECT_THAT(acknowledged(*peer, 9), HasSubstr("heartbeat"));
  EXPECT_THAT(sink.numbers(), ElementsAre(9));
  EXPECT_EQ(listener->counts().replayed, 2U);
}

TEST_F(VantageListenerTest, WhatCannotBeTakenIsNotAcknowledgedNorIsWhatFollowsIt) {
  sink.not_taken = 1;
  start();
  auto peer = vantage(a);
  peer->say(line(seen("a", 4), a) + line(seen("a", 5), a) + outage::begins_line(1000) + line(seen("a", 1000), a));
  EXPECT_EQ(peer->line_with("1000"), "(closed)") << "so that it sends again";
  EXPECT_EQ(sink.glanced.pop(patience), 1000U) << "it is news all the same";
  peer = std::make_unique<TlsPeer>(TlsIdentity::Side::connects, a);
  ASSERT_EQ(peer->connect(port()), "");
  EXPECT_THAT(peer->line(), HasSubstr("\"taken\":4}"));
  peer->say(line(seen("a", 5), a) + line(seen("a", 6), a));
  EXPECT_THAT(acknowledged(*peer, 6), HasSubstr("heartbeat"));
  EXPECT_THAT(sink.numbers(), ElementsAre(4U, 5U, 6U));
}

TEST_F(VantageListenerTest, GapsAreCountedButNotThoseThatWereNeverGiven) {
  start();
  const auto peer = vantage(a);
  peer->say("{\"begins\":5}\n" + line(seen("a", 10), a) + line(seen("a", 13), a) + "{\"begins\":5}\n" + line(seen("a", 14), a));
  EXPECT_THAT(acknowledged(*peer, 14), HasSubstr("heartbeat"));
  EXPECT_EQ(listener->counts().missing, 2U);
  peer->say("{\"begins\":1000000}\n" + line(seen("a", 1'000'003), a));
  EXPECT_THAT(acknowledged(*peer, 1'000'003), HasSubstr("heartbeat"));
  EXPECT_EQ(listener->counts().missing, 5U) << "11, 12, and the first three of the new stretch";
}

TEST_F(VantageListenerTest, AVantageSpeaksForItselfAlone) {
  start();
  const auto peer = vantage(a);
  peer->say(line(seen("b", 1), b) + line(seen("b", 2), a) + line(seen("a", 3), b) + "nonsense\n" + line(seen("a", 4), a));
  EXPECT_THAT(peer->line_with("\"taken\":4"), HasSubstr("\"refused\":4"));
  EXPECT_THAT(sink.numbers(VantageId{"b"}), IsEmpty());
  EXPECT_THAT(sink.numbers(), ElementsAre(4));
  EXPECT_EQ(listener->counts().refused, 4U);
}

TEST_F(VantageListenerTest, ALineOverTheLimitEndsTheConnection) {
  start();
  const auto peer = vantage(a);
  peer->say(std::string(5000, 'x'));
  EXPECT_EQ(peer->line_with("(never)"), "(closed)");
  EXPECT_EQ(listener->counts().refused, 1U);
  peer->hang_up();
  EXPECT_TRUE(vantage(a)) << "it may come again";
}

TEST_F(VantageListenerTest, ADamagedRecordOfWhatWasTakenStopsNothing) {
  for (const auto* text : {"{", "[]", "{\"vantages\":{\"a\":{\"taken\":-1}}}", "{\"vantages\":{\"a\":7}}"}) {
    std::ofstream{folder.path() / "vantages.json"} << text;
    start();
    EXPECT_TRUE(vantage(a));
    listener.reset();
  }
}

// --- who may speak

TEST_F(VantageListenerTest, AStrangerIsRefusedInTheHandshakeAndCounted) {
  start();
  TlsPeer stranger{TlsIdentity::Side::connects, SecretKey::generate()};
  (void)stranger.connect(port());  // in TLS 1.3 its own side of the handshake may end well
  EXPECT_EQ(stranger.line(), "(closed)");
  EXPECT_THAT(stranger.ended, HasSubstr("bad certificate")) << "an alert, so that it can say why";
  EXPECT_TRUE(eventually([&] { return listener->counts().strangers == 1; }));
}

TEST_F(VantageListenerTest, WithoutACertificateOrWithoutTlsNobodyGetsIn) {
  start();
  boost::asio::io_context context;
  const TlsPeer::Tcp::endpoint there{boost::asio::ip::address_v4::loopback(), port()};
  boost::asio::ssl::context bare{boost::asio::ssl::context::tls_client};
  boost::asio::ssl::stream<TlsPeer::Tcp::socket> anonymous{context, bare};
  anonymous.lowest_layer().connect(there);
  boost::system::error_code error;
  anonymous.handshake(boost::asio::ssl::stream_base::client, error);
  char byte = 0;
  if (!error) boost::asio::read(anonymous, boost::asio::buffer(&byte, 1), error);
  EXPECT_TRUE(error);

  TlsPeer::Tcp::socket plain{context};
  plain.connect(there);
  boost::asio::write(plain, boost::asio::buffer(std::string_view{"{\"heartbeat\":\"\"}\n"}));
  std::string answer;
  boost::asio::read(plain, boost::asio::dynamic_buffer(answer), error);
  EXPECT_THAT(answer, Not(HasSubstr("heartbeat")));
  EXPECT_EQ(listener->counts().strangers, 2U);
}

TEST_F(VantageListenerTest, AnOlderTlsIsRefused) {
  start();
  boost::asio::io_context context;
  boost::asio::ssl::context old{boost::asio::ssl::context::tlsv12_client};
  boost::asio::ssl::stream<TlsPeer::Tcp::socket> client{context, old};
  client.lowest_layer().connect({boost::asio::ip::address_v4::loopback(), port()});
  boost::system::error_code error;
  client.handshake(boost::asio::ssl::stream_base::client, error);
  EXPECT_THAT(error.message(), HasSubstr("protocol version"));
}

TEST_F(VantageListenerTest, ASlowHandshakeIsCutOff) {
  start(30ms);
  boost::asio::io_context context;
  TlsPeer::Tcp::socket silent{context};
  silent.connect({boost::asio::ip::address_v4::loopback(), port()});
  char byte = 0;
  boost::system::error_code error;
  boost::asio::read(silent, boost::asio::buffer(&byte, 1), error);
  EXPECT_EQ(error, boost::asio::error::eof);
  EXPECT_EQ(listener->counts().slow, 1U);
}

TEST_F(VantageListenerTest, AVantageThatFallsSilentIsCutOff) {
  start(10s, 30ms);
  const auto peer = vantage(a);
  EXPECT_EQ(peer->line_with("(never)"), "(closed)");
  EXPECT_EQ(listener->counts().slow, 1U);
}

TEST_F(VantageListenerTest, StrangersDoNotHoldAllPlaces) {
  start();
  boost::asio::io_context context;
  std::vector<TlsPeer::Tcp::socket> silent;
  const auto hold = [&](const std::string& from) {
    auto& socket = silent.emplace_back(context, TlsPeer::Tcp::endpoint{boost::asio::ip::make_address(from), 0});
    socket.connect({boost::asio::ip::address_v4::loopback(), port()});
  };
  for (int i = 0; i < 6; ++i) hold("127.0.0.1");
  ASSERT_TRUE(eventually([&] { return listener->counts().crowded == 2; })) << "four from one address";
  EXPECT_TRUE(vantage(a)) << "from the crowded address itself";
  for (int host = 2; host < 50; ++host) hold(fmt::format("127.0.0.{}", host));
  ASSERT_TRUE(eventually([&] { return listener->counts().crowded >= 20; }));
  EXPECT_TRUE(vantage(b));
}

TEST_F(VantageListenerTest, AVantageHasOneConnectionAndTheNewestCounts) {
  start();
  const auto before = vantage(a), after = vantage(a);
  EXPECT_EQ(before->line_with("(never)"), "(closed)");
  after->say(line(seen("a", 1), a));
  EXPECT_THAT(acknowledged(*after, 1), HasSubstr("heartbeat"));
}

// --- measure

TEST_F(VantageListenerTest, ASuspectIsToldToAllOthers) {
  start();
  const auto first = vantage(a), second = vantage(b), third = vantage(c);
  first->say(line(seen("a", 1), a) + line(seen("a", 2, Layer::connect_refused), a));
  EXPECT_EQ(second->line_with("measure"), "{\"measure\":\"e-tax\"}");
  EXPECT_EQ(third->line_with("measure"), "{\"measure\":\"e-tax\"}");
  EXPECT_THAT(acknowledged(*first, 2), Not(HasSubstr("measure")));
  EXPECT_EQ(listener->counts().measures, 2U);
}

TEST_F(VantageListenerTest, WhatFailedLongAgoOrWillAsksNobody) {
  start();
  const auto first = vantage(a);
  const auto second = vantage(b);
  auto old = seen("a", 1, Layer::closed), future = seen("a", 2, Layer::closed, "land");
  old.sent -= 61s;
  future.sent += 61s;
  first->say(line(old, a) + line(future, a));
  EXPECT_THAT(acknowledged(*first, 2), HasSubstr("heartbeat"));
  EXPECT_EQ(listener->counts().measures, 0U);
}

TEST_F(VantageListenerTest, AVantageThatNamesManyTargetsTellsOthersFew) {
  start();
  const auto first = vantage(a), second = vantage(b);
  std::string many;
  for (std::uint64_t number = 1; number <= 5000; ++number)
    many += line(seen("a", number, Layer::closed, fmt::format("target-{}", number)), a);
  first->say(many);
  EXPECT_THAT(acknowledged(*first, 5000), HasSubstr("heartbeat"));
  EXPECT_THAT(second->line_with("heartbeat"), HasSubstr("heartbeat")) << "it is still connected";
  EXPECT_GE(listener->counts().measures, 100U);
}

// --- with the real reporter: nothing lost, nothing twice

class WholeWayTest : public VantageListenerTest {
 public:
  void start_reporter() {
    const outage::ReporterSettings settings{{"127.0.0.1", port()}, a, key.public_key(), {.folder = spool, .segment = 4000}, 1ms};
    auto started = outage::Reporter::start(settings, real_clock, {.say = [this](const std::string& text) { said.push(text); }});
    ASSERT_TRUE(started) << started.error().message();
    reporter = std::move(*started);
  }
  /// What a killed process leaves: its spool as it is now.
  void kill_reporter() {
    const auto left = folder.path() / fmt::format("spool-{}", ++kills);
    std::error_code moved;  // a segment may be acknowledged and go while the folder is copied: then once more
    for (fs::copy(spool, left, moved); moved; fs::copy(spool, left, moved)) fs::remove_all(left);
    reporter.reset();
    spool = left;
  }
  void observe(int count) {
    for (; count > 0; --count) {
      const auto number = reporter->next_number();
      numbers.push_back(number);
      reporter->send(number, outage::to_line(seen("a", number), a));
    }
  }
  SystemClock real_clock;
  fs::path spool = folder.path() / "spool";
  int kills = 0;
  std::vector<std::uint64_t> numbers;
  BoundedQueue<std::string> said{1000};
  std::unique_ptr<outage::Reporter> reporter;
};

TEST_F(WholeWayTest, AGoodPair) {
  start();
  start_reporter();
  observe(500);
  ASSERT_TRUE(sink.wait_for(500));
  EXPECT_EQ(sink.numbers(), numbers);
  const auto segments = [&] {
    return std::ranges::count_if(fs::directory_iterator{spool}, [](const auto& each) { return each.path().extension() == ".seg"; });
  };
  EXPECT_TRUE(eventually([&] { return segments() == 1; })) << "what is acknowledged leaves the disk";
}

TEST_F(WholeWayTest, WhatTheSinkCannotTakeStaysWithTheVantageAndComesAgain) {
  sink.not_taken = 20;
  start();
  start_reporter();
  observe(500);
  ASSERT_TRUE(sink.wait_for(500));
  EXPECT_EQ(sink.numbers(), numbers) << "none is lost, and none is there twice";
  EXPECT_EQ(listener->counts().missing, 0U);
  EXPECT_EQ(sink.not_taken, 0);
}

TEST_F(WholeWayTest, AnotherDaemonsKeyOrAnUnknownVantageGetNothingAcross) {
  start();
  key = SecretKey::generate();  // what the reporter pins
  start_reporter();
  observe(1);
  EXPECT_THAT(said.pop(patience).value_or(""), HasSubstr("'daemon_key'"));
  reporter.reset();
  listener.reset();
  start();
  a = SecretKey::generate();
  start_reporter();
  EXPECT_THAT(said.pop(patience).value_or(""), HasSubstr("[[vantage.trusted]]"));
  EXPECT_TRUE(eventually([&] { return listener->counts().strangers >= 1; }));
  EXPECT_THAT(sink.numbers(), IsEmpty());
}

/// The daemon is killed, the vantage is killed or stopped, at any time and in any order: each number arrives once, and in its order.
struct WholeWay : WholeWayTest {
  void TestBody() override {}
  void step(int kind) {
    observe(kind % 97 + 1);
    if (kind % 3 == 0) (void)sink.wait_for(numbers.size() - static_cast<std::size_t>(kind % 50) % numbers.size());
    switch (kind % 4) {
      case 0: return kill(), observe(kind % 13), start();
      case 1: return kill_reporter(), start_reporter();
      case 2: return reporter.reset(), start_reporter();
      default: return kill(), kill_reporter(), start(), start_reporter();
    }
  }
};

TEST(VantageProperties, EveryNumberArrivesOnce) {
  rc::detail::TestMetadata metadata;
  metadata.id = metadata.description = "VantageProperties/EveryNumberArrivesOnce";
  auto params = rc::detail::configuration().testParams;
  params.maxSuccess = std::getenv("KULLA_LONG") ? 500 : 15;
  const auto property = [] {
    WholeWay way;
    way.start();
    way.start_reporter();
    for (const auto kind : *rc::gen::container<std::vector<int>>(8, rc::gen::inRange(0, 1000))) way.step(kind);
    way.observe(1);
    RC_ASSERT(way.sink.wait_for(way.numbers.size()));
    RC_ASSERT(way.sink.numbers() == way.numbers);
    RC_ASSERT(way.listener->counts().missing == 0U);
  };
  const auto result = rc::detail::checkTestable(property, metadata, params);
  std::ostringstream text;
  rc::detail::printResultMessage(result, text);
  EXPECT_TRUE(result.is<rc::detail::SuccessResult>()) << text.str();
}
}  // namespace
}  // namespace kulla::daemon
