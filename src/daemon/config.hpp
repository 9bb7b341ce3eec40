// kulla.toml: read whole, checked whole. Every error names file, line, key and remedy. docs/config.md lists the keys.
#pragma once
#include <chrono>
#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "backup/restic.hpp"
#include "base/result.hpp"
#include "daemon/config_statement.hpp"
#include "daemon/log_place.hpp"
#include "daemon/presentation.hpp"
#include "detect/detector.hpp"
#include "gate/settings.hpp"
#include "incident/policy.hpp"
#include "inspect/inspect.hpp"
#include "ledger/ledger.hpp"
#include "model/catalogue.hpp"
#include "model/input.hpp"
#include "outage/retention.hpp"
#include "serve/serve.hpp"

namespace kulla::daemon {

/// Where a system's tree lies and what it is compared with.
struct SystemPlace {
  std::filesystem::path root, baseline;
  inspect::Options inspection;                                ///< rules, offline
  std::vector<std::filesystem::path> yara;                    ///< files of YARA rules, read at each inspection
  std::string host;                                           ///< another machine, as ssh takes it; empty: this one
  bool copy = false;                                          ///< kulla-inspect is not installed there
  std::vector<std::string> watch;                             ///< folders below the root that are watched live; none: all of it
  std::map<ServiceId, std::filesystem::path> document_roots;  ///< of the services on it: a file below maps to a URL path
};
struct DatasetPlace {
  backup::Repository repository;
  std::string tag;
  std::filesystem::path folder;  ///< what is backed up, and where a restore goes back to
  std::vector<std::string> alive{};            ///< a command that shows that restored data is alive; none: not asked
  std::int64_t sample = 0;                     ///< files that are restored and compared; 0: all
  std::chrono::milliseconds kept{};  ///< every snapshot is kept for so long; 0: for ever, and a person is told of each that goes
  bool inspect = true;  ///< what is restored is looked into for malware
  std::vector<std::filesystem::path> yara{};  ///< files of YARA rules besides our own
};

struct Config {
  std::filesystem::path file;
  Mode mode = Mode::advise;
  std::filesystem::path state;  ///< folder of the daemon's own: secrets, evidence, reports
  std::filesystem::path ledger_path, ledger_key;
  std::vector<ledger::Witness> witnesses;
  std::filesystem::path control;  ///< the control socket
  std::string control_group;  ///< group that may use it; empty: the daemon's own
  Catalogue catalogue;
  PublicPages pages;                     ///< what citizens read; not in the ledger
  std::map<SystemId, SystemPlace> systems;
  std::map<DatasetId, DatasetPlace> datasets;
  std::vector<PublicKey> trusted_baselines;
  gate::Settings gate;
  std::filesystem::path notice_key;  ///< signs the notice pages; empty: they go without
  incident::Policy policy;
  detect::Settings detect;
  std::vector<LogPlace> logs;
  std::string vantage_listen;  ///< host:port; empty: none
  std::filesystem::path vantage_key;  ///< the listener's own secret key
  std::map<VantageId, PublicKey> vantages;
  outage::Retention vantages_retention{};          ///< of what they saw
  std::chrono::milliseconds vantages_every{30'000};  ///< the longest period of their probes; three of them without a word are "no data"
  serve::ServerSettings console;         ///< `listen` empty: none
  StatementSettings statement;
  int inspections_at_once = 2;
  std::chrono::milliseconds tick{100}, read_back{500};
};

/// All that is wrong, in the order of the file; empty when it is well.
struct Problems {
  std::vector<std::string> lines;
};
[[nodiscard]] std::expected<Config, Problems> read_config(const std::filesystem::path& file);

}  // namespace kulla::daemon
