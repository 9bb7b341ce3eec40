#include "notify/judge.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/records.hpp"
#include "notify/statement_json.hpp"

namespace kulla::notify::test {
namespace {
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

std::vector<std::string> withdrawn(const Record& record) {
  std::vector<std::string> list;
  for (const auto& each : judge(record).withdrawn)
    list.push_back(fmt::format("{} {}{}", each.sentence, each.since, each.aged ? " aged" : ""));
  return list;
}
Wanted all_of(const Judged& judged) {
  Wanted wanted{to_hex(judged.version), judged.at, {{"sq", "Teksti."}, {"en", "The text."}}, {}};
  for (const auto& said : judged.said) wanted.sentences.emplace_back(said.sentence->id);
  return wanted;
}
Code refused(const Judged& judged, const Wanted& wanted) {
  const auto made = release(judged, wanted, PersonId{"anna"}, {"en", "sq"});
  EXPECT_FALSE(made);
  return made ? Code::io : made.error().code;
}

TEST(Judge, the_version_follows_what_is_said_and_not_the_clock) {
  Story story;
  story.closed("tax");
  story.proved("tax");
  const auto before = judge(story.record).version;
  story.record.now += 20min;
  EXPECT_EQ(judge(story.record).version, before) << "only an age has changed";
  story.proved("tax");
  EXPECT_EQ(judge(story.record).version, before) << "the same is said, with a newer proof";
  story.closed("land");
  EXPECT_NE(judge(story.record).version, before);
}

TEST(Judge, a_release_claims_what_holds_with_its_facts) {
  Story story;
  story.closed("tax");
  const auto judged = judge(story.record);
  const auto statement = release(judged, all_of(judged), PersonId{"anna"}, {"en", "sq"}).value();
  EXPECT_EQ(statement.by, PersonId{"anna"});
  ASSERT_EQ(statement.sentences.size(), judged.said.size());
  for (const auto& sentence : statement.sentences) EXPECT_THAT(sentence.facts, testing::Not(IsEmpty())) << sentence.id;
}

TEST(Judge, a_stale_version_and_a_sentence_that_does_not_hold_are_refused) {
  Story story;
  story.closed("tax");
  const auto shown = all_of(judge(story.record));
  story.closed("land");
  EXPECT_EQ(refused(judge(story.record), shown), Code::refused);
  auto claims_too_much = all_of(judge(story.record));
  claims_too_much.sentences.emplace_back("backups.all");
  EXPECT_EQ(refused(judge(story.record), claims_too_much), Code::refused);
}

TEST(Judge, a_text_that_was_made_long_ago_is_refused_although_all_its_sentences_hold) {
  Story story;
  story.closed("tax");
  story.proved("tax");
  const auto shown = all_of(judge(story.record));
  story.record.now += shown_for;
  EXPECT_TRUE(release(judge(story.record), shown, PersonId{"anna"}, {"en", "sq"}));
  story.record.now += 1s;
  EXPECT_EQ(refused(judge(story.record), shown), Code::refused) << "it says how old the proof is, and by when the next update comes";
  story.record.now = shown.shown - 2min;
  EXPECT_EQ(refused(judge(story.record), shown), Code::bad_argument) << "nobody was shown what is yet to come";
}

TEST(Judge, all_languages_are_released_as_one) {
  Story story;
  story.closed("tax");
  const auto judged = judge(story.record);
  auto wanted = all_of(judged);
  wanted.texts = {{"sq", "Teksti."}};
  EXPECT_EQ(refused(judged, wanted), Code::bad_argument) << "English is missing";
  wanted.texts = {{"sq", "Teksti."}, {"en", " \n"}};
  EXPECT_EQ(refused(judged, wanted), Code::bad_argument) << "English is empty";
  wanted.texts = {{"sq", "Teksti."}, {"en", "a"}, {"en", "b"}};
  EXPECT_EQ(refused(judged, wanted), Code::bad_argument) << "English stands twice";
  wanted.texts = {{"sq", "Teksti."}, {"en", "a"}, {"de", "b"}};
  EXPECT_EQ(refused(judged, wanted), Code::bad_argument) << "nobody asked for German";
  wanted.texts = {{"sq", "Teksti."}, {"en", "a\rBcc: b"}};
  EXPECT_EQ(refused(judged, wanted), Code::bad_argument);
  wanted.texts = {{"sq", "Teksti."}, {"en", std::string(statement_limits::text_bytes, 'a')}};
  EXPECT_EQ(refused(judged, wanted), Code::too_large);
}

TEST(Judge, what_fails_after_the_release_is_withdrawn_since_that_fact) {
  Story story;
  story.open("land");
  story.closed("tax");
  story.record.incident = story.fact();
  story.release();
  EXPECT_THAT(withdrawn(story.record), IsEmpty());
  story.seen("tax", Seen::up, Agreement::contradicts);
  const auto since = story.record.facts;
  note_failures(story.record, since, of_outside);
  story.seen("land", Seen::up, Agreement::supports);
  note_failures(story.record, story.record.facts, of_outside);
  EXPECT_THAT(withdrawn(story.record), ElementsAre(fmt::format("since.first_closing {}", since), fmt::format("closed.services {}", since),
                                                   fmt::format("closed.intrusion {}", since)));
}

TEST(Judge, what_grows_too_old_is_withdrawn_by_time) {
  Story story;
  story.open("tax");
  const auto proof = story.proved("tax").told.fact;
  story.release();
  note_failures(story.record, story.record.facts, of_all);
  EXPECT_THAT(withdrawn(story.record), IsEmpty());
  story.record.now += 2h;
  EXPECT_THAT(withdrawn(story.record), ElementsAre(fmt::format("backups.all {} aged", proof)));
}

TEST(Judge, a_promised_update_is_overdue_once_its_time_has_passed) {
  Story story;
  EXPECT_FALSE(promised(story.record)) << "nobody has said anything";
  story.closed("tax");
  EXPECT_FALSE(promised(story.record));
  story.release();
  const auto by = promised(story.record).value().by;
  EXPECT_EQ(by, next_update_by(story.record.releases.back().mark.at, story.record.next_update));
  EXPECT_FALSE(promised(story.record)->overdue);
  story.record.now = by + 1s;
  EXPECT_TRUE(promised(story.record)->overdue);
  story.release();
  EXPECT_FALSE(promised(story.record)->overdue) << "the next one has come";
}

TEST(Judge, what_is_over_is_promised_no_update) {
  Story story;
  story.closed("tax");
  story.release();
  story.service("tax").closure.reset();
  story.service("tax").gate = GateMode::open;
  note_failures(story.record, story.fact().fact, of_services);
  EXPECT_FALSE(promised(story.record));
  story.closed("land");
  EXPECT_FALSE(promised(story.record)) << "the next closing is not what it spoke of";
}

TEST(Judge, a_release_that_promises_nothing_is_never_late) {
  Story story;
  story.closed("tax");
  story.release();
  auto& sentences = story.record.releases.back().statement.sentences;
  std::erase_if(sentences, [](const auto& sentence) { return sentence.id == next_update_sentence; });
  EXPECT_FALSE(promised(story.record));
}

TEST(Judge, another_number_is_another_claim) {
  Story story;
  story.closed("tax");
  story.release();
  story.closed("land");
  EXPECT_THAT(withdrawn(story.record), testing::Contains(HasSubstr("closed.services"))) << "it said one";
}

TEST(Judge, the_newest_facts_are_kept_where_there_are_too_many) {
  Story story;
  for (int i = 0; i < 2000; ++i) story.closed(fmt::format("s{:04}", i));
  const auto judged = judge(story.record);
  const auto statement = release(judged, all_of(judged), PersonId{"anna"}, {"en", "sq"}).value();
  for (const auto& sentence : statement.sentences) EXPECT_LE(sentence.facts.size(), statement_limits::facts);
  EXPECT_EQ(statement.sentences.front().facts.size() <= statement_limits::facts, true);
}

TEST(StatementJson, has_the_shape_that_the_api_promises) {
  Story story;
  story.closed("tax");
  story.open("land");
  story.release();
  const auto judged = judge(story.record);
  const auto object = statement_json(story.record, judged, languages().at("en"), tirane());
  EXPECT_EQ(object.at("lang"), "en");
  EXPECT_EQ(object.at("version").as_string(), to_hex(judged.version));
  const auto& sentence = object.at("sentences").as_array().front().as_object();
  EXPECT_TRUE(sentence.contains("id") && sentence.contains("text") && sentence.contains("facts") && sentence.contains("category"));
  EXPECT_EQ(object.at("released").at("texts").at("sq"), "Disa shërbime janë mbyllur.");
  EXPECT_EQ(object.at("released").at("number").as_int64(), static_cast<std::int64_t>(story.record.releases.back().mark.fact));
  EXPECT_EQ(object.at("released").at("next_update").at("overdue"), false);
}

TEST(StatementJson, a_body_that_is_none_is_refused) {
  const std::string at = R"("at":"2022-07-15T10:00:00Z",)";
  for (const auto& text :
       {std::string{"{}"}, "{" + at + R"("version":1,"texts":{},"sentences":[]})",
        "{" + at + R"("version":"a","texts":{"sq":1},"sentences":[]})", "{" + at + R"("version":"a","texts":{},"sentences":[7]})",
        "{" + at + R"("version":"a","texts":[],"sentences":[]})", std::string{R"({"version":"a","texts":{},"sentences":[]})"}})
    EXPECT_EQ(wanted_from_json(parse_json(text)->as_object()).error().code, Code::bad_argument) << text;
  EXPECT_EQ(wanted_from_json(parse_json(R"({"at":"ten","version":"a","texts":{},"sentences":[]})")->as_object()).error().code,
            Code::bad_time);
}
}  // namespace
}  // namespace kulla::notify::test
