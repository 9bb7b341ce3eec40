// The names of system calls, as libseccomp knows them: looked up once for each architecture, since a log repeats few of them.
#include <seccomp.h>

#include <charconv>
#include <cstdlib>
#include <memory>
#include <string>
#include <vector>

#include "event/text/auditd.hpp"

namespace kulla::event {
namespace {
constexpr int call_limit = 1024;  // numbers of both architectures are below 500

std::vector<std::string> names_of(std::uint32_t architecture) {
  std::vector<std::string> names(call_limit);
  for (int number = 0; number < call_limit; ++number) {
    const std::unique_ptr<char, decltype(&std::free)> name{seccomp_syscall_resolve_num_arch(architecture, number), &std::free};
    if (name) names[static_cast<std::size_t>(number)] = name.get();
  }
  return names;
}
}  // namespace

std::string_view syscall_name(std::string_view architecture, std::string_view number) {
  static const auto x86_64 = names_of(SCMP_ARCH_X86_64), aarch64 = names_of(SCMP_ARCH_AARCH64);
  const bool is_x86 = architecture == "c000003e";
  std::size_t wanted = call_limit;
  const auto* const end = number.data() + number.size();
  if ((!is_x86 && architecture != "c00000b7") || std::from_chars(number.data(), end, wanted).ptr != end || wanted >= call_limit) return {};
  return (is_x86 ? x86_64 : aarch64)[wanted];
}

}  // namespace kulla::event
