#include "daemon/statement_sender.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

namespace kulla::daemon {
namespace {
using namespace std::chrono_literals;
using testing::HasSubstr;

class FixedClock final : public Clock {
 public:
  Moment now() const override {
    ++asked;
    return {parse_rfc3339("2022-07-15T10:00:00Z").value(), 0ms};
  }
  std::string boot() const override { return "boot"; }
  mutable std::atomic<int> asked = 0;
};

/// A way out that fails so many times, and says when it was through.
struct Way {
  int failures = 0, tries = 0;
  std::promise<std::uint64_t> through;
  std::function<void()> meanwhile = [] {};  ///< while it fails
  notify::Outlet outlet(const std::string& name) {
    return {name, [this](const notify::Publication& publication) -> Result<> {
              if (++tries <= failures) {
                meanwhile();
                return fail(Code::io, "it is down");
              }
              through.set_value(publication.release().mark.fact);
              return {};
            }};
  }
};

class Sender : public testing::Test {
 protected:
  Sender() {
    settings_.languages = notify::built_in_languages().value();
    take(fact::ServiceDeclared{Service{ServiceId{"tax"}, "tax.example", "/", {SystemId{"web"}}, {}, "", false}});
  }
  std::uint64_t take(FactBody body) {
    statements_.take(++number_, Fact{clock_.now(), std::move(body)});
    return number_;
  }
  /// As a person does: what was shown, released.
  std::uint64_t release() {
    const auto shown = statements_.show("en").value();
    json::array ids;
    for (const auto& sentence : shown.at("sentences").as_array()) ids.push_back(sentence.at("id"));
    const json::object body{{"version", shown.at("version")},
                            {"at", shown.at("at")},
                            {"texts", {{"en", "Text."}, {"sq", "Tekst."}}},
                            {"sentences", std::move(ids)}};
    auto asked = statements_.release(body, PersonId{"anna"}).value();
    return take(fact::StatementReleased{std::move(asked.statement)});
  }
  StatementSender::Report reporter() {
    return [this](InputBody body) {
      const auto delivered = std::get<input::StatementDelivered>(body);
      take(fact::StatementDelivered{static_cast<std::int64_t>(delivered.statement), delivered.channel, delivered.tries});
      reported_.set_value(delivered);
    };
  }
  FixedClock clock_;
  StatementSettings settings_;
  Statements statements_{settings_, 1h, {}, clock_};
  std::uint64_t number_ = 0;
  std::promise<input::StatementDelivered> reported_;
  static constexpr StatementSender::Patience quick{1ms, 4ms, 24h};
};

TEST_F(Sender, tries_until_it_is_through_and_reports_it) {
  Way way{.failures = 5, .through = {}};
  StatementSender sender{statements_, clock_, reporter(), {way.outlet("webhook")}, quick};
  const auto number = release();
  sender.publish(number);
  EXPECT_EQ(way.through.get_future().get(), number);
  const auto delivered = reported_.get_future().get();
  EXPECT_EQ(delivered.statement, number);
  EXPECT_EQ(delivered.tries, 6);
  EXPECT_EQ(sender.state().front().at("delivered"), true);
}

TEST_F(Sender, one_way_that_is_down_does_not_hold_up_another_and_is_seen) {
  Way down{.failures = 1'000'000, .through = {}}, up{.through = {}};
  StatementSender sender{statements_, clock_, reporter(), {down.outlet("webhook"), up.outlet("feed")}, quick};
  sender.publish(release());
  EXPECT_EQ(reported_.get_future().get().channel, "feed");
  const auto state = sender.state();
  EXPECT_EQ(state.at(0).at("delivered"), false);
  EXPECT_THAT(std::string(state.at(0).at("problem").as_string()), HasSubstr("it is down"));
}

TEST_F(Sender, a_restart_sends_what_is_not_delivered_and_only_that) {
  const auto number = release();
  take(fact::StatementDelivered{static_cast<std::int64_t>(number), "feed", 1});
  Way hook{.through = {}}, feed{.through = {}};
  {
    StatementSender sender{statements_, clock_, reporter(), {feed.outlet("feed"), hook.outlet("webhook")}, quick};
    EXPECT_EQ(hook.through.get_future().get(), number);
    EXPECT_EQ(reported_.get_future().get().channel, "webhook");
  }
  EXPECT_EQ(feed.tries, 0);
}

TEST_F(Sender, nothing_is_sent_before_it_is_durable) {
  Way way{.through = {}};
  std::uint64_t number = 0;
  {
    StatementSender sender{statements_, clock_, reporter(), {way.outlet("webhook")}, quick};
    number = release();
    sender.publish(number - 1);
  }
  EXPECT_EQ(way.tries, 0);
}

TEST_F(Sender, a_release_that_comes_between_two_tries_waits_until_it_is_durable_itself) {
  std::promise<std::uint64_t> released;
  Way way{.failures = 1, .through = {}, .meanwhile = [&] { released.set_value(release()); }};
  StatementSender sender{statements_, clock_, reporter(), {way.outlet("webhook")}, quick};
  sender.publish(release());
  const auto newer = released.get_future().get();
  const auto sent = way.through.get_future();
  for (const int looked = clock_.asked + 10; clock_.asked < looked;) std::this_thread::yield();  // each turn of the sender looks once
  EXPECT_EQ(sent.wait_for(0s), std::future_status::timeout) << "it went out before the disk had it";
  sender.publish(newer);
  EXPECT_EQ(reported_.get_future().get().statement, newer);
}

TEST_F(Sender, what_holds_no_longer_is_not_sent) {
  Way way{.through = {}};
  const auto number = release();
  take(fact::Closed{ServiceId{"tax"}, ClosureId{"c"}, ClosedBy::person, {}, "", {}});
  std::string problem;
  {
    StatementSender sender{statements_, clock_, reporter(), {way.outlet("webhook")}, quick};
    sender.publish(number);
    while (problem.empty()) {
      problem = sender.state().front().at("problem").as_string();
      std::this_thread::yield();
    }
  }
  EXPECT_EQ(way.tries, 0);
  EXPECT_THAT(problem, HasSubstr("holds no longer since fact 3"));
}
}  // namespace
}  // namespace kulla::daemon
