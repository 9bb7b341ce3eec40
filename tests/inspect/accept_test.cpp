#include "inspect/fixture.hpp"

namespace kulla::inspect {
namespace {
class Accept : public Inspection {
 protected:
  void SetUp() override {
    put("www/a.html", "a");
    put("www/b.html", "b");
    put("data/c", "c");
    write_baseline(file, key);
    put("www/a.html", "changed");
    put("www/new.html", "new");
    std::filesystem::remove(at("www/b.html"));
    put("data/c", "changed too");
  }
  Result<Accepted> accept(const std::vector<std::string>& reviewed) const {
    return inspect::accept(root, file, {key.public_key()}, {reviewed, {}}, folder.path() / "new", key, SystemClock{});
  }
  std::vector<std::string> left_after(const std::vector<std::string>& reviewed) const {
    const auto accepted = accept(reviewed);
    EXPECT_TRUE(accepted) << accepted.error().message();
    const auto outcome = check({}, root, folder.path() / "new", {key.public_key()}, SystemClock{});
    EXPECT_TRUE(outcome) << outcome.error().message();
    std::vector<std::string> paths;
    for (const auto& finding : outcome->findings) paths.push_back(finding.path);
    EXPECT_EQ(accepted->left, std::ssize(paths));
    return paths;
  }
  std::filesystem::path file = folder.path() / "baseline";
  const SecretKey key = SecretKey::from_seed({1});
};

TEST_F(Accept, WhatWasReviewedIsNoFindingAnyMoreAndAllElseIs) { EXPECT_THAT(left_after({"www"}), testing::ElementsAre("data/c")); }
TEST_F(Accept, OnePathIsNoMoreThanThatPath) {
  EXPECT_THAT(left_after({"www/a.html"}), testing::UnorderedElementsAre("www/b.html", "www/new.html", "data/c"));
}
TEST_F(Accept, TheRootIsAll) { EXPECT_THAT(left_after({"."}), testing::IsEmpty()); }
TEST_F(Accept, ANameThatOnlyBeginsAlikeIsAnother) { EXPECT_FALSE(accept({"ww"})); }
TEST_F(Accept, WhereNothingDiffersItIsRefused) {
  const auto refused = accept({"data/c", "nowhere"});
  ASSERT_FALSE(refused);
  EXPECT_THAT(refused.error().what, testing::HasSubstr("nowhere: nothing differs"));
}
}  // namespace
}  // namespace kulla::inspect
