// Inspection: what is below a root now, against a signed baseline. Nothing on the inspected system is executed or trusted.
// docs/baseline-format.md is the specification of what is stored.
#pragma once
#include <filesystem>
#include <functional>
#include <stop_token>
#include <string>
#include <vector>

#include "inspect/baseline.hpp"
#include "inspect/helper.hpp"
#include "inspect/rules.hpp"
#include "model/evidence.hpp"

namespace kulla::inspect {

struct Options {
  Rules rules = Rules::standard();
  bool quick = false;         ///< contents are not read where the file system's change time, size and number are as they were
  bool change_times = false;  ///< a change time that differs is a finding
  bool offline = false;       ///< the root is not of a running machine, and its package manager's lists explain nothing
  bool malware = true;        ///< what is new or changed is looked into, with YARA
  bool full = false;          ///< everything is
  std::vector<RuleText> yara{};                         ///< rules besides our own
  std::function<void(std::int64_t things)> progress{};  ///< now and then
  std::function<void()> read{};                         ///< whenever something was read, from several threads at once
  std::stop_token stop{};                               ///< Code::interrupted
};

/// Opens a file, and reads it in a child without rights. Code::baseline_untrusted unless one of `trusted` signed it.
[[nodiscard]] Result<std::unique_ptr<Baseline>> open_baseline(const std::filesystem::path& file, const std::vector<PublicKey>& trusted);

struct Taken {
  BaselineInfo info;
  std::int64_t things = 0;
  std::vector<Finding> unreadable;
};
/// Records what is below `root`.
[[nodiscard]] Result<Taken> take_baseline(const SystemId& system, const std::filesystem::path& root, const std::filesystem::path& file,
                                          const SecretKey& key, const Clock& clock, const Options& options = {});

struct Outcome {
  Report report;                  ///< what the ledger records; hash = SHA-256 of report_text
  BaselineInfo baseline;
  std::vector<Finding> findings;  ///< worst first
  std::int64_t not_read = 0;      ///< files whose content was not read (quick)
  std::int64_t left_out = 0;      ///< mounts of other kinds than files on a disk: not looked into
  std::string report_text;        ///< canonical JSON of all of it, as stored
};
/// Compares. A baseline of another system than `system` is Code::baseline_untrusted; an empty `system` is whatever it says.
[[nodiscard]] Result<Outcome> check(const SystemId& system, const std::filesystem::path& root, const std::filesystem::path& baseline,
                                    const std::vector<PublicKey>& trusted, const Clock& clock, const Options& options = {});

/// Two baselines of one system.
[[nodiscard]] Result<std::vector<Finding>> diff(const std::filesystem::path& before, const std::filesystem::path& after,
                                                const std::vector<PublicKey>& trusted, const Rules& rules = Rules::standard());

/// What is below a root that was never recorded, a backup's restored tree for one: malware, and what could not be looked into. Worst first.
[[nodiscard]] Result<std::vector<Finding>> look_for_malware(const std::filesystem::path& root, const Options& options = {});

struct Reviewed {
  std::vector<std::string> paths;  ///< as findings name them: these, and all below them; "." is all
  std::vector<std::string> packages;  ///< upgrades
  /// Just these, and only while each is still as it was found: all that is found at a path is here, or nothing.
  std::vector<Finding> findings{};
};
struct Accepted {
  std::int64_t findings = 0, left = 0;
};
struct PreparedAcceptance {
  Accepted accepted;
  Digest body;  ///< baseline_to_sign
  BaselineInfo base;  ///< the one that it was made from
};
/// A baseline in which what was reviewed is as it is now; all else stays. Code::bad_argument where one of these explains no finding, or
/// what is there could not be read; Code::refused where a reviewed finding is no longer as it was.
[[nodiscard]] Result<Accepted> accept(const std::filesystem::path& root, const std::filesystem::path& baseline,
                                      const std::vector<PublicKey>& trusted, const Reviewed& reviewed, const std::filesystem::path& output,
                                      const SecretKey& key, const Clock& clock, const Options& options = {});
/// The same, signed elsewhere: it lies unsigned at `output` until seal_baseline.
[[nodiscard]] Result<PreparedAcceptance> prepare_acceptance(const std::filesystem::path& root, const std::filesystem::path& baseline,
                                                            const std::vector<PublicKey>& trusted, const Reviewed& reviewed,
                                                            const std::filesystem::path& output, const Clock& clock,
                                                            const Options& options = {});

}  // namespace kulla::inspect
