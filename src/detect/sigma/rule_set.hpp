// Compiled rules. Every distinct test of a field is made at most once an event, however many rules ask for it.
#pragma once
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "detect/sigma/fault.hpp"
#include "detect/sigma/regex.hpp"
#include "detect/sigma/rule.hpp"
#include "event/event.hpp"

namespace kulla::detect::sigma {

/// Filled by add(), then shared and immutable.
class RuleSet {
 public:
  /// Fails, and changes nothing that matters, where a regular expression cannot be compiled.
  [[nodiscard]] Checked<> add(Rule rule);
  /// What an alert needs of a rule; its searches are compiled away.
  [[nodiscard]] const Rule& rule(std::size_t index) const { return rules_[index]; }
  [[nodiscard]] std::size_t size() const { return rules_.size(); }

 private:
  friend class Matcher;
  struct OtherField {
    std::size_t field = 0;
    Pattern::Place place = Pattern::Place::whole;
    bool cased = false;
  };
  struct Test {
    std::size_t field = 0;
    std::variant<Pattern, std::unique_ptr<const RegexMatcher>, Absent, Exists, Compare, DatePart, Network, OtherField> test;
  };
  struct Node {
    Expression::Kind kind = Expression::Kind::leaf;
    std::uint32_t first = 0, count = 0;  ///< of children_; a leaf's test is `first`
  };
  struct Entry {
    std::size_t rule = 0;
    std::uint32_t root = 0;
  };
  Checked<std::vector<std::uint32_t>> intern(const std::vector<Predicate>& predicates);
  Checked<std::uint32_t> intern(const Predicate& predicate);
  std::size_t field(const std::string& name);
  std::uint32_t compile(const Expression& expression, const std::vector<std::uint32_t>& leaves, bool leaves_are_nodes);

  std::vector<Rule> rules_;
  std::map<Logsource, std::vector<Entry>> by_source_;
  std::vector<std::string> fields_;  ///< "" is the whole record
  std::vector<Test> tests_;
  std::map<std::string, std::uint32_t> test_of_key_;
  std::vector<Node> nodes_;
  std::vector<std::uint32_t> children_;
};

/// Matches one event at a time; one thread owns it. Allocates nothing once its buffers have grown.
class Matcher {
 public:
  explicit Matcher(std::shared_ptr<const RuleSet> rules);
  /// The rules that match, as indices into the rule set; valid until the next call. `line` is the whole record, for keywords.
  const std::vector<std::size_t>& match(const event::Event& event, std::string_view line);

 private:
  struct Value {
    enum class State : std::uint8_t { unknown, absent, present };
    State state = State::unknown;
    bool is_folded = false;
    std::string_view raw;
    std::string folded;
  };
  enum class Answer : std::uint8_t { unknown, no, yes };
  bool holds(std::uint32_t node);
  bool test(std::uint32_t index);
  bool evaluate(const RuleSet::Test& test);
  bool holds(const RuleSet::OtherField& other, Value& left);
  Value& value(std::size_t field);
  std::string_view folded(Value& value);

  std::shared_ptr<const RuleSet> rules_;
  const event::Event* event_ = nullptr;
  std::string_view line_;
  std::vector<Value> values_;
  std::vector<Answer> answers_;
  std::vector<std::size_t> matched_;
};

}  // namespace kulla::detect::sigma
