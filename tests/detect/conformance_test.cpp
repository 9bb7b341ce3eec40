// The engine on real recordings, against the oracle and against what the recordings' makers expect. Skipped where there is no corpus.
#include <gtest/gtest.h>

#include <boost/json.hpp>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <map>
#include <set>

#include "base/file.hpp"
#include "corpus.hpp"
#include "detect/sigma/load.hpp"
#include "detect/sigma/matcher.hpp"
#include "detect/sigma/oracle.hpp"
#include "detect/sigma/parse.hpp"
#include "event/evtx/evtx.hpp"
#include "event/input.hpp"
#include "event/json.hpp"
#include "event/readers.hpp"

namespace kulla::detect::sigma {
namespace {
namespace fs = std::filesystem;
using kulla::test::corpus;

class Recordings : public testing::Test {
 protected:
  void SetUp() override {
    if (!fs::is_directory(corpus() / "sigma-regression")) GTEST_SKIP() << "NO CORPUS at " << corpus() << ": set KULLA_CORPUS";
    auto pipelines = Pipelines::standard();
    ASSERT_TRUE(pipelines) << pipelines.error().reason;
    pipelines_ = std::move(*pipelines);
    auto loaded = load({corpus() / "sigma"}, {.pipelines = pipelines_});
    ASSERT_TRUE(loaded);
    rules_ = loaded->rules;
  }
  void each_event(const fs::path& file, event::Reader& reader, const std::function<void(const event::Event&)>& look) {
    auto opened = event::open_input(file.string());
    ASSERT_TRUE(opened) << opened.error().what;
    for (bool more = true; more;) {
      std::string bytes;
      const auto filled = event::fill(**opened, bytes, std::size_t{4} << 20);
      ASSERT_TRUE(filled) << filled.error().what;
      more = *filled;
      const auto size = bytes.size();
      bytes.append(event::read_padding, '\0');
      reader.read(std::string_view{bytes}.substr(0, size), !more, look);
    }
  }
  Pipelines pipelines_;
  std::shared_ptr<const RuleSet> rules_;
};

TEST_F(Recordings, EachMatchesItsRuleFromJsonAndEvtxAlike) {
  Matcher matcher{rules_};
  std::size_t files = 0, found = 0;
  for (const auto& entry : fs::directory_iterator{corpus() / "sigma-regression"}) {
    if (!entry.path().string().ends_with(".expected.json")) continue;
    ++files;
    const auto expected = boost::json::parse(*read_file(entry.path(), 1 << 20)).as_object();
    const auto count = [&](const char* extension, event::Reader& reader) {
      auto recording = entry.path();
      recording.replace_extension("").replace_extension(extension);
      std::size_t matches = 0;
      each_event(recording, reader, [&](const event::Event& event) {
        for (const auto rule : matcher.match(event)) matches += rules_->rule(rule).id.str() == expected.at("rule_id").as_string();
      });
      EXPECT_EQ(reader.losses().records, 0U) << recording;
      return matches;
    };
    const auto from_json = count(".json", *event::make_json_reader()), from_evtx = count(".evtx", *event::make_evtx_reader());
    found += from_json > 0 && from_evtx == from_json;
    EXPECT_GT(from_json, 0U) << entry.path() << ": " << expected.at("title").as_string();
    EXPECT_EQ(from_evtx, from_json) << entry.path() << ": " << expected.at("title").as_string();
  }
  std::cout << found << " of " << files << " recordings match their rule, from JSON and EVTX alike\n";
}

/// Every rule of the corpus as the oracle sees it, in the order of the rule set.
std::vector<test::Oracle> oracles(const RuleSet& rules, const Pipelines& pipelines) {
  std::map<std::string, std::vector<Rule>> by_id;
  for (const auto& entry : fs::recursive_directory_iterator{corpus() / "sigma"}) {
    if (entry.path().extension() != ".yml") continue;
    const auto documents = read_yaml(*read_file(entry.path(), yaml_size_limit));
    for (const auto& document : *documents)
      if (auto rule = parse_rule(document)) by_id[rule->id.str()] = *pipelines.variants(*rule);
  }
  std::vector<test::Oracle> all;
  for (std::size_t at = 0; at < rules.size(); ++at) {
    const auto known = by_id.find(rules.rule(at).id.str());
    if (known == by_id.end()) ADD_FAILURE() << rules.rule(at).id.str();
    else all.emplace_back(std::move(known->second));
  }
  return all;
}

TEST_F(Recordings, EngineAndOracleAgreeOnEachEventAndRule) {
  const auto all = oracles(*rules_, pipelines_);
  Matcher matcher{rules_};
  std::size_t pairs = 0, matches = 0, events = 0;
  const auto look = [&](const event::Event& event) {
    const auto found = matcher.match(event);
    const test::View view{event};
    std::vector<std::size_t> expected;
    for (std::size_t rule = 0; rule < all.size(); ++rule)
      if (all[rule].matches(view)) expected.push_back(rule);
    pairs += all.size(), matches += found.size(), ++events;
    ASSERT_EQ(found, expected) << "event " << event.number << ": " << event.json.substr(0, 300) << event.record.substr(0, 300);
  };
  for (int round = 0; round < 3; ++round)  // in the second and third the programs are made
    for (const auto& entry : fs::directory_iterator{corpus() / "sigma-regression"})
      if (entry.path().extension() == ".json" && !entry.path().string().ends_with(".expected.json"))
        each_event(entry.path(), *event::make_json_reader(), look);
  const auto recordings = pairs;
  std::set<std::string> formats;
  for (int round = 0; round < 2; ++round)
    for (const auto& entry : fs::directory_iterator{corpus() / "attack-logs"}) {
      if (entry.path().extension() != ".log") continue;
      const auto text = *read_file(entry.path(), 1 << 26);
      const auto format = event::recognise(text, entry.path().string());
      if (!format) continue;
      formats.insert(std::string{event::name(*format)});
      each_event(entry.path(), *event::make_reader(*format, {.seen = Timestamp{std::chrono::days{20'000}}}), look);
    }
  EXPECT_GE(formats.size(), 4U) << "of the logs in the corpus";
  EXPECT_GT(pairs, recordings);
  if (std::getenv("KULLA_LONG")) {
    for (const auto& entry : fs::directory_iterator{corpus() / "windows-events"})
      if (entry.path().extension() == ".zst") each_event(entry.path(), *event::make_ndjson_reader(), look);
  }
  EXPECT_GT(matches, 250U);
  std::cout << events << " events, " << pairs << " pairs of event and rule, " << matches << " matches\n";
}
}  // namespace
}  // namespace kulla::detect::sigma
