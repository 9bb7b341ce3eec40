#include <gtest/gtest.h>

#include "incident/decide.hpp"

namespace kulla::incident {
namespace {
TEST(GateTroubled, pages_a_person_also_where_nothing_is_closed) {
  State state;
  for (int times = 0; times < 2; ++times) {
    const auto facts = decide(state, {{}, input::GateTroubled{"the last reload failed"}}, {});
    ASSERT_EQ(facts.size(), 1u) << "said again when it begins again, though no incident was between";
    const auto* paged = std::get_if<fact::PersonPaged>(&facts.front().body);
    ASSERT_TRUE(paged);
    EXPECT_EQ(paged->why, "the gate: the last reload failed");
    state = evolve(std::move(state), facts.front());
  }
}
}  // namespace
}  // namespace kulla::incident
