// The real daemon and vantages by hand: what they learn, and what is left of them when the daemon is killed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "outage/observation.hpp"
#include "outage/tls_peer.hpp"
#include "system/support/daemon_world.hpp"

namespace kulla::test {
namespace {
using namespace std::chrono_literals;
using ::testing::HasSubstr;
using ::testing::Not;

class VantagesTest : public ::testing::Test {
 protected:
  void SetUp() override {
    world_.prepare();
    ASSERT_TRUE(write_key_files(world_.path("vantages"), SecretKey::generate()));
    std::ofstream config{world_.path("kulla.toml"), std::ios::app};
    config << fmt::format("[vantage]\nlisten = \"127.0.0.1:{}\"\nkey = \"vantages\"\n", port_);
    for (const auto& [name, key] : {std::pair{"a", a_}, {"b", b_}}) {
      ASSERT_TRUE(write_key_files(world_.path(name), key));
      config << fmt::format("[[vantage.trusted]]\nid = \"{0}\"\nkey = \"{0}.pub\"\n", name);
    }
    config.close();
    ASSERT_TRUE(world_.start_daemon()) << world_.output();
  }
  [[nodiscard]] std::unique_ptr<TlsPeer> vantage(const SecretKey& key) const {
    auto peer = std::make_unique<TlsPeer>(TlsIdentity::Side::connects, key);
    EXPECT_EQ(peer->connect(static_cast<std::uint16_t>(port_)), "");
    return peer;
  }
  [[nodiscard]] std::string line(std::uint64_t number, outage::Layer failed) const {
    outage::Observation observation;
    observation.vantage = VantageId{"a"};
    observation.number = number;
    observation.target = ServiceId{"tax"};
    observation.sent = SystemClock{}.now().wall;
    observation.took_us = 1000;
    observation.failed = failed;
    return outage::to_line(observation, a_) + "\n";
  }
  [[nodiscard]] std::int64_t count(std::string_view what) const {
    return world_.head().at("sensors").at("vantages").at(what).to_number<std::int64_t>();
  }
  DaemonWorld world_;
  const int port_ = free_port();
  const SecretKey a_ = SecretKey::generate(), b_ = SecretKey::generate();
};

TEST_F(VantagesTest, outside_observers_do_not_learn_of_an_order_and_do_learn_of_a_failure_that_one_of_them_saw) {
  const auto first = vantage(a_), second = vantage(b_);
  first->say(line(1, outage::Layer::none));
  EXPECT_THAT(first->line_with("\"taken\":1}"), HasSubstr("heartbeat"));
  ASSERT_TRUE(world_.ask({{"command", "close"}, {"services", json::array{"tax"}}, {"reason", "a test"}}));
  ASSERT_TRUE(eventually([&] { return world_.status("tax") == 503; }));
  ASSERT_TRUE(world_.becomes("tax", "closed"));
  first->say(line(2, outage::Layer::none));
  EXPECT_THAT(first->line_with("\"taken\":2}"), HasSubstr("heartbeat"));
  EXPECT_EQ(count("measures"), 0) << "the order alone moves nobody";
  first->say(line(3, outage::Layer::status));
  for (std::string next; !next.contains("measure");) {
    next = second->line();
    ASSERT_THAT(next, ::testing::AnyOf(HasSubstr("heartbeat"), "{\"measure\":\"tax\"}"));
  }
  EXPECT_EQ(count("measures"), 1);
}

TEST_F(VantagesTest, what_was_acknowledged_is_not_taken_again_by_a_daemon_that_was_killed) {
  auto peer = vantage(a_);
  for (std::uint64_t number = 1; number <= 20; ++number) peer->say(line(number, outage::Layer::none));
  EXPECT_THAT(peer->line_with("\"taken\":20}"), HasSubstr("heartbeat"));
  world_.kill_daemon();
  ASSERT_TRUE(world_.start_daemon()) << world_.output();
  peer = vantage(a_);
  EXPECT_THAT(peer->line(), HasSubstr("\"taken\":20}"));
  for (std::uint64_t number = 1; number <= 21; ++number) peer->say(line(number, outage::Layer::none));
  EXPECT_THAT(peer->line_with("\"taken\":21}"), HasSubstr("heartbeat"));
  EXPECT_EQ(count("observations"), 1);
  EXPECT_EQ(count("replayed"), 20);
}
}  // namespace
}  // namespace kulla::test
