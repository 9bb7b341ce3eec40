// The seeds of fuzz_evtx are made here, with the tests' own builder: KULLA_REWRITE_GOLDEN=1 writes them anew.
#include <gtest/gtest.h>

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

#include "event/evtx_builder.hpp"
#include "event/evtx_reading.hpp"

namespace kulla::test::evtx {
namespace {
const std::filesystem::path folder = std::filesystem::path{KULLA_SOURCE_DIR} / "tests/fuzz/seeds/evtx";

std::string ordinary_seed() {
  Chunk chunk;
  chunk.record([](Writer& to) { ordinary(to, 4688, u"first"); }).record([](Writer& to) {
    ordinary(to, 1, u"K\u00ebrkes\u00eb \U0001F512");
  });
  return chunk.finish(false);
}

/// A value of this type, or of an array of two.
Value some(unsigned type, bool is_array) {
  constexpr std::array<std::uint8_t, 22> sizes{0, 8, 5, 1, 1, 2, 2, 4, 4, 8, 8, 4, 8, 4, 3, 16, 8, 8, 16, 12, 4, 8};
  std::string one;
  while (one.size() < sizes[type]) one += std::string_view{"\1\0", 2}.substr(0, sizes[type] - one.size());
  if (type == 0x13) one = {"\1\1\0\0\0\0\0\5\x12\0\0\0", 12};
  return bytes(static_cast<std::uint8_t>(is_array ? 0x80 | type : type), is_array ? one + one : one);
}

/// Every type, alone and as an array, and text of several pieces.
std::string values_seed() {
  constexpr unsigned binary = 0x0E, types = 22;
  std::vector<Value> values;
  for (unsigned type = 0; type < types; ++type) {
    values.push_back(some(type, false));
    values.push_back(some(type, type != binary));
  }
  Chunk chunk;
  chunk.record([&](Writer& to) {
    to.instance(
        "t",
        [&](Writer& in) {
          in.open("Event").close_start().open("EventData").close_start();
          for (std::uint16_t n = 0; n < values.size(); ++n) in.leaf("Data", n);
          in.open("Data", true)
              .attribute("Name")
              .slot(3)
              .close_start()
              .text(u"a ")
              .slot(3)
              .put('\x09')
              .name("lt")
              .put('\x08')
              .put(u'e')
              .slot(35)
              .end();
          in.open("Data").close_start().put('\x07').put<std::uint16_t>(1).utf16(u"c").end().end().end();
        },
        values);
  });
  return chunk.finish(false);
}

/// Elements without a template, an instance among them, and fragments as values.
std::string fragments_seed() {
  Chunk chunk;
  chunk.record([](Writer& to) {
    to.open("Event").close_start().open("RenderingInfo", true).attribute("Culture").text(u"en").close_start();
    to.open("Message").close_start().text(u"m").end().end();
    to.instance("t", [](Writer& in) { in.open("UserData").close_start().text(u" ").slot(0).end(); },
                {binxml([](Writer& in) { in.fragment().open("Leaf").close_start().text(u"x").end().end_of_stream(); })});
    to.end();
  });
  return chunk.finish(false);
}

TEST(EvtxSeeds, AreWhatTheBuilderMakes) {
  const std::vector<std::pair<std::string, std::string>> seeds{
      {"ordinary", ordinary_seed()}, {"values", values_seed()}, {"fragments", fragments_seed()}, {"file", file({ordinary_seed()})}};
  for (const auto& [name, bytes] : seeds) {
    const auto reading = read(bytes);
    EXPECT_FALSE(reading.events.empty()) << name;
    EXPECT_EQ(reading.losses.records, 0U) << name << ": " << (reading.losses.faults.empty() ? "" : reading.losses.faults[0].why);
    if (std::getenv("KULLA_REWRITE_GOLDEN")) std::ofstream{folder / name, std::ios::binary} << bytes;
    std::ifstream file{folder / name, std::ios::binary};
    EXPECT_EQ(std::string(std::istreambuf_iterator<char>{file}, {}), bytes) << name << ": run this test with KULLA_REWRITE_GOLDEN=1";
  }
}
}  // namespace
}  // namespace kulla::test::evtx
