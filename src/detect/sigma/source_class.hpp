// What kind of event one is, as far as log sources tell: for each field that a log source depends on, which of the values that rules name
// it has. Events of one class need the same rules, so the choice is made once a class (program.hpp).
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "detect/sigma/rule_set.hpp"

namespace kulla::detect::sigma {

/// One number for each of RuleSet::source_fields(), and whether it is a JSON record, whose values are escaped.
struct SourceClass {
  std::u32string values;
  bool json = false;
  friend bool operator==(const SourceClass&, const SourceClass&) = default;
};
struct SourceClassHash {
  std::size_t operator()(const SourceClass& source) const { return std::hash<std::u32string>{}(source.values) + (source.json ? 1 : 0); }
};

/// What is known of a test, or a condition, of every event of a kind.
enum class Answer : std::uint8_t { no, yes, open };
/// Of a condition, from what `answer(test)` says of its tests.
template <typename OfTest>
[[nodiscard]] Answer known_of(const RuleSet& rules, std::uint32_t index, const OfTest& answer) {
  const auto& node = rules.nodes()[index];
  if (node.kind == Expression::Kind::leaf) return answer(node.first);
  if (node.kind == Expression::Kind::negation) {
    const auto inside = known_of(rules, rules.child(node, 0), answer);
    return inside == Answer::open ? inside : inside == Answer::no ? Answer::yes : Answer::no;
  }
  const auto decides = node.kind == Expression::Kind::all ? Answer::no : Answer::yes;
  bool open = false;
  for (std::uint32_t at = 0; at < node.count; ++at) {
    const auto part = known_of(rules, rules.child(node, at), answer);
    if (part == decides) return decides;
    open = open || part == Answer::open;
  }
  return open ? Answer::open : decides == Answer::no ? Answer::yes : Answer::no;
}
/// Of a test of a field that an event does not have.
[[nodiscard]] Answer known_without_field(const RuleSet::Test& test);

class SourceClasses {
 public:
  enum Kind : char32_t { absent, null, other, several, known };  ///< from `known` on: a value that rules name
  explicit SourceClasses(const RuleSet& rules);
  /// `folded`: in lower case.
  [[nodiscard]] char32_t of_value(std::size_t source_field, std::string_view folded) const;

  /// Of a test, or a condition, of every event of a class.
  [[nodiscard]] Answer test(std::uint32_t test, const SourceClass& source) const;
  [[nodiscard]] Answer node(std::uint32_t node, const SourceClass& source) const {
    return known_of(rules_, node, [&](std::uint32_t index) { return test(index, source); });
  }

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  struct Values {
    std::unordered_map<std::string, char32_t, Hash, std::equal_to<>> number;
    std::vector<std::string> texts;
  };
  const RuleSet& rules_;
  std::vector<Values> values_;                 // of each source field
  std::vector<std::int32_t> place_of_field_;   // among the source fields; -1: none
};

}  // namespace kulla::detect::sigma
