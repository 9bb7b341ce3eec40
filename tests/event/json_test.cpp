#include "event/json.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "event/json_text.hpp"

namespace kulla::event {
namespace {
using testing::ElementsAre;

struct Read {
  std::vector<std::string> events;  ///< "NUMBER name=value; …", null as "name!"
  Losses losses;
  std::uint64_t last = 0;
};
Read read(Reader& reader, std::string_view text, std::size_t piece = 1 << 20) {
  Read result;
  do {
    std::string part{text.substr(0, piece)};
    text.remove_prefix(part.size());
    const auto size = part.size();
    part.append(read_padding, '"');
    reader.read(std::string_view{part}.substr(0, size), text.empty(), [&](const Event& event) {
      auto& told = result.events.emplace_back(std::to_string(event.number));
      for (std::size_t at = 0; at < event.fields().size(); ++at) {
        const auto& field = event.fields()[at];
        told += " " + std::string{field.name};
        told += field.form == Field::Form::null ? "!" : "=" + std::string{event.text(at)} + ";";
      }
    });
  } while (!text.empty());
  result.losses = reader.losses(), result.last = reader.last_number();
  return result;
}
std::vector<std::string> lines(std::string_view text) { return read(*make_ndjson_reader(), text).events; }
std::vector<std::string> objects(std::string_view text) { return read(*make_json_reader(), text).events; }

TEST(Ndjson, ReadsWhateverStandsInAnObject) {
  EXPECT_THAT(lines(R"({"a":"x","b":1.5,"c":true,"d":null,"e":""})"), ElementsAre("1 a=x; b=1.5; c=true; d! e=;"));
  EXPECT_THAT(lines("{\"a\" : \"x\" ,\t\"b\" : -3 }\r\n\n  {\"a\":\"y\"}"), ElementsAre("1 a=x; b=-3;", "3 a=y;"));
  EXPECT_THAT(lines(R"({"path":"C:\\Windows\\\u0073ystem32","q":"\"","sl":"a\/b","uni":"\u00eb\ud83d\ude00"})"),
              ElementsAre("1 path=C:\\Windows\\system32; q=\"; sl=a/b; uni=\u00eb\U0001F600;"));
  EXPECT_THAT(lines(R"({"a\"b":"x"})"), ElementsAre("1 a\"b=x;"));
}

TEST(Ndjson, FlattensWhatIsNested) {
  EXPECT_THAT(lines(R"({"a":{"b":{"c":1}},"l":[1,"x",{"y":2},[3]]})"), ElementsAre("1 a.b.c=1; l=1; l=x; l.y=2; l=3;"));
  EXPECT_THAT(
      lines(
          R"({"Event":{"#attributes":{"xmlns":"n"},"System":{"Provider":{"#attributes":{"Name":"P"}},"EventID":{"#attributes":{"Qualifiers":0},"#text":7},"TimeCreated":{"#attributes":{"SystemTime":"T"}},"Correlation":null},"EventData":{"Data":{"#text":["x","y"]},"Image":"i"},"UserData":{"E":{"Leaf":"z"}},"RenderingInfo":{"Task":"t"}}})"),
      ElementsAre(
          "1 xmlns=n; Provider_Name=P; EventID_Qualifiers=0; EventID=7; TimeCreated=T; Correlation! Data=x; Data=y; Image=i; Leaf=z; "
          "RenderingInfo_Task=t;"));
}

TEST(Ndjson, WhatIsBrokenIsCountedAndTheRestIsUsed) {
  const auto got = read(*make_ndjson_reader(), "{\"a\":1}\n{\"a\":\n[1]\nnonsense\n{\"a\":2} x\n{\"a\":3}\n{\"b\":\"\xff\"}\n");
  EXPECT_THAT(got.events, testing::Contains("6 a=3;"));
  EXPECT_THAT(got.events, testing::Contains("7 b=\uFFFD;"));
  EXPECT_EQ(got.losses.records, 5U);
  EXPECT_EQ(got.losses.faults.front().record, 2U);
  EXPECT_EQ(got.last, 7U);
}

TEST(Ndjson, AnEscapeThatIsNoneStaysAsItStands) {
  EXPECT_THAT(lines(R"({"a":"C:\Windows","b":"y"})"), ElementsAre("1 a=C:\\Windows; b=y;"));
}

TEST(Ndjson, BoundsDepthAndNumber) {
  std::string deep;
  for (int at = 0; at < 100; ++at) deep += "{\"a\":";
  EXPECT_EQ(read(*make_ndjson_reader(), deep + "1" + std::string(100, '}')).losses.records, 1U);
  std::string many = "{\"a\":[0";
  for (std::size_t at = 0; at < json_field_limit + 5; ++at) many += ",1";
  EXPECT_EQ(read(*make_ndjson_reader(), many + "]}").losses.records, 1U);
  const auto long_line = read(*make_ndjson_reader(), "{\"a\":\"" + std::string(record_limit, 'x') + "\"}\n{\"b\":1}\n");
  EXPECT_THAT(long_line.events, ElementsAre("2 b=1;"));
  EXPECT_GT(long_line.losses.bytes, record_limit);
}

TEST(Json, ObjectsStandInAnyLayout) {
  EXPECT_THAT(objects("{\n \"a\": 1\n}\n{ \"a\": \"}{\" }"), ElementsAre("1 a=1;", "2 a=}{;"));
  EXPECT_THAT(objects("[ {\"a\":1},\n{\"a\":2} ]"), ElementsAre("1 a=1;", "2 a=2;"));
  EXPECT_THAT(objects(R"({"Records": [{"a":1},{"a":{"b":"\"]"}}]})"), ElementsAre("1 a=1;", "2 a.b=\"];"));
  const auto cut = read(*make_json_reader(), "{\"a\":1} stray {\"b\":");
  EXPECT_THAT(cut.events, ElementsAre("1 a=1;"));
  EXPECT_EQ(cut.losses.records, 2U);
}

RC_GTEST_PROP(Json, CutsMakeNoDifference, ()) {
  const std::string text = "{\"a\":\"x\\\\\",\"b\":[1,2]}\n\n{\"c\":{\"d\":null}}\r\n{broken\n{\"e\":\"end\"}";
  const auto piece = *rc::gen::inRange<std::size_t>(1, 20);
  RC_ASSERT(read(*make_ndjson_reader(), text, piece).events == lines(text));
  RC_ASSERT(read(*make_json_reader(), text, piece).events == objects(text));
}

RC_GTEST_PROP(JsonText, EscapingComesBack, (const std::string& text)) {
  std::string raw, plain;
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= ' ' || c == '\n' || c == '\t') plain += c;
  escape_json(plain, raw);
  const auto size = raw.size();
  raw += '"';
  raw.append(read_padding, ' ');
  std::string back;
  RC_ASSERT(unescape_json(std::string_view{raw}.substr(0, size), back));
  RC_ASSERT(back == plain);
}

}  // namespace
}  // namespace kulla::event
