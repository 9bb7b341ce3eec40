#include "base/sandbox.hpp"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <string>

namespace kulla {
namespace {
/// What became of a child that did this within the sandbox: its exit code, or 128 and the signal that killed it.
int inside(int (*work)()) {
  const pid_t child = ::fork();
  if (child == 0) ::_exit(enter_sandbox() ? work() : 99);
  int status = 0;
  ::waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
}

TEST(Sandbox, ComputingGoesOn) {
  EXPECT_EQ(inside([] { return std::string(1 << 20, 'x').size() == 1 << 20 ? 0 : 1; }), 0);
}
TEST(Sandbox, NoFileOpens) {
  EXPECT_EQ(inside([] { return ::open("/etc/passwd", O_RDONLY) < 0 && errno == EACCES ? 0 : 1; }), 0);
  EXPECT_EQ(inside([] { return ::openat(AT_FDCWD, "new", O_CREAT | O_WRONLY, 0600) < 0 ? 0 : 1; }), 0);
}
TEST(Sandbox, NoSocketIsMade) {
  EXPECT_EQ(inside([] { return ::socket(AF_INET, SOCK_STREAM, 0) < 0 ? 0 : 1; }), 0);
}
TEST(Sandbox, WhoStartsAProgramOrAThreadOrSignalsIsKilled) {
  EXPECT_EQ(inside([] { return ::execl("/bin/true", "true", nullptr); }), 128 + SIGSYS);
  EXPECT_EQ(inside([] { return static_cast<int>(::fork()); }), 128 + SIGSYS);
  EXPECT_EQ(inside([] { return ::kill(::getppid(), 0); }), 128 + SIGSYS);
}
TEST(Sandbox, NoMemoryBecomesExecutable) {
  EXPECT_EQ(inside([] {
              return ::mmap(nullptr, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED ? 0 : 1;
            }),
            128 + SIGSYS);
}
}  // namespace
}  // namespace kulla
