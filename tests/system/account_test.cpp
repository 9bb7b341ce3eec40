// kulla account, as several people and root run it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <thread>

#include "base/process.hpp"
#include "system/support/daemon_world.hpp"

namespace kulla::test {
namespace {
using ::testing::HasSubstr;

class AccountCommand : public ::testing::Test {
 protected:
  AccountCommand() {
    std::ofstream{folder_.path() / "password"} << "correct horse battery\n";
    ::chmod((folder_.path() / "password").c_str(), 0600);
  }
  [[nodiscard]] Finished account(std::vector<std::string> words) const {
    words.insert(words.begin(), {kulla_binary(), "account"});
    RunOptions options;
    options.folder = folder_.path();
    return run(words, options).value();
  }
  [[nodiscard]] Finished add(const std::string& person) const { return account({"add", person, "--password-file", "password"}); }
  TemporaryFolder folder_ = TemporaryFolder::make("kulla-account").value();
  const std::filesystem::path file_ = folder_.path() / "accounts.toml";
};

TEST_F(AccountCommand, several_runs_at_once_lose_nothing) {
  std::vector<std::jthread> runs;
  for (const auto* person : {"anna", "besa", "drita", "petrit"})
    runs.emplace_back([this, person] { EXPECT_EQ(add(person).exit_code, 0) << person; });
  runs.clear();
  const auto listed = account({"list"});
  for (const auto* person : {"anna", "besa", "drita", "petrit"}) EXPECT_THAT(listed.out, HasSubstr(person));
  EXPECT_THAT(add("anna").err, HasSubstr("has an account"));
  EXPECT_THAT(account({"roles", "nobody", "--role", "press"}).err, HasSubstr("known: anna, besa"));
}

TEST_F(AccountCommand, what_root_changes_stays_the_daemons) {
  if (::geteuid() != 0) GTEST_SKIP() << "only root may give a file away";
  ASSERT_EQ(add("anna").exit_code, 0);
  ASSERT_EQ(::chown(file_.c_str(), 65534, 65533), 0);
  for (const auto& words : std::vector<std::vector<std::string>>{
           {"add", "besa", "--password-file", "password"}, {"roles", "anna", "--role", "press"}, {"totp", "anna"}, {"remove", "besa"}}) {
    EXPECT_EQ(account(words).exit_code, 0) << words.front();
    struct stat found{};
    ASSERT_EQ(::stat(file_.c_str(), &found), 0);
    EXPECT_EQ(found.st_uid, 65534U) << words.front();
    EXPECT_EQ(found.st_gid, 65533U) << words.front();
    EXPECT_EQ(found.st_mode & 07777, 0600U) << words.front();
  }
  EXPECT_THAT(account({"list"}).out, HasSubstr("press"));
}
}  // namespace
}  // namespace kulla::test
