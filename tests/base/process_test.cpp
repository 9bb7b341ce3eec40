// Children: output, exit, bounds, ends.
#include "base/process.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <array>
#include <cstdlib>
#include <fstream>
#include <thread>

#include "base/file.hpp"

namespace kulla {
namespace {
using namespace std::chrono_literals;
RunOptions within(std::chrono::milliseconds timeout) {
  RunOptions options;
  options.timeout = timeout;
  return options;
}

TEST(Run, OutputErrorExitAndInput) {
  RunOptions options;
  options.input = std::string(300'000, 'x');  // more than a pipe holds
  const auto finished = run({"sh", "-c", "wc -c; echo oops >&2; exit 3"}, options);
  ASSERT_TRUE(finished) << finished.error().message();
  EXPECT_EQ(finished->exit_code, 3);
  EXPECT_EQ(finished->out, "300000\n");
  EXPECT_EQ(finished->err, "oops\n");
}
TEST(Run, AnInputThatNobodyReadsIsNoError) {
  RunOptions options;
  options.input = std::string(300'000, 'x');
  EXPECT_EQ(run({"true"}, options).value().exit_code, 0);
}
TEST(Run, EnvironmentAndFolder) {
  RunOptions options;
  options.environment = {{"KULLA_X", "a b"}, {"HOME", "/nowhere"}};
  options.folder = "/";
  EXPECT_EQ(run({"sh", "-c", "echo $KULLA_X $HOME; pwd; [ -n \"$PATH\" ] && echo path"}, options).value().out, "a b /nowhere\n/\npath\n");
}
TEST(Run, ArgumentsAreNotAShellsBusiness) { EXPECT_EQ(run({"printf", "%s|%s", "a; echo b", "$HOME"}).value().out, "a; echo b|$HOME"); }
TEST(Run, MissingProgramIsNamed) {
  const auto missing = run({"kulla-no-such-program"});
  ASSERT_FALSE(missing);
  EXPECT_EQ(missing.error().code, Code::process_failed);
  EXPECT_NE(missing.error().what.find("kulla-no-such-program"), std::string::npos);
}
TEST(Run, ASignalIs128AndItsNumber) { EXPECT_EQ(run({"sh", "-c", "kill -9 $$"}).value().exit_code, 128 + SIGKILL); }
TEST(Run, TheTimeLimitEndsTheWholeFamily) {
  const auto start = std::chrono::steady_clock::now();
  const auto late = run({"sh", "-c", "sleep 100 & sleep 100"}, within(200ms));
  ASSERT_FALSE(late);
  EXPECT_EQ(late.error().code, Code::timed_out);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}
TEST(Run, ARequestToStopEndsTheWholeFamily) {
  std::stop_source source;
  RunOptions options;
  options.stop = source.get_token();
  const auto start = std::chrono::steady_clock::now();
  std::jthread asks{[&] { source.request_stop(); }};
  const auto stopped = run({"sh", "-c", "sleep 100 & sleep 100"}, options);
  ASSERT_FALSE(stopped);
  EXPECT_EQ(stopped.error().code, Code::interrupted);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 5s);
}
TEST(Run, WhatItStartedDiesWithUsHoweverWeEnd) {
  auto ends = make_pipe().value();
  const pid_t we = ::fork();
  if (we == 0) {
    const std::string fd = std::to_string(::dup(ends.write.get()));  // this one is inherited: it closes when the last holder dies
    (void)run({"sh", "-c", "echo $$ >&" + fd + "; exec sleep 600"});
    ::_exit(0);
  }
  ends.write = {};
  std::array<char, 32> text{};
  ASSERT_GT(::read(ends.read.get(), text.data(), text.size() - 1), 0) << "until it runs";
  ::kill(we, SIGKILL);
  ::waitpid(we, nullptr, 0);
  pollfd closed{ends.read.get(), POLLIN, 0};
  EXPECT_EQ(::poll(&closed, 1, 10'000), 1) << "its end of the pipe is closed when it is gone";
  if (closed.revents == 0) ::kill(static_cast<pid_t>(std::strtol(text.data(), nullptr, 10)), SIGKILL);
}
TEST(Run, WritesOnlyWhereItMay) {
  const auto folder = TemporaryFolder::make("kulla-run").value();
  const auto mine = folder.path() / "mine", other = folder.path() / "other";
  for (const auto& path : {mine, other}) {
    std::filesystem::create_directory(path);
    std::ofstream{path / "old"} << "old";
  }
  std::filesystem::create_directory_symlink(other, mine / "out");
  RunOptions options;
  options.writes = {mine};
  options.environment = {{"MINE", mine.string()}, {"OTHER", other.string()}};
  const auto finished =
      run({"sh", "-c",
           "echo new >$MINE/new; echo new >$OTHER/new; echo new >$MINE/out/new; true >$OTHER/old; rm $OTHER/old; mkdir $OTHER/d; "
           "mv $MINE/new $OTHER/moved; cat $OTHER/old; echo void >/dev/null"},
          options);
  ASSERT_TRUE(finished) << finished.error().message();
  EXPECT_EQ(finished->exit_code, 0) << finished->err;
  EXPECT_EQ(finished->out, "old");
  EXPECT_TRUE(std::filesystem::exists(mine / "new"));
  EXPECT_EQ(std::distance(std::filesystem::directory_iterator{other}, {}), 1) << "outside, nothing came and nothing went";
}
TEST(Run, OutputBeyondTheLimitIsDroppedNotKept) {
  RunOptions options;
  options.output_limit = 1000;
  const auto finished = run({"sh", "-c", "head -c 1000000 /dev/zero; echo done >&2"}, options);
  ASSERT_TRUE(finished);
  EXPECT_EQ(finished->out.size(), 1000u);
  EXPECT_EQ(finished->err, "done\n");
}
TEST(Run, NoDescriptorOfOursReachesAChild) {
  int inherited = 0;  // from whoever started this test
  for (int number = 3; number < 1024; ++number) inherited += ::fcntl(number, F_GETFD) == 0;
  const Descriptor ours{::open("/dev/null", O_RDONLY | O_CLOEXEC)};
  EXPECT_EQ(run({"sh", "-c", "ls /proc/self/fd | wc -l"}).value().out, std::to_string(inherited + 4) + "\n") << "0, 1, 2 and ls's own";
}

TEST(Child, EndsWithItsHandle) {
  pid_t pid = 0;
  {
    auto child = Child::start({"sleep", "100"}, {}).value();
    pid = child.pid();
    EXPECT_FALSE(child.ended());
    EXPECT_EQ(::kill(pid, 0), 0);
  }
  EXPECT_EQ(::kill(pid, 0), -1);
}
TEST(Child, ItsExitCodeIsKept) {
  auto child = Child::start({"sh", "-c", "exit 7"}, {}).value();
  while (!child.ended()) ::usleep(100);  // lint(sleep): ended() does not wait, and that is what is tested
  EXPECT_EQ(child.ended(), 7);
  EXPECT_EQ(child.stop(), 7);
}
TEST(Child, OneThatIgnoresTermIsKilled) {
  const auto folder = TemporaryFolder::make("kulla-child").value();
  Child::Options options;
  options.out = folder.path() / "out";
  auto child = Child::start({"sh", "-c", "trap '' TERM; echo ready; while :; do sleep 1; done"}, options).value();
  while (read_file(options.out, 100).value_or("").empty()) ::usleep(100);  // lint(sleep): until another process has written
  EXPECT_EQ(child.stop(50ms), 128 + SIGKILL);
}
TEST(Child, OutputIsAppended) {
  const auto folder = TemporaryFolder::make("kulla-child").value();
  Child::Options options;
  options.out = options.err = folder.path() / "log";
  for (int i = 0; i < 2; ++i) {
    auto child = Child::start({"sh", "-c", "echo out; echo err >&2"}, options).value();
    while (!child.ended()) ::usleep(100);  // lint(sleep): ended() does not wait, and that is what is tested
  }
  EXPECT_EQ(read_file(options.out, 100).value(), "out\nerr\nout\nerr\n");
}
TEST(Child, ReleasedItLivesOn) {
  pid_t pid = 0;
  {
    auto child = Child::start({"sleep", "100"}, {}).value();
    pid = child.release();
  }
  EXPECT_EQ(::kill(pid, SIGKILL), 0);
}
}  // namespace
}  // namespace kulla
