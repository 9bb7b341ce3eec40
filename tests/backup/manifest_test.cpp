#include "backup/manifest.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "backup/restic_errors.hpp"
#include "base/file.hpp"

namespace kulla::backup {
namespace {
using testing::HasSubstr;

class ManifestTest : public testing::Test {
 protected:
  void put(std::string_view path, std::string_view content) const {
    std::filesystem::create_directories((folder.path() / path).parent_path());
    std::ofstream{folder.path() / path, std::ios::binary} << content;
  }
  TemporaryFolder folder = TemporaryFolder::make("kulla-manifest-test").value();
};

TEST_F(ManifestTest, ComesBackAsItWas) {
  put("a/b\xff", "abc");
  std::filesystem::create_symlink("/etc/passwd", folder.path() / "link");
  const auto manifest = take_manifest(folder.path()).value();
  ASSERT_EQ(manifest.size(), 3U);
  EXPECT_EQ(manifest.at("a/b%FF").size, 3);
  EXPECT_EQ(manifest.at("link").target, "/etc/passwd");
  EXPECT_EQ(parse_manifest(to_text(manifest)).value(), manifest);
}

TEST_F(ManifestTest, EveryDifferenceIsCountedAndTheFirstOfEachNamed) {
  for (auto name : {"a", "b", "c", "d"}) put(name, name);
  const auto before = take_manifest(folder.path()).value();
  put("a", "A");
  put("new", "x");
  std::filesystem::remove(folder.path() / "b");
  std::filesystem::remove(folder.path() / "c");
  const auto difference = compare(before, take_manifest(folder.path()).value());
  EXPECT_EQ(difference.different, 1);
  EXPECT_EQ(difference.missing, 2);
  EXPECT_EQ(difference.extra, 1);
  EXPECT_EQ(difference.first, "different a, missing b, extra new");
  EXPECT_EQ(compare(before, before).first, "");
}

TEST_F(ManifestTest, ACutOrGrownListIsRefused) {
  put("a", "x");
  const auto text = to_text(take_manifest(folder.path()).value());
  for (std::size_t i = 0; i < text.size(); ++i) EXPECT_FALSE(parse_manifest(text.substr(0, i))) << i;
  EXPECT_FALSE(parse_manifest(text + text));
}

TEST(ResticErrors, EachIsToldApartByWhatResticSays) {
  struct Case {
    std::string_view text;
    Code code;
    std::string_view shows;
  };
  const Case cases[] = {
      {"Fatal: wrong password or no key found\n", Code::backup_password, "wrong password"},
      {"Fatal: unable to open config file: stat /x/config: no such file or directory\nIs there a repository at the following "
       "location?\n/x\n",
       Code::backup_missing, "/x/config"},
      {"unable to create lock in backend: repository is already locked exclusively by PID 7 on db1 by root (UID 0, GID 0)\nlock was "
       "created at\n",
       Code::backup_locked, "PID 7 on db1"},
      {"pack 97416f: unexpected file size: got 1000, expected 200293\nFatal: repository contains errors\n", Code::backup_damaged,
       "pack 97416f"},
      {"pack 97416f: does not exist\nFatal: repository contains errors\n", Code::backup_damaged, "pack 97416f"},
      {"ignoring error for /srv/sub/b: ciphertext verification failed\nFatal: There were 2 errors\n", Code::backup_damaged, "/srv/sub/b"},
      {"invalid id \"deadbeef\": no matching ID found for prefix \"deadbeef\"\n", Code::backup_no_snapshot, "deadbeef"},
      {"Fatal: unable to save snapshot: write /b/data/tmp: no space left on device\n", Code::backup_full, "no space left"},
      {"Fatal: create repository at repo failed: config file already exists\n", Code::backup_exists, "already exists"},
      {"first\nFatal: something new\n", Code::process_failed, "something new"},
      {"", Code::process_failed, "without a word"},
  };
  for (const auto& item : cases) {
    const auto error = restic_error("check", item.text);
    EXPECT_EQ(error.code, item.code) << item.text;
    EXPECT_THAT(error.what, HasSubstr(item.shows));
    EXPECT_THAT(error.what, testing::Not(HasSubstr("\n")));
  }
}
}  // namespace
}  // namespace kulla::backup
