// What is done with every event of one class (source_class.hpp): the rules that can still match, each found by strings or fields without
// which it cannot match. Only what is found so is evaluated, exactly, by the Matcher.
#pragma once
#include <memory>
#include <mutex>
#include <unordered_map>
#include <vector>

#include "detect/sigma/source_class.hpp"
#include "detect/sigma/value_matcher.hpp"

namespace kulla::detect::sigma {

/// Immutable once made.
struct Program {
  using Entries = std::vector<std::uint32_t>;  ///< indices into RuleSet::entries()
  struct Scan {
    FieldId field = 0;
    ValueMatcher values;
    std::vector<Entries> entries_of;  ///< what to evaluate where ValueMatcher::find answers an index into this
  };
  struct Presence {
    FieldId field = 0;
    Entries entries;
  };
  std::vector<Scan> scans;
  std::vector<Presence> presences;  ///< what to evaluate where a field is there at all
  Entries always;                   ///< what nothing could be found for
  std::size_t rules = 0;            ///< entries that can match
};

/// Programs, made when the first event of a class comes, and shared by all threads.
class Programs {
 public:
  /// Classes kept; there are a few hundred in practice. An attacker who invents more makes us forget all and begin anew.
  static constexpr std::size_t class_limit = 4096;
  explicit Programs(std::shared_ptr<const RuleSet> rules);
  [[nodiscard]] const RuleSet& rules() const { return *rules_; }
  [[nodiscard]] const SourceClasses& classes() const { return classes_; }
  [[nodiscard]] std::shared_ptr<const Program> of(const SourceClass& source);

 private:
  const std::shared_ptr<const RuleSet> rules_;
  const SourceClasses classes_;
  std::mutex mutex_;
  std::unordered_map<SourceClass, std::shared_ptr<const Program>> programs_;
  std::shared_ptr<const Program> empty_ = std::make_shared<const Program>();
};

}  // namespace kulla::detect::sigma
