// The rows that a console has from the stream are those that it would have from the beginning; over random lives, and over any facts.
#include "daemon/view_picture.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>
#include <rapidcheck/gtest.h>

#include <algorithm>
#include <ranges>

#include "daemon/view_preview.hpp"
#include "incident/life.hpp"
#include "model/random_fact.hpp"

using namespace kulla;
using namespace kulla::daemon;
using namespace kulla::incident;

namespace {
/// What a console keeps: rows by name, replaced as they come.
using Kept = std::map<std::string, std::string>;

void keep(Kept& kept, const std::vector<std::string>& rows) {
  for (const auto& row : rows) {
    const auto value = parse_json(row);
    kept[std::string{value.value().at("id").as_string()}] = row;
  }
}
Picture fresh(const std::vector<Fact>& facts, std::size_t count) {
  Picture picture;
  for (std::size_t i = 0; i < count; ++i) picture.take(i + 1, facts[i], nullptr);
  return picture;
}
/// After each prefix that is a multiple of `every`, and after all.
void compare_prefixes(const std::vector<Fact>& facts, std::size_t every) {
  Picture picture;
  Kept kept;
  std::string waiting = "[]";
  for (std::size_t i = 0; i < facts.size(); ++i) {
    picture.take(i + 1, facts[i], nullptr);
    const auto changes = picture.changes();
    keep(kept, changes.rows);
    if (changes.waiting) waiting = picture.waiting();
    if ((i + 1) % every != 0 && i + 1 != facts.size()) continue;
    auto whole = fresh(facts, i + 1);
    Kept expected;
    keep(expected, whole.changes().rows);
    RC_ASSERT(kept == expected);
    RC_ASSERT(waiting == whole.waiting());
    RC_ASSERT(picture.rows() == whole.rows());
  }
}

rc::Gen<std::vector<Action>> lives() {
  const auto byte = rc::gen::resize(rc::kNominalSize, rc::gen::arbitrary<std::uint8_t>());
  const auto what = rc::gen::map(rc::gen::inRange(0, static_cast<int>(Do::go_blind) + 1), [](int index) { return static_cast<Do>(index); });
  return rc::gen::container<std::vector<Action>>(rc::gen::construct<Action>(what, byte, byte, byte));
}
std::vector<Fact> facts_of(const std::vector<Action>& actions, Mode mode) {
  Life life{random_setting(mode)};
  life.play(actions);
  return life.world.facts();
}
}  // namespace

RC_GTEST_PROP(ViewPicture, rows_made_by_deltas_equal_those_of_a_fresh_fold, ()) {
  compare_prefixes(facts_of(*lives(), *rc::gen::element(Mode::advise, Mode::act)), 9);
}

RC_GTEST_PROP(ViewPicture, rows_made_by_deltas_equal_those_of_a_fresh_fold_over_any_facts, (std::uint64_t seed)) {
  kulla::test::RandomFacts random{seed};
  std::vector<Fact> facts;
  for (int i = 0; i < 120; ++i) facts.push_back(random.next());
  compare_prefixes(facts, 7);
}

RC_GTEST_PROP(ViewPicture, an_attempt_never_closes, ()) {
  const auto facts = facts_of(*lives(), Mode::act);
  RC_ASSERT(fresh(facts, facts.size()).closed_by_attempts() == 0U);
}

RC_GTEST_PROP(ViewPicture, a_preview_closes_exactly_what_a_close_would, ()) {
  Life life{random_setting()};
  life.play(*lives());
  for (const auto& service : life.world.setting.catalogue.services) {
    std::set<std::string> foretold, closed;
    const auto preview = preview_of(life.world.state(), service.id, life.world.now(), life.world.setting.policy);
    for (const auto& each : preview.at("would").as_array())
      if (each.at("action") == "close") foretold.emplace(each.at("service").as_string());
    const State before = life.world.state();
    const auto& decision = life.world.give(input::CloseAsked{{service.id}, PersonId{"olga"}, "a doubt"});
    for (const auto& [id, record] : decision.after.services)
      if (record.closure != before.find(id)->closure && record.closure) closed.insert(id.str());
    RC_ASSERT(foretold == closed);
  }
}

namespace {
struct Story {
  Picture picture;
  std::uint64_t number = 0;
  Moment at{Timestamp{} + std::chrono::hours{1000}, Ticks{1000}};
  void tell(FactBody body) {
    at.wall += std::chrono::seconds{1}, at.mono += Ticks{1000};
    picture.take(++number, {at, std::move(body)}, std::make_shared<const std::string>("{}"));
  }
  json::object row(const char* id) {
    (void)picture.changes();
    return parse_json(picture.find(ServiceId{id})->row).value().as_object();
  }
  json::array waiting() {
    (void)picture.changes();
    return parse_json(picture.waiting()).value().as_array();
  }
};
Service tax() {
  return {.id = ServiceId{"e-tax"}, .host = "e-tax.example", .systems = {SystemId{"web-1"}}, .datasets = {}, .owner = "Finance"};
}
}  // namespace

TEST(ViewPicture, an_open_service_says_no_more_than_its_name_and_place) {
  Story story;
  story.tell(fact::ServiceDeclared{tax()});
  EXPECT_EQ(
      json::serialize(story.row("e-tax")),
      R"({"id":"e-tax","host":"e-tax.example","owner":"Finance","since":"1970-02-11T16:00:01.000000Z","systems":["web-1"],"datasets":[]})");
  EXPECT_TRUE(story.waiting().empty());
}

TEST(ViewPicture, a_row_says_since_when_its_state_holds_and_not_when_it_last_changed) {
  Story story;
  story.tell(fact::ServiceDeclared{tax()});
  story.tell(fact::Closed{ServiceId{"e-tax"}, ClosureId{"abcdefghijkl"}, ClosedBy::machine, {}, "a web shell", {SystemId{"web-1"}}});
  const auto since = story.row("e-tax").at("since");
  story.tell(fact::GateConfirmed{ServiceId{"e-tax"}, {GateMode::closed, ClosureId{"abcdefghijkl"}, 0}, story.at.wall, 2, 1});
  const auto row = story.row("e-tax");
  EXPECT_EQ(row.at("since"), since);
  EXPECT_EQ(row.at("state"), "closed");
  EXPECT_TRUE(row.contains("acknowledged"));
  EXPECT_FALSE(row.contains("unconfirmed"));
}

TEST(ViewPicture, what_is_waited_for_follows_the_way_back) {
  Story story;
  const ServiceId id{"e-tax"};
  const ClosureId closure{"abcdefghijkl"};
  story.tell(fact::ServiceDeclared{tax()});
  story.tell(fact::ApproversSet{{{PersonId{"anna"}, PublicKey{{1}}}, {PersonId{"ben"}, PublicKey{{2}}}}});
  const auto waits = [&] { return story.waiting().empty() ? "nobody" : std::string{story.waiting().front().at("for").as_string()}; };
  EXPECT_EQ(waits(), "nobody");
  story.tell(fact::Closed{id, closure, ClosedBy::person, PersonId{"olga"}, "a doubt", {}});
  EXPECT_EQ(waits(), "verification");
  story.tell(fact::VerificationAsked{id, closure, Purpose::reopen, PersonId{"olga"}, ""});
  EXPECT_EQ(waits(), "inspection");
  const auto inspected = [&](bool clean) {
    return fact::Inspected{{SystemId{"web-1"}, clean, 10, clean ? 0 : 3, clean ? "" : "a new file", sha256("r"), story.at, story.at}};
  };
  story.tell(inspected(false));
  story.tell(fact::VerificationFailed{id, closure, "findings on web-1"});
  EXPECT_EQ(waits(), "findings");
  story.tell(fact::VerificationAsked{id, closure, Purpose::reopen, PersonId{"olga"}, ""});
  story.tell(inspected(true));
  story.tell(fact::Verified{id, closure, sha256("basis")});
  EXPECT_EQ(waits(), "approvals");
  Approval approval;
  approval.service = id, approval.closure = closure, approval.person = PersonId{"anna"}, approval.key = PublicKey{{1}};
  story.tell(fact::Approved{approval});
  EXPECT_EQ(waits(), "second_approval");
  EXPECT_EQ(story.waiting().front().at("who"), (json::array{"ben"}));
}

TEST(ViewPicture, facts_that_reach_every_service_renew_rows_that_they_do_not_name) {
  Story story;
  const ServiceId id{"e-tax"};
  const ClosureId closure{"abcdefghijkl"};
  story.tell(fact::ServiceDeclared{tax()});
  story.tell(fact::Advised{id, "close", "a web shell"});
  EXPECT_TRUE(story.row("e-tax").contains("advised"));
  story.tell(fact::ModeSet{Mode::act, PersonId{"console:olga"}});
  EXPECT_FALSE(story.row("e-tax").contains("advised"));
  story.tell(fact::Closed{id, closure, ClosedBy::machine, {}, "a web shell", {SystemId{"web-1"}}});
  story.tell(fact::VerificationAsked{id, closure, Purpose::reopen, PersonId{"olga"}, ""});
  story.tell(fact::Verified{id, closure, sha256("basis")});
  story.tell(fact::ApproversSet{{{PersonId{"anna"}, PublicKey{{1}}}, {PersonId{"ben"}, PublicKey{{2}}}}});
  EXPECT_EQ(story.waiting().front().at("who"), (json::array{"anna", "ben"}));
  story.tell(fact::TrialStarted{id, closure, 10});
  EXPECT_TRUE(story.waiting().empty());
  story.tell(fact::Blind{files_sensor, 1, {}, {}});
  ASSERT_EQ(story.waiting().size(), 1U);
  EXPECT_EQ(story.waiting().front().at("for"), "inspection");
  story.tell(fact::Inspected{{SystemId{"web-1"}, true, 10, 0, "", sha256("r"), story.at, story.at}});
  EXPECT_TRUE(story.waiting().empty());
  story.tell(fact::Started{"test", "boot-2"});
  ASSERT_EQ(story.waiting().size(), 1U);
}

TEST(ViewPicture, a_protected_service_at_risk_waits_for_a_person_until_the_incident_ends) {
  Story story;
  story.tell(fact::ServiceDeclared{tax()});
  story.tell(fact::IncidentOpened{IncidentId{"i1"}});
  story.tell(fact::PersonPaged{ServiceId{"e-tax"}, "protected, only a person closes it"});
  ASSERT_EQ(story.waiting().size(), 1U);
  EXPECT_EQ(story.waiting().front().at("for"), "person");
  EXPECT_EQ(story.picture.pages().size(), 1U);
  story.tell(fact::IncidentEnded{IncidentId{"i1"}});
  EXPECT_TRUE(story.waiting().empty());
  EXPECT_TRUE(story.picture.pages().empty());
}

TEST(ViewPicture, a_service_that_is_retired_is_said_once_and_listed_no_more) {
  Story story;
  story.tell(fact::ServiceDeclared{tax()});
  (void)story.picture.changes();
  story.tell(fact::ServiceRetired{ServiceId{"e-tax"}});
  EXPECT_EQ(story.picture.changes().rows, std::vector<std::string>{R"({"id":"e-tax","retired":true})"});
  EXPECT_EQ(story.picture.rows(), "[]");
}

TEST(ViewPicture, attempts_of_which_there_are_many_do_not_push_out_the_effects) {
  Picture picture;
  std::uint64_t number = 0;
  const auto alerted = [&](bool effect) {
    picture.take(++number, Fact{{}, fact::Alerted{.alert = {}, .effect = effect, .risks = {}}}, std::make_shared<const std::string>("{}"));
  };
  alerted(false);
  alerted(true);
  for (std::size_t i = 0; i < 2 * Picture::alerts_kept; ++i) alerted(false);
  const auto alerts = picture.alerts();
  ASSERT_EQ(alerts.size(), Picture::alerts_kept + 1);
  EXPECT_EQ(alerts.front().number, 2U);
  EXPECT_TRUE(std::ranges::is_sorted(alerts, {}, &KeptLine::number));
}
