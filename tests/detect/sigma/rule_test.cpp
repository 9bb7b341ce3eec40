#include <fmt/format.h>
#include <gtest/gtest.h>

#include "detect/sigma/search.hpp"
#include "detect/sigma/support.hpp"

namespace kulla::detect::sigma {
namespace {
using test::detecting, test::matches, test::refusal, test::rule_of;

TEST(Rule, AttributesAreRead) {
  const auto rule = rule_of(R"(title: Use of a script
id: 0a0a
level: critical
tags: [attack.persistence, attack.t1505.003, attack.T1190, attack.g0001, cve.2021-44228, attack.t15]
kulla: {outcome: succeeded, may_close: true}
logsource: {category: webserver, definition: whatever}
detection:
  s: {a: b}
  condition: s
custom: {anything: [goes]}
)");
  ASSERT_TRUE(rule);
  EXPECT_EQ(rule->title, "Use of a script");
  EXPECT_EQ(rule->id, RuleId{"0a0a"});
  EXPECT_EQ(rule->level, Level::critical);
  EXPECT_EQ(rule->techniques, (std::vector<std::string>{"T1505.003", "T1190"}));
  EXPECT_TRUE(rule->succeeded && rule->may_close);
  EXPECT_EQ(rule->logsource, (Logsource{"webserver", "", ""}));
}

TEST(Rule, SaysNothingOfClosingUnlessItDoes) {
  const auto rule = detecting("  s: {a: b}\n  condition: s\n");
  ASSERT_TRUE(rule);
  EXPECT_FALSE(rule->succeeded || rule->may_close);
  EXPECT_EQ(rule->level, Level::medium);
}

TEST(Rule, WhatIsWrongIsSaidWithItsLine) {
  const auto with = [](std::string_view line) {
    return refusal(rule_of(fmt::format("title: t\nlogsource: {{category: c}}\n{}\ndetection:\n  s: {{a: b}}\n  condition: s\n", line)));
  };
  EXPECT_EQ(with("level: high"), "used");
  EXPECT_EQ(with("level: huge"), "3: unknown level 'huge'; known: informational, low, medium, high, critical");
  EXPECT_EQ(with("kulla: {outcome: won}"), "3: kulla: 'outcome' is not outcome: attempted|succeeded or may_close: true|false");
  EXPECT_EQ(with("kulla: {nature: effect}"), "3: kulla: 'nature' is not outcome: attempted|succeeded or may_close: true|false");
  EXPECT_EQ(with("action: global"), "3: rule collections ('action: …') are not supported; Sigma 2 has none: each document is a whole rule");
  EXPECT_EQ(with("tags: 5"), "3: 'tags' is not a list of at most 64");
  EXPECT_EQ(with("title: again"), "3: the key 'title' is there twice");
  EXPECT_EQ(refusal(rule_of("- a\n")), "1: not a Sigma rule: the document is not a map");
  EXPECT_EQ(refusal(rule_of("id: 1\n")), "1: no title");
  EXPECT_EQ(refusal(rule_of("title: t\n")), "1: no logsource");
  EXPECT_EQ(refusal(rule_of("title: t\nlogsource: {definition: d}\n")), "2: logsource names no category, product or service");
  EXPECT_EQ(refusal(rule_of("title: t\nlogsource: {category: c}\n")), "1: no detection");
  EXPECT_EQ(refusal(detecting("  s: {a: b}\n")), "5: detection has no condition");
  EXPECT_EQ(refusal(detecting("  s: {a: b}\n  timeframe: 5m\n  condition: s\n")),
            "6: 'timeframe' is not supported; it belongs to correlation rules since Sigma 2");
  EXPECT_EQ(refusal(detecting("  s: {a: b}\n  condition: t\n")), "6: condition: no search is named 't'");
  EXPECT_EQ(refusal(detecting("  s: {a: b}\n  condition: {x: y}\n")), "6: 'condition' is not a text or a list of texts");
}

TEST(Rule, ModifiersThatContradictEachOtherRefuseTheRule) {
  const auto with = [](std::string_view item) { return refusal(detecting(fmt::format("  s:\n    {}\n  condition: s\n", item))); };
  EXPECT_EQ(with("a|contains: x"), "used");
  EXPECT_EQ(with("a|contain: x"), "6: unknown modifier 'contain'");
  EXPECT_EQ(with("a|: x"), "6: unknown modifier ''");
  EXPECT_EQ(with("a|contains|startswith: x"), "6: modifier 'startswith' after another of contains, startswith, endswith");
  EXPECT_EQ(with("a|i: x"), "6: modifiers 'i', 'm' and 's' go with 're' only");
  EXPECT_EQ(with("a|re|contains: x"), "6: modifier 're' does not go with these others");
  EXPECT_EQ(with("a|re|cidr: x"), "6: modifiers 're' and 'cidr' contradict each other");
  EXPECT_EQ(with("a|lt|gt: 5"), "6: more than one of lt, lte, gt, gte");
  EXPECT_EQ(with("a|hour|day: 5"), "6: more than one part of a date");
  EXPECT_EQ(with("a|windash|wide: x"), "6: modifier 'windash' does not go with an encoding");
  EXPECT_EQ(with("a|exists|all: true"), "6: modifier 'exists' does not go with these others");
  EXPECT_EQ(with("a|exists: maybe"), "6: 'exists' takes true or false");
  EXPECT_EQ(with("a|contains: null"), "6: null goes with a field and no modifier but 'all' and 'neq'");
  EXPECT_EQ(with("a|gt: many"), "6: 'many' is not a number");
  EXPECT_EQ(with("a|cidr: 10.0.0.0/33"), "6: '10.0.0.0/33' is not an IPv4 or IPv6 network such as 10.0.0.0/8");
  EXPECT_EQ(with("a|base64: 'x*'"), "6: a wildcard cannot be encoded; escape it to mean the character");
  EXPECT_EQ(with("a|expand: '%x%'"), "6: no values are given for the placeholder '%x%'; name a file of them with --placeholders");
  EXPECT_EQ(with("a|wide|wide|wide|wide|wide: x"), "6: more than 4 encodings");
  EXPECT_EQ(with("a: {b: c}"), "6: a list or map where a value is expected");
  EXPECT_EQ(with("a: []"), "6: an empty list of values");
  EXPECT_EQ(with("a: [[x]]"), "6: a list or map where a value is expected");
  EXPECT_EQ(with("a: " + std::string(string_size_limit + 1, 'x')), "6: a value longer than 8192 bytes");
}

TEST(Rule, RegularExpressionsAreBounded) {
  const auto with = [](std::string_view regex) { return refusal(detecting(fmt::format("  s:\n    a|re: '{}'\n  condition: s\n", regex))); };
  EXPECT_EQ(with("a{3}"), "used");
  EXPECT_EQ(with("(?=x)"), "used") << "PCRE2";
  EXPECT_EQ(with("("), "6: the regular expression is not usable: missing ): (");
  EXPECT_EQ(with(std::string(5000, 'x')), "6: a regular expression longer than 4096 bytes");
  EXPECT_NE(with("((((x{100}){100}){100}){100})"), "used");
}

TEST(Regex, WhatRe2HasNotRunsWithLimitsInPcre2) {
  const auto compiled = [](const char* text) {
    auto regex = RegexMatcher::compile({text, false, false, false}, 1);
    EXPECT_TRUE(regex) << text;
    return std::move(*regex);
  };
  EXPECT_EQ(compiled("a+b")->engine(), "RE2");
  const auto ahead = compiled("cmd(?!\\.exe)");
  EXPECT_EQ(ahead->engine(), "PCRE2");
  EXPECT_TRUE(ahead->matches("x cmd.com"));
  EXPECT_FALSE(ahead->matches("x cmd.exe"));
  EXPECT_TRUE(compiled("(.)\\1")->matches("xoox"));
  const auto bomb = compiled("(?=a)(a+)+$");
  EXPECT_FALSE(bomb->matches(std::string(5000, 'a') + "b"));
  EXPECT_EQ(bomb->given_up(), 1U) << "counted, not silent";
}

TEST(Search, MapsAreAndListsAreOr) {
  const std::string detection = "  s:\n    a: [x, y]\n    b: 5\n  condition: s\n";
  EXPECT_TRUE(matches(detection, {{"a", "y"}, {"b", "5"}}));
  EXPECT_FALSE(matches(detection, {{"a", "y"}, {"b", "6"}}));
  EXPECT_FALSE(matches(detection, {{"a", "z"}, {"b", "5"}}));
  EXPECT_FALSE(matches(detection, {{"a", "y"}}));
  EXPECT_TRUE(matches("  s: [{a: x}, {b: y, c: z}]\n  condition: s\n", {{"b", "y"}, {"c", "z"}}));
  EXPECT_FALSE(matches("  s: [{a: x}, {b: y, c: z}]\n  condition: s\n", {{"b", "y"}}));
}

TEST(Search, Modifiers) {
  EXPECT_TRUE(matches("  s: {'a|contains|all': [x, y]}\n  condition: s\n", {{"a", "YX"}}));
  EXPECT_FALSE(matches("  s: {'a|contains|all': [x, y]}\n  condition: s\n", {{"a", "xx"}}));
  EXPECT_FALSE(matches("  s: {'a|contains|cased': X}\n  condition: s\n", {{"a", "x"}}));
  EXPECT_TRUE(matches("  s: {'a|re': '^x.z$'}\n  condition: s\n", {{"a", "xyz"}}));
  EXPECT_FALSE(matches("  s: {'a|re': '^x.z$'}\n  condition: s\n", {{"a", "XYZ"}}));
  EXPECT_TRUE(matches("  s: {'a|re|i': '^x.z$'}\n  condition: s\n", {{"a", "XYZ"}}));
  EXPECT_FALSE(matches("  s: {'a|re': 'x.z'}\n  condition: s\n", {{"a", "x\nz"}}));
  EXPECT_TRUE(matches("  s: {'a|re|s': 'x.z'}\n  condition: s\n", {{"a", "x\nz"}}));
  EXPECT_TRUE(matches("  s: {'a|re|m': '^z$'}\n  condition: s\n", {{"a", "x\nz"}}));
  EXPECT_TRUE(matches("  s: {'a|re': 'x.z'}\n  condition: s\n", {{"a", "x\xffz"}})) << "invalid UTF-8 does not hide";
  EXPECT_TRUE(matches("  s: {'a|exists': true}\n  condition: s\n", {{"a", ""}}));
  EXPECT_TRUE(matches("  s: {'a|exists': false}\n  condition: s\n", {{"b", ""}}));
  EXPECT_FALSE(matches("  s: {'a|exists': false}\n  condition: s\n", {{"a", ""}}));
}

TEST(Search, DifferentIsNoneOfTheValues) {
  EXPECT_TRUE(matches("  s: {'a|neq': [x, y]}\n  condition: s\n", {{"a", "z"}}));
  EXPECT_FALSE(matches("  s: {'a|neq': [x, y]}\n  condition: s\n", {{"a", "Y"}}));
  EXPECT_FALSE(matches("  s: {'a|neq': null}\n  condition: s\n", {{"b", "x"}}));
  EXPECT_FALSE(matches("  s: {'a|contains|neq': x}\n  condition: s\n", {{"a", "axa"}}));
}

TEST(Search, AnyDashStandsForEachOfTheFive) {
  for (const auto* dash : {"-", "/", "\u2013", "\u2014", "\u2015"}) {
    const auto value = fmt::format("cmd {}c {}k x", dash, dash);
    EXPECT_TRUE(matches("  s: {'a|contains|windash': ' -C '}\n  condition: s\n", {{"a", value}})) << value;
    EXPECT_TRUE(matches("  s: {'a|contains|windash': '/c ?k'}\n  condition: s\n", {{"a", value}})) << value;
    EXPECT_FALSE(matches("  s: {'a|contains|windash': ' -d'}\n  condition: s\n", {{"a", value}})) << value;
  }
  EXPECT_TRUE(matches("  s: {'a|windash': '-a -b'}\n  condition: s\n", {{"a", "/a \u2014b"}})) << "each by itself";
  EXPECT_FALSE(matches("  s: {'a|contains': ' -c '}\n  condition: s\n", {{"a", "cmd /c x"}}));
}

TEST(Search, Base64AtAnyOffset) {
  for (const auto* value : {"aW52b2tlLWV4cA==", "IGludm9rZS1leHA=", "ICBpbnZva2UtZXhwICA="})  // invoke-exp after 0, 1 and 2 blanks
    EXPECT_TRUE(matches("  s: {'a|base64offset|contains': invoke-exp}\n  condition: s\n", {{"a", value}})) << value;
  EXPECT_FALSE(matches("  s: {'a|base64offset|contains': invoke-zzz}\n  condition: s\n", {{"a", "IGludm9rZS1leHA="}}));
  EXPECT_TRUE(matches("  s: {'a|base64|contains': invoke-exp}\n  condition: s\n", {{"a", "aW52b2tlLWV4cA=="}}));
  EXPECT_TRUE(matches("  s: {'a|wide|base64offset|contains': 'ping'}\n  condition: s\n", {{"a", "cABpAG4AZwAgAA=="}}));
}

TEST(Search, Utf16) {
  using namespace std::literals;
  EXPECT_TRUE(matches("  s: {'a|wide': cmd}\n  condition: s\n", {{"a", "c\0m\0d\0"sv}}));
  EXPECT_TRUE(matches("  s: {'a|utf16le|contains': cmd}\n  condition: s\n", {{"a", "xc\0m\0d\0"sv}}));
  EXPECT_TRUE(matches("  s: {'a|utf16be': cmd}\n  condition: s\n", {{"a", "\0c\0m\0d"sv}}));
  EXPECT_TRUE(matches("  s: {'a|utf16': cmd}\n  condition: s\n", {{"a",
                                                                   "\xff\xfe"
                                                                   "c\0m\0d\0"sv}}));
  EXPECT_TRUE(matches("  s: {'a|wide': \"\\u2013\\U0001F600\"}\n  condition: s\n", {{"a", "\x13\x20\x3d\xd8\x00\xde"sv}}));
}

TEST(Search, NumbersCompareAsNumbers) {
  EXPECT_TRUE(matches("  s: {'a|gt': 9}\n  condition: s\n", {{"a", "10"}}));
  EXPECT_FALSE(matches("  s: {'a|gt': 10}\n  condition: s\n", {{"a", "10"}}));
  EXPECT_TRUE(matches("  s: {'a|gte': 10}\n  condition: s\n", {{"a", "10.0"}}));
  EXPECT_TRUE(matches("  s: {'a|lt': 0.5}\n  condition: s\n", {{"a", "-3"}}));
  EXPECT_TRUE(matches("  s: {'a|lte': 9007199254740993}\n  condition: s\n", {{"a", "9007199254740993"}}));
  EXPECT_FALSE(matches("  s: {'a|lt': 9007199254740993}\n  condition: s\n", {{"a", "9007199254740993"}})) << "not rounded";
  for (const auto* other : {"", "ten", "5x", "nan", " 5"})
    EXPECT_FALSE(matches("  s: {'a|lt': 9}\n  condition: s\n", {{"a", other}})) << other;
  EXPECT_FALSE(matches("  s: {'a|lt': 9}\n  condition: s\n", {}));
}

TEST(Search, PartsOfDates) {
  const auto holds = [](std::string_view item, std::string_view date) {
    return matches(fmt::format("  s: {{'a|{}}}\n  condition: s\n", item), {{"a", date}});
  };
  EXPECT_TRUE(holds("hour': 23", "2026-11-25T23:14:00Z"));
  EXPECT_TRUE(holds("hour|gte': 22", "2026-11-25 23:14:00.123"));
  EXPECT_FALSE(holds("hour|lt': 22", "2026-11-25 23:14:00.123"));
  EXPECT_TRUE(holds("minute': 14", "2026-11-25T23:14:00+02:00"));
  EXPECT_TRUE(holds("day': [24, 25]", "2026/11/25"));
  EXPECT_TRUE(holds("month': 11", "2026-11-25"));
  EXPECT_TRUE(holds("year|lt': 2027", "2026-11-25"));
  EXPECT_TRUE(holds("week': 48", "2026-11-25"));
  EXPECT_TRUE(holds("week': 53", "2027-01-01")) << "ISO 8601";
  for (const auto* no_date : {"", "2026", "2026-13-01", "2026-02-30", "2026-11-25X23:14", "2026-11-25T24:00", "25-11-2026T10:00"})
    EXPECT_FALSE(holds("year': 2026", no_date)) << no_date;
}

TEST(Search, Networks) {
  const auto holds = [](std::string_view network, std::string_view address) {
    return matches(fmt::format("  s: {{'a|cidr': '{}'}}\n  condition: s\n", network), {{"a", address}});
  };
  EXPECT_TRUE(holds("10.0.0.0/8", "10.255.0.1"));
  EXPECT_FALSE(holds("10.0.0.0/8", "11.0.0.1"));
  EXPECT_TRUE(holds("192.168.1.128/25", "192.168.1.200"));
  EXPECT_FALSE(holds("192.168.1.128/25", "192.168.1.100"));
  EXPECT_TRUE(holds("0.0.0.0/0", "8.8.8.8"));
  EXPECT_FALSE(holds("0.0.0.0/0", "::1"));
  EXPECT_TRUE(holds("127.0.0.1", "127.0.0.1"));
  EXPECT_TRUE(holds("2001:db8::/32", "2001:DB8:ffff::1"));
  EXPECT_FALSE(holds("2001:db8::/32", "2001:db9::1"));
  EXPECT_TRUE(holds("fe80::/10", "febf::1"));
  for (const auto* none : {"", "10.0.0", "10.0.0.256", "host", "10.0.0.1/8", "010.0.0.1"}) EXPECT_FALSE(holds("10.0.0.0/8", none)) << none;
}

TEST(Search, FieldReferences) {
  EXPECT_TRUE(matches("  s: {'a|fieldref': b}\n  condition: s\n", {{"a", "X"}, {"b", "x"}}));
  EXPECT_FALSE(matches("  s: {'a|fieldref|cased': b}\n  condition: s\n", {{"a", "X"}, {"b", "x"}}));
  EXPECT_FALSE(matches("  s: {'a|fieldref': b}\n  condition: s\n", {{"a", "x"}}));
  EXPECT_TRUE(matches("  s: {'a|fieldref|startswith': b}\n  condition: s\n", {{"a", "xyz"}, {"b", "xy"}}));
  EXPECT_TRUE(matches("  s: {'a|fieldref|endswith': b}\n  condition: s\n", {{"a", "xyz"}, {"b", "yz"}}));
  EXPECT_TRUE(matches("  s: {'a|fieldref|contains': b}\n  condition: s\n", {{"a", "xyz"}, {"b", "y"}}));
  EXPECT_TRUE(matches("  s: {'a|fieldref|neq': b}\n  condition: s\n", {{"a", "x"}, {"b", "y"}}));
}

TEST(Search, PlaceholdersStandForTheirValues) {
  const auto documents =
      read_yaml(std::string{test::header} + "detection:\n  s: {'a|expand|endswith': '\\%who%@%where%'}\n  condition: s\n");
  ASSERT_TRUE(documents);
  const Placeholders values{{"who", {"ana", "ben"}}, {"where", {"one", "two"}}};
  const auto rule = parse_rule(documents->front(), values);
  ASSERT_TRUE(rule) << rule.error().reason;
  EXPECT_EQ(rule->predicates.size(), 4U);
  RuleSet set;
  ASSERT_TRUE(set.add(*rule));
  Matcher matcher{std::make_shared<const RuleSet>(std::move(set))};
  event::Event event;
  event.category = "webserver";
  event.add("a", "x\\ben@TWO");
  EXPECT_EQ(matcher.match(event).size(), 1U);
  const auto with_percent = parse_rule(documents->front(), {{"who", {"%who%"}}, {"where", {"%TEMP%"}}});
  ASSERT_TRUE(with_percent) << "what a placeholder stands for is not expanded again: " << with_percent.error().reason;
  EXPECT_FALSE(parse_rule(documents->front(), {{"who", {"ana"}}, {"where", {}}}));
  EXPECT_FALSE(
      parse_rule(documents->front(), {{"who", std::vector<std::string>(200, "x")}, {"where", std::vector<std::string>(200, "y")}}));
}

TEST(Search, NullAndEmpty) {
  EXPECT_TRUE(matches("  s: {a: null}\n  condition: s\n", {{"b", "x"}}));
  EXPECT_TRUE(matches("  s:\n    a:\n  condition: s\n", {{"a", ""}}));
  EXPECT_FALSE(matches("  s: {a: null}\n  condition: s\n", {{"a", "null"}}));
  EXPECT_TRUE(matches("  s: {a: 'null'}\n  condition: s\n", {{"a", "null"}}));
  EXPECT_TRUE(matches("  s: {a: ''}\n  condition: s\n", {{"a", ""}}));
  EXPECT_FALSE(matches("  s: {a: ''}\n  condition: s\n", {{"b", ""}}));
}

TEST(Search, KeywordsLookAtTheWholeLine) {
  EXPECT_TRUE(matches("  k: [nothing, <Script]\n  condition: k\n", {}, "GET /?q=<script> 200"));
  EXPECT_FALSE(matches("  k: [nothing, other]\n  condition: k\n", {{"a", "nothing"}}, "GET /?q=<script> 200"));
  EXPECT_TRUE(matches("  k: {'|all': [get, '200']}\n  condition: k\n", {}, "GET /?q=<script> 200"));
  EXPECT_FALSE(matches("  k: {'|all': [get, '404']}\n  condition: k\n", {}, "GET /?q=<script> 200"));
  EXPECT_TRUE(matches("  k: 'q=*>'\n  condition: k\n", {}, "GET /?q=<script> 200"));
  EXPECT_TRUE(matches("  k: {'|re': 'q=<.*>'}\n  condition: k\n", {}, "GET /?q=<script> 200"));
}

TEST(Search, BytesAndSizes) {
  using namespace std::literals;
  EXPECT_TRUE(matches("  s: {'a|contains': needle}\n  condition: s\n", {{"a", "\0\x01\xff\xfeneedle\0"sv}}));
  std::string lengthy(1 << 20, 'n');
  EXPECT_FALSE(matches("  s: {'a|contains': needle}\n  condition: s\n", {{"a", lengthy}}));
  lengthy += "EEDLE";
  EXPECT_TRUE(matches("  k: [needle]\n  condition: k\n", {}, lengthy));
}

TEST(RuleConditions, Evaluate) {
  const std::string searches = "  selection_a: {a: x}\n  selection_b: {b: x}\n  filter_c: {c: x}\n";
  const auto holds = [&](std::string_view condition, test::Fields fields) {
    return matches(searches + fmt::format("  condition: {}\n", condition), fields);
  };
  EXPECT_TRUE(holds("1 of selection_*", {{"b", "x"}}));
  EXPECT_FALSE(holds("all of selection_*", {{"b", "x"}}));
  EXPECT_TRUE(holds("all of selection_* and not 1 of filter_*", {{"a", "x"}, {"b", "x"}}));
  EXPECT_FALSE(holds("all of selection_* and not 1 of filter_*", {{"a", "x"}, {"b", "x"}, {"c", "x"}}));
  EXPECT_TRUE(holds("not (selection_a or selection_b)", {{"c", "x"}}));
  EXPECT_TRUE(holds("[selection_a, filter_c]", {{"c", "x"}})) << "a list of conditions: any";
}

TEST(RuleSet, ServesEachLogSourceItsRules) {
  RuleSet set;
  for (const auto source : {"{category: webserver}", "{category: webserver, product: apache}", "{product: windows}"}) {
    auto rule = rule_of(fmt::format("title: t\nlogsource: {}\ndetection:\n  s: {{a: x}}\n  condition: s\n", source));
    ASSERT_TRUE(rule && set.add(std::move(*rule)));
  }
  Matcher matcher{std::make_shared<const RuleSet>(std::move(set))};
  event::Event event;
  event.add("a", "x");
  event.category = "webserver";
  EXPECT_EQ(matcher.match(event), (std::vector<std::size_t>{0}));
  event.product = "apache";
  EXPECT_EQ(matcher.match(event), (std::vector<std::size_t>{0, 1}));
  event.category = {}, event.product = "windows";
  EXPECT_EQ(matcher.match(event), (std::vector<std::size_t>{2}));
}

TEST(RuleSet, ForgetsOneEventBeforeTheNext) {
  RuleSet set;
  ASSERT_TRUE(set.add(*detecting("  s: {'a|contains': x}\n  condition: s\n")));
  Matcher matcher{std::make_shared<const RuleSet>(std::move(set))};
  event::Event with, without;
  with.category = without.category = "webserver";
  with.add("a", "axa"), without.add("a", "aya");
  EXPECT_EQ(matcher.match(with).size(), 1U);
  EXPECT_EQ(matcher.match(without).size(), 0U);
  EXPECT_EQ(matcher.match(with).size(), 1U);
}
}  // namespace
}  // namespace kulla::detect::sigma
