// The API: each thing asked is recorded with who asked it, nobody hands in what another signed, and the numbers bear no names.
#include "daemon/api.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <regex>
#include <thread>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "model/codec.hpp"

using namespace kulla;
using namespace kulla::daemon;
using serve::Endpoint;
using serve::Role;
using ::testing::HasSubstr;
using ::testing::Not;

namespace {
class ApiTest : public ::testing::Test {
 protected:
  ApiTest() {
    config_.catalogue.services = {{ServiceId{"e-tax"}, "e-tax.example", "/", {SystemId{"web-1"}}, {}, "", false}};
    config_.catalogue.systems = {{SystemId{"web-1"}, {}}};
    config_.catalogue.approvers = {{PersonId{"anna"}, anna_.public_key()}, {PersonId{"ben"}, SecretKey::generate().public_key()}};
    config_.systems[SystemId{"web-1"}];
    config_.state = folder_.path();
    core_thread_ = std::thread{[this] {
      core_.run([this] { return stop_.load(); },
                input::Started{"test", "boot-1", Mode::act, config_.catalogue, {{ServiceId{"e-tax"}, {GateMode::open, {}, 0}, "1"}}});
    }};
    EXPECT_TRUE(core_.ask([](const incident::State&) {}));
  }
  ~ApiTest() override {
    stop_ = true;
    core_thread_.join();
  }
  Result<std::string> ask(Endpoint endpoint, const char* person, serve::Roles roles, json::object body = {},
                          std::map<std::string, std::string, std::less<>> path = {}) {
    auto answer = api_.answer(endpoint, {{PersonId{person}, std::move(roles), "s1"}, std::move(path), {}, std::move(body)});
    EXPECT_TRUE(core_.ask([](const incident::State&) {}));
    view_.turn();
    if (!answer) return std::unexpected(answer.error());
    return **answer;
  }
  std::vector<std::string> recorded(std::string_view kind) {
    view_.turn();
    Timeline::Query query{.kind = std::string{kind}, .service = {}};
    std::vector<std::string> facts;
    const auto answer = parse_json(**view_.facts(query)).value();
    for (const auto& line : answer.at("facts").as_array()) facts.push_back(json::serialize(line.at("fact")));
    return facts;
  }
  Approval approval_of(const char* person) const {
    Approval approval;
    approval.service = ServiceId{"e-tax"}, approval.closure = ClosureId{"abcdefghijkl"}, approval.person = PersonId{person};
    approval.key = anna_.public_key();
    approval.expires = clock_.now().wall + std::chrono::hours{1};
    approval.signature = anna_.sign(signed_text(approval));
    return approval;
  }

  const SecretKey anna_ = SecretKey::generate();
  const SystemClock clock_;
  Config config_;
  Feed feed_;
  TemporaryFolder folder_ = TemporaryFolder::make("kulla-api").value();
  Past past_{feed_, folder_.path() / "ledger"};
  std::string ledger_problem_;
  const std::function<json::object()> health_ = [this] {
    return json::object{
        {"ledger", {{"facts", 3}, {"waiting", 1}, {"problem", ledger_problem_}}},
        {"gate", {{"problem", ""}}},
        {"sensors",
         {{"gate", {{"lines", 7}}}, {"log:secret-host", {{"events", 5}, {"problem", ""}}}, {"dropped", 0}, {"evidence_lost", 0}}},
        {"examining", json::array{}}};
  };
  View view_{{}, clock_, past_, {[] { return ledger::Head{}; }, health_, [] { return json::array{}; }}};
  Core core_{{},
             {},
             clock_,
             std::chrono::milliseconds{10},
             Outlets{[this](std::uint64_t number, const Fact& fact, std::vector<Order>) {
                       view_.push(number, fact, feed_.publish(number, fact_line(number, false, json::serialize(to_json(fact)))));
                     },
                     [](std::uint64_t, const Order&) {}, [] { return false; }}};
  Statements statements_{config_.statement, std::chrono::hours{1}, {}, clock_};
  Commands commands_{core_, feed_, statements_, config_, clock_, health_};
  Addresses addresses_{Pseudonyms{sha256("key")}};
  std::function<bool(std::uint64_t)> becomes_durable_ = [](std::uint64_t) { return true; };
  Acceptance acceptance_{config_, clock_};
  Api api_{{view_, commands_, core_, addresses_, acceptance_, folder_.path() / "evidence", health_,
            [] { return std::chrono::milliseconds{7}; },
            [this](std::uint64_t number, std::chrono::milliseconds patience) {
              EXPECT_LE(patience, std::chrono::seconds{2});
              return becomes_durable_(number);
            }}};
  std::atomic<bool> stop_ = false;
  std::thread core_thread_;
};

TEST_F(ApiTest, who_closes_is_recorded_as_a_person_at_the_console) {
  ASSERT_TRUE(ask(Endpoint::close, "olga", {Role::operator_}, {{"services", {"e-tax"}}, {"reason", "a doubt"}}));
  ASSERT_EQ(recorded("closed").size(), 1U);
  EXPECT_THAT(recorded("closed").front(), HasSubstr(R"("person":"console:olga")"));
}

TEST_F(ApiTest, a_refusal_is_answered_to_the_one_who_asked) {
  const auto answer = ask(Endpoint::verify, "olga", {Role::operator_}, {{"services", {"e-tax"}}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::refused);
  EXPECT_THAT(answer.error().what, HasSubstr("not_closed"));
}

TEST_F(ApiTest, nobody_hands_in_what_another_signed) {
  const auto answer = ask(Endpoint::approvals, "ben", {Role::approver}, {{"approval", codec::encode(approval_of("anna"))}});
  ASSERT_FALSE(answer);
  EXPECT_THAT(answer.error().what, HasSubstr("sign in as anna"));
  EXPECT_TRUE(recorded("refused").empty());  // it never came to the core
  EXPECT_FALSE(ask(Endpoint::approvals, "anna", {Role::approver}, {{"approval", codec::encode(approval_of("anna"))}}));
  EXPECT_EQ(recorded("refused").size(), 1U);  // nothing is closed: the decider says so
}

TEST_F(ApiTest, the_mode_goes_to_act_by_an_operator_and_back_by_an_approvers_signature) {
  const auto expires = clock_.now().wall + std::chrono::hours{1};
  std::uint64_t set_by = 0;
  ASSERT_TRUE(core_.ask([&](const incident::State& state) { set_by = state.mode_set_by; }));
  const auto signature = anna_.sign(incident::signed_mode_text(Mode::advise, set_by, PersonId{"anna"}, expires));
  const json::object advise{{"mode", "advise"}, {"person", "anna"}, {"expires", to_rfc3339(expires)}, {"signature", to_hex(signature)}};
  EXPECT_FALSE(ask(Endpoint::mode, "olga", {Role::operator_}, advise));
  EXPECT_FALSE(ask(Endpoint::mode, "ben", {Role::approver}, advise));
  EXPECT_TRUE(ask(Endpoint::mode, "anna", {Role::approver}, advise));
  EXPECT_FALSE(ask(Endpoint::mode, "anna", {Role::approver}, {{"mode", "act"}}));
  EXPECT_TRUE(ask(Endpoint::mode, "olga", {Role::operator_}, {{"mode", "act"}}));
  EXPECT_THAT(recorded("mode_set").back(), HasSubstr(R"("by":"console:olga")"));
}

TEST_F(ApiTest, what_stands_behind_a_pseudonym_is_told_after_the_asking_is_recorded) {
  api_.record({serve::Happening::Kind::sign_in_failed, {}, "192.0.2.9", "password", 4});
  const auto source = addresses_.pseudonyms().of("192.0.2.9");
  const auto answer = ask(Endpoint::reveal, "agim", {Role::auditor}, {{"source", source}, {"reason", "who was it"}});
  ASSERT_TRUE(answer) << answer.error().what;
  EXPECT_EQ(*answer, R"({"address":"192.0.2.9"})");
  ASSERT_EQ(recorded("evidence_asked").size(), 1U);
  EXPECT_THAT(recorded("evidence_asked").front(), HasSubstr(R"("by":"console:agim")"));
  EXPECT_THAT(recorded("evidence_asked").front(), Not(HasSubstr("192.0.2.9")));
  EXPECT_FALSE(ask(Endpoint::reveal, "agim", {Role::auditor}, {{"source", "nobody"}, {"reason", "who was it"}}));
  EXPECT_EQ(recorded("evidence_asked").size(), 2U);
}

TEST_F(ApiTest, nothing_is_told_while_the_asking_cannot_be_kept) {
  api_.record({serve::Happening::Kind::signed_in, PersonId{"anna"}, "192.0.2.9", "password"});
  ledger_problem_ = "the disk is full";
  const auto answer =
      ask(Endpoint::reveal, "agim", {Role::auditor}, {{"source", addresses_.pseudonyms().of("192.0.2.9")}, {"reason", "who was it"}});
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::ledger_full);
}

TEST_F(ApiTest, nothing_is_told_before_the_asking_is_safely_in_the_ledger) {
  api_.record({serve::Happening::Kind::signed_in, PersonId{"anna"}, "192.0.2.9", "password"});
  std::uint64_t asked_for = 0;
  becomes_durable_ = [&](std::uint64_t number) {
    asked_for = number;
    return false;
  };
  const json::object question{{"source", addresses_.pseudonyms().of("192.0.2.9")}, {"reason", "who was it"}};
  const auto answer = ask(Endpoint::reveal, "agim", {Role::auditor}, question);
  ASSERT_FALSE(answer);
  EXPECT_EQ(answer.error().code, Code::ledger_full);
  EXPECT_THAT(answer.error().what, HasSubstr("nothing is shown"));
  ASSERT_EQ(recorded("evidence_asked").size(), 1U);
  Timeline::Query query{.kind = "evidence_asked", .service = {}};
  const auto facts = parse_json(**view_.facts(query)).value();
  EXPECT_GE(asked_for, facts.at("facts").at(0).at("number").to_number<std::uint64_t>()) << "it waits for this fact, or for a later one";
  becomes_durable_ = [](std::uint64_t) { return true; };
  EXPECT_TRUE(ask(Endpoint::reveal, "agim", {Role::auditor}, question));
}

TEST_F(ApiTest, a_report_is_one_text_for_all_who_ask) {
  std::filesystem::create_directories(folder_.path() / "reports");
  ASSERT_TRUE(write_file_atomic(folder_.path() / "reports" / "web-1.json", "{\"system\":\"web-1\"}"));
  const serve::Call call{{PersonId{"anna"}, {Role::viewer}, "s1"}, {{"id", "web-1"}}, {}, {}};
  const auto first = api_.answer(Endpoint::report, call), second = api_.answer(Endpoint::report, call);
  ASSERT_TRUE(first && second);
  EXPECT_EQ(*first, *second);
  EXPECT_EQ(**first, "{\"system\":\"web-1\"}");
  EXPECT_EQ(ask(Endpoint::report, "anna", {Role::viewer}, {}, {{"id", "web-2"}}).error().code, Code::not_found);
}

/// A system with a signed baseline and two changes since, inspected.
class FindingsTest : public ApiTest {
 protected:
  FindingsTest() {
    place_.root = folder_.path() / "root";
    place_.baseline = folder_.path() / "web-1.baseline";
    config_.trusted_baselines = {chief_.public_key()};
    put("index.html", "<p>as it was</p>");
    EXPECT_TRUE(inspect::take_baseline(SystemId{"web-1"}, place_.root, place_.baseline, chief_, clock_));
    put("index.html", "<p>the new form</p>");
    put("shell.php", "<?php harmless");
    inspect();
  }
  void put(const char* name, std::string_view text) const {
    std::filesystem::create_directories(place_.root);
    ASSERT_TRUE(write_file_atomic(place_.root / name, text));
  }
  inspect::Outcome look() const {
    return inspect::check(SystemId{"web-1"}, place_.root, place_.baseline, config_.trusted_baselines, clock_).value();
  }
  void inspect() {
    const auto outcome = look();
    std::filesystem::create_directories(folder_.path() / "reports");
    ASSERT_TRUE(write_file_atomic(folder_.path() / "reports" / "web-1.json", outcome.report_text));
    report_ = to_hex(outcome.report.hash);
  }
  Result<json::object> offer(json::object body) {
    body["system"] = "web-1";
    if (!body.contains("report")) body["report"] = report_;
    KULLA_TRY(const auto text, ask(Endpoint::offer_acceptance, "anna", {Role::approver}, std::move(body)));
    return parse_json(text).value().as_object();
  }
  Result<std::string> hand_in(const json::object& text, const SecretKey& key) {
    return ask(Endpoint::accept_findings, "anna", {Role::approver},
               {{"system", "web-1"},
                {"sha256", text.at("sha256")},
                {"signer", to_hex(key.public_key())},
                {"signature", to_hex(key.sign(canonical(text)))}});
  }
  std::vector<std::string> found() const {
    std::vector<std::string> paths;
    for (const auto& finding : look().findings) paths.push_back(finding.path);
    return paths;
  }
  SystemPlace& place_ = config_.systems[SystemId{"web-1"}];
  const SecretKey chief_ = SecretKey::generate();
  std::string report_;
};

TEST_F(FindingsTest, what_is_accepted_is_signed_recorded_and_no_finding_any_more) {
  const auto offered = offer({{"paths", {"index.html"}}});
  ASSERT_TRUE(offered) << offered.error().what;
  EXPECT_EQ(offered->at("findings"), 1);
  EXPECT_EQ(offered->at("left"), 1);
  EXPECT_EQ(offered->at("signers"), (json::array{to_hex(chief_.public_key())}));
  EXPECT_THAT(found(), testing::UnorderedElementsAre("index.html", "shell.php")) << "an offer changes nothing";
  const auto accepted = hand_in(offered->at("text").as_object(), chief_);
  ASSERT_TRUE(accepted) << accepted.error().what;
  EXPECT_THAT(found(), testing::ElementsAre("shell.php"));
  ASSERT_EQ(recorded("findings_accepted").size(), 1U);
  for (const auto& part : {std::string{R"("by":"console:anna")"}, std::string{R"("findings":1,"left":1)"}, report_})
    EXPECT_THAT(recorded("findings_accepted").front(), HasSubstr(part));
  EXPECT_EQ(hand_in(offered->at("text").as_object(), chief_).error().code, Code::refused) << "once";
}

TEST_F(FindingsTest, what_has_changed_since_it_was_reported_is_not_accepted) {
  put("index.html", "<p>and changed again</p>");
  const auto offered = offer({{"paths", {"index.html"}}});
  ASSERT_FALSE(offered);
  EXPECT_EQ(offered.error().code, Code::refused);
  EXPECT_THAT(offered.error().what, HasSubstr("index.html: is no longer as it was found"));
  put("shell.php", "<?php harmless");
  put("new.php", "<?php nobody has seen this");
  put("index.html", "<p>the new form</p>");
  const auto all = offer({{"all", true}});
  ASSERT_TRUE(all) << all.error().what;
  EXPECT_EQ(all->at("left"), 1) << "all is all of the report, and not what came after it";
}

TEST_F(FindingsTest, a_file_that_is_found_anew_in_another_way_is_not_accepted_either) {
  std::filesystem::permissions(place_.root / "index.html", std::filesystem::perms::others_write, std::filesystem::perm_options::add);
  const auto offered = offer({{"paths", {"index.html"}}});
  ASSERT_FALSE(offered);
  EXPECT_THAT(offered.error().what, HasSubstr("no longer as it was found"));
}

TEST_F(FindingsTest, only_a_trusted_key_over_what_was_offered_counts) {
  const auto offered = offer({{"all", true}}).value();
  const auto& text = offered.at("text").as_object();
  EXPECT_EQ(hand_in(text, SecretKey::generate()).error().code, Code::refused);
  EXPECT_EQ(hand_in({{"kulla", "baseline/4"}, {"sha256", to_hex(Digest{})}}, chief_).error().code, Code::refused) << "never offered";
  json::object body{{"system", "web-1"}, {"sha256", text.at("sha256")}, {"signer", to_hex(chief_.public_key())}};
  body["signature"] = to_hex(chief_.sign("something else"));
  EXPECT_EQ(ask(Endpoint::accept_findings, "anna", {Role::approver}, body).error().code, Code::bad_signature);
  EXPECT_TRUE(recorded("findings_accepted").empty());
  EXPECT_EQ(found().size(), 2U);
}

TEST_F(FindingsTest, the_baseline_stays_as_it_was_while_the_acceptance_is_not_safely_recorded) {
  const auto text = offer({{"all", true}}).value().at("text").as_object();
  becomes_durable_ = [](std::uint64_t) { return false; };
  EXPECT_EQ(hand_in(text, chief_).error().code, Code::ledger_full);
  EXPECT_EQ(found().size(), 2U);
  becomes_durable_ = [](std::uint64_t) { return true; };
  EXPECT_TRUE(hand_in(text, chief_));
  EXPECT_TRUE(found().empty());
}

TEST_F(FindingsTest, a_baseline_that_came_after_the_offer_is_not_undone) {
  const auto text = offer({{"paths", {"index.html"}}}).value().at("text").as_object();
  std::filesystem::remove(place_.root / "shell.php");
  ASSERT_TRUE(inspect::take_baseline(SystemId{"web-1"}, place_.root, place_.baseline, chief_, clock_));
  EXPECT_TRUE(found().empty());
  const auto late = hand_in(text, chief_);
  ASSERT_FALSE(late);
  EXPECT_THAT(late.error().what, HasSubstr("another baseline was put in place"));
  EXPECT_TRUE(recorded("findings_accepted").empty());
  EXPECT_TRUE(found().empty()) << "the newer one still counts";
}

TEST_F(FindingsTest, what_was_not_looked_at_is_not_offered) {
  EXPECT_EQ(offer({{"paths", {"nowhere"}}}).error().code, Code::bad_argument);
  EXPECT_EQ(offer({{"paths", json::array{}}}).error().code, Code::bad_argument);
  EXPECT_EQ(offer({{"all", false}}).error().code, Code::bad_argument);
  EXPECT_EQ(offer({{"all", true}, {"report", to_hex(Digest{})}}).error().code, Code::refused) << "a newer report is there";
  config_.systems[SystemId{"web-1"}].host = "root@web-1";
  EXPECT_THAT(offer({{"all", true}}).error().what, HasSubstr("kulla inspect accept"));
}

TEST_F(ApiTest, who_came_and_went_is_recorded_without_addresses_and_without_what_was_typed) {
  api_.record({serve::Happening::Kind::signed_in, PersonId{"anna"}, "192.0.2.9", "password"});
  api_.record({serve::Happening::Kind::sign_in_failed, {}, "192.0.2.9", "password", 4});
  api_.record({serve::Happening::Kind::signed_out, PersonId{"anna"}, "192.0.2.9", "password"});
  for (int turns = 0; turns < 10'000 && recorded("signed_out").empty(); ++turns)  // what is not urgent may come after a question
    EXPECT_TRUE(core_.ask([](const incident::State&) {}));
  ASSERT_EQ(recorded("signed_in").size(), 1U);
  ASSERT_EQ(recorded("sign_in_failed").size(), 1U);
  EXPECT_THAT(recorded("signed_in").at(0), HasSubstr(R"("person":"console:anna","method":"password")"));
  EXPECT_THAT(recorded("sign_in_failed").at(0), HasSubstr(R"("person":"console:?","failures":4)"));
  EXPECT_EQ(recorded("signed_out").size(), 1U);
}

TEST_F(ApiTest, bad_numbers_and_limits_are_refused) {
  for (const auto& [name, value] : {std::pair{"from", "x"}, {"from", "-1"}, {"before", "1e3"}, {"limit", "0"}, {"limit", "1001"}}) {
    const auto answer = api_.answer(Endpoint::facts, {{PersonId{"anna"}, {}, ""}, {}, {{name, value}}, {}});
    ASSERT_FALSE(answer) << name << value;
    EXPECT_EQ(answer.error().code, Code::bad_argument);
  }
  EXPECT_FALSE(ask(Endpoint::fact, "anna", {}, {}, {{"number", "99999999999999999999999"}}));
}

TEST_F(ApiTest, every_number_on_the_dashboard_is_served_and_none_bears_a_name) {
  ASSERT_TRUE(ask(Endpoint::close, "olga", {Role::operator_}, {{"services", {"e-tax"}}, {"reason", "a doubt"}}));
  const auto metrics = api_.metrics();
  const auto dashboard = parse_json(read_file(std::string{KULLA_SOURCE_DIR} + "/packaging/grafana/kulla.json", 1 << 20).value()).value();
  std::size_t found = 0;
  for (const auto& panel : dashboard.at("panels").as_array())
    for (const auto& target : panel.at("targets").as_array()) {
      const std::string expression{target.at("expr").as_string()};
      const std::regex name{"kulla_[a-z_]+"};
      for (auto match = std::sregex_iterator{expression.begin(), expression.end(), name}; match != std::sregex_iterator{}; ++match, ++found)
        EXPECT_THAT(metrics, HasSubstr("# HELP " + match->str() + " ")) << expression;
    }
  EXPECT_GT(found, 15U);
  for (const auto* name : {"e-tax", "web-1", "secret-host", "olga", "anna"}) EXPECT_THAT(metrics, Not(HasSubstr(name)));
  EXPECT_THAT(metrics, HasSubstr("kulla_services{state=\"closed\"} 1"));
  EXPECT_THAT(metrics, HasSubstr("kulla_sensor_total{sensor=\"hosts\",what=\"events\"} 5"));
}

TEST_F(ApiTest, health_says_what_is_wrong) {
  EXPECT_TRUE(api_.health().ready);
  EXPECT_TRUE(api_.health().problems.empty());
  ledger_problem_ = "the disk is full";
  EXPECT_FALSE(api_.health().ready);
  EXPECT_THAT(api_.health().problems.front(), HasSubstr("the disk is full"));
}

TEST_F(ApiTest, an_incidents_report_runs_no_script_and_holds_its_facts) {
  EXPECT_EQ(ask(Endpoint::incident_report, "anna", {Role::viewer}).error().code, Code::not_found);
  Alert alert;
  alert.rule = RuleId{"rule"};
  alert.title = "<script>alert(1)</script>";
  alert.level = Level::critical;
  alert.nature = Nature::effect;
  alert.may_close = true;
  alert.sensor = SensorId{"files:web-1"};
  alert.system = SystemId{"web-1"};
  core_.post(input::Started{"test",
                            "boot-1",
                            Mode::act,
                            [this] {
                              auto catalogue = config_.catalogue;
                              catalogue.sensors = {{SensorId{"files:web-1"}, false, {SystemId{"web-1"}}}};
                              return catalogue;
                            }(),
                            {{ServiceId{"e-tax"}, {GateMode::open, {}, 0}, "1"}}});
  core_.post(input::AlertRaised{alert});
  EXPECT_TRUE(core_.ask([](const incident::State&) {}));
  view_.turn();
  const auto report = ask(Endpoint::incident_report, "anna", {Role::viewer});
  ASSERT_TRUE(report) << report.error().what;
  EXPECT_THAT(*report, Not(HasSubstr("<script")));
  EXPECT_THAT(*report, HasSubstr("&lt;script&gt;"));
  EXPECT_THAT(*report, HasSubstr("incident_opened"));
  EXPECT_THAT(*report, HasSubstr("1 closings, 0 of them open again"));
}
}  // namespace
