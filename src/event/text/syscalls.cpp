// The system calls that rules for auditd watch, by the numbers of the two architectures of servers; -1 where one does not have it.
#include <algorithm>
#include <array>
#include <charconv>

#include "event/text/auditd.hpp"

namespace kulla::event {
namespace {
struct Syscall {
  std::string_view name;
  int x86_64, aarch64;
};
constexpr std::array<Syscall, 62> syscalls{{
    {"accept", 43, 202},
    {"adjtimex", 159, 171},
    {"bind", 49, 200},
    {"bpf", 321, 280},
    {"chmod", 90, -1},
    {"chown", 92, -1},
    {"chroot", 161, 51},
    {"clock_settime", 227, 112},
    {"clone", 56, 220},
    {"connect", 42, 203},
    {"creat", 85, -1},
    {"delete_module", 176, 106},
    {"execve", 59, 221},
    {"execveat", 322, 281},
    {"fchmod", 91, 52},
    {"fchmodat", 268, 53},
    {"fchown", 93, 55},
    {"fchownat", 260, 54},
    {"finit_module", 313, 273},
    {"fork", 57, -1},
    {"ftruncate", 77, 46},
    {"init_module", 175, 105},
    {"kexec_load", 246, 104},
    {"kill", 62, 129},
    {"lchown", 94, -1},
    {"link", 86, -1},
    {"linkat", 265, 37},
    {"listen", 50, 201},
    {"memfd_create", 319, 279},
    {"mknod", 133, -1},
    {"mknodat", 259, 33},
    {"mount", 165, 40},
    {"open", 2, -1},
    {"openat", 257, 56},
    {"personality", 135, 92},
    {"process_vm_readv", 310, 270},
    {"process_vm_writev", 311, 271},
    {"ptrace", 101, 117},
    {"reboot", 169, 142},
    {"rename", 82, -1},
    {"renameat", 264, 38},
    {"renameat2", 316, 276},
    {"setdomainname", 171, 162},
    {"setgid", 106, 144},
    {"sethostname", 170, 161},
    {"setns", 308, 268},
    {"setresuid", 117, 147},
    {"setreuid", 113, 145},
    {"settimeofday", 164, 170},
    {"setuid", 105, 146},
    {"socket", 41, 198},
    {"swapon", 167, 224},
    {"symlink", 88, -1},
    {"symlinkat", 266, 36},
    {"sysinfo", 99, 179},
    {"syslog", 103, 116},
    {"truncate", 76, 45},
    {"umount2", 166, 39},
    {"unlink", 87, -1},
    {"unlinkat", 263, 35},
    {"unshare", 272, 97},
    {"vfork", 58, -1},
}};
}  // namespace

std::string_view syscall_name(std::string_view architecture, std::string_view number) {
  const bool x86 = architecture == "c000003e";
  int wanted = -1;
  const auto end = std::from_chars(number.data(), number.data() + number.size(), wanted).ptr;
  if ((!x86 && architecture != "c00000b7") || end != number.data() + number.size() || wanted < 0) return {};
  const auto found =
      std::find_if(syscalls.begin(), syscalls.end(), [&](const Syscall& call) { return (x86 ? call.x86_64 : call.aarch64) == wanted; });
  return found == syscalls.end() ? std::string_view{} : found->name;
}

}  // namespace kulla::event
