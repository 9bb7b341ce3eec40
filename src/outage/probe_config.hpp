// probe.toml: what a vantage is, and what it asks. Only store and a target are needed:
//
//   store = "observations"              # keeps every observation; relative paths are relative to this file
//   [[target]]
//   name = "e-tax"
//   url = "https://e-tax.example/"      # docs/probing.md has the other forms
//   every = "2s"                        # optional: 1s
//   fingerprint = "learn"               # optional: or 16 hexadecimal digits
//
// and what else may stand there:
//
//   keep_raw_days = 400                 # then observations become minutes and outages
//   store_limit_mb = 102400             # beyond, the oldest days do so sooner
//   timeout = "2s"                      # of a whole probe
//   resolvers = ["192.0.2.53", "[2001:db8::53]:5353"]   # name servers; else the system's
//   notice_key = "gate.pub"             # whose closure notices are believed
//   ca = "ca.pem"                       # whose certificates are; else the system's
//   trust_anchor = "root.key"           # DNSSEC; else the system's
//   user_agent_url = "https://monitor.example/about"
//   per_host = 100                      # connections to one host at a time
//   [vantage]
//   name = "tirana-1"                   # else what the host was called when the store was made
//   key = "vantage.key"                 # needed with report
//   bind = "127.0.9.1"                  # source address
//   report = "127.0.0.1:7400"           # the daemon
//   daemon_key = "daemon.key.pub"       # its listener's public key; needed with report
//   spool = "spool/tirana-1"            # what the daemon has not acknowledged yet; else spool/NAME beside this file
//   spool_limit_mb = 1024
//   slot = 2                            # of `of` vantages that ask the same targets; from 0
//   of = 5
//   [bgp]                               # routers that tell of routes (BMP), as evidence of withdrawn ones
//   listen = "192.0.2.9:11019"
//   routers = ["192.0.2.1"]             # addresses that they connect from
//   [[target]]
//   address = "127.0.0.1:8080"          # where to connect; else from the url
//   group = "gateway"
//   network = "AS12713"
//   institution = "Ministry of Finance"
//   status = [200, 401]                 # that are good; else 200 to 399
//   service = "tax"                     # that a closure notice names; else the target's name
//   ca = "internal-ca.pem"
//   http2 = true
#pragma once
#include <filesystem>
#include <optional>
#include <string_view>

#include "outage/address.hpp"
#include "outage/bgp_listener.hpp"
#include "outage/prober.hpp"
#include "outage/retention.hpp"

namespace kulla::outage {

struct ProbeConfig {
  ProbeSettings settings;
  std::filesystem::path key, store;  ///< empty: none
  std::optional<Address> report;
  std::filesystem::path daemon_key, spool;  ///< where there is a report
  std::int64_t spool_limit_mb = 1024;
  Retention retention;  ///< of the store
  std::optional<BmpSettings> bgp;
};
/// Code::bad_config: every problem on a line of its own, with file, line, key and what to write instead.
[[nodiscard]] Result<ProbeConfig> read_probe_config(const std::filesystem::path& file);
/// The same from its text; `file` names it in errors, and relative paths are relative to its folder.
[[nodiscard]] Result<ProbeConfig> parse_probe_config(std::string_view text, const std::filesystem::path& file);

/// "250ms", "2s", "1m".
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace kulla::outage
