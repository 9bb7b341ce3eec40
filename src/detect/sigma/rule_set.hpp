// Rules compiled: every distinct test of a field once, every condition a tree over them. Program (program.hpp) chooses from these what one
// kind of event needs; Matcher (matcher.hpp) asks.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <variant>
#include <vector>

#include "detect/sigma/fault.hpp"
#include "detect/sigma/field_table.hpp"
#include "detect/sigma/regex.hpp"
#include "detect/sigma/rule.hpp"

namespace kulla::detect::sigma {

/// Filled by add(), then shared and immutable.
class RuleSet {
 public:
  /// What stands in the field table before all that rules name. No event's field is ever one of these.
  enum Reserved : FieldId { category_field, product_field, service_field, record_field, reserved_fields };

  struct OtherField {
    FieldId field = 0;
    Pattern::Place place = Pattern::Place::whole;
    bool cased = false;
  };
  struct Test {
    FieldId field = 0;
    std::variant<Pattern, std::unique_ptr<const RegexMatcher>, Absent, Exists, Compare, DatePart, Network, OtherField> test;
    std::uint32_t used = 0;  ///< by so many conditions
  };
  struct Node {
    Expression::Kind kind = Expression::Kind::leaf;
    std::uint32_t first = 0, count = 0;  ///< of children(); a leaf's test is `first`
  };
  /// One way in which a rule applies: its condition over the fields of one kind of log source.
  struct Entry {
    std::uint32_t rule = 0, root = 0;
  };

  RuleSet();
  /// As the rule stands, or in the variants that pipelines make of it (pipeline.hpp), of which any may match.
  /// Fails, and changes nothing that matters, where a regular expression cannot be compiled.
  [[nodiscard]] Checked<> add(Rule rule);
  [[nodiscard]] Checked<> add(Rule rule, const std::vector<Rule>& variants);
  /// Forgets what only add() needs.
  void finish();

  /// What an alert needs of a rule; its searches are compiled away.
  [[nodiscard]] const Rule& rule(std::size_t index) const { return rules_[index]; }
  [[nodiscard]] std::size_t size() const { return rules_.size(); }
  /// The fields that a rule looks at, by the names that events have, each once.
  [[nodiscard]] std::vector<FieldId> fields_of(std::size_t rule) const;

  [[nodiscard]] const FieldTable& fields() const { return fields_; }
  [[nodiscard]] const std::vector<Test>& tests() const { return tests_; }
  [[nodiscard]] const std::vector<Node>& nodes() const { return nodes_; }
  [[nodiscard]] std::uint32_t child(const Node& node, std::uint32_t at) const { return children_[node.first + at]; }
  [[nodiscard]] const std::vector<Entry>& entries() const { return entries_; }
  /// The fields that tell log sources apart.
  [[nodiscard]] const std::vector<FieldId>& source_fields() const { return source_fields_; }

 private:
  Checked<std::vector<std::uint32_t>> intern(const std::vector<Predicate>& predicates);
  Checked<std::uint32_t> intern(const Predicate& predicate);
  FieldId field(const std::string& name) { return name.empty() ? FieldId{record_field} : fields_.intern(name); }
  std::uint32_t compile(const Expression& expression, const std::vector<std::uint32_t>& leaves, bool leaves_are_nodes);
  Checked<std::uint32_t> compile(const Rule& rule);
  Checked<> source_of(const Rule& rule, const std::vector<std::uint32_t>& tests, std::vector<std::uint32_t>& parts);
  std::uint32_t node(Expression::Kind kind, const std::vector<std::uint32_t>& parts);
  std::uint32_t leaf(std::uint32_t test);
  void tells_source(FieldId field);
  void collect_fields(std::uint32_t node, std::vector<bool>& seen, std::vector<FieldId>& fields) const;

  std::vector<Rule> rules_;
  std::vector<Entry> entries_;
  FieldTable fields_;
  std::vector<FieldId> source_fields_;
  std::vector<Test> tests_;
  std::unordered_map<std::string, std::uint32_t> test_of_key_;
  std::string key_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> children_;
};

}  // namespace kulla::detect::sigma
