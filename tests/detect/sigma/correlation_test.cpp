#include <gmock/gmock.h>

#include "base/file.hpp"
#include "detect/sigma/correlation_parse.hpp"
#include "detect/sigma/linked.hpp"
#include "detect/sigma/load.hpp"

namespace kulla::detect::sigma {
namespace {
using test::correlation, test::linked, test::refusal, test::three_rules;
using ::testing::ElementsAre, ::testing::IsEmpty;

const std::string counting = "type: event_count, rules: [a], group-by: [u], timespan: 5m, condition: {gte: 3}";

TEST(Correlation, IsReadWhole) {
  const auto all = linked(three_rules() + R"(title: Many of them
name: many
level: high
tags: [attack.t1110]
generate: true
correlation:
  type: value_count
  rules:
    - id-b
    - a
  group-by: [user, host]
  timespan: 2d
  aliases:
    user: {a: TargetUser}
  condition: {gt: 10, lte: 20, field: [port, proto]}
)");
  EXPECT_THAT(all.rejected, IsEmpty());
  ASSERT_EQ(all.collection.correlations.size(), 1U);
  const auto& read = all.collection.correlations.front();
  EXPECT_EQ(read.head.id, RuleId{"f-3"}) << "the fallback";
  EXPECT_EQ(read.head.title, "Many of them");
  EXPECT_EQ(read.head.level, Level::high);
  EXPECT_THAT(read.head.techniques, ElementsAre("T1110"));
  EXPECT_TRUE(read.generate);
  EXPECT_EQ(read.type, Correlation::Type::value_count);
  EXPECT_EQ(read.timespan, std::chrono::hours{48});
  ASSERT_EQ(read.inputs.size(), 2U);
  EXPECT_EQ(read.inputs[0].id, "id-b");
  EXPECT_EQ(read.inputs[0].index, 1U);
  EXPECT_THAT(read.inputs[0].group_by, ElementsAre("user", "host")) << "no alias for it";
  EXPECT_THAT(read.inputs[1].group_by, ElementsAre("TargetUser", "host"));
  EXPECT_THAT(read.inputs[1].fields, ElementsAre("port", "proto"));
  EXPECT_TRUE(holds_for(read.condition, Number{std::int64_t{20}}));
  EXPECT_FALSE(holds_for(read.condition, Number{std::int64_t{10}}));
  EXPECT_EQ(countable(read.condition), 21U);
}

TEST(Correlation, TypesAreThoseOfTheSpecification) {
  const auto of_type = [](const std::string& type, const std::string& condition) {
    return refusal(correlation("type: " + type + ", rules: [a, b], timespan: 1h, group-by: [u]" + condition));
  };
  EXPECT_EQ(of_type("event_count", ", condition: {eq: 3}"), "used");
  EXPECT_EQ(of_type("temporal", ""), "used");
  EXPECT_EQ(of_type("temporal_ordered", ", condition: {gte: 1}"), "used");
  for (const auto* type : {"value_count", "value_sum", "value_avg", "value_percentile"}) {
    EXPECT_EQ(of_type(type, ", condition: {gt: 1, field: f}"), "used");
    EXPECT_EQ(of_type(type, ", condition: {gt: 1}"), "3: condition: this type needs a 'field'");
    EXPECT_EQ(of_type(type, ", condition: {field: f}"), "3: condition: none of gt, gte, lt, lte, eq, neq");
    EXPECT_EQ(of_type(type, ""), "3: correlation: no 'condition'");
  }
  EXPECT_EQ(
      of_type("value_median", ", condition: {gt: 1, field: f}"),
      "3: correlation: unknown type 'value_median'; known: event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, "
      "value_percentile");
}

TEST(Correlation, WhatIsWrongWithACondition) {
  const auto with = [](const std::string& type, const std::string& condition) {
    return refusal(correlation("type: " + type + ", rules: [a, b], timespan: 1h, condition: " + condition));
  };
  EXPECT_EQ(with("event_count", "{gte: 1.5}"), "3: condition: '1.5' is not a count, a whole number from 0 to 1000000");
  EXPECT_EQ(with("event_count", "{gte: -1}"), "3: condition: '-1' is not a count, a whole number from 0 to 1000000");
  EXPECT_EQ(with("value_count", "{gte: 10001, field: f}"), "3: condition: '10001' is not a count, a whole number from 0 to 10000");
  EXPECT_EQ(with("value_sum", "{gte: -1.5, field: f}"), "used");
  EXPECT_EQ(with("value_sum", "{gte: inf, field: f}"), "3: condition: 'inf' is not a number");
  EXPECT_EQ(with("value_sum", "{gte: 1, field: [f, g]}"), "3: 'field' is not a list of 1 to 1 texts");
  EXPECT_EQ(with("value_percentile", "{gte: 1, field: f, percentile: 99.5}"), "used");
  EXPECT_EQ(with("value_percentile", "{gte: 1, field: f, percentile: 101}"),
            "3: condition: percentile '101' is not a number from 0 to 100");
  EXPECT_EQ(with("event_count", "{gte: 1, field: f}"),
            "3: condition: 'field' does not go with this type; gt, gte, lt, lte, eq, neq, and 'field' with value_… do");
  EXPECT_EQ(with("event_count", "{ge: 1}"),
            "3: condition: 'ge' does not go with this type; gt, gte, lt, lte, eq, neq, and 'field' with value_… do");
  EXPECT_EQ(with("temporal", "a and not b"), "3: correlation: 'condition' is not a map; Sigma 2.1 has no expressions over rules");
  EXPECT_EQ(with("event_count", "{gt: 5, lt: 6}"), "3: condition: no count can fulfil it");
  EXPECT_EQ(with("event_count", "{eq: 0}"), "3: condition: no count can fulfil it") << "nothing happens in a group that is not there";
  EXPECT_EQ(with("temporal", "{gte: 3}"), "3: condition: no count can fulfil it") << "of two rules";
}

TEST(Correlation, WhatIsWrongElsewhere) {
  const auto but = [](const std::string& from, const std::string& to) {
    auto text = counting;
    return refusal(correlation(text.replace(text.find(from), from.size(), to)));
  };
  EXPECT_EQ(but("5m", "90s"), "used");
  for (const auto* wrong : {"5", "m", "5 m", "1w", "1M", "5min", "0s", "-5m", "1.5h", "99999999999s"})
    EXPECT_EQ(but("5m", wrong), fmt::format("3: correlation: timespan '{}' is not a number and one of s, m, h, d, such as 90m", wrong));
  EXPECT_EQ(but("5m", "99999999d"), "3: correlation: a timespan longer than 36500 days");
  EXPECT_EQ(but("timespan: 5m, ", ""), "3: correlation: no 'timespan'");
  EXPECT_EQ(but("type: event_count, ", ""), "3: correlation: no 'type'");
  EXPECT_EQ(but("rules: [a], ", ""), "3: correlation: no 'rules'");
  EXPECT_EQ(but("[a]", "[]"), "3: 'rules' is not a list of 1 to 100 texts");
  EXPECT_EQ(but("[a]", "[a, a]"), "3: 'rules' holds 'a' twice");
  EXPECT_EQ(but("[a]", "[a, id-a]"), "3: correlation: 'id-a' is a rule that it refers to already");
  EXPECT_EQ(but("[a]", "[{b: c}]"), "3: 'rules' holds something else than a text of at most 256 bytes");
  EXPECT_EQ(but("[a]", "a"), "used") << "taken as a list of one";
  EXPECT_EQ(but("group-by: [u], ", ""), "used") << "one group of all";
  EXPECT_EQ(but("[u]", "[u, u]"), "3: 'group-by' holds 'u' twice");
  EXPECT_EQ(but("timespan", "timeframe"),
            "3: correlation: unknown attribute 'timeframe'; known: type, rules, group-by, timespan, condition, aliases, generate");
  EXPECT_EQ(but("[u]", "[u], aliases: {u: {z: f}}"), "3: correlation: alias 'u' names 'z', which is not among its rules");
  EXPECT_EQ(but("[u]", "[u], aliases: {u: {a: [f]}}"), "3: correlation: alias 'u' gives no field for 'a'");
  EXPECT_EQ(but("[u]", "[u], aliases: {u: f}"), "3: correlation: alias 'u' is not a map of rule to field");
  EXPECT_EQ(but("[u]", "[u], aliases: [u]"), "3: correlation: 'aliases' is not a map of alias to rule to field");
  EXPECT_EQ(but("[u]", "[u], generate: yes"), "3: 'generate' is not true or false");
  EXPECT_EQ(refusal("title: t\ncorrelation: 5\n"), "1: 'correlation' is not a map");
  EXPECT_EQ(refusal(correlation(counting) + "detection: {}\n"), "4: a correlation has no 'detection'");
  EXPECT_EQ(refusal(correlation(counting) + "level: huge\n").substr(0, 24), "4: unknown level 'huge';");
  EXPECT_EQ(refusal("action: repeat\ntitle: t\n"),
            "1: rule collections ('action: …') are not supported; Sigma 2 has none: each document is a whole rule");
}

std::string counting_of(const std::string& id, const std::string& rule) {
  return fmt::format(
      "title: t\nid: {}\nname: n-{}\ncorrelation: {{type: event_count, rules: [{}], timespan: 1m, condition: {{gte: 2}}}}\n---\n", id, id,
      rule);
}

TEST(Correlation, RefersToWhatIsThere) {
  EXPECT_EQ(refusal(counting_of("x", "nobody")), "4: no rule that can be used has the id or name 'nobody'");
  const std::string namesake = "title: t\nid: other\nname: a\nlogsource: {category: c}\ndetection: {s: {a: b}, condition: s}\n---\n";
  EXPECT_EQ(refusal(namesake + counting_of("x", "a")), "10: more than one rule has the name 'a'");
  EXPECT_EQ(refusal(namesake + counting_of("x", "id-a")), "used");
  EXPECT_EQ(refusal(counting_of("id-a", "b")), "1: another rule has the id 'id-a'");
}

TEST(Correlation, OfARejectedRuleIsRejectedTooAndSoOn) {
  const auto all = linked("title: t\nid: bad\nlogsource: {category: c}\ndetection: {s: {'a|re': '('}, condition: s}\n---\n" +
                          counting_of("y", "x") + counting_of("x", "bad") + three_rules() + counting_of("fine", "a"));
  EXPECT_EQ(all.collection.correlations.size(), 1U);
  EXPECT_THAT(all.rejected,
              ElementsAre(::testing::StartsWith("4: the regular expression"), "14: no rule that can be used has the id or name 'bad'",
                          "9: no rule that can be used has the id or name 'x'"));
}

TEST(Correlation, CyclesAreRefused) {
  const auto all = linked(three_rules() + counting_of("x", "y") + counting_of("y", "n-z") + counting_of("z", "x") +
                          counting_of("self", "self") + counting_of("outside", "x") + counting_of("fine", "a"));
  ASSERT_EQ(all.rejected.size(), 5U);
  for (const auto& why : all.rejected) EXPECT_THAT(why, ::testing::HasSubstr("it refers to itself, directly or through others"));
  EXPECT_EQ(all.collection.correlations.size(), 1U);
}

TEST(Correlation, ChainsComeInOrderAndAreBounded) {
  std::string chain;
  for (std::size_t at = chain_limit; at >= 1; --at)
    chain += counting_of(fmt::format("c{}", at), at == 1 ? "a" : fmt::format("c{}", at - 1));
  const auto all = linked(three_rules() + chain);
  EXPECT_THAT(all.rejected, IsEmpty());
  ASSERT_EQ(all.collection.correlations.size(), chain_limit);
  for (std::size_t at = 1; at < chain_limit; ++at) {
    EXPECT_TRUE(all.collection.correlations[at].inputs.front().is_correlation);
    EXPECT_EQ(all.collection.correlations[at].inputs.front().index, at - 1);
  }
  const auto longer = linked(three_rules() + chain + counting_of("one", fmt::format("c{}", chain_limit)));
  ASSERT_EQ(longer.rejected.size(), 1U);
  EXPECT_THAT(longer.rejected.front(), ::testing::HasSubstr("correlations chained deeper than 16"));
}

TEST(Correlation, OfOtherLogSourcesIsCountedAndLeftAlone) {
  const std::string proxy = "title: t\nid: p\nlogsource: {category: proxy}\ndetection: {s: {a: b}, condition: s}\n---\n";
  const auto all = linked(three_rules() + proxy + counting_of("x", "p") + counting_of("y", "x") +
                          "title: t\nid: both\ncorrelation: {type: temporal, rules: [p, a], timespan: 1m}\n---\n"
                          "title: t\nid: either\ncorrelation: {type: temporal, rules: [p, a], timespan: 1m, condition: {gte: 1}}\n");
  EXPECT_THAT(all.rejected, IsEmpty());
  EXPECT_EQ(all.collection.other_sources, 4U) << "the rule, two that want nothing else, one that wants both";
  ASSERT_EQ(all.collection.correlations.size(), 1U);
  EXPECT_FALSE(all.collection.correlations.front().inputs[0].index);
  EXPECT_EQ(all.collection.correlations.front().inputs[1].index, 0U);
}

TEST(Correlation, RulesThatOneRefersToAreSilentUnlessItSaysOtherwise) {
  const auto silent = [](const std::string& correlations) {
    auto all = linked(three_rules() + correlations);
    EXPECT_THAT(all.rejected, IsEmpty());
    const Correlator correlator{std::move(all.collection.correlations)};
    std::string rules;
    for (std::size_t rule = 0; rule < 3; ++rule) rules += correlator.silent(rule) ? static_cast<char>('a' + rule) : '-';
    return rules;
  };
  EXPECT_EQ(silent(counting_of("x", "a")), "a--");
  EXPECT_EQ(silent(counting_of("x", "a, b")), "ab-");
  EXPECT_EQ(silent("generate: true\n" + counting_of("x", "a")), "---");
  EXPECT_EQ(silent("generate: true\n" + counting_of("x", "a") + counting_of("y", "a, c")), "--c") << "one that asks is enough";
  EXPECT_EQ(silent(""), "---");
}

TEST(Load, ReportsCorrelationsAndFiltersWithFileAndLine) {
  const auto folder = TemporaryFolder::make("kulla-load");
  ASSERT_TRUE(folder);
  const auto write = [&](const std::string& name, const std::string& text) { ASSERT_TRUE(write_file_atomic(folder->path() / name, text)); };
  write("1-first.yml", counting_of("early", "a") + counting_of("bad", "nobody"));
  write("2-rules.yml", three_rules());
  write("3-filter.yml",
        "title: f\nlogsource: {category: webserver}\nfilter:\n  rules: [b, nobody]\n  selection: {u: x}\n  condition: not selection\n");
  const auto loaded = load({folder->path()}, {});
  ASSERT_TRUE(loaded);
  EXPECT_EQ(loaded->rules->size(), 3U);
  EXPECT_EQ(loaded->filters, 1U);
  ASSERT_EQ(loaded->correlations.size(), 1U) << "it may come before what it refers to";
  EXPECT_EQ(loaded->correlations.front().inputs.front().id, "id-a");
  std::vector<std::string> rejected;
  for (const auto& each : loaded->rejected)
    rejected.push_back(fmt::format("{}:{}: {}", each.file.filename().string(), each.line, each.reason));
  EXPECT_THAT(rejected, ElementsAre("3-filter.yml:4: no rule that can be used has the id or name 'nobody'",
                                    "1-first.yml:9: no rule that can be used has the id or name 'nobody'"));
}
}  // namespace
}  // namespace kulla::detect::sigma
