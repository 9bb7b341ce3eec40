#include "daemon/config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.hpp"
#include "base/keys.hpp"

using namespace kulla;
using namespace kulla::daemon;
using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;

namespace {
class ConfigTest : public ::testing::Test {
 protected:
  ConfigTest() {
    for (const auto* name : {"anna", "ben", "baseline", "outside", "vantages"})
      (void)write_key_files(folder_.path() / name, SecretKey::generate());
  }
  std::expected<Config, Problems> read(const std::string& text) {
    std::ofstream{folder_.path() / "kulla.toml"} << text;
    return read_config(folder_.path() / "kulla.toml");
  }
  std::vector<std::string> problems(const std::string& text) {
    auto config = read(text);
    return config ? std::vector<std::string>{} : config.error().lines;
  }
  const std::string good = R"(mode = "act"
state = "state"
control = "control.sock"
[ledger]
path = "ledger.db"
key = "ledger.key"
witness = ["elsewhere/witness"]
[policy]
guard_at = 7.5
trial_steps = [5, 25]
trial_step = "90s"
[gate]
folder = "gate"
http = "127.0.0.1:8080"
[baselines]
trust = ["baseline.pub"]
[[system]]
id = "web-1"
root = "systems/web-1"
baseline = "baselines/web-1"
[[dataset]]
id = "data-1"
system = "web-1"
repository = "repo"
password_file = "password"
folder = "systems/web-1"
[[service]]
id = "e-tax"
host = "e-tax.example"
systems = ["web-1"]
datasets = ["data-1"]
upstream = "127.0.0.1:9001"
document_root = "systems/web-1/www/e-tax"
[[approver]]
person = "anna"
key = "anna.pub"
[[approver]]
person = "ben"
key = "ben.pub"
[vantage]
listen = "127.0.0.1:9100"
key = "vantages"
[[vantage.trusted]]
id = "outside-1"
key = "outside.pub"
)";
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-config-test");
};

std::string replaced(std::string text, const std::string& from, const std::string& to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return text.replace(at, from.size(), to);
}

TEST_F(ConfigTest, a_whole_config_is_read) {
  const auto config = read(good);
  ASSERT_TRUE(config) << config.error().lines.front();
  EXPECT_EQ(config->mode, Mode::act);
  EXPECT_EQ(config->ledger_path, folder_.path() / "ledger.db");
  EXPECT_EQ(config->policy.guard_at, 7'500);
  EXPECT_THAT(config->policy.trial_steps, ElementsAre(5, 25));
  EXPECT_EQ(config->policy.trial_step, std::chrono::seconds{90});
  EXPECT_EQ(config->systems.at(SystemId{"web-1"}).document_roots.at(ServiceId{"e-tax"}), folder_.path() / "systems/web-1/www/e-tax");
  EXPECT_EQ(config->datasets.at(DatasetId{"data-1"}).repository.location, (folder_.path() / "repo").string());
  EXPECT_EQ(config->datasets.at(DatasetId{"data-1"}).tag, "data-1");
  EXPECT_EQ(config->vantages.size(), 1u);
}

TEST_F(ConfigTest, an_unknown_system_is_named_with_its_line_and_the_known_ones) {
  EXPECT_THAT(problems(replaced(good, "systems = [\"web-1\"]", "systems = [\"db7\"]")),
              Contains(HasSubstr("kulla.toml:30: service.systems: service \"e-tax\": unknown system \"db7\"; known systems: web-1")));
}
TEST_F(ConfigTest, an_unknown_key_is_refused_with_the_known_ones) {
  EXPECT_THAT(problems(replaced(good, "guard_at = 7.5", "gaurd_at = 7.5")), Contains(HasSubstr("policy.unknown key \"gaurd_at\"")));
}
TEST_F(ConfigTest, all_problems_are_said_at_once) {
  auto text = replaced(good, "mode = \"act\"", "mode = \"on\"");
  text = replaced(text, "trial_step = \"90s\"", "trial_step = 90");
  EXPECT_GE(problems(text).size(), 2u);
}
TEST_F(ConfigTest, two_people_with_one_key_are_refused) {
  EXPECT_THAT(problems(good + "[[approver]]\nperson = \"carla\"\nkey = \"anna.pub\"\n"), Contains(HasSubstr("two people, two keys")));
}
TEST_F(ConfigTest, to_act_without_two_people_who_may_reopen_is_refused) {
  const auto one = replaced(good, "[[approver]]\nperson = \"ben\"\nkey = \"ben.pub\"\n", "");
  EXPECT_THAT(problems(one), Contains(HasSubstr("1 named: what mode \"act\" closes opens only with two people's approvals")));
  EXPECT_THAT(problems(replaced(one, "mode = \"act\"", "mode = \"advise\"")), ::testing::IsEmpty()) << "advice closes nothing";
}
TEST_F(ConfigTest, two_services_at_one_place_are_refused) {
  EXPECT_THAT(problems(good + "[[service]]\nid = \"other\"\nhost = \"e-tax.example\"\nsystems = [\"web-1\"]\nupstream = \"127.0.0.1:1\"\n"),
              Contains(HasSubstr("another service is at e-tax.example/ already")));
}
TEST_F(ConfigTest, a_name_that_could_leave_its_folder_or_its_map_line_is_refused) {
  for (const auto* name : {"../x", "a b", "A", "", "a\\nb"})
    EXPECT_FALSE(problems(replaced(good, "id = \"e-tax\"", std::string{"id = \""} + name + "\"")).empty()) << name;
}
TEST_F(ConfigTest, trial_steps_must_rise_within_1_to_99) {
  for (const auto* steps : {"[50, 10]", "[0, 10]", "[10, 100]", "[10, 10]", "[]"})
    EXPECT_THAT(problems(replaced(good, "[5, 25]", steps)), Contains(HasSubstr("rising percentages"))) << steps;
}
TEST_F(ConfigTest, a_syntax_error_names_its_line) {
  EXPECT_THAT(problems("mode = \"act\"\nstate = \n"), Contains(HasSubstr("kulla.toml:2")));
}
TEST_F(ConfigTest, a_missing_file_is_an_error) { EXPECT_FALSE(read_config(folder_.path() / "none.toml")); }

TEST_F(ConfigTest, a_listener_for_vantages_needs_a_key_and_each_vantage_its_own) {
  EXPECT_EQ(read(good)->vantage_key, folder_.path() / "vantages");
  EXPECT_THAT(problems(replaced(good, "key = \"vantages\"\n", "")),
              ElementsAre(::testing::AllOf(HasSubstr("kulla.toml:40: vantage.key: is missing"), HasSubstr("kulla key new"))));
  EXPECT_THAT(
      problems(replaced(good, "key = \"vantages\"", "key = \"none\"")),
      ElementsAre(::testing::AllOf(HasSubstr("kulla.toml:42: vantage.key: "), HasSubstr("no such file"), HasSubstr("kulla key new"))));
  EXPECT_THAT(problems(replaced(good, "listen = \"127.0.0.1:9100\"\nkey = \"vantages\"\n", "")), ElementsAre());
  const std::string again = "[[vantage.trusted]]\nid = \"outside-2\"\nkey = \"outside.pub\"\n";
  EXPECT_THAT(problems(good + again), ElementsAre(HasSubstr("\"outside-1\" has this key too")));
  EXPECT_THAT(problems(good + replaced(again, "outside-2", "outside-1")), ElementsAre(HasSubstr("is named twice")));
}

constexpr auto a_log = R"([detect]
rules = ["rules"]
[[log]]
id = "web-1"
system = "web-1"
format = "ndjson"
file = "web-1.log"
means = "effect"
)";
TEST_F(ConfigTest, a_log_of_a_host_is_a_sensor_of_its_system) {
  const auto config = read(good + a_log);
  ASSERT_TRUE(config) << config.error().lines.front();
  ASSERT_EQ(config->logs.size(), 1U);
  const auto& place = config->logs.front();
  EXPECT_EQ(place.log.nature, Nature::effect);
  EXPECT_EQ(place.format, event::Format::ndjson);
  EXPECT_EQ(place.file, folder_.path() / "web-1.log");
  const Sensor sensor{SensorId{"log:web-1"}, false, {SystemId{"web-1"}}};
  EXPECT_THAT(config->catalogue.sensors, Contains(sensor));
}
TEST_F(ConfigTest, what_is_wrong_with_a_log_is_said_with_its_remedy) {
  const auto with = [&](const std::string& from, const std::string& to) { return problems(good + replaced(a_log, from, to)); };
  EXPECT_THAT(with("\"ndjson\"", "\"evtx\""), ElementsAre(HasSubstr("log.format: write \"ndjson\"")));
  EXPECT_THAT(with("\"effect\"", "\"all\""), ElementsAre(HasSubstr("log.means: write \"attempt\"")));
  EXPECT_THAT(with("file = \"web-1.log\"\n", ""), ElementsAre(HasSubstr("name either file or listen")));
  EXPECT_THAT(with("file =", "listen = \"127.0.0.1:5140\"\nfile ="), ElementsAre(HasSubstr("name either file or listen")));
  EXPECT_THAT(with("file = \"web-1.log\"", "listen = \"192.0.2.1:5140\""),
              ElementsAre(HasSubstr("whoever reaches it could close services")));
  EXPECT_THAT(with("file = \"web-1.log\"", "listen = \"127.0.0.1:5140\""), ElementsAre());
  EXPECT_THAT(with("system = \"web-1\"", "system = \"web-9\""), ElementsAre(HasSubstr("unknown system \"web-9\"; known systems: web-1")));
  EXPECT_THAT(with("rules = [\"rules\"]\n", "rules = []\n"), Contains(HasSubstr("name some in [detect] rules")));
}

TEST_F(ConfigTest, a_console_beyond_this_machine_needs_a_certificate_and_every_console_its_accounts) {
  const auto here = read(good + "[console]\nlisten = \"127.0.0.1:8443\"\naccounts = \"accounts.toml\"\n");
  ASSERT_TRUE(here) << here.error().lines.front();
  EXPECT_EQ(here->console.listen, "127.0.0.1:8443");
  EXPECT_EQ(here->console.accounts, folder_.path() / "accounts.toml");
  EXPECT_TRUE(read(good)->console.listen.empty());
  EXPECT_THAT(problems(good + "[console]\nlisten = \"0.0.0.0:8443\"\naccounts = \"accounts.toml\"\n"),
              Contains(HasSubstr("console.certificate")));
  EXPECT_THAT(problems(good + "[console]\nlisten = \"127.0.0.1:8443\"\n"), Contains(HasSubstr("console.accounts")));
}

TEST_F(ConfigTest, roles_from_another_sign_in_are_known_ones) {
  const auto console =
      good +
      "[console]\nlisten = \"127.0.0.1:8443\"\naccounts = \"accounts.toml\"\n[console.oidc]\nissuer = \"https://id.example\"\n"
      "client = \"kulla\"\nreturn_url = \"https://console.example/api/v1/session/oidc/return\"\n";
  const auto well = read(console + "roles = { operators = \"operator\", press-office = \"press\" }\n");
  ASSERT_TRUE(well) << well.error().lines.front();
  EXPECT_EQ(well->console.oidc->roles.at("operators"), serve::Role::operator_);
  EXPECT_EQ(well->console.oidc->roles_claim, "groups");
  EXPECT_THAT(problems(console + "roles = { operators = \"root\" }\n"), Contains(HasSubstr("operators")));
  EXPECT_THAT(problems(console), Contains(HasSubstr("console.oidc.roles")));
}
}  // namespace
