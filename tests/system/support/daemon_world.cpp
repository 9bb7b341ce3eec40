#include "system/support/daemon_world.hpp"

#include <fmt/format.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>

#include "backup/restic.hpp"
#include "inspect/inspect.hpp"
#include "model/codec.hpp"
#include "model/evidence.hpp"

namespace kulla::test {
using namespace std::chrono_literals;
namespace {
constexpr const char* officers[] = {"anna", "ben", "carla"};
void write(const std::filesystem::path& file, const std::string& text) {
  std::filesystem::create_directories(file.parent_path());
  std::ofstream{file} << text;
}
}  // namespace

std::string kulla_binary() {
  const char* named = std::getenv("KULLA_BINARY");
  return named ? named : "kulla";
}

DaemonWorld::DaemonWorld(const std::filesystem::path& ledger_folder)
    : ledger_folder_(ledger_folder.empty() ? folder_.path() : ledger_folder) {}

void DaemonWorld::make_system(const std::string& system) {
  const auto root = path("systems/" + system);
  write(root / "www/index.html", "<p>" + system + "</p>");
  for (int i = 0; i < 8; ++i) write(root / fmt::format("data/{}.csv", i), fmt::format("{},{}\n", system, i));
  const auto taken = inspect::take_baseline(SystemId{system}, root, path("baselines/" + system), keys_.at("baseline"), SystemClock{});
  ASSERT_TRUE(taken) << taken.error().message();
  ASSERT_TRUE(backup::back_up({path("repo").string(), path("password"), {}}, system, root));
}

std::string DaemonWorld::config(const std::string& policy) {
  std::string text = fmt::format(
      "mode = \"act\"\nstate = \"state\"\ncontrol = \"control.sock\"\n[ledger]\npath = \"{}\"\nkey = \"ledger\"\nwitness = "
      "[\"witness\"]\n[policy]\n{}\n"
      "[gate]\nfolder = \"{}\"\nhttp = \"{}\"\nlog = \"{}\"\n[baselines]\ntrust = [\"baseline.pub\"]\n[detect]\nrules = [\"{}/rules\"]\n",
      ledger().string(), policy, gate.settings.folder.string(), gate.settings.http, gate.settings.log, KULLA_SOURCE_DIR);
  for (const auto& [service, system] : {std::pair{"tax", "web-1"}, {"land", "web-2"}}) {
    text += fmt::format("[[system]]\nid = \"{0}\"\nroot = \"systems/{0}\"\nbaseline = \"baselines/{0}\"\n", system);
    text += fmt::format(
        "[[dataset]]\nid = \"{0}\"\nsystem = \"{0}\"\nrepository = \"repo\"\npassword_file = \"password\"\nfolder = \"systems/{0}\"\n",
        system);
    text += fmt::format(
        "[[service]]\nid = \"{0}\"\nhost = \"{0}.example\"\nsystems = [\"{1}\"]\ndatasets = [\"{1}\"]\nupstream = \"{2}\"\ndocument_root = "
        "\"systems/{1}/www\"\n",
        service, system, gate.upstream(service).address());
  }
  for (const auto* person : officers) text += fmt::format("[[approver]]\nperson = \"{0}\"\nkey = \"{0}.pub\"\n", person);
  return text;
}

void DaemonWorld::prepare(const std::string& policy) {
  for (const auto* name : {"ledger", "baseline", "anna", "ben", "carla"}) {
    const auto key = SecretKey::generate();
    ASSERT_TRUE(write_key_files(path(name), key));
    keys_.emplace(name, key);
  }
  write(path("password"), "a password for tests\n");
  std::filesystem::permissions(path("password"), std::filesystem::perms::owner_read | std::filesystem::perms::owner_write);
  std::filesystem::create_directories(path("baselines"));
  ASSERT_TRUE(backup::init({path("repo").string(), path("password"), {}}));
  for (const auto* system : {"web-1", "web-2"}) make_system(system);
  gate.settings.log = fmt::format("127.0.0.1:{}", free_port());
  write(path("kulla.toml"), config(policy));
  gate.start_open();
}

bool DaemonWorld::start_daemon(const std::map<std::string, std::string>& environment) {
  auto child =
      Child::start({kulla_binary(), "run", "-c", path("kulla.toml").string()}, {environment, path("daemon.log"), path("daemon.log"), true});
  if (!child) return false;
  daemon_.emplace(std::move(*child));
  bool answers = false;
  (void)eventually([&] { return (answers = ask({{"command", "status"}}).has_value()) || daemon_->ended().has_value(); }, 20s);
  // What the first facts say (who may approve, which services there are) stands only once they are stored.
  const auto stored = [&] {
    const auto status = head();
    return !status.empty() && status.at("ledger").at("facts").as_int64() > 0 && status.at("ledger").at("waiting").as_int64() == 0;
  };
  return answers && eventually(stored, 20s) && !daemon_->ended();
}

void DaemonWorld::kill_daemon() {
  daemon_->signal(SIGKILL);
  ASSERT_TRUE(eventually([&] { return daemon_->ended().has_value(); }));
}

Result<std::vector<json::object>> DaemonWorld::ask(const json::object& question) const {
  KULLA_TRY(auto client, daemon::ControlClient::connect(path("control.sock")));
  return client.ask(question);
}

namespace {
std::string field_of(const Result<std::vector<json::object>>& answers, const std::string& service, std::string_view field) {
  if (!answers) return "no answer";
  for (const auto& line : *answers)
    if (const auto* name = line.if_contains("service"); name && name->as_string() == service)
      return std::string(line.at(field).as_string());
  return "unknown";
}
}  // namespace
std::string DaemonWorld::state_of(const std::string& service) const { return field_of(ask({{"command", "status"}}), service, "state"); }
std::string DaemonWorld::closure_of(const std::string& service) const { return field_of(ask({{"command", "status"}}), service, "closure"); }
bool DaemonWorld::becomes(const std::string& service, const std::string& state, std::chrono::seconds patience) const {
  return eventually([&] { return state_of(service) == state; }, patience);
}
json::object DaemonWorld::head() const {
  const auto answers = ask({{"command", "status"}});
  return answers && !answers->empty() ? answers->front() : json::object{};
}

Result<> DaemonWorld::approve(const std::string& service, std::size_t officer, std::chrono::seconds lives) const {
  KULLA_TRY(const auto offers, ask({{"command", "offer"}, {"service", service}}));
  const auto& key = keys_.at(officers[officer]);
  auto object = offers.front().at("approval").as_object();
  object["person"] = officers[officer];
  object["key"] = to_hex(key.public_key());
  object["signature"] = to_hex(Signature{});
  KULLA_TRY(auto approval, codec::decode<Approval>(object));
  approval.expires = SystemClock{}.now().wall + lives;
  approval.signature = key.sign(signed_text(approval));
  KULLA_CHECK(ask({{"command", "submit"}, {"approval", codec::encode(approval)}}));
  return {};
}

std::string DaemonWorld::output() const { return read_file(path("daemon.log"), 1 << 24).value_or(""); }
}  // namespace kulla::test
