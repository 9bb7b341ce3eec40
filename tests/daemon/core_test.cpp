#include "daemon/core.hpp"

#include <gtest/gtest.h>

using namespace kulla;
using namespace kulla::daemon;
using namespace std::chrono_literals;

namespace {
class FakeClock final : public Clock {
 public:
  Moment now() const override { return at; }
  std::string boot() const override { return "boot-1"; }
  Moment at{Timestamp{} + 1000h, 1000s};
};

class CoreTest : public ::testing::Test {
 protected:
  CoreTest() {
    Catalogue catalogue;
    catalogue.services = {{ServiceId{"e-tax"}, "e-tax.example", "/", {SystemId{"web-1"}}, {}, "", false}};
    catalogue.systems = {{SystemId{"web-1"}, {}}};
    catalogue.sensors = {{SensorId{"files:web-1"}, false, {SystemId{"web-1"}}}};
    started_ = {"test", "boot-1", Mode::act, catalogue, {{ServiceId{"e-tax"}, {GateMode::open, {}, 0}, "1"}}};
  }
  /// Runs the core over the letters already in its inbox.
  void run() {
    int turns = 0;
    core_.run([&] { return ++turns > 8; }, started_);
  }
  static InputBody effect() {
    Alert alert;
    alert.rule = RuleId{"test"};
    alert.level = Level::critical;
    alert.nature = Nature::effect;
    alert.may_close = true;
    alert.sensor = SensorId{"files:web-1"};
    alert.system = SystemId{"web-1"};
    return input::AlertRaised{alert};
  }
  struct Event {
    std::string what;
    friend bool operator==(const Event&, const Event&) = default;
  };
  FakeClock clock_;
  std::vector<std::string> log_;
  std::size_t later_ = 0;
  bool overloaded_ = false;
  input::Started started_;
  Core core_{{},
             {},
             clock_,
             1ms,
             Outlets{[this](std::uint64_t, const Fact& fact, std::vector<Order> once_durable) {
                       log_.push_back("fact " + std::string(kind_of(fact)));
                       later_ += once_durable.size();
                     },
                     [this](std::uint64_t, const Order& order) {
                       if (const auto* set = std::get_if<order::SetGate>(&order))
                         log_.push_back("gate " + std::string(1, "ogtc"[static_cast<int>(set->entry.mode)]));
                     },
                     [this] { return overloaded_; }}};
};

TEST_F(CoreTest, a_closing_is_ordered_before_its_fact_goes_to_the_disk) {
  core_.post(effect());
  run();
  const auto ordered = std::ranges::find(log_, "gate c"), recorded = std::ranges::find(log_, "fact closed");
  ASSERT_NE(ordered, log_.end());
  ASSERT_NE(recorded, log_.end());
  EXPECT_LT(ordered, recorded);
  EXPECT_EQ(later_, 0u);
}

TEST_F(CoreTest, telemetry_is_turned_away_and_counted_while_the_disk_is_full_but_effects_close) {
  Alert attempt;
  attempt.rule = RuleId{"scan"};
  attempt.sensor = SensorId{"files:web-1"};
  attempt.system = SystemId{"web-1"};
  overloaded_ = true;
  for (int i = 0; i < 3; ++i) core_.post(input::AlertRaised{attempt});
  core_.post(effect());
  run();
  EXPECT_EQ(std::ranges::count(log_, "fact alerted"), 1) << "only the effect";
  EXPECT_EQ(std::ranges::count(log_, "gate c"), 1);
  overloaded_ = false;
  run();
  EXPECT_EQ(std::ranges::count(log_, "fact blind"), 1) << "what was turned away is itself recorded";
}

TEST_F(CoreTest, what_comes_right_after_the_clock_was_set_back_is_judged_with_what_it_said_before) {
  core_.inbox().post(Query{[this](const incident::State&) { clock_.at.wall -= 2h; }}, Inbox::Lane::urgent);
  core_.post(effect());
  run();
  const auto gap = std::ranges::find(log_, "fact clock_gap"), alerted = std::ranges::find(log_, "fact alerted");
  ASSERT_NE(gap, log_.end());
  EXPECT_LT(gap, alerted);
}

TEST_F(CoreTest, a_question_is_answered_on_the_cores_thread) {
  std::atomic<bool> stop = false;
  std::thread thread{[&] { core_.run([&] { return stop.load(); }, started_); }};
  std::size_t services = 0;
  EXPECT_TRUE(core_.ask([&](const incident::State& state) { services = state.services.size(); }));
  EXPECT_EQ(services, 1u);
  stop = true;
  thread.join();
  EXPECT_FALSE(core_.ask([&](const incident::State&) { services = 99; }, 1ms)) << "a core that is gone answers nobody";
  EXPECT_EQ(services, 1u);
}
}  // namespace
