#include "inspect/places.hpp"

#include <fnmatch.h>

#include <array>

namespace kulla::inspect {
namespace {
struct Rule {
  const char* pattern;  ///< as of a shell; '*' goes over '/' too
  Severity severity;
  std::string_view why;
};
constexpr std::string_view every_program = "it is loaded into every program", root_rights = "it says who may become root",
                           key_login = "it says who may log in by key", login = "it decides who may log in",
                           accounts = "it names the accounts", cron = "cron runs it by itself", units = "systemd runs it by itself",
                           shells = "shells run it when somebody logs in", start = "it runs when the machine starts",
                           modules = "it says what the kernel loads";
constexpr std::array rules{
    Rule{"etc/ld.so.preload", Severity::critical, every_program},
    Rule{"etc/ld.so.conf*", Severity::high, every_program},
    Rule{"etc/sudoers*", Severity::critical, root_rights},
    Rule{"etc/doas.conf", Severity::critical, root_rights},
    Rule{"etc/polkit-1/*", Severity::high, root_rights},
    Rule{".ssh/authorized_keys*", Severity::critical, key_login},
    Rule{"*/.ssh/authorized_keys*", Severity::critical, key_login},
    Rule{"etc/ssh/sshd_config*", Severity::high, login},
    Rule{"etc/pam.d/*", Severity::critical, login},
    Rule{"*/security/pam_*.so", Severity::critical, login},
    Rule{"etc/nsswitch.conf", Severity::high, login},
    Rule{"etc/passwd", Severity::high, accounts},
    Rule{"etc/shadow", Severity::high, accounts},
    Rule{"etc/group", Severity::high, accounts},
    Rule{"etc/gshadow", Severity::high, accounts},
    Rule{"etc/cron*", Severity::high, cron},
    Rule{"etc/anacrontab", Severity::high, cron},
    Rule{"var/spool/cron/*", Severity::high, cron},
    Rule{"etc/systemd/*", Severity::high, units},
    Rule{"*/systemd/system/*", Severity::high, units},
    Rule{"*/systemd/user/*", Severity::high, units},
    Rule{"etc/init.d/*", Severity::high, start},
    Rule{"etc/rc.local", Severity::high, start},
    Rule{"boot/*", Severity::high, start},
    Rule{"etc/profile*", Severity::high, shells},
    Rule{"etc/bash.bashrc", Severity::high, shells},
    Rule{"etc/environment", Severity::high, shells},
    Rule{"*/.bashrc", Severity::high, shells},
    Rule{"*/.bash_profile", Severity::high, shells},
    Rule{"*/.bash_login", Severity::high, shells},
    Rule{"*/.profile", Severity::high, shells},
    Rule{"*/.zshrc", Severity::high, shells},
    Rule{"etc/modules*", Severity::high, modules},
    Rule{"etc/modprobe.d/*", Severity::high, modules},
    Rule{"lib/modules/*", Severity::high, modules},
    Rule{"usr/lib/modules/*", Severity::high, modules},
};
}  // namespace

Place place_of(const std::string& path) {
  for (const auto& rule : rules)
    if (::fnmatch(rule.pattern, path.c_str(), 0) == 0) return {rule.severity, rule.why};
  return {};
}

}  // namespace kulla::inspect
