#include "detect/hunt.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.hpp"
#include "detect/coverage.hpp"
#include "event/json.hpp"

namespace kulla::detect {
namespace {

class HuntTest : public testing::Test {
 protected:
  void SetUp() override {
    std::ofstream{folder_.path() / "rule.yml"} << R"(title: Shell
id: r-shell
level: high
tags: [attack.t1059]
logsource: {category: process}
detection: {s: {Image|endswith: \cmd.exe}, condition: s}
---
title: Many shells
id: r-many
correlation: {type: event_count, rules: [r-shell], group-by: [User], timespan: 1h, condition: {gte: 3}}
generate: true
)";
  }
  std::filesystem::path write(std::string_view name, const std::string& text) {
    std::ofstream{folder_.path() / name} << text;
    return folder_.path() / name;
  }
  std::vector<std::string> hunt(const std::filesystem::path& file, HuntSettings settings = {}) {
    settings.source.category = "process";
    Hunt hunt{*sigma::load({folder_.path() / "rule.yml"}, {}), settings};
    std::vector<std::string> told;
    const std::atomic<bool> stop = false;
    input_ = hunt.input(
        file, [&](const HuntMatch& match) { told.push_back(fmt::format("{} {} {}", match.record, match.rule->id.str(), match.events)); },
        [](std::uint64_t) {}, stop);
    return told;
  }
  static std::string line(int at, std::string_view image, std::string_view user = "ana") {
    return fmt::format(R"({{"@timestamp":"2022-07-15T12:{:02}:{:02}Z","Image":"C:\\{}","User":"{}","Computer":"h"}})"
                       "\n",
                       at / 60 % 60, at % 60, image, user);
  }
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-hunt");
  HuntedInput input_;
};

TEST_F(HuntTest, MatchesComeInTheOrderOfTheRecordsWithAnyNumberOfThreads) {
  std::string text;
  for (int at = 0; at < 60'000; ++at)
    text += line(at, at % 97 == 5 ? "cmd.exe" : "notepad.exe", at % 2 ? "ana" : "besnik") + (at % 1000 ? "" : "broken\n");
  const auto file = write("events.ndjson", text);
  const auto one = hunt(file, {.threads = 1});
  EXPECT_EQ(input_.losses.records, 60U);
  EXPECT_EQ(input_.losses.faults[1].record, 1003U) << "counted over the pieces";
  EXPECT_GT(one.size(), 619U);
  EXPECT_EQ(hunt(file, {.threads = 4}), one);
  EXPECT_EQ(input_.losses.faults[1].record, 1003U);
}

TEST_F(HuntTest, CorrelationsGoOverTheWholeInput) {
  const auto file = write("few.ndjson", line(0, "cmd.exe") + line(1, "cmd.exe", "besnik") + line(2, "cmd.exe") + line(3, "cmd.exe"));
  EXPECT_THAT(hunt(file), testing::ElementsAre("1 r-shell 1", "2 r-shell 1", "3 r-shell 1", "4 r-shell 1", "4 r-many 3"));
}

TEST_F(HuntTest, LooksAtTheTimeThatIsAskedFor) {
  const auto file =
      write("times.ndjson", line(0, "cmd.exe") + line(60, "cmd.exe") + line(120, "cmd.exe") + "{\"Image\":\"\\\\cmd.exe\"}\n");
  HuntSettings settings;
  settings.since = *parse_rfc3339("2022-07-15T12:01:00Z"), settings.until = *parse_rfc3339("2022-07-15T12:02:00Z");
  EXPECT_THAT(hunt(file, settings), testing::ElementsAre("2 r-shell 1", "4 r-shell 1")) << "and at what tells no time";
  EXPECT_EQ(input_.outside, 2U);
}

TEST_F(HuntTest, SaysWhatItCannotRead) {
  hunt(write("text", "nothing known\n"));
  EXPECT_EQ(input_.format, "");
  hunt(folder_.path() / "missing");
  ASSERT_TRUE(input_.error);
}

TEST_F(HuntTest, CoverageNamesWhatNeverFiresAndWhy) {
  write("rule.yml", R"(title: A
id: r-fires
logsource: {category: process}
detection: {s: {Image: x}, f: {Parent: y}, condition: s and not f}
---
title: B
id: r-no-field
logsource: {category: process}
detection: {s: {Image: x, Parent: y}, condition: s}
---
title: C
id: r-no-source
logsource: {category: dns}
detection: {s: {Image: x}, condition: s}
)");
  const auto rules = sigma::load({folder_.path() / "rule.yml"}, {})->rules;
  Coverage coverage{rules};
  event::Event event;
  event.category = "process";
  event.add("Image", "other");
  coverage.look(event);
  const auto never = coverage.never();
  ASSERT_EQ(never.size(), 2U);
  EXPECT_EQ(rules->rule(never[0].rule).id.str(), "r-no-field");
  EXPECT_THAT(never[0].missing, testing::ElementsAre("Parent"));
  EXPECT_EQ(rules->rule(never[1].rule).id.str(), "r-no-source");
  EXPECT_FALSE(never[1].source_seen);
}
}  // namespace
}  // namespace kulla::detect
