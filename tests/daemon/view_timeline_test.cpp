#include "daemon/view_timeline.hpp"

#include <gtest/gtest.h>

#include "model/random_fact.hpp"

using namespace kulla;
using namespace kulla::daemon;

namespace {
Fact blocked(std::uint64_t number) {
  return {{Timestamp{} + std::chrono::milliseconds{1'700'000'000'000 + static_cast<std::int64_t>(number) * 3}, Ticks{}},
          fact::SourceBlocked{SourceRef{"s"}, RuleId{"r"}}};
}
Fact closed(std::uint64_t number, const char* service) {
  return {blocked(number).at, fact::Closed{ServiceId{service}, ClosureId{"abcdefghijkl"}, ClosedBy::machine, {}, "why", {}}};
}
std::vector<std::int64_t> column(const json::value& timeline, const char* name) {
  std::vector<std::int64_t> numbers;
  for (const auto& each : timeline.at("columns").at(name).as_array()) numbers.push_back(each.as_int64());
  return numbers;
}
}  // namespace

TEST(ViewTimeline, columns_say_what_the_facts_said) {
  Timeline timeline;
  timeline.add(7, blocked(7), std::nullopt);
  timeline.add(8, closed(8, "e-tax"), incident::ServiceState::closed);
  timeline.add(9, closed(9, "permits"), incident::ServiceState::closed);
  const auto value = parse_json(timeline.part({}).json()).value();
  EXPECT_EQ(value.at("first").as_int64(), 7);
  EXPECT_EQ(value.at("last").as_int64(), 9);
  EXPECT_EQ(column(value, "number"), (std::vector<std::int64_t>{7, 1, 1}));
  EXPECT_EQ(column(value, "at"), (std::vector<std::int64_t>{1'700'000'000'021, 3, 3}));
  EXPECT_EQ(column(value, "service"), (std::vector<std::int64_t>{-1, 0, 1}));
  EXPECT_EQ(column(value, "lane"), (std::vector<std::int64_t>{1, 1, 1}));
  EXPECT_EQ(column(value, "state"), (std::vector<std::int64_t>{-1, 2, 2}));
  EXPECT_EQ(value.at("services"), (json::array{"e-tax", "permits"}));
  const auto kind = static_cast<std::size_t>(column(value, "kind").at(1));
  EXPECT_EQ(value.at("kinds").as_array().at(kind), "closed");
}

TEST(ViewTimeline, an_onset_lies_between_the_last_good_and_the_first_bad_probe) {
  const auto believed = [](std::uint64_t number, Seen seen, const char* vantage = "") {
    Belief belief;
    belief.service = ServiceId{"e-tax"}, belief.vantage = VantageId{vantage}, belief.seen = seen;
    belief.last_good = blocked(number).at.wall - std::chrono::seconds{3},
    belief.first_bad = blocked(number).at.wall - std::chrono::seconds{1};
    return Fact{blocked(number).at, fact::BeliefChanged{belief, Agreement::cannot_tell, ""}};
  };
  Timeline timeline;
  timeline.add(1, believed(1, Seen::up), std::nullopt);
  timeline.add(2, believed(2, Seen::down, "one-alone"), std::nullopt);
  timeline.add(3, believed(3, Seen::down), std::nullopt);
  timeline.add(4, believed(4, Seen::down), std::nullopt);
  const auto onsets = parse_json(timeline.part({.to = 3}).json()).value().at("onsets");
  EXPECT_EQ(onsets.at("number"), (json::array{3}));
  EXPECT_EQ(onsets.at("earliest"), (json::array{1'700'000'000'009 - 3000}));
  EXPECT_EQ(onsets.at("latest"), (json::array{1'700'000'000'009 - 1000}));
  for (std::uint64_t number = 5; number <= Timeline::most + 4; ++number) timeline.add(number, blocked(number), std::nullopt);
  EXPECT_TRUE(parse_json(timeline.part({}).json()).value().at("onsets").at("number").as_array().empty()) << "gone with their facts";
}

TEST(ViewTimeline, the_oldest_give_way_and_numbers_stay_right) {
  Timeline timeline;
  for (std::uint64_t number = 1; number <= Timeline::most + 5; ++number) timeline.add(number, blocked(number), std::nullopt);
  EXPECT_EQ(timeline.first(), 6U);
  EXPECT_EQ(timeline.last(), Timeline::most + 5);
  EXPECT_EQ(timeline.part({.from = 1, .to = 8}).numbers, (std::vector<std::uint64_t>{6, 7, 8}));
}

TEST(ViewTimeline, finds_by_kind_and_service_from_either_end) {
  Timeline timeline;
  for (std::uint64_t number = 1; number <= 20; ++number)
    timeline.add(number, number % 5 == 0 ? closed(number, number % 10 == 0 ? "e-tax" : "permits") : blocked(number),
                 number % 5 == 0 ? std::optional{incident::ServiceState::closed} : std::nullopt);
  EXPECT_EQ(timeline.find({.kind = "closed", .service = {}, .limit = 2}), (std::vector<std::uint64_t>{15, 20}));
  EXPECT_EQ(timeline.find({.kind = "closed", .service = {}, .limit = 2, .newest = false}), (std::vector<std::uint64_t>{5, 10}));
  EXPECT_EQ(timeline.find({.kind = {}, .service = "e-tax"}), (std::vector<std::uint64_t>{10, 20}));
  EXPECT_EQ(timeline.find({.kind = "closed", .service = {}, .before = 15}), (std::vector<std::uint64_t>{5, 10}));
  EXPECT_TRUE(timeline.find({.kind = "no such kind", .service = {}}).empty());
  EXPECT_TRUE(timeline.find({.kind = {}, .service = "nobody"}).empty());
}

TEST(ViewTimeline, any_fact_has_its_place) {
  kulla::test::RandomFacts random{5, true};
  Timeline timeline;
  for (std::uint64_t number = 1; number <= 2000; ++number) timeline.add(number, random.next(), std::nullopt);
  const auto value = parse_json(timeline.part({}).json());
  ASSERT_TRUE(value) << value.error().message();
  EXPECT_EQ(column(*value, "kind").size(), 2000U);
}
