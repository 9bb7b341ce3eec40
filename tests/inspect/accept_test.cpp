#include "inspect/fixture.hpp"

namespace kulla::inspect {
namespace {
class Accept : public Inspection {
 protected:
  void SetUp() override {
    put("www/a.html", "a");
    put("www/b.html", "b");
    put("data/c", "c");
    take_baseline();
    put("www/a.html", "changed");
    put("www/new.html", "new");
    std::filesystem::remove(at("www/b.html"));
    put("data/c", "changed too");
  }
  std::vector<std::string> left_after(const std::vector<std::string>& reviewed) {
    auto tree = accept(baseline, scanned(), reviewed);
    EXPECT_TRUE(tree) << tree.error().message();
    baseline.tree = tree.value_or(Tree{});
    std::vector<std::string> paths;
    for (const auto& finding : findings()) paths.push_back(finding.path);
    return paths;
  }
};

TEST_F(Accept, WhatWasReviewedIsNoFindingAnyMoreAndAllElseIs) { EXPECT_THAT(left_after({"www"}), testing::ElementsAre("data/c")); }
TEST_F(Accept, OnePathIsNoMoreThanThatPath) {
  EXPECT_THAT(left_after({"www/a.html"}), testing::UnorderedElementsAre("www/b.html", "www/new.html", "data/c"));
}
TEST_F(Accept, TheRootIsAll) { EXPECT_THAT(left_after({"."}), testing::IsEmpty()); }
TEST_F(Accept, ANameThatOnlyBeginsAlikeIsAnother) { EXPECT_FALSE(accept(baseline, scanned(), {"ww"})); }
TEST_F(Accept, WhereNothingDiffersItIsRefused) {
  const auto refused = accept(baseline, scanned(), {"data/c", "nowhere"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, testing::HasSubstr("nowhere: nothing differs"));
}
}  // namespace
}  // namespace kulla::inspect
