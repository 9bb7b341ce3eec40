#include "drill/world.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <mutex>
#include <thread>

#include "base/process.hpp"
#include "drill/accounts.hpp"
#include "drill/sandbox.hpp"
#include "inspect/inspect.hpp"
#include "model/codec.hpp"

namespace kulla::drill {
namespace fs = std::filesystem;
namespace {
constexpr std::size_t backups_at_once = 2;

Result<> make_folder(const fs::path& folder) {
  std::error_code error;
  fs::create_directories(folder, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", folder.string(), error.message()));
  return {};
}

Result<> write_plain(const fs::path& file, std::string_view content) {
  KULLA_CHECK(make_folder(file.parent_path()));
  const Descriptor out{::open(file.c_str(), O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644)};
  if (!out) return fail_errno(file.string());
  return write_all(out.get(), content, file.string());
}

std::string random_text() { return to_hex(random_digest()).substr(0, 24); }

Result<> stopped_here() { return fail(Code::interrupted, "the drill"); }

/// Runs `work(i)` for all i on a few threads; the first error ends it.
Result<> for_each(std::size_t count, const std::function<Result<>(std::size_t)>& work, const std::function<bool(std::size_t)>& done) {
  std::atomic<std::size_t> next = 0, finished = 0;
  std::mutex mutex;
  Result<> outcome;
  const auto worker = [&] {
    for (auto i = next++; i < count; i = next++) {
      auto result = work(i);
      const std::scoped_lock lock{mutex};
      if (result && !done(++finished)) result = stopped_here();
      if (!result && outcome) outcome = std::move(result);
      if (!outcome) return;
    }
  };
  std::vector<std::jthread> threads;
  for (std::size_t i = 0; i < backups_at_once; ++i) threads.emplace_back(worker);
  threads.clear();
  return outcome;
}
}  // namespace

std::vector<Approver> World::approvers() const {
  std::vector<Approver> all;
  for (const auto& officer : officers_) all.push_back({officer.person, officer.key.public_key()});
  return all;
}
std::string World::console() const { return fmt::format("http://127.0.0.1:{}/", console_); }
backup::Repository World::repository() const { return {path("repo").string(), path("keys/restic.password"), {}}; }

std::vector<std::string> World::all_systems() const {
  std::vector<std::string> ids;
  for (const auto& system : plan_.systems) ids.push_back(system.id);
  ids.emplace_back(Plan::database);
  return ids;
}

Result<World> World::make(Plan plan, const fs::path& rules, const Progress& progress) {
  KULLA_TRY(auto folder, TemporaryFolder::make("kulla-drill"));
  World world{std::move(folder), std::move(plan), rules};
  for (auto* port : {&world.http_, &world.https_, &world.log_, &world.vantage_, &world.console_}) {
    KULLA_TRY(*port, world.ports_.hold());
  }
  for (const auto* name : {"keys", "run", "logs", "baselines", "elsewhere", "gate"}) KULLA_CHECK(make_folder(world.path(name)));
  fs::permissions(world.path("gate"), fs::perms::owner_all);
  KULLA_CHECK(world.make_keys());
  KULLA_CHECK(world.make_certificate());
  KULLA_CHECK(world.make_systems(progress));
  KULLA_CHECK(world.make_backups(progress));
  KULLA_CHECK(world.make_baselines(progress));
  return world;
}

Result<> World::make_keys() {
  for (const auto* name : {"ledger", "baseline", "vantages", "notice", "outside-1"})
    KULLA_CHECK(write_key_files(path(fmt::format("keys/{}.key", name)), SecretKey::generate()));
  for (const auto* person : {"anna", "besnik", "drita"}) {
    officers_.push_back({PersonId{person}, SecretKey::generate()});
    KULLA_CHECK(write_key_files(path(fmt::format("keys/{}.key", person)), officers_.back().key));
  }
  KULLA_CHECK(make_accounts(officers_, path("keys"), path("accounts.toml"), console_people()));
  citizens_password_ = random_text();
  restic_password_ = random_text();
  return write_file_atomic(path("keys/restic.password"), restic_password_ + "\n", 0600);
}

Result<> World::make_certificate() const {
  const auto key = path("keys/gate.key").string(), certificate = path("keys/gate.crt").string();
  KULLA_TRY(const auto made,
            run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2", "-subj",
                 "/CN=gov.example", "-addext", "subjectAltName=DNS:*.gov.example", "-keyout", key, "-out", certificate}));
  if (made.exit_code != 0) return fail(Code::process_failed, fmt::format("openssl req: {}", made.err.substr(0, 300)));
  KULLA_TRY(const auto public_part, read_file(certificate, 1 << 16));
  KULLA_TRY(const auto secret_part, read_file(key, 1 << 16));
  return write_file_atomic(path("keys/gate.pem"), public_part + secret_part, 0600);
}

Result<> World::make_systems(const Progress& progress) {
  for (std::size_t system = 0; system < plan_.systems.size(); ++system) {
    for (const auto& file : files_of(plan_, system)) KULLA_CHECK(write_plain(root(system) / file.path, file.content));
    if (!progress("systems", system + 1, plan_.systems.size())) return stopped_here();
  }
  for (const auto& file : files_of_database(plan_)) KULLA_CHECK(write_plain(path("systems") / Plan::database / file.path, file.content));
  return {};
}

Result<> World::make_backups(const Progress& progress) {
  const auto ids = all_systems();
  KULLA_CHECK(backup::init(repository()));
  const auto back_up = [&](std::size_t i) -> Result<> {
    KULLA_CHECK(backup::back_up(repository(), dataset(ids[i]), path("systems/" + ids[i])));
    return {};
  };
  // The breached system's first and alone, so that its packs are known: sabotage needs one.
  KULLA_CHECK(back_up(Plan::breached));
  for (const auto& entry : fs::recursive_directory_iterator{path("repo/data")})
    if (entry.is_regular_file()) breached_packs_.push_back(entry.path());
  return for_each(
      ids.size() - 1, [&](std::size_t i) { return back_up(i + 1); },
      [&](std::size_t done) { return progress("backups", done + 1, ids.size()); });
}

Result<> World::take_baseline(std::string_view system) const {
  KULLA_TRY(const auto key, read_secret_key(path("keys/baseline.key")));
  KULLA_CHECK(inspect::take_baseline(SystemId{std::string(system)}, path("systems") / system,
                                     path(fmt::format("baselines/{}.json", system)), key, SystemClock{}));
  return {};
}

Result<> World::make_baselines(const Progress& progress) {
  const auto ids = all_systems();
  for (std::size_t i = 0; i < ids.size(); ++i) {
    KULLA_CHECK(take_baseline(ids[i]));
    if (!progress("baselines", i + 1, ids.size())) return stopped_here();
  }
  return {};
}

Result<fs::path> World::write_sandbox_settings(std::size_t system) const {
  const auto& planned = plan_.systems[system];
  SandboxSettings settings{planned.id, root(system).string(), path("systems").string(), "", citizens_password_, port_file(system).string(),
                           {}};
  const auto& neighbour = plan_.services[plan_.systems[Plan::infected].services.front()];
  settings.neighbour = (root(Plan::infected) / document_root(neighbour)).string();
  for (const auto index : planned.services) {
    const auto& service = plan_.services[index];
    settings.services.push_back({service.host, service.path, (root(system) / document_root(service)).string(), service.weak});
  }
  const auto file = path(fmt::format("run/{}.json", planned.id));
  KULLA_CHECK(write_file_atomic(file, canonical(codec::encode(settings)), 0600));
  return file;
}
}  // namespace kulla::drill
