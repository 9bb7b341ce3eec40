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
TEST_F(Accept, JustWhatWasFoundMayBeChosenWhileItIsAsItWasFound) {
  const auto outcome = check({}, root, file, {key.public_key()}, SystemClock{});
  ASSERT_TRUE(outcome);
  Reviewed reviewed;
  for (const auto& finding : outcome->findings)
    if (finding.path == "www/a.html") reviewed.findings.push_back(finding);
  ASSERT_EQ(reviewed.findings.size(), 1U);
  const auto prepare = [&] {
    return prepare_acceptance(root, file, {key.public_key()}, reviewed, folder.path() / "unsealed", SystemClock{});
  };
  const auto prepared = prepare();
  ASSERT_TRUE(prepared) << prepared.error().message();
  EXPECT_EQ(prepared->accepted.findings, 1);
  const auto signature = key.sign(canonical(baseline_to_sign(prepared->body)));
  const auto seal = [&](const Signature& with) {
    return seal_baseline(folder.path() / "unsealed", key.public_key(), with, folder.path() / "new");
  };
  EXPECT_EQ(seal(Signature{}).error().code, Code::bad_signature);
  EXPECT_FALSE(std::filesystem::exists(folder.path() / "new"));
  ASSERT_TRUE(seal(signature));
  std::vector<std::string> left;
  const auto again = check({}, root, folder.path() / "new", {key.public_key()}, SystemClock{});
  ASSERT_TRUE(again) << again.error().message();
  for (const auto& finding : again->findings) left.push_back(finding.path);
  EXPECT_THAT(left, testing::UnorderedElementsAre("www/b.html", "www/new.html", "data/c"));

  put("www/a.html", "changed once more");
  const auto refused = prepare();
  ASSERT_FALSE(refused);
  EXPECT_EQ(refused.error().code, Code::refused);
}
}  // namespace
}  // namespace kulla::inspect
