#include "drill/score.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "story_of.hpp"

using namespace kulla;
using namespace kulla::drill;
using testing::Contains;
using testing::ElementsAre;
using testing::IsEmpty;

namespace {
/// Removes the facts of one kind for which `which` says yes.
template <typename T, typename F>
void remove(GoodDrill& drill, F which) {
  std::erase_if(drill.observed.facts, [&](const Fact& fact) {
    const auto* body = std::get_if<T>(&fact.body);
    return body && which(*body);
  });
}
template <typename T, typename F>
void change(GoodDrill& drill, F how) {
  for (auto& fact : drill.observed.facts)
    if (auto* body = std::get_if<T>(&fact.body)) how(*body);
}

TEST(Score, AGoodDrillPasses) {
  const GoodDrill drill;
  const auto score = score_of(drill.observed);
  EXPECT_THAT(score.failed(), IsEmpty());
  EXPECT_TRUE(score.passed());
  EXPECT_EQ(score.figures.closed, 4U);
  EXPECT_EQ(score.figures.reopened, 2U);
  EXPECT_EQ(score.figures.kept_closed, 2U);
  EXPECT_DOUBLE_EQ(score.figures.attack_to_alert_ms, 2.0);
  EXPECT_DOUBLE_EQ(score.figures.alert_to_order_ms, 1.0);
  EXPECT_DOUBLE_EQ(score.figures.onset_error_ms, 24.0);  // acknowledged 1 ms after the order; the interval's middle 25 ms after it
}

TEST(Score, ARequestAnsweredAfterTheAcknowledgementIsALeak) {
  GoodDrill drill;
  drill.request(Who::attempt, drill.infected_service(), 13.1, true);
  EXPECT_EQ(score_of(drill.observed).figures.leaked_requests, 1U);
  EXPECT_THAT(drill.failed(), Contains("leak"));
}

TEST(Score, ARequestOnItsWayAtTheAcknowledgementIsNone) {
  GoodDrill drill;
  drill.request(Who::citizen, drill.infected_service(), 13.0035, true);  // sent before, answered after
  EXPECT_THAT(drill.failed(), IsEmpty());
}

TEST(Score, BytesOfEarlierAnswersCountFromAHundredMilliseconds) {
  GoodDrill drill;
  drill.observed.streams.push_back({static_cast<std::uint32_t>(drill.infected_service()), second(13.09), 500});
  EXPECT_THAT(drill.failed(), IsEmpty());
  drill.observed.streams.push_back({static_cast<std::uint32_t>(drill.infected_service()), second(13.2), 4096});
  EXPECT_EQ(score_of(drill.observed).figures.leaked_bytes, 4096U);
  EXPECT_THAT(drill.failed(), ElementsAre("leak"));
}

TEST(Score, WithoutAnswersUnderWayNothingWasKeptBack) {
  GoodDrill drill;
  drill.observed.streams.clear();
  EXPECT_THAT(drill.failed(), ElementsAre("leak"));
}

TEST(Score, AnAnswerThatHadStoppedLongBeforeTheClosingFails) {
  GoodDrill drill;
  for (auto& bytes : drill.observed.streams)
    if (bytes.service == drill.infected_service() && bytes.stream == 1 && bytes.bytes > 0) bytes.at = second(11.9);
  EXPECT_THAT(drill.failed(), ElementsAre("leak"));
}

TEST(Score, AnAnswerThatDoesNotEndFails) {
  GoodDrill drill;
  std::erase_if(drill.observed.streams, [&](const StreamBytes& bytes) {
    return bytes.service == drill.breached_service() && bytes.stream == 0 && bytes.bytes == 0;
  });
  EXPECT_THAT(drill.failed(), ElementsAre("leak"));
}

TEST(Score, ASecondClosingNeedsAnEffectOfItsOwn) {
  GoodDrill drill;
  const auto close_again = fact::Closed{ServiceId{drill.name(drill.breached_service())}, ClosureId{"again"}, ClosedBy::machine, {}, "", {}};
  drill.add(45, close_again);
  EXPECT_EQ(score_of(drill.observed).figures.closed_by_attempts, 1U);
  EXPECT_THAT(drill.failed(), Contains("attempts"));
  drill.alert(Plan::breached, 44.9);
  EXPECT_EQ(score_of(drill.observed).figures.closed_by_attempts, 0U);
}

TEST(Score, AClosingInThePlaceOfOneThatLetNobodyInAnswersToTheSameEffect) {
  GoodDrill drill;
  const ServiceId service{drill.name(drill.breached_service())};
  std::erase_if(drill.observed.facts, [&](const Fact& fact) {
    const auto* confirmed = std::get_if<fact::GateConfirmed>(&fact.body);
    const auto* opened = std::get_if<fact::Opened>(&fact.body);
    return (confirmed && confirmed->service == service && confirmed->entry.mode != GateMode::closed) ||
           (opened && opened->service == service);
  });
  drill.add(45, fact::Closed{service, ClosureId{"again"}, ClosedBy::machine, {}, "the trial had not begun when the daemon was killed", {}});
  EXPECT_EQ(score_of(drill.observed).figures.closed_by_attempts, 0U);
}

TEST(Score, ATrialThatTheDaemonsRestartEndedIsNoAttempts) {
  GoodDrill drill;
  const ServiceId service{drill.name(drill.breached_service())};
  std::erase_if(drill.observed.facts, [&](const Fact& fact) {
    const auto* opened = std::get_if<fact::Opened>(&fact.body);
    return opened && opened->service == service;
  });
  const auto ended = fact::Closed{service, ClosureId{"again"}, ClosedBy::machine, {}, "nobody watched its files", {}};
  drill.add(45, ended);
  EXPECT_EQ(score_of(drill.observed).figures.closed_by_attempts, 1U);
  drill.observed.facts.pop_back();
  drill.add(44, fact::Started{"0", "boot"});
  drill.add(45, ended);
  EXPECT_EQ(score_of(drill.observed).figures.closed_by_attempts, 0U);
}

TEST(Score, AnAddressInTheLedgerFails) {
  GoodDrill drill;
  drill.observed.secrets_found->push_back("ledger.db holds an address");
  EXPECT_THAT(drill.failed(), ElementsAre("privacy"));
}

TEST(Score, ALedgerThatNobodySearchedFails) {
  GoodDrill drill;
  drill.observed.secrets_found.reset();
  EXPECT_THAT(drill.failed(), ElementsAre("privacy"));
}

TEST(Score, ABystanderRefusedOnceFails) {
  GoodDrill drill;
  drill.request(Who::citizen, drill.bystander(), 15, false, 1, 429);
  EXPECT_THAT(drill.failed(), ElementsAre("bystanders"));
}

TEST(Score, AServiceClosedWithoutHarmIsClosedByAttempts) {
  GoodDrill drill;
  drill.add(11, fact::Closed{ServiceId{drill.name(drill.bystander())}, ClosureId{"x"}, ClosedBy::machine, {}, "", {}});
  EXPECT_EQ(score_of(drill.observed).figures.closed_by_attempts, 1U);
  EXPECT_THAT(drill.failed(), Contains("attempts"));
}

TEST(Score, AServiceNeverAttemptedDuringTheWayBackFails) {
  GoodDrill drill;
  std::erase_if(drill.observed.requests, [&](const Request& request) {
    return request.who == Who::attempt && request.service == drill.bystander() && request.sent > second(20);
  });
  EXPECT_THAT(drill.failed(), ElementsAre("attempts"));
}

TEST(Score, OneSignatureIsNotTwo) {
  GoodDrill drill;
  remove<fact::Approved>(drill, [](const auto& fact) { return fact.approval.person.str() == "besnik"; });
  EXPECT_THAT(drill.failed(), ElementsAre("approval"));
}

TEST(Score, TwoSignaturesOfOneOfficerAreNotTwo) {
  GoodDrill drill;
  change<fact::Approved>(drill,
                         [&](auto& fact) { fact.approval = drill.approval(drill.observed.plan.find(fact.approval.service.str()), 0); });
  EXPECT_THAT(drill.failed(), ElementsAre("approval"));
}

TEST(Score, AForgedSignatureDoesNotCount) {
  GoodDrill drill;
  change<fact::Approved>(drill, [](auto& fact) { fact.approval.signature.bytes[3] ^= 1; });
  EXPECT_THAT(drill.failed(), ElementsAre("approval"));
}

TEST(Score, ASignatureOverAnotherBasisDoesNotCount) {
  GoodDrill drill;
  change<fact::Verified>(drill, [](auto& fact) { fact.basis = sha256("another"); });
  EXPECT_THAT(drill.failed(), ElementsAre("approval"));
}

TEST(Score, AStrangersKeyDoesNotCount) {
  GoodDrill drill;
  drill.observed.officers.pop_back();
  EXPECT_THAT(drill.failed(), ElementsAre("approval"));
}

TEST(Score, AnsweredBeforeTheSecondSignatureFails) {
  GoodDrill drill;
  drill.request(Who::citizen, drill.breached_service(), 33.5, true);
  EXPECT_EQ(score_of(drill.observed).figures.reopen_without_approval, 1U);
  EXPECT_THAT(drill.failed(), Contains("approval"));
}

TEST(Score, AnInspectionThatMissesAWipedFileFails) {
  GoodDrill drill;
  drill.observed.first.front().paths.erase("data/a/3");
  EXPECT_THAT(drill.failed(), ElementsAre("inspection"));
}

TEST(Score, AFileThatDiffersAfterTheRebuildFails) {
  GoodDrill drill;
  drill.observed.rebuilt.front().wrong = 1;
  EXPECT_THAT(drill.failed(), ElementsAre("restore"));
}

TEST(Score, AProofThatDidNotPassFails) {
  GoodDrill drill;
  change<fact::Proved>(drill, [](auto& fact) { fact.proof.passed = false; });
  EXPECT_THAT(drill.failed(), ElementsAre("restore"));
}

TEST(Score, ATrialThatLetsTooManyInFails) {
  GoodDrill drill;
  for (auto& request : drill.observed.requests)
    if (request.sent == second(36) && request.address < 40) request.by_service = true;
  EXPECT_THAT(drill.failed(), ElementsAre("trial"));
}

TEST(Score, ATrialThatChangesItsMindFails) {
  GoodDrill drill;
  drill.request(Who::citizen, drill.breached_service(), 37, false, 3);
  EXPECT_THAT(drill.failed(), ElementsAre("trial"));
}

TEST(Score, AnOnsetElsewhereFails) {
  GoodDrill drill;
  change<fact::BeliefChanged>(drill, [](auto& fact) {
    fact.belief.last_good += std::chrono::seconds{2};
    fact.belief.first_bad += std::chrono::seconds{2};
  });
  EXPECT_THAT(drill.failed(), ElementsAre("outside"));
}

TEST(Score, TheInfectedSystemMustStayClosed) {
  GoodDrill drill;
  drill.observed.second.back().clean = true;
  EXPECT_THAT(drill.failed(), ElementsAre("kept_closed"));
}

TEST(Score, ALedgerThatDoesNotVerifyFails) {
  GoodDrill drill;
  drill.observed.ledger.ok = false;
  EXPECT_THAT(drill.failed(), ElementsAre("ledger"));
}

TEST(Score, NothingClosedFailsWithTimesNeverReached) {
  GoodDrill drill;
  drill.observed.facts.clear();
  drill.observed.notices.clear();
  const auto score = score_of(drill.observed);
  EXPECT_DOUBLE_EQ(score.figures.order_to_refused_ms, -1);
  EXPECT_THAT(score.failed(), Contains("closing"));
  EXPECT_THAT(score.failed(), Contains("leak"));
}

TEST(Score, TheObjectHasWhatProgramsExpect) {
  const auto object = to_json(score_of(GoodDrill{}.observed));
  for (const char* name :
       {"services", "closed", "closed_expected", "closed_by_attempts", "citizen_requests", "bystander_refused", "attack_to_alert_ms",
        "alert_to_order_ms", "order_to_refused_ms", "leaked_after_close", "onset_error_ms", "backups_proved", "systems_verified",
        "systems_failed_first", "reopened", "kept_closed", "reopen_without_approval", "ledger_facts"}) {
    ASSERT_TRUE(object.contains(name)) << name;
    EXPECT_TRUE(object.at(name).is_number()) << name;
  }
  EXPECT_TRUE(object.at("passed").get_bool());
  EXPECT_TRUE(object.at("ledger_ok").is_bool());
  EXPECT_TRUE(object.at("failed").is_array());
  EXPECT_EQ(object.at("against").at("discovery_to_cut_hours"), 33);
}
}  // namespace
