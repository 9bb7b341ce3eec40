#include "detect/sigma/value_matcher.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <set>

#include "event/json_text.hpp"
#include "event/reader.hpp"

namespace kulla::detect::sigma {
namespace {
using Form = ValueMatcher::Form;
using Place = Pattern::Place;
struct Wanted {
  std::string text;
  Place place;
};

std::set<std::uint32_t> found(Form form, const std::vector<Wanted>& wanted, std::string value, bool* certain = nullptr) {
  ValueMatcher matcher{form};
  for (std::uint32_t at = 0; at < wanted.size(); ++at) matcher.add(wanted[at].text, wanted[at].place, at);
  matcher.compile();
  ScanSpace space;
  matcher.prepare(space);
  std::vector<std::uint32_t> ids;
  const auto size = value.size();
  value += '"';
  value.append(event::read_padding, ' ');
  const bool sure = matcher.find(std::string_view{value}.substr(0, size), space, ids);
  if (certain) *certain = sure;
  return {ids.begin(), ids.end()};
}

TEST(ValueMatcher, FindsByPlaceWithoutRegardToCase) {
  const std::vector<Wanted> wanted{
      {"cmd.exe", Place::end}, {"c:\\", Place::start}, {"win", Place::anywhere}, {"x", Place::whole}, {"", Place::whole}};
  EXPECT_THAT(found(Form::text, wanted, "C:\\Windows\\CMD.exe"), testing::ElementsAre(0, 1, 2));
  EXPECT_THAT(found(Form::text, wanted, "X"), testing::ElementsAre(3));
  EXPECT_THAT(found(Form::text, wanted, ""), testing::ElementsAre(4));
  EXPECT_THAT(found(Form::text, wanted, "cmd.exe c:\\"), testing::IsEmpty());
}

TEST(ValueMatcher, SearchesJsonAsItStandsHoweverItIsEscaped) {
  const std::vector<Wanted> wanted{
      {"\\cmd.exe", Place::end}, {"a/b", Place::anywhere}, {"\xc3\xab", Place::anywhere}, {"say \"hi\"", Place::whole}};
  EXPECT_THAT(found(Form::json, wanted, R"(C:\\Windows\\CMD.exe)"), testing::ElementsAre(0));
  EXPECT_THAT(found(Form::json, wanted, R"(C:\\Windows\\cm\u0064.exe)"), testing::ElementsAre(0));
  EXPECT_THAT(found(Form::json, wanted, R"(xa\/by)"), testing::ElementsAre(1));
  EXPECT_THAT(found(Form::json, wanted, R"(\u00eb)"), testing::ElementsAre(2));
  EXPECT_THAT(found(Form::json, wanted, R"(Say \"Hi\")"), testing::ElementsAre(3));
  EXPECT_THAT(found(Form::json, wanted, R"(C:\cmd.exe)"), testing::ElementsAre(0)) << "an escape that is none stands for itself";
}

TEST(ValueMatcher, SaysWhereARecordMayHideSomething) {
  bool certain = false;
  EXPECT_THAT(found(Form::record, {{"\\mimilib.dll", Place::anywhere}}, R"({"a":"C:\\MIMILIB.dll"})", &certain), testing::ElementsAre(0));
  EXPECT_TRUE(certain);
  found(Form::record, {{"mimi", Place::anywhere}}, R"({"a":"\u006dimi"})", &certain);
  EXPECT_FALSE(certain);
}

/// Few letters, so that strings meet; the ones that JSON escapes among them.
rc::Gen<std::string> texts() { return rc::gen::container<std::string>(rc::gen::element('a', 'b', 'B', '\\', '"', '/', '\n')); }
std::string folded(const std::string& text) {
  std::string out;
  fold_case(text, out);
  return out;
}
bool stands(const Wanted& wanted, const std::string& value) {
  const auto low = folded(value);
  if (wanted.place == Place::whole) return low == wanted.text;
  if (wanted.place == Place::start) return low.starts_with(wanted.text);
  if (wanted.place == Place::end) return low.ends_with(wanted.text);
  return low.find(wanted.text) != std::string::npos;
}

RC_GTEST_PROP(ValueMatcher, NeverMissesWhatStandsThere, ()) {
  std::vector<Wanted> wanted;
  for (const auto& text : *rc::gen::container<std::vector<std::string>>(texts()))
    if (const auto place = *rc::gen::element(Place::whole, Place::start, Place::end, Place::anywhere);
        !text.empty() || place == Place::whole)
      wanted.push_back({folded(text), place});
  const auto value = *texts();
  std::string raw;
  for (const char c : value)
    if (c == '/' && *rc::gen::arbitrary<bool>()) raw += "\\/";
    else if (c == 'a' && *rc::gen::arbitrary<bool>()) raw += "\\u0061";
    else event::escape_json(std::string_view{&c, 1}, raw);
  const auto in_text = found(Form::text, wanted, value), in_json = found(Form::json, wanted, raw);
  bool certain = false;
  const auto in_record = found(Form::record, wanted, "{\"a\":\"" + raw + "\"}", &certain);
  for (std::uint32_t at = 0; at < wanted.size(); ++at)
    if (stands(wanted[at], value)) {
      RC_ASSERT(in_text.contains(at));
      RC_ASSERT(in_json.contains(at));
      RC_ASSERT(!certain || in_record.contains(at));
    }
}
}  // namespace
}  // namespace kulla::detect::sigma
