#include "drill/plan.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

using namespace kulla::drill;

namespace {
class PlanOf : public testing::TestWithParam<std::size_t> {
 protected:
  const Plan plan = *make_plan(GetParam(), 7);
};
INSTANTIATE_TEST_SUITE_P(Sizes, PlanOf, testing::Values(4, 5, 6, 7, 8, 9, 12, 13, 24, 59, 60, 61, 200, 1225, 2000));

TEST_P(PlanOf, HasEveryServiceOnceOnOneSystem) {
  ASSERT_EQ(plan.services.size(), GetParam());
  std::vector<int> placed(GetParam());
  for (std::size_t system = 0; system < plan.systems.size(); ++system)
    for (const auto service : plan.systems[system].services) {
      EXPECT_EQ(plan.services.at(service).system, system);
      ++placed[service];
    }
  EXPECT_EQ(std::ranges::count(placed, 1), static_cast<std::ptrdiff_t>(GetParam()));
}

TEST_P(PlanOf, NamesAndAddressesAreDistinct) {
  std::set<std::string> names, addresses;
  for (const auto& service : plan.services) {
    names.insert(service.name);
    addresses.insert(service.host + service.path);
  }
  EXPECT_EQ(names.size(), GetParam());
  EXPECT_EQ(addresses.size(), GetParam());
}

TEST_P(PlanOf, ClosesAtMostHalfAndNeverTheProtectedOne) {
  const auto closing = plan.closing();
  EXPECT_LE(closing.size() * 2, GetParam());  // the default limit of closures by machine alone
  EXPECT_FALSE(plan.to_close(plan.protected_service()));
  EXPECT_TRUE(plan.to_close(plan.weak_service()));
  EXPECT_FALSE(plan.systems[Plan::infected].services.empty());
}

TEST_P(PlanOf, TheProtectedOneSharesTheDatabaseWithTheAttacked) {
  EXPECT_TRUE(plan.systems[plan.services[plan.protected_service()].system].uses_database);
  EXPECT_TRUE(plan.systems[Plan::breached].uses_database);
}

TEST_P(PlanOf, OnePairIsToldApartByPathAndOnlyOneOfItCloses) {
  const auto appeals = plan.find("permits-appeals"), permits = plan.find("permits");
  EXPECT_EQ(plan.services[appeals].host, plan.services[permits].host);
  EXPECT_NE(plan.services[appeals].path, plan.services[permits].path);
  EXPECT_NE(plan.to_close(appeals), plan.to_close(permits));
}

TEST_P(PlanOf, EverySystemHasEnoughDataToWipe) {
  for (std::size_t system = 0; system < plan.systems.size(); ++system) {
    const auto files = files_of(plan, system);
    EXPECT_GE(std::ranges::count_if(files, [](const auto& file) { return file.path.starts_with("data/"); }), 10) << plan.systems[system].id;
  }
}

TEST(Plan, The1225ServicesLieOnAbout200Systems) {
  const auto systems = make_plan(1225, 1)->systems.size();
  EXPECT_GE(systems, 190U);
  EXPECT_LE(systems, 220U);
}

TEST(Plan, SameSeedSameFilesOtherSeedOtherFiles) {
  const auto first = files_of(*make_plan(12, 1), 0), again = files_of(*make_plan(12, 1), 0), other = files_of(*make_plan(12, 2), 0);
  ASSERT_EQ(first.size(), again.size());
  bool all_equal_to_other = true;
  for (std::size_t i = 0; i < first.size(); ++i) {
    EXPECT_EQ(first[i].content, again[i].content);
    all_equal_to_other &= first[i].content == other[i].content;
  }
  EXPECT_FALSE(all_equal_to_other);
}

TEST(Plan, RefusesFewerThanTheStoryNeeds) {
  EXPECT_FALSE(make_plan(3, 1));
  EXPECT_FALSE(make_plan(services_most + 1, 1));
}
}  // namespace
