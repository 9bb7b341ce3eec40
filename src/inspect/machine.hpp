// What a machine says of itself beyond its files' bytes: who has an account, who may become root, which keys log in, what runs by itself.
// Read from its files, which an intruder may have written: nothing is executed, no link leads out of the root, all is bounded.
#pragma once
#include <cstddef>
#include <filesystem>
#include <map>
#include <string>
#include <utility>
#include <vector>

namespace kulla::inspect {

/// Name → value, e.g. "account/mallory" → "uid 0 gid 0 home /root shell /bin/bash, has a password". Names and values are escaped
/// (escape_path), one line of at most `fact_text_limit` each; a longer one is cut and ends with the SHA-256 of the whole. A name that is
/// there again is "NAME (2)"; a line of a file that is there again has the value "2 times", else "".
///   account/NAME, group/NAME
///   sudoers/FILE: LINE                       continued lines as one, blanks as one; @include is a line too
///   key/ACCOUNT/SHA256:FINGERPRINT           type, comment, options, file; key/ACCOUNT/FILE: LINE where it cannot be parsed
///   preload/LINE                             of etc/ld.so.preload
///   load/FILE: LINE                          kernel modules set to load
///   cron/FILE: LINE, cron/FILE               the latter: scripts of etc/cron.daily and the like, jobs of at
///   unit/FILE, timer/FILE                    what systemd starts: commands and times, or where the link points
///   image/docker/NAME, image/containers/NAME digests
///   package/NAME[:ARCHITECTURE]              version, state
///   module/NAME, listen/PROTOCOL/ADDRESS:PORT, mount/PATH  of the running kernel: loaded modules; who listens; what is mounted where
using Facts = std::map<std::string, std::string>;
constexpr std::size_t fact_text_limit = 4096;
constexpr std::size_t fact_limit = 100'000;  ///< of all facts; more are left out, and `unreadable` says so

struct Machine {
  Facts facts;
  std::vector<std::pair<std::string, std::string>> unreadable;  ///< what could not be asked (a path, escaped), and why
};

/// A whole machine's root: it has etc/passwd and usr.
[[nodiscard]] bool is_machine(const std::filesystem::path& root);
/// `live`: the root is that of the running machine (its kernel is asked too, through /proc): modules, sockets. A mounted disk is not.
/// Sockets are those of our network namespace; without root's rights the programs of other accounts stay unknown.
[[nodiscard]] Machine facts_of(const std::filesystem::path& root, bool live);

}  // namespace kulla::inspect
