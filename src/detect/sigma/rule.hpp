// A Sigma rule as kulla understands it: the form between reading (parse.hpp) and matching (rule_set.hpp). Knows no YAML.
#pragma once
#include <cstddef>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/hash.hpp"
#include "detect/sigma/operands.hpp"
#include "detect/sigma/pattern.hpp"
#include "model/alert.hpp"

namespace kulla::detect::sigma {

/// Where the events that a rule speaks of come from; what is empty is open.
struct Logsource {
  std::string category, product, service;
  friend auto operator<=>(const Logsource&, const Logsource&) = default;
};

struct Regex {
  std::string text;
  bool insensitive = false, multi_line = false, dot_all = false;
};
struct Absent {};  ///< Sigma's null: the field is not there, or empty
struct Exists {
  bool wanted = true;
};
enum class Order { less, less_or_equal, greater, greater_or_equal };
/// The field is a number, and stands in this order to `number`.
struct Compare {
  Order order = Order::less;
  Number number;
};
/// A part of the date that the field holds, equal to `number` or in `order` to it.
struct DatePart {
  enum class Unit { minute, hour, day, week, month, year };
  Unit unit = Unit::minute;
  std::optional<Order> order;
  Number number;
};
[[nodiscard]] bool holds_for(const Compare& compare, std::string_view value);
[[nodiscard]] bool holds_for(const DatePart& part, std::string_view value);
/// The field holds what another field of the same event holds (at its start, at its end, anywhere).
struct FieldRef {
  std::string other;
  Pattern::Place place = Pattern::Place::whole;
  bool cased = false;
};
/// One test of one value.
struct Predicate {
  std::string field;  ///< empty: the whole record as text (a keyword)
  std::variant<Pattern, Regex, Absent, Exists, Compare, DatePart, Network, FieldRef> test;
  int line = 0;
};

/// A tree of and, or, not; what a leaf's index means is said where one is used.
struct Expression {
  enum class Kind { all, any, negation, leaf };
  Kind kind = Kind::leaf;
  std::size_t index = 0;
  std::vector<Expression> parts;
};

/// One search identifier of `detection`.
struct Search {
  std::string name;
  Expression body;  ///< leaves: Rule::predicates
};

struct Rule {
  int line = 0;  ///< of its document
  RuleId id;     ///< empty where the file has none
  Digest digest;  ///< of what the document says, comments and layout aside, and of the filters that change it
  std::string name;  ///< that correlations and filters may refer to it by; mostly empty
  std::string title;
  Level level = Level::medium;
  std::string status;                   ///< "stable", "test", …; empty where the file says none
  std::vector<std::string> tags;        ///< as written
  std::vector<std::string> techniques;  ///< "T1505.003", from tags
  bool succeeded = false;               ///< kulla: {outcome: succeeded}: the condition itself asks for an answer that says it worked
  bool may_close = false;               ///< kulla: {may_close: true}
  Logsource logsource;
  std::vector<Predicate> predicates;
  std::vector<Search> searches;
  Expression condition;  ///< leaves: searches
  /// What a pipeline puts in the place of the log source; leaves: predicates. Without parts, the event must say the logsource itself.
  Expression source{Expression::Kind::all, 0, {}};
};

}  // namespace kulla::detect::sigma
