#include "base/write_rules.hpp"

#include <fcntl.h>
#include <linux/landlock.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdint>

namespace kulla {
namespace {
constexpr std::uint64_t truncate_right = std::uint64_t{1} << 14;  // newer than Debian 12's headers
constexpr std::uint64_t file_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | truncate_right;
constexpr std::uint64_t first_rights = LANDLOCK_ACCESS_FS_WRITE_FILE | LANDLOCK_ACCESS_FS_REMOVE_DIR | LANDLOCK_ACCESS_FS_REMOVE_FILE |
                                       LANDLOCK_ACCESS_FS_MAKE_CHAR | LANDLOCK_ACCESS_FS_MAKE_DIR | LANDLOCK_ACCESS_FS_MAKE_REG |
                                       LANDLOCK_ACCESS_FS_MAKE_SOCK | LANDLOCK_ACCESS_FS_MAKE_FIFO | LANDLOCK_ACCESS_FS_MAKE_BLOCK |
                                       LANDLOCK_ACCESS_FS_MAKE_SYM;
constexpr std::uint64_t refer_right = std::uint64_t{1} << 13;

/// Versions 2 and 3 of the kernel's interface added moving between folders and cutting files.
std::uint64_t rights_of(long version) { return first_rights | (version >= 2 ? refer_right : 0) | (version >= 3 ? truncate_right : 0); }

Result<> allow(int rules, const std::filesystem::path& path, std::uint64_t rights) {
  const Descriptor place{::open(path.c_str(), O_PATH | O_CLOEXEC)};
  if (!place) return fail_errno(path.string());
  const landlock_path_beneath_attr rule{rights, place.get()};
  if (::syscall(SYS_landlock_add_rule, rules, LANDLOCK_RULE_PATH_BENEATH, &rule, 0) != 0) return fail_errno(path.string());
  return {};
}
}  // namespace

Result<Descriptor> write_rules(const std::vector<std::filesystem::path>& folders) {
  const auto version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, LANDLOCK_CREATE_RULESET_VERSION);
  if (version < 1) return Descriptor{};
  landlock_ruleset_attr handled{};
  handled.handled_access_fs = rights_of(version);
  Descriptor rules{static_cast<int>(::syscall(SYS_landlock_create_ruleset, &handled, sizeof handled, 0))};
  if (!rules) return fail_errno("landlock");
  for (const auto& folder : folders) KULLA_CHECK(allow(rules.get(), folder, rights_of(version)));
  KULLA_CHECK(allow(rules.get(), "/dev/null", file_rights & rights_of(version)));
  return rules;
}

bool keep_to(int write_rules) {
  return ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && ::syscall(SYS_landlock_restrict_self, write_rules, 0) == 0;
}
}  // namespace kulla
