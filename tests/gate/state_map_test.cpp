#include "gate/state_map.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

namespace kulla::gate {
namespace {
const std::string good = "land c:abcdef012345:000\ntax o:------------:000\nvotes t:abcdef012345:050\n";

TEST(StateMapText, a_good_map_reads_and_writes_the_same_bytes) {
  const auto map = parse_state_map(good);
  ASSERT_TRUE(map);
  EXPECT_EQ(map->at(ServiceId{"votes"}).share, 50);
  EXPECT_EQ(format_state_map(*map), good);
}
TEST(StateMapText, each_kind_of_damage_is_named_with_its_line) {
  const std::pair<std::string, std::string> damages[] = {{good + "x o:------------:00", "line 4"},
                                                         {good + good.substr(0, good.size() - 1), "line 4: service \"land\""},
                                                         {good + "tax o:------------:000\n", "stands twice"},
                                                         {good + "x\n", "line 4"},
                                                         {good + "x q:------------:000\n", "not a state"},
                                                         {good + "X o:------------:000\n", "line 4"},
                                                         {good + "\n", "line 4"},
                                                         {good + "x  o:------------:000\n", "not a state"},
                                                         {good + "x o:------------:101\n", "not a state"},
                                                         {good + "x o:------------:050\n", "not a state"},
                                                         {good + "x t:------------:050\n", "not a state"},
                                                         {good + "x o:abcdef012345:000\n", "not a state"},
                                                         {good + std::string("x\0 o:------------:000\n", 23), "line 4"}};
  for (const auto& [text, named] : damages) {
    const auto map = parse_state_map(text);
    ASSERT_FALSE(map) << text;
    EXPECT_EQ(map.error().code, Code::map_bad);
    EXPECT_TRUE(map.error().what.contains(named)) << map.error().what;
  }
}
TEST(StateMapText, every_cut_is_bad_or_a_shorter_good_map) {
  for (std::size_t length = 0; length < good.size(); ++length) {
    const auto cut = good.substr(0, length);
    const auto map = parse_state_map(cut);
    EXPECT_EQ(map.has_value(), cut.empty() || cut.ends_with('\n')) << length;
  }
}
TEST(StateMapText, a_value_is_found_where_it_stands_even_in_a_bad_map) {
  EXPECT_EQ(find_values(good, ServiceId{"tax"}), std::vector<std::size_t>{good.find("tax") + 4});
  EXPECT_EQ(find_values("rubbish\n" + good + good, ServiceId{"tax"}).size(), 2u);
  EXPECT_EQ(find_values("tax o:------------:00", ServiceId{"tax"}).size(), 0u) << "a cut value is none";
  EXPECT_EQ(find_values("e-tax o:------------:000\n", ServiceId{"tax"}).size(), 0u);
}
TEST(StateMapText, what_is_not_exactly_known_reads_as_closed) {
  for (const auto* value : {"", "o", "open", "o:------------:001", "q:------------:000", "t:------------:100"})
    EXPECT_EQ(read_leniently(value), GateEntry{}) << value;
  EXPECT_EQ(read_leniently("o:------------:000").mode, GateMode::open);
}
TEST(StateMapText, no_text_crashes_the_reader_and_what_it_takes_it_writes_back) {
  rc::check([](const std::string& text) {
    if (const auto map = parse_state_map(text)) RC_ASSERT(parse_state_map(format_state_map(*map)).value() == *map);
    (void)find_values(text, ServiceId{"a"});
  });
}
}  // namespace
}  // namespace kulla::gate
