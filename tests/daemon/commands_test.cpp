// What a command puts into the core's inbox, and which refusals it takes for its own. No core runs here: the test takes its letters.
#include "daemon/commands.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>

#include "daemon/past.hpp"

namespace kulla::daemon {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using namespace std::chrono_literals;

class CommandsTest : public ::testing::Test {
 protected:
  CommandsTest() {
    for (const auto* id : {"e-tax", "permits"}) config_.catalogue.services.push_back({ServiceId{id}, "x.example", "/", {}, {}, "", false});
  }
  Result<std::vector<std::string>> close(json::array services) {
    return commands_.ask("close", {{"services", std::move(services)}, {"reason", "a doubt"}}, anna_);
  }
  std::future<Result<std::vector<std::string>>> begin_close(json::array services) {
    return std::async(std::launch::async, [this, services = std::move(services)] { return close(services); });
  }
  std::optional<Letter> letter(std::chrono::milliseconds patience = 10s) {
    return core_.inbox().take(std::chrono::steady_clock::now() + patience);
  }
  void refused(const PersonId& by) {
    const Fact fact{{}, fact::Refused{"close", by, Refusal::unknown_service, "nobody"}};
    const auto number = feed_.newest() + 1;
    feed_.publish(number, fact_line(number, false, json::serialize(to_json(fact))));
  }
  /// The core has taken the input, and answers.
  void answer() {
    const auto taken = letter();
    ASSERT_TRUE(taken && std::holds_alternative<Query>(*taken));
    std::get<Query> (*taken)(incident::State{});
  }

  const PersonId anna_{"anna"};
  const SystemClock clock_;
  Config config_;
  Feed feed_;
  Core core_{{}, {}, clock_, 10ms, Outlets{}};
  Statements statements_{config_.statement, 1h, {}, clock_};
  Commands commands_{core_, feed_, statements_, config_, clock_, [] { return json::object{}; }};
};

TEST_F(CommandsTest, a_close_is_in_the_inbox_before_anything_is_asked) {
  auto closing = begin_close({"e-tax"});
  const auto first = letter();
  ASSERT_TRUE(first && std::holds_alternative<InputBody>(*first)) << "a core that is slow to answer would hold up the closing";
  const auto& asked = std::get<input::CloseAsked>(std::get<InputBody>(*first));
  EXPECT_THAT(asked.services, ElementsAre(ServiceId{"e-tax"}));
  EXPECT_EQ(asked.by, anna_);
  answer();
  EXPECT_TRUE(closing.get());
}

TEST_F(CommandsTest, only_what_was_refused_since_and_to_oneself_is_an_answer) {
  refused(anna_);
  auto closing = begin_close({"e-tax"});
  ASSERT_TRUE(letter());
  refused(PersonId{"ben"});
  answer();
  EXPECT_TRUE(closing.get()) << "one refusal was before, the other somebody else's";
  closing = begin_close({"e-tax"});
  ASSERT_TRUE(letter());
  refused(anna_);
  answer();
  const auto answered = closing.get();
  ASSERT_FALSE(answered);
  EXPECT_EQ(answered.error().code, Code::refused);
  EXPECT_THAT(answered.error().what, HasSubstr("unknown_service"));
}

TEST_F(CommandsTest, a_service_that_is_named_twice_is_asked_for_once) {
  auto closing = begin_close({"permits", "e-tax", "permits", "permits"});
  const auto taken = letter();
  ASSERT_TRUE(taken);
  EXPECT_THAT(std::get<input::CloseAsked>(std::get<InputBody>(*taken)).services, ElementsAre(ServiceId{"e-tax"}, ServiceId{"permits"}));
  answer();
  EXPECT_TRUE(closing.get());
}

TEST_F(CommandsTest, more_names_than_there_could_be_services_never_come_to_the_core) {
  json::array names;
  for (int i = 0; i < 11; ++i) names.emplace_back("service-" + std::to_string(i));
  EXPECT_EQ(close(names).error().code, Code::too_large);
  EXPECT_EQ(close({std::string(65, 'a')}).error().code, Code::bad_argument);
  EXPECT_EQ(close({""}).error().code, Code::bad_argument);
  EXPECT_EQ(close({7}).error().code, Code::bad_argument);
  EXPECT_FALSE(letter(0ms));
}
}  // namespace
}  // namespace kulla::daemon
