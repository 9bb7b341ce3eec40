// A statement is released only while nothing has happened since it was shown; what was sent is recorded for the newest alone.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "incident/decide.hpp"

namespace kulla::incident {
namespace {
class Release : public testing::Test {
 protected:
  Release() { give(fact::ServiceDeclared{Service{ServiceId{"tax"}, "tax.example", "/", {SystemId{"web"}}, {}, "", false}}); }
  void give(FactBody body) { state_ = evolve(std::move(state_), Fact{{}, std::move(body)}); }
  std::vector<Fact> ask(InputBody body) {
    auto facts = decide(state_, Input{{}, std::move(body)}, Policy{});
    for (const auto& fact : facts) state_ = evolve(std::move(state_), fact);
    return facts;
  }
  std::vector<Fact> release(std::uint64_t seen) {
    return ask(input::ReleaseAsked{Statement{sha256("v"), PersonId{"anna"}, {{"en", "text"}}, {}}, seen});
  }
  State state_;
};

TEST_F(Release, what_was_shown_before_the_newest_public_fact_is_refused) {
  const auto seen = state_.facts;
  give(fact::Closed{ServiceId{"tax"}, ClosureId{"c"}, ClosedBy::person, {}, "", {}});
  const auto facts = release(seen);
  ASSERT_EQ(facts.size(), 1u);
  const auto* refused = std::get_if<fact::Refused>(&facts.front().body);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->why, Refusal::stale_statement);
  EXPECT_EQ(state_.statement, 0u);
}

TEST_F(Release, what_no_sentence_rests_on_is_no_reason_to_refuse) {
  const auto seen = state_.facts;
  Alert attempt;
  give(fact::Alerted{attempt, false, {}, 0});
  give(fact::ClockGap{});
  const auto facts = release(seen);
  ASSERT_EQ(facts.size(), 1u);
  EXPECT_TRUE(std::holds_alternative<fact::StatementReleased>(facts.front().body));
  EXPECT_EQ(state_.statement, state_.facts);
  EXPECT_EQ(orders(state_, facts.front()), std::vector<Order>{order::Publish{}});
}

TEST_F(Release, the_same_text_is_not_released_twice_by_two_people) {
  const auto seen = state_.facts;
  release(seen);
  EXPECT_EQ(kind_of(release(seen).front()), "refused");
}

TEST_F(Release, a_delivery_counts_for_the_newest_release_only) {
  release(state_.facts);
  const auto first = state_.statement;
  release(state_.facts);
  EXPECT_TRUE(ask(input::StatementDelivered{first, "webhook", 1}).empty());
  EXPECT_EQ(ask(input::StatementDelivered{state_.statement, "webhook", 3}).size(), 1u);
  EXPECT_TRUE(ask(input::StatementDelivered{0, "webhook", 1}).empty());
}
}  // namespace
}  // namespace kulla::incident
