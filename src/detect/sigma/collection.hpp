// What the documents of all files make together: rules, changed by filters, and correlations that refer to both by id or name.
#pragma once
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "detect/detector.hpp"
#include "detect/sigma/correlation.hpp"
#include "detect/sigma/fault.hpp"
#include "detect/sigma/filter.hpp"
#include "detect/sigma/pipeline.hpp"
#include "detect/sigma/rule_set.hpp"
#include "detect/sigma/search.hpp"

namespace kulla::detect::sigma {

inline constexpr std::size_t chain_limit = 16;  ///< correlations of correlations: a result is handed on by recursion

struct LoadOptions {
  std::function<bool(const Logsource&)> wanted = [](const Logsource&) { return true; };
  Pipelines pipelines{};  ///< none: rules apply as they stand
  Placeholders placeholders{};
  std::filesystem::path cache{};  ///< of rule files read before (yaml_cache.hpp); none: all are read anew
  /// Called for each rule that is compiled, with what the pipelines make of it.
  std::function<void(const Rule&, const std::vector<Rule>& variants)> seen{};
};
/// One document, read by itself: any number of threads may.
using Document = std::variant<Rule, Correlation, Filter>;
[[nodiscard]] Checked<Document> read_document(const Tree& tree, const Placeholders& placeholders);

/// Documents are added in any order, then everything is linked once.
class Collection {
 public:
  explicit Collection(LoadOptions options) : options_(std::move(options)) {}
  /// `fallback` is the id of a document that has none.
  [[nodiscard]] Checked<> add(const std::filesystem::path& file, const std::string& fallback, Document document);
  /// Applies the filters, compiles the rules that are wanted, and orders the correlations so that each comes after those it refers to.
  /// What cannot be used is handed to `reject`; the rest is used.
  using Reject = std::function<void(const std::filesystem::path&, Fault)>;
  void link(const Reject& reject);

  RuleSet rules;                          ///< after link()
  std::vector<Correlation> correlations;  ///< after link()
  std::size_t filters = 0;                ///< that were applied to a rule at least
  std::size_t other_sources = 0;          ///< rules that `wanted` refuses, and correlations that without them cannot match

 private:
  enum class State { pending, used, unwanted, rejected };
  /// A rule or a correlation that others may refer to.
  struct Entry {
    std::filesystem::path file;
    std::variant<Rule, Correlation> what;
    State state = State::pending;
    std::size_t index = 0;   ///< in `rules` or `correlations`, where it is used
    std::size_t height = 0;  ///< of a correlation: how many follow upon each other, itself included
    std::vector<Entry*> inputs, dependents;
    std::size_t waits_for = 0;  ///< inputs that are pending
    Rule& head();
  };
  struct PlacedFilter {
    std::filesystem::path file;
    Filter filter;
  };
  [[nodiscard]] Checked<> name(Rule& head, const std::string& fallback);
  [[nodiscard]] Checked<> take(const std::filesystem::path& file, const std::string& fallback, std::variant<Rule, Correlation> what);
  [[nodiscard]] Checked<Entry*> find(const std::string& reference, int line) const;
  [[nodiscard]] Checked<> apply_to_target(const Filter& filter, const Filter::Target& target, std::size_t& applied);
  void apply_filter(const PlacedFilter& placed, const Reject& reject);
  [[nodiscard]] Checked<> refer(Entry& entry, Correlation& correlation);
  [[nodiscard]] Checked<> compile(Entry& entry, Rule& rule);
  [[nodiscard]] Checked<> place(Entry& entry, Correlation& correlation);
  void place_correlations(const Reject& reject);
  /// Calls `step` for each entry of that kind that is pending; what it cannot do is rejected.
  template <typename Kind>
  void each(Checked<> (Collection::*step)(Entry&, Kind&), const Reject& reject);
  void attempt(Entry& entry, const Reject& reject, Checked<> done);

  LoadOptions options_;
  std::vector<std::unique_ptr<Entry>> entries_;
  std::vector<PlacedFilter> filters_;
  std::set<std::string, std::less<>> ids_;  ///< those of filters, too
  std::map<std::string, Entry*, std::less<>> by_id_;
  std::map<std::string, Entry*, std::less<>> by_name_;  ///< nullptr: more than one has it
};

}  // namespace kulla::detect::sigma
