#include "serve/status_folder.hpp"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>
#include <zlib.h>

#include <thread>

#include "status_world.hpp"

namespace kulla::serve {
namespace {
using namespace std::chrono_literals;
using test::at;

StatusFile file(std::string path, std::string content, std::string_view inputs) {
  return {std::move(path), std::hash<std::string_view>{}(inputs) | 1, [content = std::move(content)] { return content; }};
}
StatusFile file(std::string path, const std::string& content) { return file(std::move(path), content, content); }

class StatusFolderTest : public ::testing::Test {
 protected:
  std::string read(const std::string& name) { return read_file(root.path() / name, 1 << 24).value_or("(none)"); }
  bool exists(const std::string& name) { return std::filesystem::exists(root.path() / name); }
  std::uint64_t inode(const std::string& name) {
    struct stat found{};
    EXPECT_EQ(::stat((root.path() / name).c_str(), &found), 0) << name;
    return found.st_ino;
  }
  std::size_t written(const std::vector<StatusFile>& files, Timestamp when) {
    const auto done = folder.write(files, when);
    EXPECT_TRUE(done) << done.error().message();
    return done ? done->files : 999;
  }
  const Timestamp now = at("2026-11-28T02:00:00Z");
  TemporaryFolder root = TemporaryFolder::make("kulla-status").value();
  StatusFolder folder{root.path()};
};

TEST_F(StatusFolderTest, only_what_changed_is_written_again) {
  EXPECT_EQ(written({file("a.html", "1"), file("b/c.html", "2")}, now), 2u);
  const auto before = inode("b/c.html");
  EXPECT_EQ(written({file("a.html", "changed"), file("b/c.html", "2")}, now + 1s), 1u);
  EXPECT_EQ(inode("b/c.html"), before);
  EXPECT_EQ(read("a.html"), "changed");
}
TEST_F(StatusFolderTest, what_changes_by_itself_is_written_with_the_rest_or_within_half_an_hour) {
  const auto page = [](std::string_view state, std::string_view time) {
    return std::vector<StatusFile>{file("a.html", fmt::format("{} {} end", state, time), state)};
  };
  EXPECT_EQ(written(page("open", "02:00"), now), 1u);
  EXPECT_EQ(read("a.html"), "open 02:00 end");
  EXPECT_EQ(written(page("open", "02:05"), now + 5min), 0u);
  EXPECT_EQ(written(page("closed", "02:06"), now + 6min), 1u);
  EXPECT_EQ(read("a.html"), "closed 02:06 end");
  EXPECT_EQ(written(page("closed", "02:20"), now + 20min), 0u);
  EXPECT_EQ(written(page("closed", "02:36"), now + 36min), 1u);
  EXPECT_EQ(read("a.html"), "closed 02:36 end");
  EXPECT_EQ(written(page("closed", "01:00"), now - 60min), 1u) << "a clock that was set back";
}
TEST_F(StatusFolderTest, a_large_file_lies_there_compressed_too_and_a_small_one_no_longer) {
  const std::string large(100'000, 'x');
  EXPECT_EQ(written({file("a.html", large)}, now), 1u);
  std::string unpacked(200'000, '\0');
  const auto packed = ::gzopen((root.path() / "a.html.gz").c_str(), "rb");
  ASSERT_NE(packed, nullptr);
  unpacked.resize(static_cast<std::size_t>(::gzread(packed, unpacked.data(), 200'000)));
  ::gzclose(packed);
  EXPECT_EQ(unpacked, large);
  EXPECT_EQ(written({file("a.html", "small")}, now + 1s), 1u);
  EXPECT_FALSE(exists("a.html.gz")) << "a web server would go on serving it";
}
TEST_F(StatusFolderTest, pages_of_what_is_gone_are_removed_and_what_is_not_ours_stays) {
  EXPECT_EQ(written({file("service/a.html", std::string(20'000, 'a')), file("service/b.html", "b"), file("index.html", "i")}, now), 3u);
  ASSERT_TRUE(write_file_atomic(root.path() / "robots.txt", "x"));
  ASSERT_TRUE(write_file_atomic(root.path() / "other.html", "x"));
  ASSERT_TRUE(exists("service/a.html.gz"));
  EXPECT_EQ(written({file("service/b.html", "b"), file("index.html", "i")}, now + 1s), 0u);
  EXPECT_FALSE(exists("service/a.html") || exists("service/a.html.gz"));
  EXPECT_TRUE(exists("service/b.html") && exists("robots.txt") && exists("other.html"));
  StatusFolder after_a_restart{root.path()};
  ASSERT_TRUE(write_file_atomic(root.path() / "service/old.html", "x"));
  ASSERT_TRUE(after_a_restart.write(std::vector<StatusFile>{file("service/b.html", "b"), file("index.html", "i")}, now + 2s));
  EXPECT_FALSE(exists("service/old.html"));
}
TEST_F(StatusFolderTest, what_is_renewed_is_not_renewed_all_at_once) {
  std::vector<StatusFile> files;
  int round = 0;
  for (int i = 0; i < 200; ++i)
    files.push_back({fmt::format("service/s{}.html", i), 1, [&round, i] { return fmt::format("{} {}", i, round); }});
  EXPECT_EQ(written(files, now), 200u);
  std::size_t all = 0, most = 0;
  for (int minute = 1; minute <= 30; ++minute) {
    round = minute;
    const auto some = written(files, now + std::chrono::minutes{minute});
    all += some, most = std::max(most, some);
  }
  EXPECT_GE(all, 200u) << "each within half an hour";
  EXPECT_LT(most, 60u);
}
TEST_F(StatusFolderTest, one_file_that_cannot_be_written_leaves_the_others_and_says_so_and_the_last_one_waits) {
  std::filesystem::create_directories(root.path() / "service/a.html/in-the-way");
  const std::vector<StatusFile> files{file("service/a.html", "a"), file("service/b.html", "b"), file("time.json", "1")};
  const auto done = folder.write(files, now);
  ASSERT_FALSE(done);
  EXPECT_TRUE(done.error().what.contains("service/a.html")) << done.error().what;
  EXPECT_FALSE(exists("time.json")) << "it says that all were written";
  std::filesystem::remove_all(root.path() / "service/a.html");
  ASSERT_TRUE(folder.write(files, now + 1s));
  EXPECT_EQ(read("service/a.html"), "a");
  EXPECT_EQ(read("service/b.html"), "b");
  EXPECT_EQ(read("time.json"), "1");
}
/// In a child, whose files may not grow: what the disk does when it is full.
TEST_F(StatusFolderTest, a_full_disk_leaves_every_old_file_whole_and_nothing_beside) {
  std::vector<StatusFile> files;
  for (int i = 0; i < 40; ++i) files.push_back(file(fmt::format("service/s{}.html", i), std::string(1000, 'o')));
  EXPECT_EQ(written(files, now), 40u);
  const auto child = ::fork();
  ASSERT_GE(child, 0);
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit small{500, 500};
    ::setrlimit(RLIMIT_FSIZE, &small);
    for (auto& each : files) each = file(each.path, std::string(1000, 'n'));
    ::_exit(folder.write(files, now + 1s) ? 1 : 0);
  }
  int status = 0;
  ASSERT_EQ(::waitpid(child, &status, 0), child);
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << "it should have failed";
  std::size_t seen = 0;
  for (const auto& entry : std::filesystem::directory_iterator{root.path() / "service"}) {
    EXPECT_EQ(read("service/" + entry.path().filename().string()), std::string(1000, 'o')) << entry.path();
    ++seen;
  }
  EXPECT_EQ(seen, 40u);
}
/// A writer that is killed anywhere leaves the old file or the new one, whoever reads.
TEST_F(StatusFolderTest, a_crash_leaves_whole_files) {
  const auto version = [](char letter) {
    std::vector<StatusFile> files;
    for (int i = 0; i < 60; ++i) files.push_back(file(fmt::format("service/s{}.html", i), std::string(30'000, letter)));
    return files;
  };
  EXPECT_EQ(written(version('a'), now), 60u);
  for (int round = 0; round < 12; ++round) {
    const auto child = ::fork();
    ASSERT_GE(child, 0);
    if (child == 0) {
      for (int i = 0;; ++i) (void)folder.write(version(static_cast<char>('b' + i % 20)), now + std::chrono::seconds{i + 1});
    }
    // lint(sleep): the crash has to come at some moment of the writing, and any will do
    std::this_thread::sleep_for(std::chrono::milliseconds{3 + round * 7});
    ::kill(child, SIGKILL);
    ASSERT_EQ(::waitpid(child, nullptr, 0), child);
    for (int i = 0; i < 60; ++i) {
      const auto text = read(fmt::format("service/s{}.html", i));
      ASSERT_EQ(text.size(), 30'000u);
      ASSERT_EQ(text, std::string(30'000, text.front()));
    }
  }
  StatusFolder next{root.path()};
  ASSERT_TRUE(next.write(version('z'), now + 1h));
  for (const auto& entry : std::filesystem::directory_iterator{root.path() / "service"})
    EXPECT_NE(entry.path().extension(), ".new") << "what a crash left beside is used up";
}
}  // namespace
}  // namespace kulla::serve
