#include "daemon/log_tail.hpp"

#include <gtest/gtest.h>

#include <fstream>

using namespace kulla;
using namespace kulla::daemon;

namespace {
class Tail : public ::testing::Test {
 protected:
  void append(std::string_view text) const { std::ofstream{file(), std::ios::app} << text; }
  /// All that has come.
  static std::string all(LogTail& tail) {
    std::string text;
    for (;;) {
      const auto more = tail.read([&](std::string_view bytes) { text += bytes; });
      if (!more || !*more) return text;
    }
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "host.log"; }
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-tail-test");
};

TEST_F(Tail, what_was_there_before_is_not_read_and_what_comes_is) {
  append("old\n");
  LogTail tail{file(), std::nullopt};
  EXPECT_EQ(all(tail), "");
  append("new\nhalf");
  EXPECT_EQ(all(tail), "new\nhalf");
  append(" a line\n");
  EXPECT_EQ(all(tail), " a line\n");
}
TEST_F(Tail, a_file_that_comes_later_is_read_from_its_beginning) {
  LogTail tail{file(), std::nullopt};
  EXPECT_FALSE(tail.read([](std::string_view) {}));
  append("first\n");
  EXPECT_EQ(all(tail), "first\n");
}
TEST_F(Tail, after_a_restart_it_goes_on_at_the_end_of_the_last_whole_line) {
  append("");
  LogTail::Position position;
  {
    LogTail tail{file(), std::nullopt};
    (void)all(tail);
    append("one\ntwo\nhal");
    (void)all(tail);
    position = tail.position();
  }
  append("f\nthree\n");
  LogTail tail{file(), position};
  EXPECT_EQ(all(tail), "half\nthree\n");
  EXPECT_EQ(tail.take_gap(), LogTail::Gap::none);
}
TEST_F(Tail, rotation_loses_nothing) {
  append("");
  LogTail tail{file(), std::nullopt};
  (void)all(tail);
  append("before\n");
  std::filesystem::rename(file(), folder_.path() / "host.log.1");
  std::ofstream{folder_.path() / "host.log.1", std::ios::app} << "written to the old one\n";
  append("after\n");
  EXPECT_EQ(all(tail), "before\nwritten to the old one\nafter\n");
  EXPECT_EQ(tail.take_gap(), LogTail::Gap::none);
}
TEST_F(Tail, a_file_replaced_or_shortened_while_nobody_read_is_read_whole_and_said) {
  append("12345\n");
  LogTail::Position position;
  {
    LogTail tail{file(), std::nullopt};
    (void)all(tail);
    position = tail.position();
  }
  std::filesystem::resize_file(file(), 0);
  append("ab\n");
  LogTail shortened{file(), position};
  EXPECT_EQ(all(shortened), "ab\n");
  EXPECT_EQ(shortened.take_gap(), LogTail::Gap::shortened);
  EXPECT_EQ(shortened.take_gap(), LogTail::Gap::none);

  std::ofstream{folder_.path() / "other"} << "another file\n";
  std::filesystem::rename(folder_.path() / "other", file());
  LogTail replaced{file(), position};
  EXPECT_EQ(all(replaced), "another file\n");
  EXPECT_EQ(replaced.take_gap(), LogTail::Gap::replaced);
}
TEST_F(Tail, a_file_shortened_while_it_is_read_begins_anew) {
  append("");
  LogTail tail{file(), std::nullopt};
  (void)all(tail);
  append("a long first line\n");
  (void)all(tail);
  std::filesystem::resize_file(file(), 0);
  append("short\n");
  EXPECT_EQ(all(tail), "short\n");
  EXPECT_EQ(tail.take_gap(), LogTail::Gap::shortened);
}
TEST_F(Tail, what_is_no_file_is_an_error) {
  LogTail tail{folder_.path(), std::nullopt};
  EXPECT_FALSE(tail.read([](std::string_view) {}));
}
}  // namespace
