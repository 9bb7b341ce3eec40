#include "detect/sigma/pipeline.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "detect/sigma/matcher.hpp"
#include "detect/sigma/parse.hpp"
#include "event/json.hpp"

namespace kulla::detect::sigma {
namespace {

Rule rule_of(std::string_view source, std::string_view search = "{Image|endswith: \\cmd.exe}") {
  const auto text = fmt::format("title: t\nid: 1\nlogsource: {}\ndetection: {{s: {}, condition: s}}\n", source, search);
  return *parse_rule(read_yaml(text)->front());
}
bool matches(const Pipelines& pipelines, const Rule& rule, std::string json) {
  RuleSet set;
  EXPECT_TRUE(set.add(rule, *pipelines.variants(rule)));
  Matcher matcher{std::make_shared<const RuleSet>(std::move(set))};
  const auto size = json.size();
  json.append(event::read_padding, ' ');
  bool matched = false;
  event::make_ndjson_reader()->read(std::string_view{json}.substr(0, size), true, [&](const event::Event& event) {
    for (int time = 0; time < 20; ++time) matched = !matcher.match(event).empty();  // also after the program is made
  });
  return matched;
}
Pipelines of(std::string_view yaml) {
  Pipelines pipelines;
  const auto added = pipelines.add_each(yaml);
  EXPECT_TRUE(added) << added.error().reason;
  return pipelines;
}
std::string refusal(std::string_view yaml) {
  Pipelines pipelines;
  const auto added = pipelines.add_each(yaml);
  return added ? "used" : fmt::format("{}: {}", added.error().line, added.error().reason);
}

TEST(StandardPipelines, SeeProcessesAsSysmonAndAsAuditing) {
  const auto standard = *Pipelines::standard();
  const auto rule = rule_of("{category: process_creation, product: windows}");
  EXPECT_TRUE(matches(standard, rule, R"({"EventID":1,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"C:\\cmd.exe"})"));
  EXPECT_TRUE(matches(standard, rule, R"({"EventID":1,"Channel":"Microsoft-Windows-Sysmon\/Operational","Image":"C:\\CMD.EXE"})"));
  EXPECT_TRUE(matches(standard, rule, R"({"EventID":4688,"Channel":"Security","NewProcessName":"C:\\cmd.exe"})"));
  EXPECT_FALSE(matches(standard, rule, R"({"EventID":4688,"Channel":"Security","Image":"C:\\cmd.exe"})"));
  EXPECT_FALSE(matches(standard, rule, R"({"EventID":3,"Channel":"Microsoft-Windows-Sysmon/Operational","Image":"C:\\cmd.exe"})"));
  EXPECT_FALSE(matches(standard, rule, R"({"EventID":1,"Image":"C:\\cmd.exe"})"));
}

TEST(StandardPipelines, KnowChannelsCloudsAndSensors) {
  const auto standard = *Pipelines::standard();
  EXPECT_TRUE(matches(standard, rule_of("{product: windows, service: windefend}", "{ThreatName: Mimikatz}"),
                      R"({"Channel":"Microsoft-Windows-Windows Defender/Operational","Threat Name":"mimikatz"})"));
  EXPECT_TRUE(matches(standard, rule_of("{product: windows}", "[sekurlsa]"), R"({"Channel":"Any","Message":"x sekurlsa y"})"));
  EXPECT_FALSE(
      matches(standard, rule_of("{product: windows, service: unheard-of}", "[sekurlsa]"), R"({"Channel":"Any","Message":"x sekurlsa y"})"));
  EXPECT_TRUE(matches(standard, rule_of("{product: aws, service: cloudtrail}", "{userIdentity.type: Root}"),
                      R"({"eventSource":"iam.amazonaws.com","awsRegion":"eu","userIdentity":{"type":"Root"}})"));
  EXPECT_TRUE(matches(standard, rule_of("{category: dns}", "{query|endswith: .onion}"), R"({"_path":"dns","query":"a.onion"})"));
  EXPECT_TRUE(matches(standard, rule_of("{category: dns}", "{query|endswith: .onion}"),
                      R"({"event_type":"dns","flow_id":7,"dns":{"rrname":"a.onion"}})"));
}

TEST(Pipeline, MapsFieldsOneToManyAndOnlyTheChosen) {
  const auto pipelines = of(R"(
transformations:
  - type: field_name_mapping
    mapping: {Image: [process.executable, process.name]}
    rule_conditions: [{type: logsource, category: process_creation}]
  - type: field_name_prefix
    prefix: win.
    field_name_conditions: [{type: exclude_fields, fields: [process.executable, process.name]}]
  - {id: added, type: add_condition, conditions: {kind: [event, alert]}}
  - {type: add_condition, conditions: {muted: true}, negated: true, rule_conditions: [{type: processing_item_applied, processing_item_id: added}]}
)");
  const auto rule = rule_of("{category: process_creation}", "{Image|endswith: \\cmd.exe, User: ana}");
  EXPECT_TRUE(matches(pipelines, rule, R"({"kind":"alert","process":{"name":"C:\\cmd.exe"},"win.User":"ana"})"));
  EXPECT_TRUE(matches(pipelines, rule, R"({"kind":"event","process":{"executable":"C:\\cmd.exe"},"win.User":"ana"})"));
  EXPECT_FALSE(matches(pipelines, rule, R"({"kind":"other","process":{"name":"C:\\cmd.exe"},"win.User":"ana"})"));
  EXPECT_FALSE(matches(pipelines, rule, R"({"kind":"alert","process":{"name":"C:\\cmd.exe"},"win.User":"ana","muted":true})"));
  EXPECT_FALSE(matches(pipelines, rule, R"({"kind":"alert","process":{"name":"C:\\cmd.exe"},"User":"ana"})"));
}

TEST(Pipeline, ChainsGoByPriorityAndChangeTheLogSource) {
  auto first = *parse_pipeline(
      read_yaml(
          "priority: 20\ntransformations: [{type: add_condition, conditions: {b: 1}, rule_conditions: [{type: logsource, service: new}]}]")
          ->front());
  auto second = *parse_pipeline(read_yaml("priority: 10\ntransformations: [{type: change_logsource, service: new}]")->front());
  Pipelines pipelines;
  pipelines.add_chain({first, second});
  const auto variants = *pipelines.variants(rule_of("{service: old}", "{a: 1}"));
  ASSERT_EQ(variants.size(), 2U);
  EXPECT_EQ(variants.back().logsource.service, "new");
  EXPECT_EQ(variants.back().source.parts.size(), 1U);
}

TEST(Pipeline, LeavesARuleItSaysNothingOfAsItStands) {
  const auto pipelines =
      of("transformations: [{type: change_logsource, service: x, rule_conditions: [{type: logsource, service: other}]}]");
  const auto variants = *pipelines.variants(rule_of("{service: mine}"));
  ASSERT_EQ(variants.size(), 1U);
  EXPECT_EQ(variants.front().logsource.service, "mine");
}

TEST(Pipeline, ARuleThatChainsSpeakOfStillAppliesToRecordsThatSayItsLogSourceThemselves) {
  const auto standard = *Pipelines::standard();
  for (const auto* category : {"webserver", "proxy", "dns"}) {
    RuleSet set;
    const auto rule = rule_of(fmt::format("{{category: {}}}", category), "{a: 1}");
    ASSERT_TRUE(set.add(rule, *standard.variants(rule)));
    Matcher matcher{std::make_shared<const RuleSet>(std::move(set))};
    event::Event event;
    event.add("a", "1");
    EXPECT_TRUE(matcher.match(event).empty());
    event.category = category;
    EXPECT_EQ(matcher.match(event).size(), 1U) << category;
  }
}

TEST(Pipeline, RefusesWhatItDoesNotUnderstand) {
  EXPECT_THAT(refusal("a: b"), testing::HasSubstr("no 'transformations'"));
  EXPECT_THAT(refusal("transformations:\n  - {type: replace_string, regex: a, replacement: b}\n"),
              testing::StartsWith("2: transformation 'replace_string'"));
  EXPECT_THAT(refusal("transformations:\n  - {type: field_name_prefix, prefix: a, rule_conditions: [{type: rule_attribute}]}\n"),
              testing::StartsWith("2: rule condition 'rule_attribute'"));
  EXPECT_THAT(refusal("transformations:\n  - {type: add_condition}\n"), testing::StartsWith("2: 'conditions' is not a map"));
  EXPECT_THAT(refusal("transformations:\n  - {type: field_name_prefix, prefix: a, rule_cond_expression: a and b}\n"),
              testing::StartsWith("2: 'rule_cond_expression' is not supported"));
}
}  // namespace
}  // namespace kulla::detect::sigma
