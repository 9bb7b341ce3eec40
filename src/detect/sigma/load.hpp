// Rules from files and folders: each rule that can be used is, and of each other it is said why not.
#pragma once
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <vector>

#include "base/result.hpp"
#include "detect/detector.hpp"
#include "detect/sigma/collection.hpp"
#include "detect/sigma/rule_set.hpp"

namespace kulla::detect::sigma {

inline constexpr std::size_t file_limit = 100'000;

struct Loaded {
  std::shared_ptr<const RuleSet> rules;
  std::vector<Rejected> rejected;
  std::size_t other_sources = 0;  ///< rules that are well, and speak of log sources that `wanted` refuses
  std::vector<Correlation> correlations;  ///< for a Correlator; each comes after those it refers to
  std::size_t filters = 0;                ///< that changed a rule
  std::optional<Error> cache_problem;     ///< why the cache was not used, or could not be written; the rules are all there
};
/// Folders are read whole (*.yml, *.yaml; symbolic links to folders are not followed), sorted by name. Fails only where a path
/// is not there or too many files are.
[[nodiscard]] Result<Loaded> load(const std::vector<std::filesystem::path>& paths, const LoadOptions& options);

}  // namespace kulla::detect::sigma
