#include "daemon/status_writer.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <future>

#include "base/file.hpp"
#include "daemon/status_teller.hpp"
#include "incident/decide.hpp"

using namespace kulla;
using namespace kulla::daemon;
using namespace std::chrono_literals;

namespace {
const Timestamp begin = *parse_rfc3339("2026-11-28T00:00:00Z");

serve::StatusPicture one_service(serve::StatusState state) {
  serve::StatusPicture picture{.time = begin};
  picture.services.push_back({.id = ServiceId{"tax"}, .state = state});
  return picture;
}
serve::StatusSite site(const std::filesystem::path& folder) { return *serve::StatusSite::open({.folder = folder, .url = "https://x/"}); }

TEST(StatusWriter, a_nudge_writes_before_its_time) {
  const auto folder = TemporaryFolder::make("kulla-status").value();
  std::promise<void> first, second;
  std::atomic<int> asked = 0;
  StatusWriter writer{site(folder.path()), 1h, [&]() -> std::optional<serve::StatusPicture> {
                        const int call = ++asked;
                        if (call == 1) first.set_value();
                        if (call == 2) second.set_value();
                        return one_service(call == 1 ? serve::StatusState::working : serve::StatusState::closed);
                      }};
  first.get_future().wait();
  writer.nudge();
  EXPECT_EQ(second.get_future().wait_for(30s), std::future_status::ready);
}
TEST(StatusWriter, what_cannot_be_written_is_a_problem_until_it_can) {
  const auto folder = TemporaryFolder::make("kulla-status").value();
  const auto place = folder.path() / "status";
  ASSERT_TRUE(write_file_atomic(place, "a file where the folder should be"));
  std::atomic<int> asked = 0;
  std::promise<void> third, sixth;
  StatusWriter writer{site(place), 1ms, [&]() -> std::optional<serve::StatusPicture> {
                        const int call = ++asked;
                        if (call == 3) third.set_value();
                        if (call == 6) sixth.set_value();
                        if (call == 3) std::filesystem::remove(place);
                        return one_service(serve::StatusState::working);
                      }};
  third.get_future().wait();
  sixth.get_future().wait();
  EXPECT_EQ(writer.health().problem, "");
  EXPECT_EQ(writer.health().written, begin);
  EXPECT_TRUE(std::filesystem::exists(place / "index.html"));
}
TEST(StatusWriter, a_problem_names_the_file) {
  const auto folder = TemporaryFolder::make("kulla-status").value();
  const auto place = folder.path() / "status";
  ASSERT_TRUE(write_file_atomic(place, "a file where the folder should be"));
  std::atomic<int> asked = 0;
  std::promise<void> second;
  StatusWriter writer{site(place), 1ms, [&]() -> std::optional<serve::StatusPicture> {
                        if (++asked == 2) second.set_value();
                        return one_service(serve::StatusState::working);
                      }};
  second.get_future().wait();
  EXPECT_TRUE(writer.health().problem.contains("status")) << writer.health().problem;
  EXPECT_FALSE(writer.health().written);
}
TEST(StatusWriter, a_core_that_does_not_answer_is_a_problem) {
  const auto folder = TemporaryFolder::make("kulla-status").value();
  std::atomic<int> asked = 0;
  std::promise<void> second;
  StatusWriter writer{site(folder.path()), 1ms, [&]() -> std::optional<serve::StatusPicture> {
                        if (++asked == 2) second.set_value();
                        return std::nullopt;
                      }};
  second.get_future().wait();
  EXPECT_TRUE(writer.health().problem.contains("core")) << writer.health().problem;
}

class StatusTellerTest : public ::testing::Test {
 protected:
  StatusTellerTest() {
    const Service tax{ServiceId{"tax"}, "tax.example", "/", {SystemId{"web"}}, {DatasetId{"d"}}, "Ministry of Finance"};
    const Service map{ServiceId{"map"}, "gov.example", "/map", {SystemId{"web"}}, {}, ""};
    catalogue.services = {tax, map};
    pages.services[tax.id] = {.name = {{"en", "Tax"}}, .institution = "", .meanwhile = {.telephone = "1"}};
    take(fact::SystemDeclared{{SystemId{"web"}, {}}});
    for (const auto& service : catalogue.services) take(fact::ServiceDeclared{service});
  }
  void take(FactBody body) {
    const Fact fact{{begin + std::chrono::seconds{++number}, {}}, std::move(body)};
    facts.push_back(fact);
    state = incident::evolve(std::move(state), fact);
  }
  std::optional<serve::StatusPicture> picture(std::chrono::seconds after = 1h) {
    StatusTeller teller{pages, catalogue};
    std::uint64_t each = 0;
    for (const auto& fact : facts) (void)teller.note(++each, fact);
    const StatusTeller::Sources sources{[this](auto question) {
                                          if (answers) question(state);
                                          return answers;
                                        },
                                        [this] { return ledger::Head{durable, {}}; }, SecretKey::generate().public_key(),
                                        [this] { return released(); }};
    return teller.picture(sources, begin + after);
  }
  std::optional<Released> released() const {
    if (!std::holds_alternative<fact::StatementReleased>(facts.back().body)) return std::nullopt;
    return Released{facts.size(), notify::Promised{begin + 30min, false}, withdrawn};
  }
  void close() {
    order_closed();
    confirm({GateMode::closed, ClosureId{"c1"}, 0});
  }
  void confirm(GateEntry entry) {
    take(fact::GateConfirmed{ServiceId{"tax"}, std::move(entry), begin + std::chrono::seconds{number}, 1, 0});
  }
  void believe(Seen seen, Agreement agreement) {
    Belief belief;
    belief.service = ServiceId{"tax"}, belief.seen = seen;
    take(fact::BeliefChanged{belief, agreement, ""});
  }
  serve::StatusState state_told() { return picture()->services[0].state; }
  void order_closed() { take(fact::Closed{ServiceId{"tax"}, ClosureId{"c1"}, ClosedBy::machine, {}, "why", {}}); }
  Catalogue catalogue;
  PublicPages pages;
  incident::State state;
  std::vector<Fact> facts;
  std::vector<std::map<std::string, std::string>> withdrawn;
  std::uint64_t durable = 70;
  bool answers = true;
  int number = 0;
};

TEST_F(StatusTellerTest, names_come_from_the_config_and_institutions_from_owners) {
  const auto told = picture();
  ASSERT_TRUE(told);
  ASSERT_EQ(told->services.size(), 2u);
  EXPECT_EQ(told->services[0].name.at("en"), "Tax");
  EXPECT_EQ(told->services[0].institution, "ministry-of-finance");
  EXPECT_EQ(told->services[1].address, "gov.example/map");
  ASSERT_EQ(told->institutions.size(), 1u);
  EXPECT_EQ(told->institutions[0].name.at(""), "Ministry of Finance");
  EXPECT_EQ(told->head.number, 70u);
}
TEST_F(StatusTellerTest, a_closing_is_told_and_the_next_update_promised_once_a_person_has_spoken) {
  close();
  auto told = picture();
  ASSERT_TRUE(told);
  EXPECT_EQ(told->services[0].state, serve::StatusState::closed);
  EXPECT_EQ(told->services[0].closure.str(), "c1");
  EXPECT_EQ(told->incidents.size(), 1u);
  EXPECT_FALSE(told->services[0].next_update) << "nobody has promised anything";
  fact::StatementReleased released;
  released.statement.texts = {{"en", "We are checking."}};
  take(released);
  told = picture();
  ASSERT_EQ(told->incidents[0].updates.size(), 1u);
  EXPECT_EQ(told->services[0].next_update, begin + 30min);
  EXPECT_FALSE(told->services[1].next_update);
  withdrawn = {{{"en", "data is safe"}}};
  EXPECT_EQ(picture()->incidents[0].updates[0].withdrawn.at(0).at("en"), "data is safe");
  durable = 1;
  EXPECT_TRUE(picture()->incidents[0].updates.empty()) << "what is not safely recorded is not said";
  EXPECT_FALSE(picture()->services[0].next_update) << "nor promised";
}
TEST_F(StatusTellerTest, closed_is_what_the_gate_has_confirmed_and_what_nobody_outside_contradicts) {
  using enum serve::StatusState;
  order_closed();
  EXPECT_EQ(state_told(), closing) << "it was only ordered";
  confirm({GateMode::closed, ClosureId{"c1"}, 0});
  EXPECT_EQ(state_told(), closed);
  EXPECT_EQ(picture()->services[0].since, begin + std::chrono::seconds{number - 1});
  believe(Seen::up, Agreement::contradicts);
  EXPECT_EQ(state_told(), closing) << "it answers outside all the same";
  believe(Seen::down, Agreement::supports);
  EXPECT_EQ(state_told(), closed);
  take(fact::VerificationAsked{ServiceId{"tax"}, ClosureId{"c1"}, Purpose::reopen, {}, ""});
  EXPECT_EQ(state_told(), verifying);
  const GateEntry open{GateMode::open, {}, 0};
  take(fact::GateDrifted{{ServiceId{"tax"}, open, "1"}, {GateMode::closed, ClosureId{"c1"}, 0}});
  EXPECT_EQ(state_told(), closing) << "the gate was found open";
}
TEST_F(StatusTellerTest, a_trial_is_told_with_the_share_that_the_gate_lets_in) {
  using enum serve::StatusState;
  close();
  take(fact::TrialStarted{ServiceId{"tax"}, ClosureId{"c1"}, 10});
  EXPECT_EQ(state_told(), verified);
  confirm({GateMode::trial, ClosureId{"c1"}, 10});
  EXPECT_EQ(state_told(), trial);
  believe(Seen::up, Agreement::supports);
  take(fact::TrialWidened{ServiceId{"tax"}, ClosureId{"c1"}, 50});
  EXPECT_EQ(state_told(), trial);
  EXPECT_EQ(picture()->services[0].share, 10) << "more is only ordered";
  take(fact::Closed{ServiceId{"tax"}, ClosureId{"c2"}, ClosedBy::machine, {}, "", {}});
  EXPECT_EQ(state_told(), closing) << "the gate still lets a share in";
}
TEST_F(StatusTellerTest, open_is_what_the_gate_has_confirmed) {
  using enum serve::StatusState;
  close();
  take(fact::TrialStarted{ServiceId{"tax"}, ClosureId{"c1"}, 50});
  confirm({GateMode::trial, ClosureId{"c1"}, 50});
  take(fact::Opened{ServiceId{"tax"}, ClosureId{"c1"}, Purpose::reopen});
  believe(Seen::up, Agreement::supports);
  EXPECT_EQ(state_told(), trial) << "half of the clients are still refused";
  confirm({GateMode::open, {}, 0});
  EXPECT_EQ(state_told(), working);
}
TEST_F(StatusTellerTest, of_the_data_of_closed_services_it_speaks_while_their_proofs_hold) {
  close();
  EXPECT_FALSE(picture()->data_checked);
  Proof proof;
  proof.dataset = DatasetId{"d"}, proof.passed = true;
  proof.finished.wall = begin + 10s;
  take(fact::Proved{proof});
  EXPECT_EQ(picture()->data_checked, begin + 10s);
  EXPECT_FALSE(picture(std::chrono::hours{27})->data_checked);
  take(fact::Opened{ServiceId{"tax"}, ClosureId{"c1"}, Purpose::reopen});
  confirm({GateMode::open, {}, 0});
  EXPECT_FALSE(picture()->data_checked) << "of all services: the other one has no data set, so nobody has looked at its data";
}
TEST_F(StatusTellerTest, a_service_that_the_core_has_retired_or_does_not_know_is_left_out) {
  take(fact::ServiceRetired{ServiceId{"map"}});
  EXPECT_EQ(picture()->services.size(), 1u);
  answers = false;
  EXPECT_FALSE(picture());
}
}  // namespace
