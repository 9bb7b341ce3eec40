#include "notify/sentences.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/records.hpp"

namespace kulla::notify::test {
namespace {
using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;
using testing::SizeIs;

std::vector<std::uint64_t> facts_of(const Record& record, std::string_view id) { return judge(record).find(id)->claim.facts; }

TEST(Sentences, a_closing_is_said_once_the_gate_has_confirmed_it) {
  Story story;
  story.open("land");
  story.order_closed("tax");
  EXPECT_EQ(say(story.record, "closed.services"), "");
  EXPECT_THAT(lacking(story.record, "closed.services"), ElementsAre("the gate has not confirmed that tax.example is closed"));
  auto& tax = story.service("tax");
  tax.gate = GateMode::closed;
  tax.closure->confirmed = tax.gate_since = story.fact();
  EXPECT_EQ(say(story.record, "closed.services"), "1 service of 2 is closed for protection: tax.example.");
  EXPECT_THAT(facts_of(story.record, "closed.services"), ElementsAre(tax.closure->ordered.fact, tax.gate_since.fact));
  EXPECT_EQ(say(story.record, "since.first_closing"), "The first closing took effect on 15 July 2022, 12:04 (+02:00).");
}

TEST(Sentences, a_gate_that_drifted_open_withdraws_the_closing) {
  Story story;
  story.closed("tax");
  ASSERT_NE(say(story.record, "closed.services"), "");
  story.service("tax").gate = GateMode::open;
  EXPECT_EQ(say(story.record, "closed.services"), "");
  EXPECT_EQ(say(story.record, "open.services"), "") << "our record says closed, the gate open: neither is said";
}

TEST(Sentences, a_contradiction_from_outside_withdraws_the_closing) {
  Story story;
  story.closed("tax");
  story.closed("land");
  story.seen("tax", Seen::down, Agreement::supports);
  story.seen("land", Seen::up, Agreement::contradicts);
  EXPECT_EQ(say(story.record, "closed.services"), "1 service of 2 is closed for protection: tax.example.");
  EXPECT_THAT(lacking(story.record, "closed.services"), ElementsAre("measurement from outside contradicts the closing of land.example"));
  EXPECT_EQ(say(story.record, "outside.closed"),
            "Independent measurement from outside agrees with the closing of 1 of 2 closed services that were measured.");
}

TEST(Sentences, each_reason_for_closing_is_counted_apart) {
  Story story;
  story.closed("a");
  story.closed("b");
  story.closed("c", Because::person);
  story.closed("d", Because::trial_ended);
  story.closed("e", Because::found_closed);
  EXPECT_THAT(say(story.record, "closed.intrusion"), HasSubstr("2 of the closed services were closed because signs of an intrusion"));
  EXPECT_THAT(say(story.record, "closed.person"), HasSubstr("1 of the closed services was closed by a decision"));
  EXPECT_THAT(say(story.record, "closed.trial_ended"), HasSubstr("1 of the closed services was closed again"));
  EXPECT_THAT(say(story.record, "closed.found_closed"), HasSubstr("1 of the closed services was found closed"));
}

TEST(Sentences, what_is_down_outside_is_not_said_to_be_open) {
  Story story;
  story.open("tax");
  story.open("land");
  EXPECT_EQ(say(story.record, "happened.nothing"), "All 2 services are open and no incident is under way.");
  story.seen("land", Seen::down, Agreement::contradicts);
  EXPECT_EQ(say(story.record, "happened.nothing"), "");
  EXPECT_EQ(say(story.record, "open.services"), "1 service of 2 is open.");
  EXPECT_THAT(lacking(story.record, "open.services"), ElementsAre("land.example is open here, and down as measured from outside"));
  story.seen("tax", Seen::up, Agreement::supports);
  EXPECT_EQ(say(story.record, "outside.open"), "By independent measurement from outside, 1 of 2 open services that were measured answers.")
      << "the one that is down counts among those measured";
}

TEST(Sentences, data_is_backed_up_only_while_a_passed_proof_holds_with_its_age) {
  Story story;
  story.open("tax");
  EXPECT_THAT(lacking(story.record, "backups.all"), ElementsAre("no passed proof of data set data-tax younger than 1 hour"));
  story.proved("tax");
  story.record.now += 23min;
  EXPECT_EQ(say(story.record, "backups.all"),
            "The backup of the one data set was restored and compared successfully, the longest ago 23 minutes.");
  EXPECT_THAT(lacking(story.record, "backups.all"), IsEmpty());
  story.record.now += 38min;
  EXPECT_EQ(say(story.record, "backups.all"), "") << "61 minutes are over the policy's hour";
  EXPECT_THAT(lacking(story.record, "backups.all"), SizeIs(1));
}

TEST(Sentences, a_part_of_the_backups_is_said_as_a_part) {
  Story story;
  story.open("tax");
  story.open("land");
  story.proved("tax");
  EXPECT_EQ(say(story.record, "backups.all"), "");
  EXPECT_EQ(say(story.record, "backups.some"),
            "The backups of 1 of 2 data sets were restored and compared successfully, the longest ago 1 minute.");
}

TEST(Sentences, a_failed_a_suspected_or_a_suddenly_changed_backup_is_no_backup) {
  Story story;
  story.open("tax");
  story.proved("tax", false);
  EXPECT_THAT(lacking(story.record, "backups.all"), ElementsAre("the last proof of data set data-tax did not pass"));
  story.proved("tax").drifted = true;
  EXPECT_THAT(lacking(story.record, "backups.all"), ElementsAre("the content of data set data-tax changed suddenly before its last proof"));
  story.proved("tax");
  EXPECT_NE(say(story.record, "backups.all"), "");
  story.record.datasets.at(DatasetId{"data-tax"}).suspected = story.fact();
  EXPECT_EQ(say(story.record, "backups.all"), "");
  EXPECT_THAT(lacking(story.record, "backups.all"), ElementsAre("something is wrong with the backups of data set data-tax"));
  story.proved("tax");
  EXPECT_NE(say(story.record, "backups.all"), "") << "proved again since";
}

TEST(Sentences, a_proof_from_the_future_holds_nothing) {
  Story story;
  story.open("tax");
  story.proved("tax").finished += 10min;
  EXPECT_EQ(say(story.record, "backups.all"), "");
}

TEST(Sentences, systems_count_when_inspected_after_the_closing_and_after_the_last_effect) {
  Story story;
  story.open("land");
  story.inspected("tax");
  story.closed("tax");
  EXPECT_EQ(say(story.record, "verified.systems"), "") << "the report is from before the closing";
  story.inspected("tax");
  EXPECT_EQ(say(story.record, "verified.systems"),
            "1 system of 1 behind the closed services was inspected after the closing without a finding; 1,500 files were looked at.");
  story.struck("tax");
  EXPECT_EQ(say(story.record, "verified.systems"), "");
  story.inspected("tax", false);
  EXPECT_THAT(lacking(story.record, "verified.systems"), ElementsAre("the last inspection of system sys-tax has findings"));
  story.inspected("tax");
  EXPECT_NE(say(story.record, "verified.systems"), "");
  story.record.now += 2h;
  EXPECT_THAT(lacking(story.record, "verified.systems"),
              ElementsAre("no clean report of system sys-tax from after the closing and younger than 1 hour"));
}

TEST(Sentences, an_intrusion_is_said_by_numbers_and_by_when_it_was_noticed) {
  Story story;
  story.open("land");
  story.closed("tax");
  EXPECT_EQ(say(story.record, "happened.intrusion"), "");
  story.struck("tax");
  EXPECT_EQ(say(story.record, "happened.intrusion"), "Signs of an intrusion were found on systems behind 1 service.");
  EXPECT_EQ(say(story.record, "since.first_sign"), "The first sign was noticed on 15 July 2022, 12:05 (+02:00).");
  story.record.incident.reset();
  EXPECT_EQ(say(story.record, "happened.intrusion"), "");
}

TEST(Sentences, a_thousand_names_are_a_number) {
  Story story;
  for (int i = 0; i < 1000; ++i) story.closed(fmt::format("s{:04}", i));
  const auto text = say(story.record, "closed.services");
  EXPECT_THAT(text, HasSubstr("1,000 services of 1,000 are closed for protection: s0000.example, s0001.example"));
  EXPECT_THAT(text, HasSubstr("s0011.example, and 988 others."));
  EXPECT_THAT(text, Not(HasSubstr("s0012")));
  EXPECT_THAT(lacking(story.record, "outside.closed"), SizeIs(21));
  EXPECT_THAT(lacking(story.record, "outside.closed"), Contains("and 980 more like it"));
}

TEST(Sentences, a_retired_service_counts_nowhere) {
  Story story;
  story.open("land");
  story.closed("tax").retired = true;
  EXPECT_EQ(say(story.record, "closed.services"), "");
  EXPECT_EQ(say(story.record, "open.services"), "1 service of 1 is open.");
}

TEST(Sentences, the_next_update_is_promised_for_a_round_time_no_later_than_that) {
  Story story;
  story.open("land");
  EXPECT_EQ(say(story.record, "next.update"), "");
  story.closed("tax");
  EXPECT_EQ(say(story.record, "next.update"), "The next update follows by 15 July 2022, 13:00 (+02:00).");
}

TEST(Sentences, a_name_from_the_config_is_shown_in_its_language_and_harmless) {
  Story story;
  story.closed("tax").names = {{"sq", "e-Tatime"}, {"en", "e-Tax\n\xE2\x80\xAE{services}"}};
  EXPECT_EQ(say(story.record, "closed.services", "sq"), "1 shërbim nga 1 gjithsej është mbyllur për mbrojtje: e-Tatime.");
  const auto english = say(story.record, "closed.services");
  EXPECT_THAT(english, HasSubstr("{services}")) << "a name is no pattern";
  EXPECT_THAT(english, Not(HasSubstr("\n")));
  EXPECT_THAT(english, Not(HasSubstr("\xE2\x80\xAE")));
}
}  // namespace
}  // namespace kulla::notify::test
