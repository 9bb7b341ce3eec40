#include "inspect/rules.hpp"

#include "inspect/fixture.hpp"

namespace kulla::inspect {
namespace {
using testing::HasSubstr;
using testing::IsEmpty;

class RulesTest : public Inspection {
 protected:
  std::vector<std::string> paths() const {
    std::vector<std::string> paths;
    for (const auto& finding : findings()) paths.push_back(finding.path);
    return paths;
  }
};

TEST_F(RulesTest, ACacheMayComeAndGoButNothingThatRuns) {
  put("var/cache/apt/a", "x");
  put("var/cache/apt/b", "x");
  take_baseline();
  std::filesystem::remove(at("var/cache/apt/a"));
  put("var/cache/apt/b", "changed");
  put("var/cache/apt/c", "new");
  EXPECT_THAT(paths(), IsEmpty());
  put("var/cache/apt/c", "#!/bin/sh");
  std::filesystem::create_symlink("/etc/shadow", at("var/cache/apt/d"));
  EXPECT_THAT(paths(), testing::UnorderedElementsAre("var/cache/apt/c", "var/cache/apt/d"));
}

TEST_F(RulesTest, ALogMayGrow) {
  put("var/log/auth.log", "first\n");
  take_baseline();
  put("var/log/auth.log", "first\nsecond\n");
  EXPECT_THAT(paths(), IsEmpty());
  put("var/log/auth.log", "First\nsecond\n");
  EXPECT_THAT(paths(), testing::ElementsAre("var/log/auth.log"));
  put("var/log/auth.log", "fir");
  EXPECT_THAT(paths(), testing::ElementsAre("var/log/auth.log"));
}

TEST_F(RulesTest, ALogMayBeginAnewWhereItsOldContentWentToANeighbour) {
  put("var/log/a.log", "old\n");
  put("var/log/a.log.1", "older\n");
  put("var/log/b.log", "old\n");
  take_baseline();
  std::filesystem::rename(at("var/log/a.log.1"), at("var/log/a.log.2"));
  std::filesystem::rename(at("var/log/a.log"), at("var/log/a.log.1"));
  put("var/log/a.log", "new\n");
  put("var/log/b.log", "new\n");
  EXPECT_THAT(paths(), testing::ElementsAre("var/log/b.log"));
}

TEST_F(RulesTest, ANeighbourThatHoldsSomethingElseHidesNothing) {
  put("var/log/audit.log", "who did it\n");
  take_baseline();
  put("var/log/audit.log", "");
  put("var/log/audit.log.1", "nothing happened\n");
  EXPECT_THAT(paths(), testing::UnorderedElementsAre("var/log/audit.log", "var/log/audit.log.1"));
  put("var/log/audit.log.1", "who did it\nand more\n");
  EXPECT_THAT(paths(), IsEmpty());
}
TEST_F(RulesTest, ARotatedLogIsNotEditedOrDeletedWhereNothingWasRotated) {
  put("var/log/ssh.log", "a\n");
  put("var/log/ssh.log.1", "who did it\n");
  put("var/log/ssh.log.2.gz", "x");
  take_baseline();
  put("var/log/ssh.log.1", "nobody did it\n");
  std::filesystem::remove(at("var/log/ssh.log.2.gz"));
  EXPECT_THAT(paths(), testing::UnorderedElementsAre("var/log/ssh.log.1", "var/log/ssh.log.2.gz"));
}
TEST_F(RulesTest, ALogOfEachDayMayComeAndThenTheOldestMayGo) {
  put("var/log/postgresql/postgresql-2026-01-02_000000.log", "a");
  take_baseline();
  std::filesystem::remove(at("var/log/postgresql/postgresql-2026-01-02_000000.log"));
  EXPECT_EQ(paths().size(), 1U);
  put("var/log/postgresql/postgresql-2026-01-09_000000.log", "b");
  EXPECT_THAT(paths(), IsEmpty());
}
TEST_F(RulesTest, ALogOfADayIsNotEmptiedWhereNoOtherCame) {
  put("var/log/secure-20260101", "who did it\n");
  take_baseline();
  put("var/log/secure-20260101", "");
  EXPECT_EQ(paths().size(), 1U);
}
TEST_F(RulesTest, ASocketMayComeWhereThingsMayAPipeMayNot) {
  std::filesystem::create_directories(at("run"));
  take_baseline();
  ASSERT_EQ(::mknod(at("run/socket").c_str(), S_IFSOCK | 0600, 0), 0);
  EXPECT_THAT(paths(), IsEmpty());
  ASSERT_EQ(::mkfifo(at("run/pipe").c_str(), 0600), 0);
  EXPECT_THAT(paths(), testing::ElementsAre("run/pipe"));
}
TEST_F(RulesTest, WhatWasNotWhollyLookedIntoIsNoMalware) {
  put("var/log/big.log", "a\n");
  take_baseline();
  put("var/log/big.log", "a\nb\n");
  SurveyOptions options;
  options.examine = [](int) { return std::vector<Match>{{Severity::low, "only its beginning", true}}; };
  EXPECT_THAT(findings(options), IsEmpty());
}

TEST_F(RulesTest, DatedLogsComeAndGoAndOthersAreFound) {
  for (auto name : {"a", "a-20260101"}) put(std::string("var/log/") + name, "x");
  take_baseline();
  std::filesystem::remove(at("var/log/a-20260101"));
  for (auto name : {"a", "stranger"}) put(std::string("var/log/") + name, "y");
  put("var/log/a-20260108", "x");
  EXPECT_THAT(paths(), testing::ElementsAre("var/log/stranger"));
}
TEST_F(RulesTest, WhatAMachineSaysOfItselfIsMeantOnlyByPatternsThatSaySo) {
  rules =
      Rules::parse("[[may]]\npaths = [\"*/spool/*\"]\nchange = \"any\"\n[[may]]\npaths = [\"machine://mount/run/*\"]\nchange = \"any\"\n",
                   "mine")
          .value();
  Judge judge{rules, {}};
  judge.compare_facts({{"mount/run/a", "x"}, {"cron/var/spool/b", "x"}}, {{"mount/run/c", "x"}, {"mount/data", "bind"}});
  std::vector<std::string> paths;
  for (const auto& finding : judge.finish()) paths.push_back(finding.path);
  EXPECT_THAT(paths, testing::UnorderedElementsAre("machine://cron/var/spool/b", "machine://mount/data"));
}

TEST_F(RulesTest, LogsThatBeginAnewAreNoMassRewrite) {
  for (int i = 0; i < 4; ++i) put("var/log/" + std::to_string(i) + ".log", "old content\n");
  put("www/a", "x");
  take_baseline();
  for (int i = 0; i < 4; ++i) {
    const auto name = "var/log/" + std::to_string(i) + ".log";
    std::filesystem::rename(at(name), at(name + ".1"));
    put(name, "");
  }
  put("www/a", "y");
  ASSERT_EQ(findings().size(), 1U);
  EXPECT_EQ(of("www/a").severity, Severity::medium);
}

TEST_F(RulesTest, RulesOfOnesOwnCount) {
  rules = Rules::parse("[[may]]\npaths = [\"uploads/*\"]\nchange = \"any\"\n", "mine").value();
  put("www/a", "x");
  take_baseline();
  put("uploads/holiday.png", "x");
  put("uploads/shell.php", "x");
  EXPECT_THAT(paths(), testing::UnorderedElementsAre("uploads", "uploads/shell.php"));
}

TEST(RulesText, WhatIsNoRuleIsNamedWithItsLine) {
  const auto wrong = Rules::parse("[[may]]\npaths = [\"a\"]\nchange = \"everything\"\n", "mine.toml");
  ASSERT_FALSE(wrong);
  EXPECT_EQ(wrong.error().code, Code::bad_config);
  EXPECT_THAT(wrong.error().what, HasSubstr("mine.toml:3: may.change"));
  EXPECT_FALSE(Rules::parse("[[place", "x"));
  EXPECT_FALSE(Rules::parse("[[may]]\npaths = [\"a\"]\nchange = \"any\"\nother = 1\n", "x"));
}
}  // namespace
}  // namespace kulla::inspect
