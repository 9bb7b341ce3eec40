// Files that were cut, overwritten or made to harm: what can be read is read, what is lost is told, and the cost is bounded.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <time.h>

#include "event/evtx_builder.hpp"
#include "event/evtx_reading.hpp"

namespace kulla::test::evtx {
namespace {
using ::testing::ElementsAre, ::testing::HasSubstr;

/// A chunk with records whose field A is 1, 2, 3 …, and where each begins.
struct Numbered {
  Chunk chunk;
  std::vector<std::size_t> begins;
};
Numbered numbered(int records) {
  Numbered made;
  for (int n = 1; n <= records; ++n) {
    made.begins.push_back(made.chunk.bytes.size());
    made.chunk.record([&](Writer& to) {
      to.instance("t", [](Writer& in) { in.open("Event").close_start().open("EventData").close_start().data(u"A", 0).end().end(); },
                  {number(0x07, n)});
    });
  }
  return made;
}

std::string overwritten(std::string bytes, std::size_t at, std::string_view with) { return bytes.replace(at, with.size(), with); }

/// The only loss there is.
event::Losses::Fault only_fault(const Reading& reading) {
  EXPECT_EQ(reading.losses.records, 1U);
  return reading.losses.faults.empty() ? event::Losses::Fault{} : reading.losses.faults[0];
}

TEST(EvtxDamage, AWrongChecksumIsToldAndTheRecordsAreUsed) {
  const auto made = numbered(2);
  const auto records = read(overwritten(made.chunk.finish(), made.begins[1] + 8, "\xFF"));
  EXPECT_THAT(records.events, ElementsAre("1 A=1; ", "2 A=2; "));
  EXPECT_THAT(only_fault(records).why, HasSubstr("checksum of the chunk's records"));
  const auto header = read(overwritten(made.chunk.finish(), 200, "\xFF"));
  EXPECT_THAT(header.events, ElementsAre("1 A=1; ", "2 A=2; ")) << "and zeros behind the last are no loss";
  EXPECT_THAT(only_fault(header).why, HasSubstr("header"));
}

TEST(EvtxDamage, AChunkWithoutItsMagicIsStillSearched) {
  const auto made = numbered(2);
  const auto reading = read(file({overwritten(made.chunk.finish(), 0, "ELFCHNK"), made.chunk.finish()}));
  EXPECT_THAT(reading.events, ElementsAre("1 A=1; ", "2 A=2; ", "3 A=1; ", "4 A=2; "));
  EXPECT_THAT(only_fault(reading).why, HasSubstr("byte 4096: no chunk"));
  EXPECT_EQ(reading.losses.bytes, 512U);
}

TEST(EvtxDamage, ForeignBytesAreSkippedByTheChunk) {
  const auto made = numbered(1);
  const auto reading = read(file({std::string(65536, 'x'), made.chunk.finish()}));
  EXPECT_THAT(reading.events, ElementsAre("1 A=1; "));
  EXPECT_EQ(only_fault(reading).record, 1U) << "of the one that would have come";
  EXPECT_EQ(reading.losses.bytes, 65536U);
}

TEST(EvtxDamage, ChunksAreFoundWithoutAFileHeader) {
  const auto made = numbered(1);
  for (const std::size_t before : {1U, 100U, 4096U, 5000U, 70000U}) {
    const auto reading = read(std::string(before, 'x') + made.chunk.finish(), 999);
    EXPECT_THAT(reading.events, ElementsAre("1 A=1; ")) << before;
    EXPECT_EQ(reading.losses.bytes, before);
  }
}

TEST(EvtxDamage, ABadRecordIsSkippedToTheNext) {
  const auto made = numbered(3);
  const auto at = made.begins[1], size = made.begins[2] - at;
  const auto reads = [&](std::size_t where, std::string_view with) { return read(overwritten(made.chunk.finish(), where, with)); };
  const auto only_it = ElementsAre("1 A=1; ", "3 A=3; ");
  for (const auto& reading : {reads(at + 4, "\xFF\xFF\xFF\xFF"), reads(at + 4, std::string_view{"\1\0\0\0", 4}), reads(at + 24, "\x77")}) {
    EXPECT_THAT(reading.events, only_it);
    EXPECT_EQ(reading.losses.bytes, size);
    EXPECT_EQ(reading.losses.faults.back().record, 2U);
  }
  EXPECT_THAT(reads(at + 4, std::string_view{"\1\0\0\0", 4}).losses.faults.back().why, HasSubstr("size cannot be"));
  EXPECT_THAT(reads(at, "xx").events, ElementsAre("1 A=1; ", "2 A=3; ")) << "no record is there any more";
  const auto second_size = reads(made.begins[2] - 4, "\xFF");
  EXPECT_THAT(second_size.events, ElementsAre("1 A=1; ", "2 A=2; ", "3 A=3; "));
  EXPECT_THAT(second_size.losses.faults.back().why, HasSubstr("two sizes differ"));
}

TEST(EvtxDamage, ZerosAmongRecordsAreALoss) {
  auto chunk = numbered(1).chunk;
  chunk.raw(std::string(40, '\0'));
  chunk.record([](Writer& to) { to.instance("t", {}, {number(0x07, 2)}); });
  const auto reading = read(chunk.finish());
  EXPECT_THAT(reading.events, ElementsAre("1 A=1; ", "2 A=2; "));
  EXPECT_THAT(only_fault(reading).why, HasSubstr("no record where one should be"));
  EXPECT_EQ(reading.losses.bytes, 40U);
}

TEST(EvtxDamage, WhatARecordHoldsBesideItsFaultIsUsed) {
  const Write define = [](Writer& in) {
    in.open("Event").close_start().open("EventData").close_start().data(u"A", 0).data(u"B", 1).data(u"C", 2).end().end();
  };
  for (const auto& odd :
       {bytes(0x08, "odd"), bytes(0x0D, "\1"), bytes(0x0F, "GUID"), bytes(0x11, "FILETIME+"), bytes(0x12, std::string(16, '\xD')),
        bytes(0x13, {"\1\xC8\0\0\0\0\0\5", 8}), bytes(0x13, "\1"), bytes(0x77, "x"), bytes(0x88, "odd")}) {
    Chunk chunk;
    chunk.record([&](Writer& to) { to.instance("t", define, {string(u"a"), odd, string(u"c")}); });
    const auto reading = read(chunk.finish());
    EXPECT_THAT(reading.events, ElementsAre("1 A=a; C=c; ")) << int{odd.type};
    EXPECT_THAT(only_fault(reading).why, HasSubstr("does not fit its type"));
    EXPECT_EQ(reading.losses.bytes, 0U);
  }
}

TEST(EvtxDamage, ATruncatedChunkGivesWhatItHolds) {
  const auto made = numbered(3);
  const auto bytes = file({made.chunk.finish()});
  const auto within = read(bytes.substr(0, 4096 + made.begins[2] + 30));
  EXPECT_THAT(within.events, ElementsAre("1 A=1; ", "2 A=2; "));
  EXPECT_THAT(only_fault(within).why, HasSubstr("the input ends"));
  EXPECT_EQ(within.losses.bytes, 30U);
  EXPECT_EQ(read(bytes.substr(0, 4096 + made.begins[2])).losses.records, 1U) << "between two records";
  EXPECT_EQ(read(bytes.substr(0, 4096 + 100)).losses.records, 1U) << "within the header";
  EXPECT_EQ(read(bytes.substr(0, 4096 + made.chunk.bytes.size())).losses.records, 0U) << "behind the last record";
}

TEST(EvtxDamage, EveryCutIsSurvived) {
  const auto bytes = numbered(3).chunk.finish(false);
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    const auto reading = read(bytes.substr(0, size));
    EXPECT_LE(reading.events.size(), 3U);
    EXPECT_EQ(reading.losses.records, size == 0 ? 0U : 1U) << size;
  }
}

TEST(EvtxDamage, NothingIsReadAndNothingLost) {
  EXPECT_EQ(read("").losses.records, 0U);
  EXPECT_EQ(read(file({})).losses.records, 0U);
  EXPECT_EQ(read(file({std::string(65536, '\0'), std::string(100, '\0')})).losses.records, 0U) << "made and never used";
}

/// Reads within five seconds of CPU time (unoptimised, under a sanitizer), tells a loss with these words, and no event has more than a record can hold.
void expect_harmless(const Chunk& chunk, const std::string& why) {
  const auto started = ::clock();
  const auto reading = read(chunk.finish());
  EXPECT_LT(::clock() - started, 5 * CLOCKS_PER_SEC) << why;
  ASSERT_FALSE(reading.losses.faults.empty()) << why;
  EXPECT_THAT(reading.losses.faults[0].why, HasSubstr(why));
  for (const auto& event : reading.events) EXPECT_LT(event.size(), std::size_t{2} << 20);
}

/// An instance of the template that is being written.
void instance_of_itself(Writer& to) {
  to.instance("t", [](Writer&) {}, {});
}

TEST(EvtxHostile, ATemplateThatHoldsItself) {
  Chunk once, twice;
  once.record([](Writer& to) {
    to.instance("t",
                [](Writer& in) {
                  in.open("Event").close_start();
                  instance_of_itself(in);
                  in.end();
                },
                {});
  });
  expect_harmless(once, "nested too deep");
  for (int n = 0; n < 100; ++n)
    twice.record([](Writer& to) {
      to.instance("t",
                  [](Writer& in) {
                    in.open("Event").close_start().open("A").close_start().text(u"a").end();
                    instance_of_itself(in);
                    instance_of_itself(in);
                    in.end();
                  },
                  {});
    });
  expect_harmless(twice, "nested too deep");
}

TEST(EvtxHostile, AValueThatIsUsedAThousandTimes) {
  Chunk chunk;
  for (int n = 0; n < 3; ++n)
    chunk.record([](Writer& to) {
      to.instance("t",
                  [](Writer& in) {
                    in.open("Event").close_start();
                    for (int use = 0; use < 1000; ++use) in.leaf("A", 0);
                    in.end();
                  },
                  {string(std::u16string(7000, u'x'))});
    });
  expect_harmless(chunk, "more text");
}

TEST(EvtxHostile, SmallRecordsThatAskForMuch) {
  Chunk chunk;
  for (int n = 0; n < 620; ++n)
    chunk.record([](Writer& to) {
      to.instance("t",
                  [](Writer& in) {
                    in.open("Event").close_start();
                    for (int use = 0; use < 1800; ++use) in.leaf("A", 0);
                    in.end();
                  },
                  {number<std::uint8_t>(0x04, 1)});
    });
  const auto reading = read(chunk.finish());
  EXPECT_LT(reading.events.size(), 600U);
  EXPECT_EQ(reading.last_number, 620U);
  expect_harmless(chunk, "more fields than fit");
}

TEST(EvtxHostile, ElementsWithinElements) {
  Chunk chunk;
  chunk.record([](Writer& to) {
    for (int n = 0; n < 3000; ++n) to.open("A").close_start();
  });
  expect_harmless(chunk, "nested too deep");
}

TEST(EvtxHostile, FragmentsWithinFragments) {
  Chunk chunk;
  Write nested = [](Writer& to) { to.fragment().open("A").close_start().text(u"a").end(); };
  for (int n = 0; n < 100; ++n)
    nested = [inner = nested](Writer& to) {
      to.fragment().instance("t", [](Writer& in) { in.open("Event").close_start().slot(0).end(); }, {binxml(inner)});
    };
  chunk.record(nested);
  expect_harmless(chunk, "nested too deep");
}

TEST(EvtxHostile, OffsetsOutsideOfTheChunk) {
  for (const std::uint32_t offset : {0U, 65520U, 65535U, 65536U, 0x7FFFFFFFU, 0xFFFFFFFFU}) {
    Chunk names, templates;
    names.names["A"] = offset;
    names.record([](Writer& to) { to.open("A").close_start().text(u"a").end(); });
    templates.templates["t"] = offset;
    templates.record([](Writer& to) { to.instance("t", {}, {}); });
    for (const auto* chunk : {&names, &templates}) EXPECT_LE(read(chunk->finish()).events.size(), 1U);
    if (offset >= 65536)
      expect_harmless(names, "a name outside of the chunk"), expect_harmless(templates, "a template outside of the chunk");
  }
}

TEST(EvtxHostile, CountsThatCannotBe) {
  Chunk values, characters, sizes;
  values.record([](Writer& to) { to.raw("\x0c\x01").put<std::uint32_t>(0).put<std::uint32_t>(600).put<std::uint32_t>(0xFFFFFFFF); });
  expect_harmless(values, "does not fit in");
  characters.record([](Writer& to) { to.open("A").close_start().raw("\x05\x01").put<std::uint16_t>(0xFFFF); });
  expect_harmless(characters, "ends within a token");
  sizes.record([](Writer& to) {
    to.instance("t", [](Writer& in) { in.open("A").close_start().slot(0).end(); }, {});
    to.bytes.resize(to.bytes.size() - 4);
    to.put<std::uint32_t>(1).put<std::uint16_t>(0xFFFF).put<std::uint16_t>(1);
  });
  expect_harmless(sizes, "values end behind their record");
}

TEST(EvtxHostile, TemplatesThatOverlap) {
  constexpr std::uint32_t heads = 100, size = 60'000, head_size = 24;
  Chunk chunk;
  std::uint32_t first = 0;
  chunk.raw_record([&](Writer& to) {
    first = to.at();
    for (std::uint32_t n = 0; n < heads; ++n) to.raw(std::string(20, '\0')).put(size);
  });
  for (std::uint32_t n = 0; n < heads; ++n)
    chunk.record([&](Writer& to) {
      to.templates["overlapping"] = first + head_size * n;
      to.instance("overlapping", {}, {});
    });
  const auto losses = read(chunk.finish()).losses;
  EXPECT_EQ(losses.records, 1 + heads);
  EXPECT_THAT(losses.faults[1].why, HasSubstr("without fields"));
  EXPECT_THAT(losses.faults.back().why, HasSubstr("more templates than fit into a chunk"));
}
}  // namespace
}  // namespace kulla::test::evtx
