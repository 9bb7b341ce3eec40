// `kulla hunt` and `kulla rules` as people run them: real processes, their output and how they end.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "system/support/daemon_world.hpp"

namespace kulla::test {
namespace {
using ::testing::ElementsAre;
using ::testing::HasSubstr;

class HuntCommand : public ::testing::Test {
 protected:
  HuntCommand() {
    write("rules/shell.yml", R"(title: Script below uploads
id: r-shell
level: high
status: stable
tags: [attack.t1505.003]
logsource: {category: webserver}
detection: {s: {cs-uri-stem|endswith: .php}, condition: s}
)");
    write("rules/low.yml", R"(title: Any page
id: r-low
level: low
logsource: {category: webserver}
detection: {s: {sc-status: 200}, condition: s}
)");
    std::string log;
    for (int i = 0; i < 500; ++i)
      log += fmt::format("192.0.2.{} - - [15/Jul/2022:12:{:02}:00 +0000] \"GET /{} HTTP/1.1\" 200 10 \"-\" \"m\"\n", i % 250, i % 60,
                         i % 100 == 7 ? "up/a.php" : "index.html");
    write("access.log", log);
  }
  void write(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories(path(name).parent_path());
    std::ofstream{path(name), std::ios::binary} << text;
  }
  [[nodiscard]] std::filesystem::path path(const std::string& name) const { return folder_.path() / name; }
  [[nodiscard]] Finished kulla(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), kulla_binary());
    RunOptions options;
    options.environment = {{"XDG_CACHE_HOME", path("cache").string()}};
    return run(arguments, options).value();
  }
  [[nodiscard]] std::string rules() const { return path("rules").string(); }
  [[nodiscard]] std::string log() const { return path("access.log").string(); }
  static std::vector<json::object> lines(const std::string& text) {
    std::vector<json::object> all;
    std::istringstream stream{text};
    for (std::string line; std::getline(stream, line);) all.push_back(parse_json(line)->as_object());
    return all;
  }
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-hunt-test");
};

TEST_F(HuntCommand, an_object_a_match_in_the_order_of_the_records_with_any_number_of_threads) {
  const auto one = kulla({"hunt", "-r", rules(), "--format", "ndjson", "--min-level", "high", log()});
  EXPECT_EQ(one.exit_code, 1);
  const auto matches = lines(one.out);
  ASSERT_EQ(matches.size(), 5U);
  EXPECT_EQ(matches[0].at("record"), 8);
  EXPECT_EQ(matches[1].at("record"), 108);
  EXPECT_EQ(matches[0].at("rule_id"), "r-shell");
  EXPECT_EQ(matches[0].at("file").as_string(), log());
  EXPECT_EQ(matches[0].at("time"), "2022-07-15T12:07:00.000000Z");
  EXPECT_EQ(matches[0].at("fields").at("cs-uri-stem"), "/up/a.php");
  EXPECT_EQ(kulla({"hunt", "-r", rules(), "--format", "ndjson", "--threads", "3", "--min-level", "high", log()}).out, one.out);
}

TEST_F(HuntCommand, how_it_ends_says_whether_something_matched) {
  EXPECT_EQ(kulla({"hunt", "-r", rules(), log()}).exit_code, 1);
  EXPECT_EQ(kulla({"hunt", "-r", rules(), "--min-level", "critical", log()}).exit_code, 0);
  EXPECT_EQ(kulla({"hunt", "-r", rules(), "--until", "2022-07-15", log()}).exit_code, 0);
  EXPECT_EQ(kulla({"hunt", "-r", rules(), "--tag", "attack.t1505.003", "--format", "csv", log()}).exit_code, 1);
  const auto nowhere = kulla({"hunt", "-r", rules(), path("nowhere.log").string()});
  EXPECT_EQ(nowhere.exit_code, 2);
  EXPECT_THAT(nowhere.err, HasSubstr("nowhere.log"));
}

TEST_F(HuntCommand, a_summary_for_people_has_no_colours_where_nobody_looks) {
  const auto told = kulla({"hunt", "-r", rules(), log()});
  EXPECT_THAT(told.out, HasSubstr("Script below uploads"));
  EXPECT_EQ(told.out.find('\x1b'), std::string::npos);
}

TEST_F(HuntCommand, a_rule_that_cannot_be_used_is_named_with_its_line_and_the_others_are_used) {
  write("rules/bad.yml", "title: Bad\nlogsource: {category: webserver}\ndetection: {s: {a|nonsense: b}, condition: s}\n");
  const auto checked = kulla({"rules", "check", "-r", rules()});
  EXPECT_EQ(checked.exit_code, 1);
  EXPECT_THAT(checked.out + checked.err, HasSubstr("bad.yml:3: "));
  const auto hunted = kulla({"hunt", "-r", rules(), "--format", "ndjson", "--min-level", "high", log()});
  EXPECT_EQ(lines(hunted.out).size(), 5U);
  EXPECT_THAT(hunted.err, HasSubstr("1"));
}

TEST_F(HuntCommand, what_was_read_once_comes_from_the_cache_and_a_cache_of_others_is_not_used) {
  EXPECT_EQ(kulla({"rules", "check", "-r", rules(), "--no-cache"}).exit_code, 0);
  EXPECT_FALSE(std::filesystem::exists(path("cache")));
  EXPECT_EQ(kulla({"rules", "check", "-r", rules()}).exit_code, 0);
  const auto cache = path("cache/kulla/rules.cache");
  ASSERT_TRUE(std::filesystem::exists(cache));
  std::filesystem::permissions(cache, std::filesystem::perms::others_write, std::filesystem::perm_options::add);
  const auto told = kulla({"rules", "check", "-r", rules()});
  EXPECT_EQ(told.exit_code, 0);
  EXPECT_THAT(told.err, HasSubstr(cache.string()));
}

TEST_F(HuntCommand, a_backtest_counts_what_normal_days_raise) {
  const auto file = path("backtest.json").string();
  const auto tested = kulla({"rules", "backtest", "-r", rules(), "--days", "2", "--budget", "100", "-o", file, log()});
  EXPECT_EQ(tested.exit_code, 1) << "the noisy rule is over its budget";
  const auto counted = parse_json(*read_file(file, 1 << 20))->as_object();
  EXPECT_EQ(counted.at("events"), 500);
  for (const auto& rule : counted.at("rules").as_array())
    EXPECT_EQ(rule.at("matches"), rule.at("id") == "r-shell" ? 5 : 500) << json::serialize(rule);
}

TEST_F(HuntCommand, coverage_names_what_can_fire_and_what_never_can) {
  write("rules/registry.yml",
        "title: Registry\nid: r-registry\nlogsource: {product: windows, category: registry_set}\ndetection: {s: {TargetObject: x}, "
        "condition: s}\n");
  const auto told = kulla({"rules", "coverage", "-r", rules(), "--format", "ndjson", log()});
  EXPECT_EQ(told.exit_code, 0);
  EXPECT_THAT(told.out, HasSubstr("T1505.003"));
  EXPECT_THAT(told.out, HasSubstr("r-registry"));
}

TEST_F(HuntCommand, explain_says_what_carries_out_a_test) {
  const auto told = kulla({"rules", "explain", "-r", rules(), "r-shell"});
  EXPECT_EQ(told.exit_code, 0);
  EXPECT_THAT(told.out, HasSubstr("ends with '.php'"));
}
}  // namespace
}  // namespace kulla::test
