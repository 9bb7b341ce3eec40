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

class SourceClasses {
 public:
  enum Kind : char32_t { absent, null, other, several, known };  ///< from `known` on: a value that rules name
  explicit SourceClasses(const RuleSet& rules);
  /// `folded`: in lower case.
  [[nodiscard]] char32_t of_value(std::size_t source_field, std::string_view folded) const;

  enum class Answer : std::uint8_t { no, yes, open };
  /// What is known of a test, or a condition, of every event of a class.
  [[nodiscard]] Answer test(std::uint32_t test, const SourceClass& source) const;
  [[nodiscard]] Answer node(std::uint32_t node, const SourceClass& source) const;

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
