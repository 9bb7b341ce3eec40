// The small state on disk, all in one temporary folder: systems with their files, keys, backups, signed baselines, a certificate, and
// the configuration of daemon and vantage. Making it starts nothing that stays.
#pragma once
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "backup/restic.hpp"
#include "base/file.hpp"
#include "base/keys.hpp"
#include "drill/plan.hpp"
#include "drill/ports.hpp"
#include "model/catalogue.hpp"

namespace kulla::drill {

/// Told of progress while something long is made; returns false to stop.
using Progress = std::function<bool(std::string_view what, std::size_t done, std::size_t all)>;

struct Officer {
  PersonId person;
  SecretKey key;
};

class World {
 public:
  [[nodiscard]] static Result<World> make(Plan plan, const std::filesystem::path& rules, const Progress& progress);

  [[nodiscard]] const Plan& plan() const { return plan_; }
  [[nodiscard]] std::filesystem::path path(std::string_view below) const { return folder_.path() / below; }
  [[nodiscard]] std::filesystem::path root(std::size_t system) const { return path("systems/" + plan_.systems[system].id); }
  [[nodiscard]] std::filesystem::path config() const { return path("kulla.toml"); }
  [[nodiscard]] std::filesystem::path status_folder() const { return path("status"); }
  [[nodiscard]] std::filesystem::path ledger() const { return path("ledger.db"); }
  [[nodiscard]] std::filesystem::path ledger_trust() const { return path("keys/ledger.key.pub"); }
  [[nodiscard]] std::filesystem::path witness() const { return path("elsewhere/witness.ndjson"); }
  [[nodiscard]] std::uint16_t http_port() const { return http_; }
  [[nodiscard]] std::string console() const;  ///< its URL
  [[nodiscard]] std::filesystem::path console_people() const { return path("people.json"); }  ///< see make_accounts
  [[nodiscard]] const std::vector<Officer>& officers() const { return officers_; }
  [[nodiscard]] std::vector<Approver> approvers() const;
  [[nodiscard]] const std::string& citizens_password() const { return citizens_password_; }
  [[nodiscard]] std::vector<std::string> passwords() const { return {citizens_password_, restic_password_}; }
  [[nodiscard]] backup::Repository repository() const;
  [[nodiscard]] static std::string dataset(std::string_view system) { return std::string(system) + "-data"; }
  /// Packs that hold the backup of the breached system.
  [[nodiscard]] const std::vector<std::filesystem::path>& breached_packs() const { return breached_packs_; }
  /// Takes the baseline of a system as it is now and signs it with the key that the daemon trusts.
  [[nodiscard]] Result<> take_baseline(std::string_view system) const;
  /// What a system's server needs to know, written into a file.
  [[nodiscard]] Result<std::filesystem::path> write_sandbox_settings(std::size_t system) const;
  [[nodiscard]] std::filesystem::path port_file(std::size_t system) const { return path("run/" + plan_.systems[system].id + ".port"); }
  /// Once the systems' ports are known.
  [[nodiscard]] Result<> write_config(const std::vector<std::uint16_t>& upstream_ports) const;
  void keep() { folder_.keep(); }

 private:
  World(TemporaryFolder folder, Plan plan, std::filesystem::path rules)
      : folder_(std::move(folder)), plan_(std::move(plan)), rules_(std::move(rules)) {}
  Result<> make_keys();
  Result<> make_systems(const Progress& progress);
  Result<> make_backups(const Progress& progress);
  Result<> make_baselines(const Progress& progress);
  Result<> make_certificate() const;
  [[nodiscard]] std::string config_text(const std::vector<std::uint16_t>& upstream_ports) const;
  [[nodiscard]] std::string probe_text() const;
  [[nodiscard]] std::vector<std::string> all_systems() const;

  TemporaryFolder folder_;
  Plan plan_;
  std::filesystem::path rules_;
  Ports ports_;
  std::uint16_t http_ = 0, https_ = 0, log_ = 0, vantage_ = 0, console_ = 0;
  std::vector<Officer> officers_;
  std::string citizens_password_, restic_password_;
  std::vector<std::filesystem::path> breached_packs_;
};

}  // namespace kulla::drill
