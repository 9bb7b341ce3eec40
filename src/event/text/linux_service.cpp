#include "event/text/linux_service.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace kulla::event {
namespace {
constexpr std::array<std::pair<std::string_view, std::string_view>, 33> programs{{
    {"CRON", "cron"},         {"anacron", "cron"},  {"chage", "auth"},          {"chfn", "auth"},           {"chpasswd", "auth"},
    {"chsh", "auth"},         {"clamav", "clamav"}, {"clamd", "clamav"},        {"clamscan", "clamav"},     {"cron", "cron"},
    {"crond", "cron"},        {"crontab", "cron"},  {"freshclam", "clamav"},    {"gpasswd", "auth"},        {"groupadd", "auth"},
    {"groupdel", "auth"},     {"groupmod", "auth"}, {"guacamole", "guacamole"}, {"guacd", "guacamole"},     {"login", "auth"},
    {"passwd", "auth"},       {"pkexec", "auth"},   {"polkitd", "auth"},        {"sshd", "sshd"},           {"sshd-auth", "sshd"},
    {"sshd-session", "sshd"}, {"su", "auth"},       {"sudo", "sudo"},           {"systemd-logind", "auth"}, {"useradd", "auth"},
    {"userdel", "auth"},      {"usermod", "auth"},  {"vsftpd", "vsftpd"},
}};
static_assert(std::is_sorted(programs.begin(), programs.end()));
}  // namespace

std::string_view linux_service(std::string_view program, std::string_view facility) {
  program = program.substr(0, program.find('('));  // sshd(pam_unix)
  program.remove_prefix(program.rfind('/') + 1);
  const auto found =
      std::lower_bound(programs.begin(), programs.end(), program, [](const auto& row, auto name) { return row.first < name; });
  if (found != programs.end() && found->first == program) return found->second;
  if (facility == "auth" || facility == "authpriv") return "auth";
  return facility == "cron" ? "cron" : "syslog";
}

}  // namespace kulla::event
