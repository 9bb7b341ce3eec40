#include "notify/language.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "base/file.hpp"
#include "base/toml.hpp"
#include "notify/records.hpp"

namespace kulla::notify::test {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;

std::string file_of(const std::string& language) {
  return read_file(fmt::format("{}/statements/{}.toml", KULLA_SOURCE_DIR, language), std::size_t{1} << 20).value();
}
std::string changed(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}
std::string error_of(const std::string& text) {
  const auto language = Language::parse(text, "xx.toml");
  return language ? "" : language.error().what;
}

TEST(Languages, albanian_and_english_are_in_the_program) { EXPECT_THAT(codes_of(languages()), ElementsAre("en", "sq")); }

TEST(Languages, every_sentence_has_the_same_arguments_in_each) {
  for (const auto& code : codes_of(languages())) {
    const auto table = parse_toml(file_of(code), code).value();
    for (const auto& sentence : all_sentences()) {
      const auto pattern = table["sentences"][sentence.id].value<std::string>();
      ASSERT_TRUE(pattern) << code << " " << sentence.id;
      const std::set<std::string> wanted{sentence.arguments.begin(), sentence.arguments.end()};
      EXPECT_EQ(arguments_of(*pattern).value(), wanted) << code << " " << sentence.id;
    }
  }
}

TEST(Languages, what_is_wrong_in_a_file_is_named_with_its_line) {
  const auto english = file_of("en");
  EXPECT_EQ(error_of(english), "");
  EXPECT_THAT(error_of(changed(english, "{names}", "{nomes}")), HasSubstr("closed.services: there is no argument {nomes} here"));
  EXPECT_THAT(error_of(changed(english, ": {names}.\"", "\"")), HasSubstr("closed.services: the argument {names} is missing"));
  EXPECT_THAT(error_of(changed(english, "{services, plural, one {is}", "{services, plural, one {is")), HasSubstr("xx.toml:"));
  EXPECT_THAT(error_of(changed(english, "\"next.update\" = \"The", "\"next.updates\" = \"The")), HasSubstr("next.update"));
  EXPECT_THAT(error_of(changed(english, "[missing]", "[missing]\nnonsense = \"x\"")), HasSubstr("unknown key \"nonsense\""));
}

TEST(Languages, plurals_numbers_lists_and_times_are_of_the_language) {
  Story story;
  story.closed("a");
  EXPECT_EQ(say(story.record, "closed.services", "sq"), "1 shërbim nga 1 gjithsej është mbyllur për mbrojtje: a.example.");
  story.closed("b");
  story.closed("c");
  EXPECT_EQ(say(story.record, "closed.services", "sq"),
            "3 shërbime nga 3 gjithsej janë mbyllur për mbrojtje: a.example, b.example dhe c.example.");
  EXPECT_EQ(say(story.record, "closed.services", "en"), "3 services of 3 are closed for protection: a.example, b.example, and c.example.");
  EXPECT_EQ(say(story.record, "since.first_closing", "sq"), "Mbyllja e parë hyri në fuqi më 15 korrik 2022, ora 12:03 (+02:00).");
  story.inspected("a").files = 1'234'567;
  EXPECT_THAT(say(story.record, "verified.systems", "sq"), HasSubstr("u shqyrtuan 1\u00A0234\u00A0567 skedarë"));
  EXPECT_THAT(say(story.record, "verified.systems", "en"), HasSubstr("1,234,567 files"));
}

TEST(Zones, winter_and_summer_differ_and_utc_is_written_as_cap_wants_it) {
  const auto summer = parse_rfc3339("2022-07-15T10:00:00Z").value(), winter = parse_rfc3339("2022-12-15T10:00:00Z").value();
  EXPECT_EQ(tirane().with_offset(summer), "2022-07-15T12:00:00+02:00");
  EXPECT_EQ(tirane().with_offset(winter), "2022-12-15T11:00:00+01:00");
  EXPECT_EQ(Zone{}.with_offset(summer), "2022-07-15T10:00:00-00:00");
  EXPECT_EQ(Zone::named("Europe/Nowhere").error().code, Code::bad_config);
}
}  // namespace
}  // namespace kulla::notify::test
