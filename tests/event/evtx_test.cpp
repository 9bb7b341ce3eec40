#include "event/evtx/evtx.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "event/evtx_builder.hpp"
#include "event/evtx_reading.hpp"

namespace kulla::test::evtx {
namespace {
using ::testing::ElementsAre, ::testing::HasSubstr, ::testing::IsEmpty;

/// What an event reads as whose <Event> has these contents, with `values`.
std::string event_of(const Write& contents, const std::vector<Value>& values) {
  Chunk chunk;
  const auto define = [&](Writer& to) {
    to.open("Event").close_start();
    contents(to);
    to.end();
  };
  chunk.record([&](Writer& to) { to.instance("t", define, values); });
  const auto reading = read(file({chunk.finish()}));
  EXPECT_EQ(reading.losses.records, 0U) << reading.losses.faults.at(0).why;
  return reading.events.size() == 1 ? reading.events[0] : "not one event";
}

/// The text of one value.
std::string text_of(const Value& value) {
  const auto text = event_of([](Writer& to) { to.open("EventData").close_start().data(u"X", 0).end(); }, {value});
  return text.starts_with("1 X=") ? text.substr(4, text.size() - 6) : text;
}

TEST(Evtx, AnEventHasSigmasFields) {
  Chunk chunk;
  chunk.record([](Writer& to) { ordinary(to, 4688, u"first"); }).record([](Writer& to) { ordinary(to, 1, u"Kërkesë", u""); });
  const std::string system_after =
      "; Level=4; Keywords=0x8000000000000000; TimeCreated=2025-10-25T13:44:33.440907Z; EventRecordID=77; Execution_ProcessID=3308; "
      "Execution_ThreadID=4008; Channel=Made/Operational; Security_UserID=S-1-5-18; ";
  const std::string provider = "Provider_Name=Made; Provider_Guid=5770385F-C22A-43E0-BF4C-06F5698FFBD9; EventID=";
  const auto reading = read(file({chunk.finish()}));
  EXPECT_THAT(reading.events, ElementsAre("1 " + provider + "4688" + system_after + "A=first; B=b; Data=-5; ",
                                          "2 " + provider + "1" + system_after + "A=Kërkesë; B=; Data=-5; "));
  EXPECT_EQ(reading.losses.records, 0U);
  EXPECT_EQ(reading.last_number, 2U);
}

TEST(Evtx, TheTimesAreTimeCreated) {
  Chunk chunk;
  chunk.record([](Writer& to) { ordinary(to, 1, u""); }).record([](Writer& to) {
    to.open("Event").close_start().open("A").close_start().text(u"").end().end();
  });
  const auto bytes = file({chunk.finish()}) + std::string(event::read_padding, '\0');
  std::vector<std::string> times;
  const auto reader = event::make_evtx_reader();
  reader->read(std::string_view{bytes}.substr(0, bytes.size() - event::read_padding), true, [&](const event::Event& event) {
    EXPECT_EQ(event.happened, event.recorded);
    EXPECT_EQ(event.product, "windows");
    EXPECT_EQ(event.record, "");
    times.push_back(to_rfc3339(event.recorded));
  });
  EXPECT_THAT(times, ElementsAre("2025-10-25T13:44:33.440907Z", "2025-08-18T14:13:20.000000Z")) << "the second has only the record's own";
}

TEST(Evtx, HowItIsCutMakesNoDifference) {
  Chunk first, second;
  for (std::uint16_t n = 0; n < 40; ++n) first.record([&](Writer& to) { ordinary(to, n, std::u16string(n, u'x')); });
  second.record([](Writer& to) { ordinary(to, 100, u"y"); });
  const auto bytes = file({first.finish(), second.finish(), std::string(65536, '\0'), second.finish(false)});
  const auto whole = read(bytes);
  ASSERT_EQ(whole.events.size(), 42U);
  EXPECT_EQ(whole.losses.records, 0U);
  for (const std::size_t piece : {1U, 7U, 4095U, 4096U, 4097U, 65535U, 65536U, 65537U, 70000U, 140000U})
    EXPECT_EQ(read(bytes, piece).events, whole.events) << piece;
}

TEST(Evtx, APieceThatBeginsAtAChunk) {
  Chunk chunk;
  chunk.record([](Writer& to) { ordinary(to, 1, u"x"); });
  const auto whole = read(file({chunk.finish(), chunk.finish()}));
  const auto piece = read(chunk.finish(), 5);
  ASSERT_EQ(whole.events.size(), 2U);
  EXPECT_THAT(piece.events, ElementsAre(whole.events[0]));
  EXPECT_EQ(piece.losses.records, 0U);
}

TEST(Evtx, EachTypeOfValueHasItsText) {
  EXPECT_EQ(text_of(string(u"a\u00ebb \U0001F512 z")), "aëb 🔒 z");
  EXPECT_EQ(text_of(string(u"0123456789abcdefë0123456789abcdef")), "0123456789abcdefë0123456789abcdef");
  EXPECT_EQ(text_of(string(std::u16string{u"up to NUL\0more", 14})), "up to NUL");
  EXPECT_EQ(text_of(string(u"\xD800x\xDC00")), "\xEF\xBF\xBDx\xEF\xBF\xBD") << "lone surrogates";
  EXPECT_EQ(text_of(bytes(0x02, "ansi \x80 \xEB")), "ansi € ë");
  EXPECT_EQ(text_of(number<std::int8_t>(0x03, -128)), "-128");
  EXPECT_EQ(text_of(number<std::uint8_t>(0x04, 255)), "255");
  EXPECT_EQ(text_of(number<std::int16_t>(0x05, -32768)), "-32768");
  EXPECT_EQ(text_of(number<std::uint16_t>(0x06, 65535)), "65535");
  EXPECT_EQ(text_of(number<std::int32_t>(0x07, INT32_MIN)), "-2147483648");
  EXPECT_EQ(text_of(number<std::uint32_t>(0x08, UINT32_MAX)), "4294967295");
  EXPECT_EQ(text_of(number<std::int64_t>(0x09, INT64_MIN)), "-9223372036854775808");
  EXPECT_EQ(text_of(number<std::uint64_t>(0x0A, UINT64_MAX)), "18446744073709551615");
  EXPECT_EQ(text_of(number<float>(0x0B, 1.5F)), "1.5");
  EXPECT_EQ(text_of(number<double>(0x0C, 2)), "2.0");
  EXPECT_EQ(text_of(number<std::uint32_t>(0x0D, 1)), "true");
  EXPECT_EQ(text_of(number<std::uint32_t>(0x0D, 0)), "false");
  EXPECT_EQ(text_of(bytes(0x0E, "\x01\xAB")), "01AB");
  EXPECT_EQ(text_of(bytes(0x0F, "0123456789abcdef")), "33323130-3534-3736-3839-616263646566");
  EXPECT_EQ(text_of(number<std::uint32_t>(0x10, 0x1F)), "0x1f");
  EXPECT_EQ(text_of(number<std::uint64_t>(0x10, 0x1F)), "0x1f");
  EXPECT_EQ(text_of(number<std::uint64_t>(0x11, 0)), "1601-01-01T00:00:00.000000Z");
  EXPECT_EQ(text_of(number<std::uint64_t>(0x11, 134'058'734'734'409'079)), "2025-10-25T13:44:33.440907Z");
  EXPECT_EQ(text_of(bytes(0x12, {"\xE9\x07\x0A\0\x06\0\x19\0\x0D\0\x2C\0\x21\0\xB8\x01", 16})), "2025-10-25T13:44:33.440000Z");
  EXPECT_EQ(text_of(bytes(0x13, {"\x01\x02\0\0\0\0\0\x05\x20\0\0\0\xFF\xFF\xFF\xFF", 16})), "S-1-5-32-4294967295");
  EXPECT_EQ(text_of(number<std::uint32_t>(0x14, 0x529AE3)), "0x529ae3");
  EXPECT_EQ(text_of(number<std::uint64_t>(0x15, 0)), "0x0");
  EXPECT_EQ(text_of(number<std::uint64_t>(0x20, 0xAB)), "0xab");
  EXPECT_EQ(text_of({0x23, [](Writer& to) { to.utf16(u"<a/>"); }}), "<a/>");
}

TEST(Evtx, AnArrayGivesAFieldForEachValue) {
  const Write unnamed = [](Writer& to) { to.open("EventData").close_start().leaf("Data", 0).leaf("Binary", 1).end(); };
  const auto both = [](const Value& value) { return std::vector<Value>{value, bytes(0x0E, "\xFF")}; };
  const auto array = [](std::uint8_t type, Write write) { return Value{static_cast<std::uint8_t>(type | 0x80), std::move(write)}; };
  const auto strings = array(0x01, [](Writer& to) { to.utf16({u"one\0\0three", 10}); });
  EXPECT_EQ(event_of(unnamed, both(strings)), "1 Data=one; Data=; Data=three; Binary=FF; ");
  const auto ansi = array(0x02, [](Writer& to) { to.raw({"one\0two\0", 8}); });
  EXPECT_EQ(event_of(unnamed, both(ansi)), "1 Data=one; Data=two; Binary=FF; ");
  const auto numbers = array(0x06, [](Writer& to) { to.put<std::uint16_t>(5).put<std::uint16_t>(6); });
  EXPECT_EQ(event_of(unnamed, both(numbers)), "1 Data=5; Data=6; Binary=FF; ");
  const auto sids = array(0x13, [](Writer& to) { to.raw({"\x01\x01\0\0\0\0\0\x05\x12\0\0\0\x01\0\0\0\0\0\0\x05", 20}); });
  EXPECT_EQ(event_of(unnamed, both(sids)), "1 Data=S-1-5-18; Data=S-1-5; Binary=FF; ");
  EXPECT_EQ(event_of(unnamed, both(array(0x01, [](Writer&) {}))), "1 Binary=FF; ");
}

TEST(Evtx, WhatIsNullOrAbsentIsNoField) {
  const Write four = [](Writer& to) { to.open("EventData").close_start().data(u"A", 0).data(u"B", 1).data(u"C", 2).data(u"D", 3).end(); };
  EXPECT_EQ(event_of(four, {none(), string(u""), number<std::uint8_t>(0x04, 0)}), "1 B=; C=0; ") << "D has no value at all";
  EXPECT_EQ(event_of(four, {bytes(0x08, ""), string(u"b")}), "1 B=b; ") << "a number without bytes";
}

TEST(Evtx, WhereAnElementStandsSaysWhatItIsCalled) {
  const Write user = [](Writer& to) {
    to.open("UserData").close_start();
    to.open("Outer", true).attribute("xmlns").text(u"urn:x").attribute("xmlns:a").text(u"urn:a").close_start();
    to.open("Inner", true).attribute("Kind").text(u"k").close_start().slot(0).end().end().end();
  };
  EXPECT_EQ(event_of(user, {string(u"v")}), "1 Inner_Kind=k; Inner=v; ");
  const Write rendering = [](Writer& to) {
    to.open("RenderingInfo", true).attribute("Culture").text(u"en-US").close_start().leaf("Message", 0);
    to.open("Keywords").close_start().leaf("Keyword", 1).end().end();
  };
  EXPECT_EQ(event_of(rendering, {string(u"m"), string(u"k")}),
            "1 RenderingInfo_Culture=en-US; RenderingInfo_Message=m; RenderingInfo_Keyword=k; ");
  const Write named_late = [](Writer& to) {
    to.open("EventData", true).attribute("Name").text(u"E").close_start();
    to.open("Data", true).attribute("Name").slot(0).close_start().slot(1).end().end();
  };
  EXPECT_EQ(event_of(named_late, {string(u"N"), string(u"v")}), "1 EventData_Name=E; N=v; ");
}

TEST(Evtx, TextOfSeveralPieces) {
  const Write mixed = [](Writer& to) {
    to.open("EventData").close_start();
    to.open("Data").close_start().text(u"a ").slot(0).put('\x09').name("lt").put('\x08').put<std::uint16_t>(0xEB).slot(1).end();
    to.open("Data").close_start().put('\x07').put<std::uint16_t>(2).utf16(u"cd").text(u"ef").end();
    to.end();
  };
  const Value numbers{0x84, [](Writer& to) { to.raw("\x01\x02"); }};
  EXPECT_EQ(event_of(mixed, {number<std::uint8_t>(0x04, 7), numbers}), "1 Data=a 7<ë1 2; Data=cdef; ");
  const Write with_layout = [](Writer& to) { to.open("UserData").close_start().text(u"\n  ").slot(0).text(u"\n").end(); };
  const auto elements = binxml([](Writer& to) { to.fragment().open("Leaf").close_start().text(u"x").end().end_of_stream(); });
  EXPECT_EQ(event_of(with_layout, {elements}), "1 Leaf=x; ");
}

TEST(Evtx, ARecordWithoutATemplate) {
  Chunk chunk;
  chunk.record([](Writer& to) {
    to.open("Event").close_start().open("System").close_start();
    to.open("TimeCreated", true).attribute("SystemTime").text(u"2022-07-15T10:00:00Z").close_empty().end();
    to.instance("inside", [](Writer& in) { in.open("EventData").close_start().data(u"A", 0).end(); }, {string(u"a")});
    to.open("UserData").close_start().open("B").close_start().text(u"b").end().end().end();
  });
  EXPECT_THAT(read(file({chunk.finish()})).events, ElementsAre("1 TimeCreated=2022-07-15T10:00:00Z; A=a; B=b; "));
}
}  // namespace
}  // namespace kulla::test::evtx
