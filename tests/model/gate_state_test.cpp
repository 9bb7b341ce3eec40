// The gate's map values: fixed width, strict.
#include "model/gate_state.hpp"

#include <gtest/gtest.h>

namespace kulla {
namespace {
const ClosureId closure{"abc123def456"};

TEST(MapValue, EveryModeComesBackAtFixedWidth) {
  for (const auto& entry : {GateEntry{GateMode::open, {}, 0}, GateEntry{GateMode::guarded, {}, 0}, GateEntry{GateMode::trial, closure, 5},
                            GateEntry{GateMode::trial, closure, 100}, GateEntry{GateMode::trial, closure, 10, Limit::read_only},
                            GateEntry{GateMode::trial, closure, 10, Limit::domestic_only},
                            GateEntry{GateMode::trial, closure, 10, Limit::read_only_and_domestic_only},
                            GateEntry{GateMode::closed, closure, 0}, GateEntry{}}) {
    const auto text = to_map_value(entry);
    EXPECT_EQ(text.size(), gate_value_length);
    ASSERT_TRUE(from_map_value(text)) << text;
    EXPECT_EQ(*from_map_value(text), entry);
  }
}
TEST(MapValue, ReadsAsDocumented) {
  EXPECT_EQ(to_map_value({GateMode::trial, closure, 5}), "t:abc123def456:005");
  EXPECT_EQ(to_map_value({GateMode::trial, closure, 10, Limit::read_only_and_domestic_only}), "b:abc123def456:010");
  EXPECT_EQ(to_map_value({GateMode::open, {}, 0}), "o:------------:000");
}
TEST(Strictness, OfTwoTrialsTheOneThatLetsThroughLess) {
  const auto trial = [](int share, std::optional<Limit> limit = {}) { return GateEntry{GateMode::trial, closure, share, limit}; };
  EXPECT_TRUE(trial(10).stricter_than(trial(50)));
  EXPECT_TRUE(trial(10, Limit::read_only).stricter_than(trial(10)));
  EXPECT_TRUE(trial(10, Limit::read_only_and_domestic_only).stricter_than(trial(50, Limit::domestic_only)));
  EXPECT_FALSE(trial(10).stricter_than(trial(10)));
  EXPECT_FALSE(trial(50, Limit::read_only).stricter_than(trial(10)));      // neither of these two
  EXPECT_FALSE(trial(10).stricter_than(trial(50, Limit::read_only)));
  EXPECT_FALSE(trial(10, Limit::read_only).stricter_than(trial(10, Limit::domestic_only)));
  EXPECT_TRUE((GateEntry{GateMode::closed, closure, 0}).stricter_than(trial(1, Limit::read_only_and_domestic_only)));
}
TEST(MapValue, AnythingElseIsRefused) {
  for (const auto* text :
       {"", "o", "open", "o:------------:00", "o:------------:0000", "x:------------:000", "O:------------:000", "o;------------:000",
        "o:------------;000", "o:-----------a:000", "o:ABC123DEF456:000", "t:abc123def456:101", "t:abc123def456:-01", "t:abc123def456:+01",
        "t:abc123def456: 01", "t:abc123 ef456:001", "t:abc123def45\xFF:001", "o:------------:000\n"})
    EXPECT_FALSE(from_map_value(text)) << text;
  EXPECT_FALSE(
      from_map_value(std::string_view("o:------------:\0"
                                      "00",
                                      18)));
}
TEST(MapValue, AnyByteAlteredIsRefusedOrMeansSomethingElse) {
  const GateEntry entry{GateMode::closed, closure, 0};
  const auto good = to_map_value(entry);
  for (std::size_t place = 0; place < good.size(); ++place)
    for (int byte = 0; byte < 256; ++byte) {
      auto text = good;
      text[place] = static_cast<char>(byte);
      if (text == good) continue;
      const auto read = from_map_value(text);
      EXPECT_TRUE(!read || *read != entry) << place << " " << byte;
    }
}
TEST(GateEntry, StricterIsByModeThenByShare) {
  const GateEntry open{GateMode::open, {}, 0}, guarded{GateMode::guarded, {}, 0}, closed{GateMode::closed, closure, 0};
  const GateEntry few{GateMode::trial, closure, 5}, many{GateMode::trial, closure, 50};
  EXPECT_TRUE(guarded.stricter_than(open) && many.stricter_than(guarded) && few.stricter_than(many) && closed.stricter_than(few));
  EXPECT_FALSE(open.stricter_than(open) || few.stricter_than(few) || many.stricter_than(few) || open.stricter_than(closed));
}
}  // namespace
}  // namespace kulla
