// One comparison of a root with a baseline, as `check` and `accept` make it.
#pragma once
#include <vector>

#include "inspect/inspect.hpp"
#include "inspect/judge.hpp"

namespace kulla::inspect {

struct Comparison {
  BaselineInfo baseline;
  std::vector<Finding> findings;
  std::int64_t files = 0, not_read = 0, dropped = 0, incomplete = 0, left_out = 0;
  Facts facts;  ///< of the machine, now
};
/// `differing` is called with each pair of which something was found; may be empty.
[[nodiscard]] Result<Comparison> compare(const std::filesystem::path& root, Baseline& baseline, const Options& options,
                                         const std::function<void(const Pair&)>& differing = {});

/// Writes down what is below a root; the writer is left open.
[[nodiscard]] Result<std::vector<Finding>> record(const std::filesystem::path& root, const BaselineInfo& info, BaselineWriter& writer,
                                                  const Options& options);
/// What a baseline of this root would be of, before it is signed.
[[nodiscard]] BaselineInfo info_for(const SystemId& system, const std::filesystem::path& root, const Clock& clock, const Options& options);

/// The facts that both sides could know: a mounted disk says nothing of a kernel.
void keep_comparable(Facts& facts, bool live);

/// The first of some findings, in one line for a ledger and a screen; empty where there is none.
[[nodiscard]] std::string worst_of(const std::vector<Finding>& findings);

/// Names the package of each finding, tells a changed packaged file from one that a regular upgrade explains.
/// `removed`: by path, the package that had it.
void explain_by_packages(const std::filesystem::path& root, const Facts& before, const Facts& now,
                         const std::map<std::string, std::string>& removed, std::vector<Finding>& findings);

}  // namespace kulla::inspect
