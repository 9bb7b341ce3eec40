#include "daemon/outside.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/resource.h>

#include <csignal>

#include "base/file.hpp"

namespace kulla::daemon {
namespace {
using namespace std::chrono_literals;
using outage::Layer;
using outage::Observation;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

const Timestamp noon{std::chrono::seconds{1'790'000'000}};

class OutsideTest : public ::testing::Test {
 protected:
  OutsideTest() { open(); }
  void open() {
    outside.reset();
    auto made = Outside::open({.folder = folder.path(), .services = {ServiceId{"e-tax"}}, .vantages = {VantageId{"v"}}, .every = 1s}, clock,
                              [this](InputBody body) { beliefs.push_back(std::get<input::BeliefChanged>(body).belief); });
    ASSERT_TRUE(made) << made.error().message();
    outside = std::move(*made);
  }
  void see(std::chrono::milliseconds at, Layer failed, NoticeSeen notice = NoticeSeen::none, const std::string& target = "e-tax") {
    EXPECT_TRUE(outside->take(seen(at, failed, notice, target)));
  }
  Observation seen(std::chrono::milliseconds at, Layer failed, NoticeSeen notice = NoticeSeen::none, const std::string& target = "e-tax") {
    return {.vantage = VantageId{"v"},
            .number = ++number,
            .target = ServiceId{target},
            .sent = noon + at,
            .took_us = 5000,
            .failed = failed,
            .status = failed == Layer::none ? 200 : 503,
            .notice = notice};
  }
  [[nodiscard]] std::optional<Belief> last(Seen seen) const {
    for (auto each = beliefs.rbegin(); each != beliefs.rend(); ++each)
      if (each->seen == seen) return *each;
    return std::nullopt;
  }

  struct AtNoon final : Clock {
    [[nodiscard]] Moment now() const override { return {noon, Ticks{1}}; }
    [[nodiscard]] std::string boot() const override { return "boot"; }
  };
  const AtNoon clock{};
  TemporaryFolder folder = *TemporaryFolder::make("kulla-outside");
  std::vector<Belief> beliefs;
  std::unique_ptr<Outside> outside;
  std::uint64_t number = 0;
};

TEST_F(OutsideTest, AClosureIsBelievedWithItsIntervalAndItsNotice) {
  for (int i = 0; i < 20; ++i) see(i * 1s, Layer::none);
  for (int i = 0; i < 10; ++i) see(20s + i * 200ms, Layer::status, NoticeSeen::valid);
  outside->pass(noon + 25s);
  const auto down = last(Seen::down);
  ASSERT_TRUE(down);
  EXPECT_EQ(down->service, ServiceId{"e-tax"});
  EXPECT_EQ(down->last_good, noon + 19s);
  EXPECT_GE(down->first_bad, noon + 20s);
  EXPECT_LE(down->first_bad, noon + 20s + 5ms);
  EXPECT_TRUE(down->notice);
  EXPECT_EQ(down->layer, "status");
  for (int i = 0; i < 10; ++i) see(30s + i * 200ms, Layer::none);
  outside->pass(noon + 35s);
  const auto up = last(Seen::up);
  ASSERT_TRUE(up && up->first_good);
  EXPECT_EQ(*up->first_good, noon + 30s + 5ms);
}

TEST_F(OutsideTest, SilenceIsNoDataAndNeitherUpNorDown) {
  for (int i = 0; i < 5; ++i) see(i * 1s, Layer::none);
  outside->pass(noon + 1h);
  EXPECT_TRUE(last(Seen::no_data));
  EXPECT_FALSE(last(Seen::down));
}

TEST_F(OutsideTest, WhatIsOfNoServiceMovesNothing) {
  for (int i = 0; i < 20; ++i) see(i * 200ms, i < 10 ? Layer::none : Layer::status, NoticeSeen::none, "another");
  outside->pass(noon + 10s);
  EXPECT_TRUE(beliefs.empty());
}

TEST_F(OutsideTest, WhatWasStoredIsKnownAfterAStart) {
  for (int i = 0; i < 5; ++i) see(i * 1s, Layer::none);
  ASSERT_TRUE(outside->keep());
  EXPECT_EQ(outside->held().at(VantageId{"v"}), 5U);
  open();
  EXPECT_EQ(outside->held().at(VantageId{"v"}), 5U);
}

/// No file of this process may grow, as on a full disk.
class FullDisk {
 public:
  FullDisk() {
    ::getrlimit(RLIMIT_FSIZE, &before_);
    const rlimit none{0, before_.rlim_max};
    ::setrlimit(RLIMIT_FSIZE, &none);
  }
  ~FullDisk() {
    ::setrlimit(RLIMIT_FSIZE, &before_);
    std::signal(SIGXFSZ, signal_);
  }
  FullDisk(const FullDisk&) = delete;
  FullDisk& operator=(const FullDisk&) = delete;

 private:
  rlimit before_{};
  void (*signal_)(int) = std::signal(SIGXFSZ, SIG_IGN);
};

TEST_F(OutsideTest, WhatCannotBeStoredIsAnErrorAndIsBelievedAllTheSame) {
  for (int i = 0; i < 20; ++i) see(i * 1s, Layer::none);
  std::vector<Observation> unstored;
  for (int i = 0; i < 10; ++i) unstored.push_back(seen(20s + i * 200ms, Layer::status, NoticeSeen::valid));
  {
    const FullDisk full;
    EXPECT_FALSE(outside->take(unstored.front()));
    for (const auto& each : unstored) outside->glance(each);
    outside->pass(noon + 25s);
  }
  EXPECT_TRUE(last(Seen::down)) << "a full disk blinds nobody";
  EXPECT_THAT(outside->problems(), ElementsAre(HasSubstr("v: what it sees cannot be stored and stays with it")));
  EXPECT_EQ(outside->held().at(VantageId{"v"}), 20U);
  const auto before = beliefs.size();
  for (const auto& each : unstored) EXPECT_TRUE(outside->take(each)) << "given again";
  outside->pass(noon + 25s);
  EXPECT_EQ(beliefs.size(), before) << "what was believed is no news";
  EXPECT_EQ(outside->held().at(VantageId{"v"}), 30U);
  EXPECT_THAT(outside->problems(), IsEmpty());
}

TEST_F(OutsideTest, WhatTheStoreNeverTakesIsNotAskedForForEver) {
  auto early = seen(0s, Layer::none);
  early.sent = Timestamp{-1h};
  EXPECT_TRUE(outside->take(early));
}
}  // namespace
}  // namespace kulla::daemon
