// kulla.toml and probe.toml for the rehearsed state.
#include <fmt/format.h>

#include <set>

#include "drill/http_client.hpp"
#include "drill/normal_day.hpp"
#include "drill/shown_names.hpp"
#include "drill/world.hpp"

namespace kulla::drill {
namespace {
constexpr std::size_t small_state = 60;      // services up to which the vantage asks each four times a second
constexpr int probe_ms = 250, probe_ms_each = 4;

int every_ms(const Plan& plan) {
  return plan.services.size() <= small_state ? probe_ms : static_cast<int>(plan.services.size()) * probe_ms_each;
}

std::string console_text(std::uint16_t port) {
  return fmt::format("[console]\nlisten = \"127.0.0.1:{}\"\naccounts = \"accounts.toml\"\n", port);
}

std::string head_text(std::uint16_t http, std::uint16_t https, std::uint16_t log, std::uint16_t vantage, int probe_every,
                      const std::string& rules) {
  return fmt::format(R"(# Written by kulla drill.
mode = "act"
state = "state"
control = "control.sock"
[ledger]
path = "ledger.db"
key = "keys/ledger.key"
witness = ["elsewhere/witness.ndjson"]
[policy]
trial_steps = [10, 50]
trial_step = "4s"
agreement_slack = "2s"
[gate]
folder = "gate"
http = "127.0.0.1:{}"
https = "127.0.0.1:{}"
certificate = "keys/gate.pem"
notice_key = "keys/notice.key"
log = "127.0.0.1:{}"
[status]
folder = "status"
url = "https://status.gov.example/"
time_zone = "Europe/Tirane"
every = "1s"
[baselines]
trust = ["keys/baseline.key.pub"]
[vantage]
listen = "127.0.0.1:{}"
key = "keys/vantages.key"
every = "{}ms"
[[vantage.trusted]]
id = "outside-1"
key = "keys/outside-1.key.pub"
[detect]
rules = ["{}"]
backtests = ["backtest.json"]
[detect.failures]
failures = 10
window = "10s"
)",
                     http, https, log, vantage, probe_every, rules);
}

std::string system_text(std::string_view id, std::string_view shares) {
  return fmt::format(R"([[system]]
id = "{0}"
root = "systems/{0}"
baseline = "baselines/{0}.json"
rules = "inspection.toml"
shares_with = [{1}]
[[dataset]]
id = "{0}-data"
system = "{0}"
repository = "repo"
password_file = "keys/restic.password"
folder = "systems/{0}"
)",
                     id, shares);
}

std::string institution_text(std::string_view owner) {
  const auto shown = shown_owner(owner);
  return fmt::format("[[institution]]\nid = \"{}\"\nname = {{ sq = \"{}\", en = \"{}\" }}\n", owner_id(owner), shown.sq, shown.en);
}

std::string service_text(const Plan& plan, const PlannedService& service, std::uint16_t port) {
  const auto& system = plan.systems[service.system];
  const auto with_database = [&](std::string_view what) {
    return system.uses_database ? fmt::format("\"{}{}\", \"{}{}\"", system.id, what, Plan::database, what)
                                : fmt::format("\"{}{}\"", system.id, what);
  };
  const auto shown = shown_service(service.name);
  return fmt::format(R"([[service]]
id = "{}"
name = {{ sq = "{}", en = "{}" }}
institution = "{}"
meanwhile = {{ sq = "Kërkesat pranohen në sportelin e institucionit, çdo ditë pune nga ora 8 deri në 16. Asnjë afat nuk humbet nga kjo mbyllje.", en = "Requests are taken at the institution's counter, each working day from 8 to 16. No deadline is lost by this closure." }}
office = {{ sq = "Sporteli i institucionit", en = "The institution's counter" }}
telephone = "+355 4 000 0000"
host = "{}"
path = "{}"
systems = [{}]
datasets = [{}]
owner = "{}"
protected = {}
upstream = "127.0.0.1:{}"
document_root = "systems/{}/{}"
)",
                     service.name, shown.sq, shown.en, owner_id(service.owner), service.host, service.path, with_database(""),
                     with_database("-data"), service.owner, service.is_protected, port, system.id, document_root(service));
}
}  // namespace

std::string World::config_text(const std::vector<std::uint16_t>& upstream_ports) const {
  std::string text = head_text(http_, https_, log_, vantage_, every_ms(plan_), rules_.string());
  text += console_text(console_);
  for (const auto& system : plan_.systems)
    text += system_text(system.id, system.uses_database ? fmt::format("\"{}\"", Plan::database) : "");
  text += system_text(Plan::database, "");
  std::set<std::string> owners;
  for (const auto& service : plan_.services)
    if (owners.insert(service.owner).second) text += institution_text(service.owner);
  for (const auto& service : plan_.services) text += service_text(plan_, service, upstream_ports.at(service.system));
  for (const auto& officer : officers_)
    text += fmt::format("[[approver]]\nperson = \"{0}\"\nkey = \"keys/{0}.key.pub\"\n", officer.person.str());
  return text;
}

std::string World::probe_text() const {
  std::string text = fmt::format(
      "notice_key = \"keys/notice.key.pub\"\n[vantage]\nname = \"outside-1\"\nkey = \"keys/outside-1.key\"\nbind = \"{}\"\nreport = "
      "\"127.0.0.1:{}\"\n"
      "daemon_key = \"keys/vantages.key.pub\"\n",
      address_of(Crowd::vantage, 0).to_string(), vantage_);
  for (const auto& service : plan_.services)
    text += fmt::format("[[target]]\nname = \"{}\"\nurl = \"http://{}{}\"\naddress = \"127.0.0.1:{}\"\nevery = \"{}ms\"\n", service.name,
                        service.host, service.path, http_, every_ms(plan_));
  return text;
}

Result<> World::write_config(const std::vector<std::uint16_t>& upstream_ports) const {
  KULLA_CHECK(backtest_normal_day(plan_, rules_, config().parent_path()));
  // What citizens send may come; a script among it is found all the same.
  KULLA_CHECK(
      write_file_atomic(path("inspection.toml"), "[[may]]\npaths = [\"www/*/uploads/*\"]\nchange = \"any\"\nwhy = \"uploads\"\n", 0600));
  KULLA_CHECK(write_file_atomic(config(), config_text(upstream_ports), 0600));
  return write_file_atomic(path("probe.toml"), probe_text(), 0600);
}
}  // namespace kulla::drill
