// Canonical JSON against RFC 8785, as far as it concerns values without fractions.
#include "base/canonical_json.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace kulla {
namespace {
std::string again(std::string_view text) { return canonical(parse_json(text).value()); }

TEST(CanonicalJson, Literals) {
  for (const auto* text : {"null", "true", "false", "0", "-1", "9007199254740992", "-9007199254740992", "[]", "{}", "\"\"", "[[],{},null]"})
    EXPECT_EQ(again(text), text);
}
TEST(CanonicalJson, WhitespaceGoes) { EXPECT_EQ(again(" { \"b\" : [ 1 , 2 ] ,\n\t\"a\" : null } "), R"({"a":null,"b":[1,2]})"); }

// RFC 8785, 3.2.2.2: the string example, without what lies around it.
TEST(CanonicalJson, StringsOfTheRfc) {
  EXPECT_EQ(again(R"("\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/")"), "\"\xE2\x82\xAC$\\u000f\\nA'B\\\"\\\\\\\\\\\"/\"");
}
TEST(CanonicalJson, EveryControlCharacterHasItsShortestEscape) {
  EXPECT_EQ(canonical(json::value(std::string("\b\t\n\f\r\0\x1f\x7f", 8))), "\"\\b\\t\\n\\f\\r\\u0000\\u001f\x7f\"");
}
// RFC 8785, 3.2.3: the sorting example.
TEST(CanonicalJson, KeysOfTheRfcInOrder) {
  EXPECT_EQ(
      again(
          R"({"\u20ac":"Euro Sign","\r":"Carriage Return","\ufb33":"Hebrew Letter Dalet With Dagesh","1":"One","\ud83d\ude00":"Emoji: Grinning Face","\u0080":"Control","\u00f6":"Latin Small Letter O With Diaeresis"})"),
      "{\"\\r\":\"Carriage Return\",\"1\":\"One\",\"\xC2\x80\":\"Control\",\"\xC3\xB6\":\"Latin Small Letter O With "
      "Diaeresis\",\"\xE2\x82\xAC\":\"Euro Sign\","
      "\"\xF0\x9F\x98\x80\":\"Emoji: Grinning Face\",\"\xEF\xAC\xB3\":\"Hebrew Letter Dalet With Dagesh\"}");
}
TEST(CanonicalJson, ShorterKeyFirst) { EXPECT_EQ(again(R"({"ab":1,"a":2,"":3,"B":4})"), R"({"":3,"B":4,"a":2,"ab":1})"); }

std::u16string utf16(const std::string& text) {
  std::u16string out;
  for (std::size_t i = 0; i < text.size();) {
    const auto lead = static_cast<unsigned char>(text[i]);
    const std::size_t length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
    char32_t code = length == 1 ? lead : lead & (0x7Fu >> length);
    for (std::size_t k = 1; k < length; ++k) code = (code << 6) | (static_cast<unsigned char>(text[i + k]) & 0x3Fu);
    if (code >= 0x10000)
      out += {static_cast<char16_t>(0xD800 + ((code - 0x10000) >> 10)), static_cast<char16_t>(0xDC00 + ((code - 0x10000) & 0x3FF))};
    else out += static_cast<char16_t>(code);
    i += length;
  }
  return out;
}
std::string utf8(char32_t code) {
  const auto tail = [&](int shift) { return static_cast<char>(0x80 | ((code >> shift) & 0x3F)); };
  if (code < 0x80) return {static_cast<char>(code)};
  if (code < 0x800) return {static_cast<char>(0xC0 | (code >> 6)), tail(0)};
  if (code < 0x10000) return {static_cast<char>(0xE0 | (code >> 12)), tail(6), tail(0)};
  return {static_cast<char>(0xF0 | (code >> 18)), tail(12), tail(6), tail(0)};
}
// The oracle sorts real UTF-16; the code ranks UTF-8 bytes. The borders: U+D7FF, U+E000, U+FFFF, U+10000, U+10FFFF.
TEST(CanonicalJson, KeysSortAsUtf16CodeUnits) {
  const auto character = rc::gen::map(rc::gen::element<char32_t>(0x41, 0x7F, 0x80, 0x7FF, 0x800, 0xD7FF, 0xE000, 0xEFFF, 0xF000, 0xFB33,
                                                                 0xFFFF, 0x10000, 0x1F600, 0x10FFFF),
                                      utf8);
  EXPECT_TRUE(rc::check("order of keys", [&] {
    const auto words = *rc::gen::container<std::vector<std::vector<std::string>>>(rc::gen::container<std::vector<std::string>>(character));
    json::object object;
    std::set<std::u16string> sorted;
    for (const auto& word : words) {
      std::string key;
      for (const auto& one : word) key += one;
      object[key] = 0;
      sorted.insert(utf16(key));
    }
    std::vector<std::u16string> written;
    const auto text = canonical(object);
    for (std::size_t at = 1; at + 1 < text.size();) {
      const auto end = text.find("\":0", at);
      written.push_back(utf16(text.substr(at + 1, end - at - 1)));
      at = end + 4;
    }
    RC_ASSERT(written == std::vector<std::u16string>(sorted.begin(), sorted.end()));
  }));
}

TEST(CanonicalJson, BytesThatAreNotUtf8AreReplacedOneByOne) {
  const auto text = [](std::string bytes) { return canonical(json::value(std::move(bytes))); };
  const std::string bad = "\xEF\xBF\xBD";
  EXPECT_EQ(text("a\xFF"
                 "b"),
            "\"a" + bad + "b\"");
  EXPECT_EQ(text("\xC0\xAF"), "\"" + bad + bad + "\"") << "overlong";
  EXPECT_EQ(text("\xED\xA0\x80"), "\"" + bad + bad + bad + "\"") << "a surrogate";
  EXPECT_EQ(text("\xF4\x90\x80\x80"), "\"" + bad + bad + bad + bad + "\"") << "beyond U+10FFFF";
  EXPECT_EQ(text("\xE2\x82"), "\"" + bad + bad + "\"") << "cut short";
}
TEST(CanonicalJson, WhateverTheBytesWhatIsWrittenCanBeReadAndStays) {
  EXPECT_TRUE(rc::check("fixed point", [](const std::vector<std::uint8_t>& bytes) {
    const auto text = canonical(json::object{{std::string(bytes.begin(), bytes.end()), std::string(bytes.rbegin(), bytes.rend())}});
    RC_ASSERT(parse_json(text).has_value());
    RC_ASSERT(again(text) == text);
  }));
}

TEST(CanonicalJsonDeathTest, FractionsAndHugeIntegersAreAProgrammersMistake) {
  EXPECT_DEATH((void)canonical(json::value(1.5)), "broken invariant");
  EXPECT_DEATH((void)canonical(json::value(integer_limit + 1)), "broken invariant");
  EXPECT_DEATH((void)canonical(json::value(-integer_limit - 1)), "broken invariant");
}

TEST(ParseJson, RefusesWhatIsNotJsonOrTooBigOrTooDeep) {
  for (const auto* text :
       {"", " ", "{", "{]", "[1,]", "nul", "'a'", "{\"a\" 1}", "[1] x", "\"\xFF\"", "\"\\ud800\"", "01", "+1", "NaN", "// c\n1"})
    EXPECT_FALSE(parse_json(text)) << text;
  EXPECT_EQ(parse_json("[1,2,3]", 6).error().code, Code::too_large);
  EXPECT_TRUE(parse_json("[1,2,3]", 7));
  EXPECT_TRUE(parse_json(std::string(60, '[') + std::string(60, ']')));
  EXPECT_FALSE(parse_json(std::string(70, '[') + std::string(70, ']')));
}
}  // namespace
}  // namespace kulla
