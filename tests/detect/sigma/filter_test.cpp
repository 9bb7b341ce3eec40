#include "detect/sigma/filter.hpp"

#include <gmock/gmock.h>

#include "detect/sigma/linked.hpp"
#include "detect/sigma/matcher.hpp"
#include "detect/sigma/parse.hpp"

namespace kulla::detect::sigma {
namespace {
using test::linked, test::refusal, test::three_rules;
using ::testing::ElementsAre, ::testing::HasSubstr, ::testing::IsEmpty;

std::string filter(const std::string& rules, const std::string& inside = "selection: {u: x}, condition: not selection",
                   const std::string& source = "category: webserver", const std::string& id = "f") {
  return fmt::format("title: f\nid: {}\nlogsource: {{{}}}\nfilter: {{rules: {}, {}}}\n---\n", id, source, rules, inside);
}

/// Which of the rules a, b and c still match where the user is `user`, with these documents beside them.
std::string matching(const std::string& documents, std::string_view user) {
  auto all = linked(three_rules() + documents);
  EXPECT_THAT(all.rejected, IsEmpty());
  Matcher matcher{std::make_shared<const RuleSet>(std::move(all.collection.rules))};
  std::string found;
  for (const auto* rule : {"a", "b", "c"}) {
    event::Event event;
    event.category = "webserver";
    event.add("rule", rule);
    event.add("u", user);
    if (!matcher.match(event).empty()) found += rule;
  }
  return found;
}

TEST(Filter, ChangesTheRulesItNames) {
  EXPECT_EQ(matching("", "x"), "abc");
  EXPECT_EQ(matching(filter("[a, id-c]"), "x"), "b");
  EXPECT_EQ(matching(filter("[a, id-c]"), "y"), "abc");
  EXPECT_EQ(matching(filter("a"), "x"), "bc") << "a text is a list of one";
  EXPECT_EQ(matching(filter("any"), "x"), "");
  EXPECT_EQ(matching(filter("any", "selection: {u: x}, condition: not selection", "category: webserver, product: apache"), "x"), "abc");
  EXPECT_EQ(matching(filter("[a]", "selection: {u: x}, condition: selection"), "x"), "abc") << "the condition is added, not its contrary";
  EXPECT_EQ(matching(filter("[a]", "selection: {u: x}, condition: selection"), "y"), "bc");
}

TEST(Filter, SearchesOfTheSameNameDoNotClash) {
  EXPECT_EQ(matching(filter("[a]", "s: {u: x}, condition: not s"), "x"), "bc");
  EXPECT_EQ(matching(filter("[a]", "s: {u: x}, condition: not s"), "y"), "abc");
  EXPECT_EQ(matching(filter("[a]", "s1: {u: x}, s2: {u: y}, condition: not 1 of s*") +
                         filter("[a, b]", "s1: {u: z}, condition: not all of them", "category: webserver", "g"),
                     "z"),
            "c");
}

TEST(Filter, ManyOnOneRuleDoNotNest) {
  std::string many;
  for (int at = 0; at < 300; ++at)
    many += filter("[a]", fmt::format("s: {{u: u{}}}, condition: not s", at), "category: webserver", fmt::format("f{}", at));
  EXPECT_EQ(matching(many, "u299"), "bc");
  auto rule = std::move(*parse_rule(read_yaml(three_rules())->front()));
  const auto read = parse_filter(read_yaml(filter("[a]"))->front());
  ASSERT_TRUE(read);
  for (int at = 0; at < 3; ++at) apply(*read, rule);
  EXPECT_EQ(rule.condition.parts.size(), 4U);
  EXPECT_EQ(rule.condition.parts.back().kind, Expression::Kind::negation);
}

TEST(Filter, WhatItCannotDoIsSaidAndTheRestIsDone) {
  const auto all = linked(three_rules() + filter("[nobody, a]") +
                          "title: t\nid: x\ncorrelation: {type: event_count, rules: [a], timespan: 1m, condition: {gte: 2}}\n---\n" +
                          filter("[x]", "s: {u: x}, condition: s", "category: webserver", "g") +
                          filter("[b]", "s: {u: x}, condition: s", "category: proxy", "h"));
  EXPECT_EQ(all.collection.filters, 1U);
  EXPECT_THAT(all.rejected, ElementsAre(HasSubstr("no rule that can be used has the id or name 'nobody'"),
                                        HasSubstr("filter: 'x' is a correlation; filters are for the rules below it"),
                                        HasSubstr("filter: the rule 'b' has another log source; it is left as it is")));
}

TEST(Filter, WhatIsWrongIsSaid) {
  const auto with = [](const std::string& inside) {
    return refusal("title: f\nlogsource: {category: webserver}\nfilter: {" + inside + "}\n");
  };
  EXPECT_EQ(with("rules: [a], s: {u: x}, condition: s"), "used");
  EXPECT_EQ(with("s: {u: x}, condition: s"), "3: filter: no 'rules'");
  EXPECT_EQ(with("rules: [], s: {u: x}, condition: s"), "3: 'rules' is not a list of 1 to 10000 texts");
  EXPECT_EQ(with("rules: [a], s: {u: x}"), "3: no condition");
  EXPECT_EQ(with("rules: [a], s: {u: x}, condition: t"), "3: condition: no search is named 't'");
  EXPECT_EQ(with("rules: [a], s: {'u|re': '('}, condition: s"), "3: the regular expression is not usable: missing ): (");
  EXPECT_EQ(with("rules: [a], s: {'u|what': x}, condition: s"), "3: unknown modifier 'what'");
  EXPECT_EQ(refusal("title: f\nfilter: {rules: [a], s: {u: x}, condition: s}\n"), "1: no logsource");
  EXPECT_EQ(refusal("title: f\nlogsource: {category: webserver}\nfilter: 5\n"), "1: 'filter' is not a map");
  EXPECT_EQ(refusal("title: f\nlogsource: {category: webserver}\nfilter: {}\ndetection: {}\n"), "4: a filter has no 'detection'");
}
}  // namespace
}  // namespace kulla::detect::sigma
