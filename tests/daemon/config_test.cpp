#include "daemon/config.hpp"

#include <fmt/format.h>
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
using ::testing::Not;

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
TEST_F(ConfigTest, what_an_approver_may_approve_is_declared_and_two_may_approve_everything) {
  const auto ben = [&](const std::string& services) {
    return problems(replaced(good, "\"ben.pub\"\n", "\"ben.pub\"\nservices = " + services + "\n"));
  };
  EXPECT_THAT(ben("[\"e-tex\"]"), Contains(HasSubstr("approver.services: unknown service \"e-tex\"")));
  EXPECT_THAT(ben("[\"e-tax\", \"e-tax\"]"), Contains(HasSubstr("\"e-tax\" stands twice")));
  EXPECT_THAT(ben("[]"), Contains(HasSubstr("approver.services: is empty")));
  EXPECT_THAT(ben("[\"e-tax\"]"), Contains(HasSubstr("two must be named without services")));
  EXPECT_THAT(problems(good + "[[approver]]\nperson = \"carla\"\nkey = \"outside.pub\"\nservices = [\"e-tax\"]\n"), ::testing::IsEmpty());
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

TEST_F(ConfigTest, statements_are_in_all_languages_unless_some_are_named) {
  EXPECT_THAT(notify::codes_of(read(good)->statement.languages), ElementsAre("en", "sq"));
  const auto config = read(good +
                           "[statement]\nlanguages = [\"sq\"]\nnext_update = \"30m\"\n[statement.mail]\nurl = \"smtps://mail.example\"\n"
                           "from = \"press@gov.example\"\nto = [\"desk@news.example\"]\n");
  ASSERT_TRUE(config) << config.error().lines.front();
  EXPECT_THAT(notify::codes_of(config->statement.languages), ElementsAre("sq"));
  EXPECT_EQ(config->statement.next_update, std::chrono::minutes{30});
  EXPECT_THAT(config->statement.outlets.mail->to, ElementsAre("desk@news.example"));
}
TEST_F(ConfigTest, what_is_wrong_with_statements_is_said_with_its_remedy) {
  const auto with = [&](const std::string& section) { return problems(good + section); };
  EXPECT_THAT(with("[statement]\nlanguages = [\"de\"]\n"), Contains(HasSubstr("no sentences in \"de\"; there are: en, sq")));
  EXPECT_THAT(with("[statement]\nzone = \"Tirana\"\n"), ElementsAre(HasSubstr("statement.zone: no time zone \"Tirana\"")));
  EXPECT_THAT(with("[statement]\nfeed = \"x\"\n"), ElementsAre(HasSubstr("statement.url: a feed needs")));
  EXPECT_THAT(with("[statement.webhook]\nurl = \"http://example.org/\"\nsecret = \"s\"\n"),
              ElementsAre(HasSubstr("write an https address")));
  EXPECT_THAT(with("[statement.mail]\nurl = \"smtps://m.example\"\nfrom = \"a@b.example\"\nto = [\"a@b.example\\r\\nRCPT TO:<c@d>\"]\n"),
              ElementsAre(HasSubstr("is not an address")));
  EXPECT_THAT(with("[statement.mail]\nurl = \"http://m.example\"\nfrom = \"a\"\nto = []\nuser = \"u\"\n"),
              ElementsAre(HasSubstr("mail.url"), HasSubstr("mail.from"), HasSubstr("mail.to"), HasSubstr("mail.password")));
  EXPECT_THAT(with("[statement.cap]\nfile = \"f\"\nsender = \"us, <them>\"\n"), ElementsAre(HasSubstr("statement.cap.sender")));
  EXPECT_THAT(with("[statement]\nwebhok = 1\n"), ElementsAre(HasSubstr("unknown key \"webhok\"")));
}
const std::string with_pages = R"([[institution]]
id = "finance"
name = { sq = "Ministria e Financave", en = "Ministry of Finance" }
[status]
folder = "status"
url = "https://status.example"
languages = ["en", "sq"]
time_zone = "Europe/Tirane"
every = "2s"
)";
const std::string presented = R"(host = "e-tax.example"
name = { sq = "Tatimet", en = "Taxes" }
institution = "finance"
meanwhile = { sq = "Në zyrë.", en = "At the office." }
office = "Rruga e Durrësit 1"
telephone = "+355 4 225 0000"
deadline = "2026-12-15"
deadline_decision = { sq = "VKM nr. 512", en = "Decision 512" }
)";
TEST_F(ConfigTest, what_citizens_read_is_read) {
  const auto config = read(replaced(good, "host = \"e-tax.example\"\n", presented) + with_pages);
  ASSERT_TRUE(config) << config.error().lines.front();
  const auto& service = config->pages.services.at(ServiceId{"e-tax"});
  EXPECT_EQ(service.name.at("sq"), "Tatimet");
  EXPECT_EQ(service.institution, "finance");
  EXPECT_EQ(service.meanwhile.text.at("en"), "At the office.");
  EXPECT_EQ(service.meanwhile.office.at(""), "Rruga e Durrësit 1") << "one for all languages";
  EXPECT_EQ(service.meanwhile.deadline, "2026-12-15");
  EXPECT_EQ(config->pages.institutions.front().name.at("en"), "Ministry of Finance");
  EXPECT_EQ(config->pages.status.folder, folder_.path() / "status");
  EXPECT_EQ(config->pages.status.url, "https://status.example/");
  EXPECT_TRUE(without_meanwhile(config->pages).empty());
  EXPECT_EQ(config->gate.status_page, "https://status.example/") << "the notice page leads there";
  EXPECT_THAT(config->gate.status_languages, ElementsAre("en", "sq"));
}
TEST_F(ConfigTest, another_status_page_at_the_gate_has_no_page_of_each_service) {
  const auto config =
      read(replaced(good, "http = \"127.0.0.1:8080\"", "http = \"127.0.0.1:8080\"\nstatus_page = \"https://other.example/\"") + with_pages);
  ASSERT_TRUE(config) << config.error().lines.front();
  EXPECT_EQ(config->gate.status_page, "https://other.example/");
  EXPECT_TRUE(config->gate.status_languages.empty());
  EXPECT_THAT(without_meanwhile(config->pages), ElementsAre(ServiceId{"e-tax"}));
}
TEST_F(ConfigTest, mistakes_in_what_citizens_read_are_named) {
  const auto service = [&](const std::string& from, const std::string& to) {
    return problems(replaced(good, "host = \"e-tax.example\"\n", replaced(presented, from, to)) + with_pages);
  };
  EXPECT_THAT(service("\"finance\"", "\"interior\""), Contains(HasSubstr("service.institution: unknown institution \"interior\"")));
  EXPECT_THAT(service("{ sq = \"Tatimet\", en = \"Taxes\" }", "7"), Contains(HasSubstr("service.name: write it as { sq = ")));
  EXPECT_THAT(service("en = \"Taxes\"", "en = 7"), Contains(HasSubstr("service.name: write it as { sq = ")));
  EXPECT_THAT(service("+355 4 225 0000", "call us"), Contains(HasSubstr("service.telephone: write digits")));
  EXPECT_THAT(service("2026-12-15", "soon"), Contains(HasSubstr("service.deadline: write the day as")));
  EXPECT_THAT(service("deadline = \"2026-12-15\"\n", ""), Contains(HasSubstr("service.deadline_decision: says by which decision")));
  const auto page = [&](const std::string& from, const std::string& to) { return problems(good + replaced(with_pages, from, to)); };
  EXPECT_THAT(page("[\"en\", \"sq\"]", "[\"xx\"]"), Contains(HasSubstr("status.languages: write some of [\"sq\", \"en\"]")));
  EXPECT_THAT(page("Europe/Tirane", "Tirana"), Contains(HasSubstr("status.time_zone: time zone \"Tirana\"")));
  EXPECT_THAT(page("https://status.example", "status.example"), Contains(HasSubstr("status.url: write where the folder is seen")));
  EXPECT_THAT(page("\"finance\"", "\"../x\""), Contains(HasSubstr("institution.id: use 1 to 64")));
}
TEST_F(ConfigTest, a_console_beyond_this_machine_needs_a_certificate_and_every_console_accounts_or_a_provider) {
  const auto here = read(good + "[console]\nlisten = \"127.0.0.1:8443\"\naccounts = \"accounts.toml\"\n");
  ASSERT_TRUE(here) << here.error().lines.front();
  EXPECT_EQ(here->console.listen, "127.0.0.1:8443");
  EXPECT_EQ(here->console.accounts, folder_.path() / "accounts.toml");
  EXPECT_TRUE(read(good)->console.listen.empty());
  EXPECT_THAT(problems(good + "[console]\nlisten = \"0.0.0.0:8443\"\naccounts = \"accounts.toml\"\n"),
              Contains(HasSubstr("console.certificate")));
  EXPECT_THAT(problems(good + "[console]\nlisten = \"127.0.0.1:8443\"\n"), Contains(HasSubstr("console.accounts")));
  const auto only_provider =
      read(good +
           "[console]\nlisten = \"127.0.0.1:8443\"\n[console.oidc]\nissuer = \"https://id.example\"\nclient = \"kulla\"\n"
           "return_url = \"https://console.example/api/v1/session/oidc/return\"\nroles = { operators = \"operator\" }\n");
  ASSERT_TRUE(only_provider) << only_provider.error().lines.front();
  EXPECT_TRUE(only_provider->console.accounts.empty());
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
  EXPECT_EQ(well->console.oidc->person_claim, "sub");
  EXPECT_THAT(problems(console + "roles = { operators = \"root\" }\n"), Contains(HasSubstr("operators")));
  EXPECT_THAT(problems(console), Contains(HasSubstr("console.oidc.roles")));
  const auto with = [&](std::string_view issuer, std::string_view back) {
    return problems(good +
                    fmt::format("[console]\nlisten = \"127.0.0.1:8443\"\naccounts = \"accounts.toml\"\n[console.oidc]\nissuer = \"{}\"\n"
                                "client = \"kulla\"\nreturn_url = \"{}\"\nroles = {{ operators = \"operator\" }}\n",
                                issuer, back));
  };
  constexpr std::string_view back = "https://console.example/api/v1/session/oidc/return";
  EXPECT_THAT(with("http://id.example", back), Contains(HasSubstr("console.oidc.issuer")));
  EXPECT_THAT(with("https://id.example", "https://console.example/"), Contains(HasSubstr("console.oidc.return_url")));
  EXPECT_THAT(with("http://127.0.0.1:9", "http://localhost:8/api/v1/session/oidc/return"), Not(Contains(HasSubstr("console.oidc"))));
}
}  // namespace
