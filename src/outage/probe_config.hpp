// probe.toml: what a vantage is, and what it asks.
//
//   [vantage]
//   name = "tirana-1"              # its name in the daemon's config
//   key = "vantage.key"            # its secret key; relative to this file
//   bind = "127.0.9.1"             # source address; optional
//   timeout = "2s"                 # optional
//   report = "127.0.0.1:7400"      # the daemon; optional
//   daemon_key = "daemon.key.pub"  # its listener's public key; needed with report
//   spool = "spool/tirana-1"       # what the daemon has not acknowledged yet; optional: spool/NAME beside this file
//   spool_limit_mb = 1024          # optional
//   store = "observations.ndjson"  # keeps each observation too; optional
//   [[target]]
//   name = "e-tax"                 # the service's name in the daemon's config
//   url = "http://tax.example.al/"
//   address = "127.0.0.1:8080"     # where to connect; optional: from the url
//   every = "250ms"                # optional: 1s
#pragma once
#include <filesystem>
#include <optional>
#include <string_view>

#include "outage/address.hpp"
#include "outage/prober.hpp"

namespace kulla::outage {

struct ProbeConfig {
  ProbeSettings settings;
  std::filesystem::path key, store;
  std::optional<Address> report;
  std::filesystem::path daemon_key, spool;  ///< where there is a report
  std::int64_t spool_limit_mb = 1024;
};
/// Code::bad_config, naming line and key; a key that is not known is one.
[[nodiscard]] Result<ProbeConfig> read_probe_config(const std::filesystem::path& file);
/// The same from its text; `file` names it in errors, and relative paths are relative to its folder.
[[nodiscard]] Result<ProbeConfig> parse_probe_config(std::string_view text, const std::filesystem::path& file);

/// "250ms", "2s", "1m".
[[nodiscard]] Result<std::chrono::milliseconds> parse_duration(std::string_view text);

}  // namespace kulla::outage
