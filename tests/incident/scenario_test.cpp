// Every file of tests/scenarios, as written, with a restart after every step, and with confirmations late, twice and in another order.
#include "incident/scenario.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>

#include "base/file.hpp"
#include "incident/runner.hpp"

namespace kulla::incident {
namespace {

constexpr std::size_t largest_scenario = 100'000;

std::vector<std::filesystem::path> scenario_files() {
  std::vector<std::filesystem::path> files;
  for (const auto& entry : std::filesystem::directory_iterator{std::filesystem::path{KULLA_SOURCE_DIR} / "tests/scenarios"})
    if (entry.path().extension() == ".scn") files.push_back(entry.path());
  std::ranges::sort(files);
  return files;
}

std::vector<std::string> problems_of(const Scenario& scenario, Variant variant) { return Run{scenario, variant}.problems(); }

class Scenarios : public ::testing::TestWithParam<std::tuple<std::filesystem::path, Variant>> {};

TEST_P(Scenarios, Hold) {
  const auto& [file, variant] = GetParam();
  const auto text = read_file(file, largest_scenario);
  ASSERT_TRUE(text) << text.error().message();
  try {
    const auto scenario = parse_scenario(*text);
    ASSERT_FALSE(scenario.steps.empty());
    const auto& reason = variant == Variant::restart_after_every_step ? scenario.without_restarts : scenario.without_delays;
    if (variant != Variant::as_written && !reason.empty()) GTEST_SKIP() << reason;
    EXPECT_THAT(problems_of(scenario, variant), ::testing::IsEmpty()) << file;
  } catch (const Mistake& mistake) {
    FAIL() << fmt::format("{}:{}: {}", file.string(), mistake.line, mistake.what);
  }
}

std::string name_of(const ::testing::TestParamInfo<Scenarios::ParamType>& info) {
  auto name = std::get<0>(info.param).stem().string() + "_" + boost::describe::enum_to_string(std::get<1>(info.param), "?");
  std::ranges::replace(name, '-', '_');
  return name;
}
INSTANTIATE_TEST_SUITE_P(All, Scenarios,
                         ::testing::Combine(::testing::ValuesIn(scenario_files()),
                                            ::testing::Values(Variant::as_written, Variant::restart_after_every_step,
                                                              Variant::confirmations_late_and_twice)),
                         name_of);

Mistake mistake_of(std::string_view text) {
  try {
    const auto scenario = parse_scenario(text);
    const auto problems = problems_of(scenario, Variant::as_written);
    return {0, fmt::format("{}", fmt::join(problems, "\n"))};
  } catch (const Mistake& mistake) {
    return mistake;
  }
}
constexpr std::string_view one_service = "service e-tax on web-1\n";

TEST(ScenarioLanguage, NamesTheLineOfAnUnknownStepAndWhatIsKnown) {
  const auto mistake = mistake_of(std::string{one_service} + "\n# a comment\nexplode e-tax\n");
  EXPECT_EQ(mistake.line, 4);
  EXPECT_THAT(mistake.what, ::testing::HasSubstr("unknown step 'explode'; known: alert, approve"));
}
TEST(ScenarioLanguage, NamesAServiceThatIsNotThere) {
  EXPECT_THAT(mistake_of(std::string{one_service} + "expect e-tex open\n").what,
              ::testing::HasSubstr("line 2: a service expected, found 'e-tex'; known: e-tax"));
}
TEST(ScenarioLanguage, SaysWhatIsLeftOverInALine) {
  EXPECT_THAT(mistake_of(std::string{one_service} + "expect e-tax open wide\n").what, ::testing::HasSubstr("should end before 'wide'"));
}
TEST(ScenarioLanguage, WantsUnitsOnDurations) {
  EXPECT_THAT(mistake_of(std::string{one_service} + "tick 10\n").what, ::testing::HasSubstr("250ms, 10s, 5m or 1h"));
}
TEST(ScenarioLanguage, WantsWhatThereIsBeforeWhatHappens) {
  EXPECT_EQ(mistake_of(std::string{one_service} + "tick 10s\nservice e-land on web-2\n").line, 3);
}
TEST(ScenarioLanguage, SaysWhatThereIsInsteadOfTheExpected) {
  EXPECT_THAT(mistake_of(std::string{one_service} + "ask close e-tax\nexpect e-tax open\n").what,
              ::testing::HasSubstr("line 3: not so; services: e-tax closed; facts of the last step: closed"));
}
TEST(ScenarioLanguage, AVariantIsLeftOutOnlyForAReason) { EXPECT_EQ(mistake_of("without restarts:\n").line, 1); }

}  // namespace
}  // namespace kulla::incident
