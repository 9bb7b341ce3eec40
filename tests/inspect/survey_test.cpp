#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/tree_walk.hpp"
#include "inspect/fixture.hpp"

namespace kulla::inspect {
namespace {
using testing::HasSubstr;

class SurveyTest : public Inspection {};

TEST_F(SurveyTest, HashesWhatIsThere) {
  put("data/a.txt", "abc");
  const auto tree = scanned().tree;
  ASSERT_EQ(tree.size(), 3U);
  EXPECT_EQ(tree.at(".").type, FileType::folder);
  EXPECT_EQ(to_hex(tree.at("data/a.txt").content), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
  EXPECT_EQ(tree.at("data/a.txt").size, 3);
}

TEST_F(SurveyTest, NeverFollowsALink) {
  put("../outside/secret", "x");
  std::filesystem::create_symlink("../outside", at("way-out"));
  std::filesystem::create_symlink("/etc/passwd", at("passwd"));
  const auto tree = scanned().tree;
  EXPECT_EQ(tree.size(), 3U);
  EXPECT_EQ(tree.at("way-out").type, FileType::link);
  EXPECT_EQ(tree.at("way-out").target, "../outside");
  EXPECT_EQ(tree.at("passwd").target, "/etc/passwd");
}

TEST_F(SurveyTest, NeverOpensAPipeOrADevice) {
  ASSERT_EQ(::mkfifo(at("pipe").c_str(), 0600), 0);
  // A writer that does not block succeeds only while somebody has the pipe open for reading.
  const Descriptor watcher{::open(at("pipe").c_str(), O_WRONLY | O_NONBLOCK)};
  EXPECT_FALSE(watcher);
  EXPECT_EQ(scanned().tree.at("pipe").type, FileType::pipe);
  const auto named = name_below(AT_FDCWD, at("pipe").c_str());
  EXPECT_FALSE(open_named(named.get(), S_IFIFO));
}

TEST_F(SurveyTest, KeepsNamesThatAreNotUtf8) {
  put("bad\xff\nname", "x");
  const auto tree = scanned().tree;
  EXPECT_TRUE(tree.contains("bad\xff\nname"));
}

TEST_F(SurveyTest, StopsAtADepth) {
  std::string deep = "d";
  for (int i = 0; i < 140; ++i) deep += "/d";
  std::filesystem::create_directories(at(deep));
  const auto now = scanned();
  ASSERT_EQ(now.unreadable.size(), 1U);
  EXPECT_THAT(now.unreadable[0].why, HasSubstr("deeper than 128"));
}

TEST_F(SurveyTest, StopsAtANumberAndSaysSoOnce) {
  for (int i = 0; i < 20; ++i) put("d" + std::to_string(i) + "/file", "x");
  int met = 0;
  std::vector<std::string> troubles;
  ASSERT_TRUE(walk(root,
                   {[&](const Met&) { ++met; },
                    [&](const std::string& path, std::string_view why) { troubles.push_back(path + ": " + std::string(why)); }},
                   {.things = 10}));
  EXPECT_LE(met, 11);
  EXPECT_THAT(troubles, testing::ElementsAre(HasSubstr("more than 10 things")));
}

TEST_F(SurveyTest, AFileThatChangesWhileItIsReadIsAFinding) {
  put("log", std::string(300'000, 'x'));
  std::vector<std::string> errors;
  ASSERT_TRUE(walk(root, {[&](const Met& met) {
                            if (met.path != "log") return;
                            bool once = true;
                            const auto read = read_met(met, 1 << 30, [&](std::string_view) {
                              if (std::exchange(once, false)) std::ofstream{at("log"), std::ios::app} << "more";
                            });
                            ASSERT_FALSE(read);
                            errors.push_back(read.error().what);
                          },
                          [](const std::string&, std::string_view) {}}));
  EXPECT_THAT(errors, testing::ElementsAre("changed while it was read"));
}

TEST_F(SurveyTest, AHugeSparseFileIsNotRead) {
  const Descriptor file{::open(at("huge").c_str(), O_CREAT | O_WRONLY, 0600)};
  if (::ftruncate(file.get(), off_t{1} << 40) != 0) GTEST_SKIP() << "no sparse files here";
  const auto now = scanned();
  ASSERT_EQ(now.unreadable.size(), 1U);
  EXPECT_THAT(now.unreadable[0].why, HasSubstr("larger than"));
}

TEST_F(SurveyTest, ARootThatIsNoFolderIsAnError) {
  put("file", "x");
  EXPECT_FALSE(survey(at("file"), {}, {}, [](Pair&&) { return Result<>{}; }));
  EXPECT_FALSE(survey(at("missing"), {}, {}, [](Pair&&) { return Result<>{}; }));
}
}  // namespace
}  // namespace kulla::inspect
