#include "daemon/status_past.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace kulla;
using namespace kulla::daemon;
using serve::SpanKind;
using serve::StatusState;
using namespace std::chrono_literals;

namespace {
const ServiceId tax{"tax"}, permits{"permits"};
const Timestamp begin = *parse_rfc3339("2026-11-28T00:00:00Z");

class StatusPastTest : public ::testing::Test {
 protected:
  StatusPastTest() {
    for (const auto& id : {tax, permits}) take(0s, fact::ServiceDeclared{{id, "x", "/", {}, {}, ""}});
  }
  void take(std::chrono::seconds after, FactBody body) { past.take(++number, {{begin + after, {}}, std::move(body)}); }
  void order_closed(std::chrono::seconds after, const ServiceId& id, const std::string& closure) {
    take(after, fact::Closed{id, ClosureId{closure}, ClosedBy::machine, {}, "", {}});
  }
  void confirm(std::chrono::seconds after, const ServiceId& id, GateEntry entry, std::chrono::seconds acknowledged) {
    take(after, fact::GateConfirmed{id, std::move(entry), begin + acknowledged, 1, 0});
  }
  void close(std::chrono::seconds after, const ServiceId& id, const std::string& closure) {
    order_closed(after, id, closure);
    confirm(after, id, {GateMode::closed, ClosureId{closure}, 0}, after);
  }
  void open(std::chrono::seconds after, const ServiceId& id, const std::string& closure) {
    take(after, fact::Opened{id, ClosureId{closure}, Purpose::reopen});
  }
  void release(std::chrono::seconds after, std::vector<StatementText> texts) {
    fact::StatementReleased released;
    released.statement.texts = std::move(texts);
    take(after, released);
  }
  void believe(std::chrono::seconds after, Seen seen, std::chrono::seconds edge, const ServiceId& id = tax,
               Agreement agreement = Agreement::cannot_tell) {
    Belief belief;
    belief.service = id, belief.seen = seen;
    if (seen == Seen::up) belief.first_good = belief.last_good = begin + edge;
    else belief.last_good = begin + edge - 1s, belief.first_bad = begin + edge;
    take(after, fact::BeliefChanged{belief, agreement, ""});
  }
  std::vector<serve::StatusSpan> of(SpanKind kind, std::chrono::seconds now) {
    auto spans = past.spans(tax, begin + now);
    std::erase_if(spans, [&](const auto& span) { return span.kind != kind; });
    return spans;
  }
  StatusState seen(std::chrono::seconds now) { return past.outside(tax, begin + now).state; }
  StatusPast past;
  std::uint64_t number = 0;
};

TEST_F(StatusPastTest, what_was_never_seen_from_outside_is_not_measured) {
  EXPECT_EQ(seen(1h), StatusState::unmeasured);
  const auto spans = of(SpanKind::no_data, 1h);
  ASSERT_EQ(spans.size(), 2u) << "before it was declared, and since";
  EXPECT_EQ(*spans[0].to, begin);
  EXPECT_FALSE(spans[1].to);
}
TEST_F(StatusPastTest, a_down_and_an_up_make_a_span_between_their_edges) {
  believe(10s, Seen::up, 5s);
  believe(700s, Seen::down, 600s);
  EXPECT_EQ(past.outside(tax, begin + 800s).state, StatusState::down);
  EXPECT_EQ(past.outside(tax, begin + 800s).since, begin + 600s);
  believe(1000s, Seen::up, 900s);
  EXPECT_EQ(seen(1000s), StatusState::working);
  const auto downs = of(SpanKind::down, 1000s);
  ASSERT_EQ(downs.size(), 1u);
  EXPECT_EQ(downs[0].from, begin + 600s);
  EXPECT_EQ(*downs[0].to, begin + 900s);
}
TEST_F(StatusPastTest, our_own_closing_is_never_told_as_an_outage) {
  believe(10s, Seen::up, 5s);
  close(100s, tax, "c1");
  believe(102s, Seen::down, 99s);  // the edge lies a little before the closing
  EXPECT_TRUE(of(SpanKind::down, 200s).empty());
  open(500s, tax, "c1");
  EXPECT_EQ(seen(530s), StatusState::unmeasured) << "no probe has come back yet";
  believe(540s, Seen::up, 520s);
  EXPECT_EQ(seen(540s), StatusState::working);
  EXPECT_TRUE(of(SpanKind::down, 1h).empty());
  ASSERT_EQ(of(SpanKind::closed, 1h).size(), 1u);
  EXPECT_EQ(*of(SpanKind::closed, 1h)[0].to, begin + 500s);
}
TEST_F(StatusPastTest, a_closing_counts_from_when_the_gate_had_acknowledged_it) {
  believe(10s, Seen::up, 5s);
  order_closed(100s, tax, "c1");
  EXPECT_TRUE(of(SpanKind::closed, 200s).empty()) << "it was ordered, and nobody knows more";
  believe(110s, Seen::down, 101s);
  EXPECT_TRUE(of(SpanKind::down, 200s).empty()) << "nor is it an outage";
  confirm(150s, tax, {GateMode::closed, ClosureId{"another"}, 0}, 149s);
  EXPECT_TRUE(of(SpanKind::closed, 200s).empty());
  confirm(160s, tax, {GateMode::closed, ClosureId{"c1"}, 0}, 102s);
  ASSERT_EQ(of(SpanKind::closed, 200s).size(), 1u);
  EXPECT_EQ(of(SpanKind::closed, 200s)[0].from, begin + 102s);
  EXPECT_TRUE(of(SpanKind::down, 200s).empty());
}
TEST_F(StatusPastTest, a_trial_that_failed_leaves_no_gap_between_two_closings) {
  close(100s, tax, "c1");
  confirm(400s, tax, {GateMode::trial, ClosureId{"c1"}, 10}, 400s);
  order_closed(500s, tax, "c2");
  const auto closed = of(SpanKind::closed, 600s);
  ASSERT_EQ(closed.size(), 2u);
  EXPECT_EQ(closed[0].to, closed[1].from);
}
TEST_F(StatusPastTest, what_answers_outside_though_it_is_closed_contradicts_until_it_is_seen_down) {
  believe(10s, Seen::up, 5s, tax, Agreement::supports);
  close(100s, tax, "c1");
  EXPECT_FALSE(past.outside(tax, begin + 101s).answers_though_closed) << "that it was up before proves nothing";
  believe(130s, Seen::up, 120s, tax, Agreement::contradicts);
  EXPECT_TRUE(past.outside(tax, begin + 131s).answers_though_closed);
  believe(160s, Seen::down, 150s, tax, Agreement::supports);
  EXPECT_FALSE(past.outside(tax, begin + 161s).answers_though_closed);
  believe(200s, Seen::up, 190s, tax, Agreement::contradicts);
  take(210s, fact::Started{"1", "boot"});
  EXPECT_FALSE(past.outside(tax, begin + 211s).answers_though_closed) << "whoever looked has to say it again";
}
TEST_F(StatusPastTest, what_is_still_down_long_after_it_opened_is_down_by_itself) {
  close(100s, tax, "c1");
  believe(102s, Seen::down, 101s);
  open(500s, tax, "c1");
  EXPECT_EQ(seen(700s), StatusState::down);
  EXPECT_EQ(past.outside(tax, begin + 700s).since, begin + 500s);
  believe(900s, Seen::up, 880s);
  const auto downs = of(SpanKind::down, 1h);
  ASSERT_EQ(downs.size(), 1u);
  EXPECT_EQ(downs[0].from, begin + 500s);
}
TEST_F(StatusPastTest, an_outage_before_the_closing_stays_one) {
  believe(50s, Seen::down, 40s);
  close(100s, tax, "c1");
  ASSERT_EQ(of(SpanKind::down, 200s).size(), 1u);
  EXPECT_EQ(of(SpanKind::down, 200s)[0].from, begin + 40s);
}
TEST_F(StatusPastTest, after_a_start_nothing_is_believed_until_it_is_said_again) {
  believe(10s, Seen::up, 5s);
  take(100s, fact::Started{"1", "boot"});
  EXPECT_EQ(seen(101s), StatusState::unmeasured);
  believe(160s, Seen::up, 150s);
  EXPECT_EQ(seen(160s), StatusState::working);
  const auto unseen = of(SpanKind::no_data, 1h);
  ASSERT_EQ(unseen.size(), 3u);
  EXPECT_EQ(unseen[2].from, begin + 100s);
  EXPECT_EQ(*unseen[2].to, begin + 150s);
}
TEST_F(StatusPastTest, what_one_vantage_alone_holds_changes_nothing) {
  believe(10s, Seen::up, 5s);
  Belief alone;
  alone.service = tax, alone.vantage = VantageId{"v1"}, alone.seen = Seen::down, alone.first_bad = begin + 15s;
  take(20s, fact::BeliefChanged{alone, Agreement::cannot_tell, ""});
  EXPECT_EQ(seen(20s), StatusState::working);
}
TEST_F(StatusPastTest, an_incident_lasts_from_the_first_closing_to_the_last_opening) {
  close(100s, tax, "c1");
  close(110s, permits, "c2");
  open(500s, tax, "c1");
  ASSERT_EQ(past.incidents().size(), 1u);
  EXPECT_FALSE(past.incidents()[0].ended);
  open(600s, permits, "c2");
  EXPECT_EQ(past.incidents()[0].ended, begin + 600s);
  EXPECT_EQ(past.incidents()[0].services.size(), 2u);
  close(700s, tax, "c3");
  ASSERT_EQ(past.incidents().size(), 2u);
  EXPECT_EQ(past.incidents()[0].id, "c3") << "the newest first";
}
TEST_F(StatusPastTest, a_statement_belongs_to_the_incident_that_it_speaks_of) {
  release(0s, {{"en", "Before."}});
  close(100s, tax, "c1");
  release(200s, {{"en", "During."}, {"sq", "Gjatë."}});
  open(500s, tax, "c1");
  release(24h, {{"en", "After."}});
  release(24h * 30, {{"en", "Much later."}});
  const auto incidents = past.incidents();
  ASSERT_EQ(incidents.size(), 3u);
  EXPECT_EQ(incidents[0].updates[0].version, number);
  ASSERT_EQ(incidents[1].updates.size(), 2u);
  EXPECT_EQ(incidents[1].updates[0].texts.at("sq"), "Gjatë.");
  EXPECT_EQ(incidents[2].updates[0].texts.at("en"), "Before.");
}
TEST_F(StatusPastTest, data_is_spoken_of_only_while_every_proof_holds) {
  const DatasetId a{"a"}, b{"b"};
  const auto prove = [&](std::chrono::seconds after, const DatasetId& dataset, bool passed, std::optional<std::string> drift = {}) {
    Proof proof;
    proof.dataset = dataset, proof.passed = passed, proof.drift = std::move(drift);
    proof.finished.wall = begin + after;
    take(after, fact::Proved{proof});
  };
  prove(10s, a, true);
  EXPECT_FALSE(past.proved({a, b}, begin + 20s)) << "b was never proved";
  EXPECT_FALSE(past.proved({}, begin + 20s)) << "of nothing nothing is said";
  prove(20s, b, true);
  EXPECT_EQ(past.proved({a, b}, begin + 30s), begin + 10s) << "the older one";
  EXPECT_FALSE(past.proved({a, b}, begin + 26h)) << "too old";
  prove(40s, b, false);
  EXPECT_FALSE(past.proved({a, b}, begin + 50s));
  prove(60s, b, true);
  prove(65s, b, true, "half of its files are gone");
  EXPECT_FALSE(past.proved({a, b}, begin + 66s)) << "it passed, and shows a sudden change";
  prove(67s, b, true);
  EXPECT_TRUE(past.proved({a, b}, begin + 68s));
  take(70s, fact::BackupSuspected{a, "its snapshot is gone"});
  EXPECT_FALSE(past.proved({a, b}, begin + 80s));
}
TEST_F(StatusPastTest, what_is_long_over_is_forgotten) {
  close(100s, tax, "c1");
  open(500s, tax, "c1");
  past.forget(begin + 24h * 80);
  EXPECT_EQ(past.incidents().size(), 1u);
  past.forget(begin + 24h * 92);
  EXPECT_TRUE(past.incidents().empty());
  EXPECT_TRUE(of(SpanKind::closed, 24h * 92).empty());
}
TEST_F(StatusPastTest, a_flood_of_alerts_is_none_of_its_business) {
  EXPECT_FALSE(StatusPast::matters({{}, fact::Alerted{}}));
  EXPECT_FALSE(StatusPast::matters({{}, fact::Blind{}}));
  EXPECT_TRUE(StatusPast::matters({{}, fact::Closed{}}));
}
}  // namespace
