// A gate world with the real daemon on it: two services, each on a system of its own with files, a signed baseline and a backup.
#pragma once
#include <map>
#include <optional>
#include <string>

#include "base/keys.hpp"
#include "daemon/control.hpp"
#include "system/support/gate_world.hpp"

namespace kulla::test {

class DaemonWorld {
 public:
  /// `ledger_folder`: where the ledger lies; empty: beside the rest.
  explicit DaemonWorld(const std::filesystem::path& ledger_folder = {});
  /// Keys, systems, baselines, backups, the configuration; HAProxy with all open.
  void prepare(const std::string& policy = "trial_steps = [50]\ntrial_step = \"300ms\"\ntick = \"50ms\"\nmachine_share_percent = 100");
  /// Starts `kulla run` and waits until it answers; false where it ends or does not answer.
  [[nodiscard]] bool start_daemon(const std::map<std::string, std::string>& environment = {});
  void kill_daemon();
  [[nodiscard]] Result<std::vector<json::object>> ask(const json::object& question) const;
  [[nodiscard]] std::string state_of(const std::string& service) const;
  [[nodiscard]] std::string closure_of(const std::string& service) const;
  [[nodiscard]] bool becomes(const std::string& service, const std::string& state,
                             std::chrono::seconds patience = std::chrono::seconds{20}) const;
  /// One officer's approval of what the daemon offers now; the refusal where it is refused.
  [[nodiscard]] Result<> approve(const std::string& service, std::size_t officer, std::chrono::seconds lives = std::chrono::hours{1}) const;
  /// What a citizen gets.
  [[nodiscard]] int status(const std::string& service) { return get(gate.port(), service + ".example", "/").status; }
  [[nodiscard]] std::filesystem::path path(std::string_view below) const { return folder_.path() / below; }
  [[nodiscard]] std::filesystem::path ledger() const { return ledger_folder_ / "ledger.db"; }
  [[nodiscard]] std::string output() const;
  [[nodiscard]] json::object head() const;

  GateWorld gate{{{"tax", "tax.example"}, {"land", "land.example"}}};

 private:
  void make_system(const std::string& system);
  std::string config(const std::string& policy);
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-daemon-test");
  std::filesystem::path ledger_folder_;
  std::map<std::string, SecretKey> keys_;
  std::optional<Child> daemon_;
};

[[nodiscard]] std::string kulla_binary();

}  // namespace kulla::test
