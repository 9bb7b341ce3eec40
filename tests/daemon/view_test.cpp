// The view between the core and its readers: nothing is lost on the way, whoever is slow is cut off, and what it answers is what happened.
#include "daemon/view.hpp"

#include <gtest/gtest.h>

#include <future>

#include "ledger/support.hpp"

using namespace kulla;
using namespace kulla::daemon;

namespace {
class FakeClock final : public Clock {
 public:
  Moment now() const override { return {Timestamp{} + std::chrono::hours{1000}, Ticks{1000}}; }
  std::string boot() const override { return "boot-1"; }
};

/// A disk that answers when it is told to.
class SlowPast final : public Past {
 public:
  using Past::Past;
  Result<std::vector<Recorded>> facts(std::uint64_t from, std::size_t most) const override {
    if (reads_++ == 0) asked_.set_value(), answer_.get_future().wait();
    return Past::facts(from, most);
  }
  void wait_until_asked() const { asked_.get_future().wait(); }
  void answer() const { answer_.set_value(); }

 private:
  mutable std::promise<void> asked_, answer_;
  mutable std::atomic<int> reads_ = 0;
};

class ViewTest : public ledger::test::LedgerTest {
 protected:
  Fact fact(std::uint64_t number) const {
    const Moment at{clock_.now().wall + std::chrono::seconds{number}, Ticks{static_cast<std::int64_t>(number)}};
    if (number == 1)
      return {at, fact::ServiceDeclared{
                      {.id = ServiceId{"e-tax"}, .host = "e-tax.example", .systems = {SystemId{"web-1"}}, .datasets = {}, .owner = ""}}};
    if (number == 2) return {at, fact::SensorDeclared{{SensorId{"files:web-1"}, false, {SystemId{"web-1"}}}}};
    Alert alert;
    alert.rule = RuleId{"rule"};
    alert.sensor = SensorId{"gate"};
    alert.service = ServiceId{"e-tax"};
    return {at, fact::Alerted{alert, false, {{ServiceId{"e-tax"}, static_cast<std::int64_t>(number), 0}}, 0}};
  }
  static std::string line(std::uint64_t number, const Fact& fact) { return fact_line(number, false, json::serialize(to_json(fact))); }
  /// The core's thread decides so many facts more.
  void decide(std::uint64_t count, bool to_feed = true) {
    for (; count > 0; --count) {
      const auto one = fact(++decided_);
      auto text = std::make_shared<const std::string>(line(decided_, one));
      if (to_feed) text = feed_.publish(decided_, line(decided_, one));
      view_.push(decided_, one, text);
    }
  }
  std::vector<std::string> events(serve::Subscription& reader) {
    std::vector<std::string> all;
    while (const auto event = reader.pop()) all.push_back(*event);
    return all;
  }
  static json::value data_of(const std::string& event) { return parse_json(event.substr(event.find("data: ") + 6)).value(); }

  FakeClock clock_;
  Feed feed_;
  Past past_{feed_, path};
  ledger::Head durable_;
  std::uint64_t decided_ = 0;
  Surroundings surroundings_{
      [this] { return durable_; },
      [] {
        return json::object{
            {"ledger", {{"problem", ""}}}, {"gate", {{"problem", ""}}}, {"sensors", json::object{}}, {"examining", json::array{}}};
      },
      [] { return json::array{}; }};
  View view_{{.queue = 10}, clock_, past_, surroundings_};
};

TEST_F(ViewTest, what_found_no_room_in_the_queue_is_read_again_from_the_feed) {
  decide(500);
  view_.turn();
  EXPECT_EQ(view_.numbers().number, 500U);
  EXPECT_EQ(view_.numbers().behind, 0U);
  EXPECT_EQ(view_.numbers().caught_up, 490U);
  EXPECT_EQ(view_.numbers().kinds.at("alerted"), 498U);
}

TEST_F(ViewTest, what_the_feed_keeps_no_more_is_read_again_from_the_ledger) {
  std::vector<Fact> facts;
  for (std::uint64_t number = 1; number <= 50; ++number) facts.push_back(fact(number));
  auto writer = must_open();
  ASSERT_TRUE(writer->append(facts));
  decide(49, false);
  feed_.publish(50, line(50, fact(50)));  // the only one that it still keeps
  view_.push(50, fact(50), nullptr);
  decided_ = 50;
  view_.turn();
  EXPECT_EQ(view_.numbers().number, 50U);
}

TEST_F(ViewTest, what_can_be_read_nowhere_yet_is_waited_for) {
  decide(20, false);  // neither feed nor ledger has the ten that found no room
  view_.turn();
  EXPECT_EQ(view_.numbers().number, 10U);
  EXPECT_EQ(view_.numbers().behind, 10U);
  std::vector<Fact> facts;
  for (std::uint64_t number = 1; number <= 20; ++number) facts.push_back(fact(number));
  auto writer = must_open();
  ASSERT_TRUE(writer->append(facts));
  view_.turn();
  EXPECT_EQ(view_.numbers().number, 20U);
}

TEST_F(ViewTest, each_reader_has_each_fact_once_and_in_order) {
  const auto early = view_.subscribe(0);
  decide(5);
  view_.turn();
  const auto late = view_.subscribe(3);
  decide(4);
  view_.turn();
  for (const auto& [reader, first] : {std::pair{early, 1}, {late, 4}}) {
    std::int64_t next = first;
    for (const auto& event : events(*reader)) {
      if (event.find("event: facts") == std::string::npos) continue;
      const auto data = data_of(event);
      for (const auto& each : data.at("facts").as_array()) EXPECT_EQ(each.at("number").as_int64(), next++);
    }
    EXPECT_EQ(next, 10);
  }
}

TEST_F(ViewTest, a_slow_disk_holds_up_who_comes_back_and_nobody_else) {
  const SlowPast slow{feed_, path};
  View view{{}, clock_, slow, surroundings_};
  const auto decided = [&](int count) {
    for (; count > 0; --count) {
      const auto one = fact(++decided_);
      view.push(decided_, one, feed_.publish(decided_, line(decided_, one)));
    }
  };
  decided(5);
  view.turn();
  auto coming = std::async(std::launch::async, [&] { return view.subscribe(2); });
  slow.wait_until_asked();
  auto others = std::async(std::launch::async, [&] { decided(3), view.turn(), (void)view.now(); });
  const bool went_on = others.wait_for(std::chrono::seconds{10}) == std::future_status::ready;
  slow.answer();
  EXPECT_TRUE(went_on) << "all others wait for the disk";
  others.wait();
  const auto reader = coming.get();
  decided(1);
  view.turn();
  std::int64_t next = 3;
  for (const auto& event : events(*reader)) {
    if (!event.contains("event: facts")) continue;
    const auto data = data_of(event);
    for (const auto& each : data.at("facts").as_array()) EXPECT_EQ(each.at("number").as_int64(), next++);
  }
  EXPECT_EQ(next, 10) << "what came while it was read is neither missing nor twice";
}

TEST_F(ViewTest, who_comes_back_gets_the_rows_that_changed_meanwhile) {
  decide(2);
  view_.turn();
  decide(3);
  view_.turn();
  const auto reader = view_.subscribe(2);
  const auto got = events(*reader);
  ASSERT_EQ(got.size(), 1U);
  const auto data = data_of(got.front());
  EXPECT_EQ(data.at("from").as_int64(), 3);
  EXPECT_EQ(data.at("to").as_int64(), 5);
  ASSERT_EQ(data.at("services").as_array().size(), 1U);
  EXPECT_EQ(data.at("services").as_array().front().at("attempts").as_int64(), 5);
}

TEST_F(ViewTest, who_comes_without_a_number_or_from_another_ledger_is_told_to_load_again) {
  decide(5);
  view_.turn();
  for (const std::uint64_t from : {0, 6, 1'000'000}) {
    const auto got = events(*view_.subscribe(from));
    ASSERT_EQ(got.size(), 1U) << from;
    EXPECT_NE(got.front().find("event: reset"), std::string::npos);
  }
  EXPECT_TRUE(events(*view_.subscribe(5)).empty());
}

TEST_F(ViewTest, a_reader_who_takes_nothing_is_cut_off_and_the_others_go_on) {
  const auto stuck = view_.subscribe(0), well = view_.subscribe(0);
  std::size_t got = 0;
  for (int i = 0; i < 2'000 && !stuck->closed(); ++i) {
    decide(10);
    view_.turn();
    got += events(*well).size();
  }
  EXPECT_TRUE(stuck->too_slow());
  EXPECT_FALSE(well->closed());
  EXPECT_GT(got, 0U);
  EXPECT_EQ(view_.numbers().readers, 1U);
  EXPECT_EQ(view_.numbers().cut_off, 1U);
}

TEST_F(ViewTest, what_has_become_durable_is_said) {
  decide(3);
  view_.turn();
  const auto reader = view_.subscribe(3);
  durable_ = {2, sha256("two")};
  view_.turn();
  const auto got = events(*reader);
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(data_of(got.front()).at("number").as_int64(), 2);
  EXPECT_EQ(data_of(got.front()).at("head").as_string(), to_hex(sha256("two")));
}

TEST_F(ViewTest, the_snapshot_is_one_text_until_something_changes) {
  decide(3);
  view_.turn();
  const auto first = view_.now();
  EXPECT_EQ(first, view_.now());
  decide(1);
  view_.turn();
  const auto second = view_.now();
  EXPECT_NE(first, second);
  const auto value = parse_json(*second);
  ASSERT_TRUE(value) << value.error().message();
  EXPECT_EQ(value->at("number").as_int64(), 4);
  EXPECT_EQ(value->at("services").as_array().size(), 1U);
  EXPECT_EQ(value->at("alerts").as_array().size(), 2U);
}

TEST_F(ViewTest, a_promised_update_that_is_overdue_is_said_in_the_snapshot_and_with_each_pulse) {
  surroundings_.next_update = [] { return json::value{{"by", "1970-02-11T15:00:00Z"}, {"overdue", true}}; };
  View view{{}, clock_, past_, surroundings_};
  EXPECT_EQ(parse_json(*view.now())->at("next_update").at("overdue"), true);
  const auto reader = view.subscribe(0);
  view.turn();
  const auto got = events(*reader);
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(data_of(got.back()).at("next_update").at("overdue"), true);
  EXPECT_TRUE(parse_json(*view_.now())->at("next_update").is_null()) << "nobody promised anything";
}

TEST_F(ViewTest, facts_are_paged_in_both_directions) {
  decide(25);
  view_.turn();
  const auto ask = [&](Timeline::Query query) { return parse_json(**view_.facts(query)).value(); };
  auto page = ask({.kind = {}, .service = {}, .limit = 10});
  EXPECT_EQ(page.at("facts").as_array().front().at("number").as_int64(), 16);
  EXPECT_EQ(page.at("next").as_int64(), 16);
  page = ask({.kind = {}, .service = {}, .before = 6, .limit = 10});
  EXPECT_EQ(page.at("facts").as_array().size(), 5U);
  EXPECT_TRUE(page.at("next").is_null());
  page = ask({.kind = {}, .service = {}, .from = 20, .limit = 4, .newest = false});
  EXPECT_EQ(page.at("facts").as_array().back().at("number").as_int64(), 23);
  EXPECT_EQ(page.at("next").as_int64(), 24);
  page = ask({.kind = "service_declared", .service = {}});
  EXPECT_EQ(page.at("facts").as_array().size(), 1U);
}

TEST_F(ViewTest, a_fact_is_shown_with_its_place_in_the_ledger) {
  auto writer = must_open();
  std::vector<Fact> facts{fact(1), fact(2), fact(3)};
  ASSERT_TRUE(writer->append(facts));
  decide(4);
  view_.turn();
  const auto second = parse_json(**view_.fact(2)).value();
  EXPECT_TRUE(second.at("durable").as_bool());
  EXPECT_EQ(second.at("head").at("number").as_int64(), 3);
  EXPECT_EQ(second.at("head").at("hash").as_string(), to_hex(writer->head().hash));
  EXPECT_EQ(second.at("previous"), parse_json(**view_.fact(1)).value().at("hash"));
  EXPECT_FALSE(parse_json(**view_.fact(4)).value().at("durable").as_bool());
  EXPECT_EQ(view_.fact(5).error().code, Code::not_found);
  EXPECT_EQ(view_.fact(0).error().code, Code::not_found);
}

TEST_F(ViewTest, a_service_is_shown_whole) {
  decide(5);
  view_.turn();
  const auto detail = parse_json(**view_.service(ServiceId{"e-tax"})).value();
  EXPECT_EQ(detail.at("service").at("id"), "e-tax");
  EXPECT_EQ(detail.at("history").as_array().size(), 4U);  // not the sensor's
  EXPECT_EQ(detail.at("graph").at("nodes").as_array().size(), 2U);
  EXPECT_EQ(detail.at("graph").at("edges").as_array().front().at("why"), "runs on");
  EXPECT_TRUE(detail.at("closure").is_null());
  EXPECT_EQ(view_.service(ServiceId{"nobody"}).error().code, Code::not_found);
}
}  // namespace
