// Whole files, temporary folders, descriptors.
#include "base/file.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <thread>

namespace kulla {
namespace {
class Files : public ::testing::Test {
 protected:
  TemporaryFolder folder = TemporaryFolder::make("kulla-files").value();
  std::filesystem::path file = folder.path() / "file";
  std::size_t entries() const { return static_cast<std::size_t>(std::distance(std::filesystem::directory_iterator(folder.path()), {})); }
};

TEST_F(Files, WrittenAndRead) {
  const std::string content("a\0b\n", 4);
  ASSERT_TRUE(write_file_atomic(file, content, 0640));
  EXPECT_EQ(read_file(file, 4).value(), content);
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0640u);
  EXPECT_EQ(entries(), 1u) << "nothing is left beside it";
}
TEST_F(Files, OverTheLimitIsRefused) {
  ASSERT_TRUE(write_file_atomic(file, std::string(200'000, 'x')));
  EXPECT_TRUE(read_file(file, 200'000));
  EXPECT_EQ(read_file(file, 199'999).error().code, Code::too_large);
}
TEST_F(Files, ReplacingKeepsWhoHasTheOldOneOpen) {
  ASSERT_TRUE(write_file_atomic(file, "old"));
  const Descriptor open{::open(file.c_str(), O_RDONLY | O_CLOEXEC)};
  ASSERT_TRUE(write_file_atomic(file, "new"));
  char text[4] = {};
  EXPECT_EQ(::read(open.get(), text, 3), 3);
  EXPECT_STREQ(text, "old");
  EXPECT_EQ(read_file(file, 10).value(), "new");
}
TEST_F(Files, ReplacingCanKeepOwnerAndMode) {
  ASSERT_TRUE(write_file_atomic(file, "old", 0640));
  const bool root = ::geteuid() == 0;
  if (root) {
    ASSERT_EQ(::chown(file.c_str(), 65534, 65533), 0);
  }
  auto replacing = AtomicFile::create(file, 0600).value();
  ASSERT_TRUE(replacing.write("new"));
  ASSERT_TRUE(replacing.as_the_old_one());
  ASSERT_TRUE(replacing.commit());
  struct stat status{};
  ASSERT_EQ(::stat(file.c_str(), &status), 0);
  EXPECT_EQ(read_file(file, 10).value(), "new");
  EXPECT_EQ(status.st_mode & 07777, 0640u);
  EXPECT_EQ(status.st_uid, root ? 65534 : ::geteuid());
  EXPECT_EQ(status.st_gid, root ? 65533 : ::getegid());
}
TEST_F(Files, AFailedWriteLeavesTheOldFileAndNothingBeside) {
  ASSERT_TRUE(write_file_atomic(file, "old"));
  EXPECT_EQ(write_file_atomic(folder.path() / "no" / "such", "x").error().code, Code::io);
  std::filesystem::create_directories(folder.path() / "taken" / "inside");
  EXPECT_FALSE(write_file_atomic(folder.path() / "taken", "x")) << "a folder is in the way";
  EXPECT_EQ(entries(), 2u);
  EXPECT_EQ(read_file(file, 10).value(), "old");
}
TEST_F(Files, MissingFilesAndFoldersAreNamed) {
  const auto missing = read_file(folder.path() / "none", 10);
  ASSERT_FALSE(missing);
  EXPECT_NE(missing.error().what.find("none: No such file"), std::string::npos);
  EXPECT_FALSE(read_file(folder.path(), 10));
  EXPECT_FALSE(sync_folder(folder.path() / "none"));
  EXPECT_TRUE(sync_folder(folder.path()));
}
TEST_F(Files, WriteAllSaysWhatItWasWriting) {
  const Descriptor full{::open("/dev/full", O_WRONLY | O_CLOEXEC)};
  ASSERT_TRUE(full);
  EXPECT_EQ(write_all(full.get(), "x", "the map").error().what, "the map: No space left on device");
}
TEST(TemporaryFolders, GoWithTheirContentUnlessKept) {
  std::filesystem::path gone, kept;
  {
    auto one = TemporaryFolder::make("kulla-t").value();
    auto two = TemporaryFolder::make("kulla-t").value();
    EXPECT_NE(one.path(), two.path());
    ASSERT_TRUE(write_file_atomic(one.path() / "inside", "x"));
    gone = one.path(), kept = two.path();
    two.keep();
    const auto moved = std::move(one);
    EXPECT_TRUE(std::filesystem::exists(gone));
  }
  EXPECT_FALSE(std::filesystem::exists(gone));
  EXPECT_TRUE(std::filesystem::exists(kept));
  std::filesystem::remove(kept);
  EXPECT_FALSE(TemporaryFolder::make("x", "/no/such/folder"));
}
TEST(Descriptors, CloseOnceAndMove) {
  Descriptor first{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  const int number = first.get();
  Descriptor second{std::move(first)};
  EXPECT_EQ(second.get(), number);
  second = Descriptor{};
  EXPECT_EQ(::fcntl(number, F_GETFD), -1);
  EXPECT_FALSE(second);
}
}  // namespace

TEST(WholeFiles, ThreadsThatWriteTheSameFileAllSucceedAndOneContentStands) {
  const auto folder = *TemporaryFolder::make("kulla-file-test");
  const auto file = folder.path() / "report";
  std::atomic<int> failed = 0;
  const auto write = [&](char letter) {
    for (int round = 0; round < 200; ++round) failed += !write_file_atomic(file, std::string(100, letter));
  };
  { const std::jthread one{write, 'a'}, two{write, 'b'}; }
  EXPECT_EQ(failed, 0);
  const auto text = *read_file(file, 1000);
  EXPECT_EQ(text, std::string(100, text.front()));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{folder.path()}, {}), 1) << "nothing is left beside it";
}
}  // namespace kulla
