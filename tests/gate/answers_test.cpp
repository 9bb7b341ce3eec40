#include "gate/answers.hpp"

#include <gtest/gtest.h>

namespace kulla::gate {
namespace {
TEST(Answers, an_answer_ends_at_a_prompt_at_the_beginning_of_a_line) {
  std::string unread = "a > b\nc> d\n\n> entry not found.\n\n> ";
  EXPECT_EQ(take_answer(unread), "a > b\nc> d");
  EXPECT_EQ(take_answer(unread), "entry not found.");
  EXPECT_EQ(take_answer(unread), std::nullopt);
  EXPECT_EQ(unread, "");
}
TEST(Answers, an_answer_that_has_not_wholly_come_is_waited_for) {
  std::string whole = "0x1 a v\n\n> ";
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string part = whole.substr(0, i);
    EXPECT_EQ(take_answer(part), std::nullopt) << i;
    EXPECT_EQ(part, whole.substr(0, i));
  }
  EXPECT_EQ(take_answer(whole), "0x1 a v");
}
TEST(Answers, the_master_s_prompt_may_say_that_a_reload_failed) {
  std::string unread = "\nmaster> x\n\nmaster[ReloadFailed]> mastermind is no prompt> \n";
  EXPECT_EQ(take_answer(unread), "");
  EXPECT_EQ(take_answer(unread), "x");
  EXPECT_EQ(take_answer(unread), std::nullopt);
}

constexpr std::string_view workers =
    "#<PID>          <type>          <reloads>       <uptime>        <version>      \n"
    "1162            master          5 [failed: 0]   0d00h02m07s     2.6.12\n"
    "# workers\n1271            worker          1               0d00h00m00s     2.6.12\n"
    "# old workers\n1233            worker          3               0d00h00m43s     2.6.12\n"
    "# programs\n1244            foo             0               0d00h00m00s     -\n\n";
TEST(Answers, workers_are_told_from_old_ones_and_from_programs) {
  EXPECT_EQ(parse_workers(workers).value(), (std::vector<Worker>{{1271, false}, {1233, true}}));
  EXPECT_EQ(parse_workers("1 master 0 x y\n# workers\n").value().size(), 0u);
}
TEST(Answers, the_master_says_how_many_reloads_have_failed) {
  EXPECT_EQ(parse_failed_reloads(workers), 0);
  EXPECT_EQ(parse_failed_reloads("1162            master          7 [failed: 2]   0d00h02m07s     2.6.12\n"), 2);
  for (const std::string_view text : {"", "[failed: ", "[failed: ]", "[failed: -1]", "[failed: 99999999999999]", "1 master 0 x y\n"})
    EXPECT_EQ(parse_failed_reloads(text), 0) << text;
}
TEST(Answers, what_is_no_list_of_workers_is_refused) {
  for (const std::string_view text : {"", "Unknown command", "# workers\n12 worker 1 2 3\n", "999999999999999999999 master\n"})
    EXPECT_FALSE(parse_workers(text)) << text;
}
TEST(Answers, a_map_is_its_keys_and_values) {
  const auto lines = parse_map("0x5608 a o:1\n0x5609 b c:2\n");
  EXPECT_EQ(lines.value(), (std::vector<MapLine>{{"a", "o:1"}, {"b", "c:2"}}));
  EXPECT_EQ(parse_map("").value().size(), 0u);
  EXPECT_FALSE(parse_map("Unknown map identifier. Please use #<id> or <file>."));
}
TEST(Answers, a_value_is_found_or_not) {
  EXPECT_EQ(parse_found(R"(type=str, case=sensitive, found=yes, idx=tree, key="a", value="o:1", type="str")").value(), "o:1");
  EXPECT_EQ(parse_found("type=str, case=sensitive, found=no").value(), std::nullopt);
  EXPECT_FALSE(parse_found("Unknown map identifier."));
  EXPECT_FALSE(parse_found("found=yes"));
}
TEST(Answers, streams_are_those_of_one_backend_exactly) {
  constexpr std::string_view text =
      "0x1a: proto=tcpv4 src=127.0.0.1:1 fe=kulla-gate be=tax srv=srv ts=00\n"
      "0x1b: proto=tcpv4 src=127.0.0.1:2 fe=kulla-gate be=tax-2 srv=srv ts=00\n"
      "0x1c: proto=tcpv4 src=127.0.0.1:3 fe=kulla-gate be=<NONE> srv=<none>\nnoise be=tax\n";
  EXPECT_EQ(parse_streams(text, "tax"), std::vector<std::string>{"0x1a"});
}
TEST(Answers, connections_in_use_are_summed) {
  constexpr std::string_view text =
      "# bkname/svname bkid/svid addr port - purge_delay used_cur used_max\na/srv 4/1 127.0.0.1 18101 - 5000 3 9 0\nb\n";
  EXPECT_EQ(parse_used_connections(text), 3);
  EXPECT_EQ(parse_used_connections("No such backend."), 0);
}
TEST(Answers, a_worker_says_its_process_id) {
  EXPECT_EQ(parse_pid("Name: HAProxy\nPid: 11350\nUptime: 1\n").value(), 11350);
  EXPECT_FALSE(parse_pid("Pid: x"));
}
}  // namespace
}  // namespace kulla::gate
