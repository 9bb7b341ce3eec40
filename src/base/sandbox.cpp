#include "base/sandbox.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <linux/landlock.h>
#include <seccomp.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <memory>

#include "base/file.hpp"

namespace kulla {
namespace {
constexpr uid_t nobody = 65534;
constexpr int files_most = 64;
// A sanitizer's shadow takes address space without end.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

// Reading, writing and computing with what is open. Memory is never made executable: see allow_memory.
constexpr std::array allowed{
    SCMP_SYS(read),         SCMP_SYS(readv),          SCMP_SYS(pread64),      SCMP_SYS(write),        SCMP_SYS(writev),
    SCMP_SYS(close),        SCMP_SYS(lseek),          SCMP_SYS(fstat),        SCMP_SYS(recvmsg),      SCMP_SYS(sendmsg),
    SCMP_SYS(munmap),       SCMP_SYS(mremap),         SCMP_SYS(brk),          SCMP_SYS(madvise),      SCMP_SYS(futex),
    SCMP_SYS(rt_sigaction), SCMP_SYS(rt_sigprocmask), SCMP_SYS(rt_sigreturn), SCMP_SYS(sigaltstack),  SCMP_SYS(exit),
    SCMP_SYS(exit_group),   SCMP_SYS(clock_gettime),  SCMP_SYS(clock_getres), SCMP_SYS(gettimeofday), SCMP_SYS(time),
    SCMP_SYS(getpid),       SCMP_SYS(gettid),         SCMP_SYS(getrandom),    SCMP_SYS(sched_yield),  SCMP_SYS(restart_syscall),
    SCMP_SYS(sysinfo)};
// Asked for by libraries that can do without: they are told no.
constexpr std::array refused{SCMP_SYS(open),       SCMP_SYS(openat), SCMP_SYS(openat2), SCMP_SYS(access),   SCMP_SYS(faccessat),
                             SCMP_SYS(faccessat2), SCMP_SYS(stat),   SCMP_SYS(lstat),   SCMP_SYS(readlink), SCMP_SYS(readlinkat),
                             SCMP_SYS(ioctl),      SCMP_SYS(socket), SCMP_SYS(connect), SCMP_SYS(getcwd),   SCMP_SYS(sched_getaffinity),
                             SCMP_SYS(prlimit64),  SCMP_SYS(fcntl),  SCMP_SYS(uname),   SCMP_SYS(statx)};

Result<> limit(int what, rlim_t most) {
  const rlimit both{most, most};
  return ::setrlimit(static_cast<__rlimit_resource_t>(what), &both) == 0 ? Result<>{} : fail_errno("setrlimit");
}

Result<> drop_account() {
  if (::geteuid() != 0) return {};
  if (::setgroups(0, nullptr) != 0 || ::setresgid(nobody, nobody, nobody) != 0 || ::setresuid(nobody, nobody, nobody) != 0)
    return fail_errno("cannot become nobody");
  return {};
}

/// A rule set without any rule, where the kernel takes one: nothing of the file system is left.
void drop_file_system() {
  const auto version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return;
  constexpr std::uint64_t refer = std::uint64_t{1} << 13, first_version = refer - 1;  // version 2 adds moving between folders
  landlock_ruleset_attr all{};
  all.handled_access_fs = version >= 2 ? first_version | refer : first_version;
  const Descriptor rules{static_cast<int>(::syscall(SYS_landlock_create_ruleset, &all, sizeof all, 0))};
  if (rules) (void)::syscall(SYS_landlock_restrict_self, rules.get(), 0);
}

/// mmap and mprotect, but not to make memory executable.
int allow_memory(scmp_filter_ctx filter) {
  constexpr scmp_datum_t executable = 4;  // PROT_EXEC
  for (const int call : {SCMP_SYS(mmap), SCMP_SYS(mprotect)})
    if (const int error = ::seccomp_rule_add(filter, SCMP_ACT_ALLOW, call, 1, SCMP_A2(SCMP_CMP_MASKED_EQ, executable, 0)); error != 0)
      return error;
  return 0;
}

Result<> drop_calls() {
  const std::unique_ptr<void, void (*)(void*)> filter{::seccomp_init(SCMP_ACT_KILL_PROCESS), &::seccomp_release};
  int error = filter ? allow_memory(filter.get()) : -ENOMEM;
  for (const int call : allowed)
    if (error == 0) error = ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, call, 0);
  // How the C library asks for an open file's size. It also tells whether a path is there, and what its status is, but not what is in it.
  if (error == 0) error = ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(newfstatat), 0);
  if (error == 0)  // abort() signals itself, and nobody else
    error =
        ::seccomp_rule_add(filter.get(), SCMP_ACT_ALLOW, SCMP_SYS(tgkill), 1, SCMP_A0(SCMP_CMP_EQ, static_cast<scmp_datum_t>(::getpid())));
  for (const int call : refused)
    if (error == 0) error = ::seccomp_rule_add(filter.get(), SCMP_ACT_ERRNO(EACCES), call, 0);
  if (error == 0) error = ::seccomp_load(filter.get());
  return error == 0 ? Result<>{} : fail_errno("seccomp", -error);
}
}  // namespace

Result<> enter_sandbox(const SandboxLimits& limits) {
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail_errno("prctl");
  KULLA_CHECK(drop_account());
  if (::prctl(PR_SET_PDEATHSIG, SIGKILL) != 0) return fail_errno("prctl");  // another account forgets it
  if (::prctl(PR_SET_DUMPABLE, 0) != 0 || ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("prctl");
  if (!sanitized) KULLA_CHECK(limit(RLIMIT_AS, limits.memory));
  KULLA_CHECK(limit(RLIMIT_CORE, 0));
  KULLA_CHECK(limit(RLIMIT_FSIZE, 0));
  KULLA_CHECK(limit(RLIMIT_NOFILE, files_most));
  drop_file_system();
  return drop_calls();
}

}  // namespace kulla
