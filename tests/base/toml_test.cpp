#include "base/toml.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

namespace kulla {
namespace {
std::string error_of(std::string_view text) {
  const auto table = parse_toml(text, "x.toml");
  return table ? "" : table.error().what;
}

TEST(Toml, WhatIsWrongIsAnErrorWithItsLineAndNeverTheEnd) {
  for (const auto* text : {"[!", "[=", "[[[a]]]", "x = 1979-05-27T?", "a = \"", "a = '''", "= 1", "a = [1,", "\"\\"})
    EXPECT_THAT(error_of(std::string("a = 1\n") + text), testing::HasSubstr("x.toml:2: ")) << text;
}
TEST(Toml, LettersOfOtherScriptsStandInStringsAndCommentsOnly) {
  EXPECT_EQ(error_of("a = \"Tiranë\" # Shqipëri\nb = 'ë'\nc = \"\"\"ë\n\"ë\"\"\"\n\"ç\" = 1\nd = '''\në'''\ne = \"\\\"ë\"\n"), "");
  EXPECT_THAT(error_of("a = 1\në = 1\n"), testing::HasSubstr("x.toml:2: a letter"));
  EXPECT_THAT(error_of("[kë]\n"), testing::HasSubstr("x.toml:1: a letter"));
  EXPECT_THAT(error_of("a = 'x' ë\n"), testing::HasSubstr("x.toml:1: a letter"));
}
TEST(Toml, AByteOrderMarkIsNoLetter) {
  EXPECT_EQ(error_of("\xEF\xBB\xBF"
                     "a = 1\n"),
            "");
}
}  // namespace
}  // namespace kulla
