#include "detect/sigma/pattern.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace kulla::detect::sigma {
namespace {
using Place = Pattern::Place;

bool matches(std::string_view pattern, std::string_view value, Place place = Place::whole, bool cased = false) {
  std::string folded{value};
  if (!cased) fold_case(value, folded);
  return Pattern{pattern, place, cased}.matches(folded);
}

TEST(Pattern, ComparesTheWholeValueWithoutCase) {
  EXPECT_TRUE(matches("Admin", "aDMIN"));
  EXPECT_FALSE(matches("admin", "admin1"));
  EXPECT_FALSE(matches("admin", "xadmin"));
  EXPECT_FALSE(matches("Admin", "admin", Place::whole, true));
  EXPECT_TRUE(matches("", ""));
  EXPECT_FALSE(matches("", "x"));
}

TEST(Pattern, ModifiersOpenItsEnds) {
  EXPECT_TRUE(matches("b", "abc", Place::anywhere));
  EXPECT_TRUE(matches("a", "abc", Place::start));
  EXPECT_TRUE(matches("c", "abc", Place::end));
  EXPECT_FALSE(matches("b", "abc", Place::start));
  EXPECT_FALSE(matches("b", "abc", Place::end));
  EXPECT_TRUE(matches("", "abc", Place::anywhere));
  EXPECT_TRUE(matches("a*c", "xxabbbcxx", Place::anywhere));
  EXPECT_TRUE(matches("a?c", "abcxx", Place::start));
}

TEST(Pattern, Wildcards) {
  EXPECT_TRUE(matches("prog?.exe", "progA.exe"));
  EXPECT_FALSE(matches("prog?.exe", "prog.exe"));
  EXPECT_TRUE(matches("antivirus_V*.exe", "antivirus_V21.2.1.exe"));
  EXPECT_TRUE(matches("*", ""));
  EXPECT_TRUE(matches("*", "anything\n"));
  EXPECT_TRUE(matches("**a**", "bab"));
  EXPECT_TRUE(matches("a*b*c", "a1b2b3c"));
  EXPECT_FALSE(matches("a*b*c", "a1b2b3cd"));
  EXPECT_TRUE(matches("?", "ë")) << "one character, not one byte";
  EXPECT_TRUE(matches("?", "\xff"));
  EXPECT_FALSE(matches("??", "ë"));
  EXPECT_TRUE(matches("*?", "x"));
  EXPECT_FALSE(matches("*?", ""));
}

TEST(Pattern, BackslashEscapes) {
  EXPECT_TRUE(matches(R"(a\*b)", "a*b"));
  EXPECT_FALSE(matches(R"(a\*b)", "axb"));
  EXPECT_TRUE(matches(R"(a\?b)", "a?b"));
  EXPECT_FALSE(matches(R"(a\?b)", "axb"));
  EXPECT_TRUE(matches(R"(C:\Windows\x)", R"(c:\windows\X)"));
  EXPECT_TRUE(matches(R"(C:\\Windows)", R"(C:\Windows)"));
  EXPECT_TRUE(matches(R"(a\\*)", R"(a\bcd)"));
  EXPECT_FALSE(matches(R"(a\\*)", "abcd"));
  EXPECT_TRUE(matches(R"(a\\\*)", R"(a\*)"));
  EXPECT_FALSE(matches(R"(a\\\*)", R"(a\x)"));
  EXPECT_TRUE(matches(R"(\\\\srv)", R"(\\srv)"));
  EXPECT_TRUE(matches(R"(\\\srv)", R"(\\srv)"));
  EXPECT_TRUE(matches(R"(dir\)", R"(dir\)"));
  EXPECT_TRUE(matches(R"(dir\)", R"(x\dir\file)", Place::anywhere)) << "the star that contains adds is not escaped";
}

/// What a wildcard pattern means, said as slowly and plainly as possible.
bool oracle(std::string_view pattern, std::string_view value) {
  if (pattern.empty()) return value.empty();
  if (pattern.front() == '*') return oracle(pattern.substr(1), value) || (!value.empty() && oracle(pattern, value.substr(1)));
  if (value.empty()) return false;
  return (pattern.front() == '?' || pattern.front() == value.front()) && oracle(pattern.substr(1), value.substr(1));
}

TEST(PatternProperty, AgreesWithTheOracle) {
  EXPECT_TRUE(rc::check([] {
    const auto pattern = (*rc::gen::container<std::string>(rc::gen::element('a', 'b', '*', '?'))).substr(0, 10);
    const auto value = (*rc::gen::container<std::string>(rc::gen::element('a', 'b'))).substr(0, 10);
    RC_ASSERT(matches(pattern, value) == oracle(pattern, value));
  }));
}

TEST(Pattern, StarsAgainstALongRunEndInTime) { EXPECT_FALSE(matches("*a*a*a*a*a*a*a*a*a*b", std::string(16384, 'a'))); }

TEST(Pattern, KeysTellPatternsApart) {
  const auto key = [](std::string_view text, Place place, bool cased) {
    std::string written;
    Pattern{text, place, cased}.add_key(written);
    return written;
  };
  EXPECT_EQ(key("a", Place::anywhere, false), key("*A*", Place::whole, false));
  EXPECT_NE(key("a", Place::anywhere, false), key("a", Place::anywhere, true));
  EXPECT_NE(key("a*", Place::whole, false), key("a\\*", Place::whole, false));
}
}  // namespace
}  // namespace kulla::detect::sigma
