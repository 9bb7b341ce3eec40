// Pipelines say what a rule's log source and fields mean in the records at hand; in the format of pySigma's processing pipelines.
// A file may hold several documents. A chain of pipelines is one way to see a rule ("as Sysmon records it", "as Windows' auditing does");
// several chains stand side by side, and a rule applies in each that says something of it, beside as it stands: there are always records
// that say their log source themselves, as lines of a web server's log do.
#pragma once
#include <map>
#include <set>
#include <string>
#include <variant>
#include <vector>

#include "detect/sigma/fault.hpp"
#include "detect/sigma/rule.hpp"
#include "detect/sigma/tree.hpp"

namespace kulla::detect::sigma {

/// The words of a log source that a step speaks of.
struct SourceWords {
  std::optional<std::string> category, product, service;
};

/// What a rule, or one of its fields, must be for a step to be taken.
struct RuleCondition {
  struct HasField {
    std::string field;
  };
  struct Applied {
    std::string step;
  };
  /// Of a log source each word that is given must be equal; one that is given empty must be absent.
  std::variant<SourceWords, HasField, Applied> what;
};
struct FieldCondition {
  std::set<std::string, std::less<>> fields;
  bool include = true;  ///< or all but these
};

struct AddCondition {
  Tree conditions;  ///< a map as in a rule's detection
  bool negated = false;
};
struct ChangeLogsource {
  SourceWords words;
};
struct MapFields {
  std::map<std::string, std::vector<std::string>, std::less<>> names;
};
struct MapPrefixes {
  std::map<std::string, std::string, std::less<>> prefixes;
};
struct AddToNames {
  std::string before, after;
};

struct PipelineStep {
  std::string id;
  std::vector<RuleCondition> rule_conditions;
  bool any_rule_condition = false, not_rule_conditions = false;
  std::vector<FieldCondition> field_conditions;
  std::variant<AddCondition, ChangeLogsource, MapFields, MapPrefixes, AddToNames> action;
};

struct Pipeline {
  std::string name;
  int priority = 0;  ///< in a chain the lowest comes first
  std::vector<PipelineStep> steps;
};

/// Types of steps and conditions that are not here are faults: a rule seen wrongly finds the wrong things.
[[nodiscard]] Checked<Pipeline> parse_pipeline(const Tree& document);

class Pipelines {
 public:
  /// kulla's own, from pipelines/ of the source tree: Windows (Sysmon, auditing, channels), Sysmon for Linux, Zeek, Suricata, clouds.
  [[nodiscard]] static Checked<Pipelines> standard();
  /// Every document of `text` becomes a chain of its own.
  [[nodiscard]] Checked<> add_each(std::string_view text);
  /// All these together become one chain, in the order of their priorities.
  void add_chain(std::vector<Pipeline> chain);
  /// The rule as it stands, then in every way that some chain sees it. Faults are those of a condition that a pipeline adds.
  [[nodiscard]] Checked<std::vector<Rule>> variants(const Rule& rule) const;

 private:
  std::vector<std::vector<Pipeline>> chains_;
};

}  // namespace kulla::detect::sigma
