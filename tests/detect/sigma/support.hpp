// Small ways to read a rule and to ask whether it matches.
#pragma once
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <initializer_list>
#include <string>
#include <utility>

#include "detect/sigma/matcher.hpp"
#include "detect/sigma/parse.hpp"

namespace kulla::detect::sigma::test {

inline constexpr std::string_view header = "title: t\nid: 1\nlogsource: {category: webserver}\n";

inline Checked<Rule> rule_of(const std::string& yaml) {
  KULLA_TRY(const auto documents, read_yaml(yaml));
  if (documents.empty()) return fault(0, "empty");
  return parse_rule(documents.front());
}
/// A rule with this `detection` (its lines indented by two).
inline Checked<Rule> detecting(const std::string& detection) { return rule_of(std::string{header} + "detection:\n" + detection); }

/// Why it is refused, "LINE: reason"; "used" if it is not.
inline std::string refusal(Checked<Rule> rule) {
  if (!rule) return fmt::format("{}: {}", rule.error().line, rule.error().reason);
  RuleSet set;
  const auto added = set.add(std::move(*rule));
  return added ? "used" : fmt::format("{}: {}", added.error().line, added.error().reason);
}

using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;
inline bool matches(const std::string& detection, Fields fields, std::string_view line = {}) {
  auto rule = detecting(detection);
  if (!rule) {
    ADD_FAILURE() << rule.error().line << ": " << rule.error().reason << "\n" << detection;
    return false;
  }
  RuleSet set;
  const auto added = set.add(std::move(*rule));
  EXPECT_TRUE(added) << added.error().reason;
  Matcher matcher{std::make_shared<const RuleSet>(std::move(set))};
  event::Event event;
  event.category = "webserver";
  for (const auto& [name, value] : fields) event.add(name, value);
  event.record = line;
  return !matcher.match(event).empty();
}

}  // namespace kulla::detect::sigma::test
