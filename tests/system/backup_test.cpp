// `kulla backup` as people run it: restic, and a real PostgreSQL whose dump is restored into a fresh database to show that it is alive.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <optional>
#include <thread>

#include "base/file.hpp"
#include "base/process.hpp"
#include "inspect/yara_samples.hpp"
#include "system/support/daemon_world.hpp"

namespace kulla::test {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

/// PostgreSQL and sshd run as others than root: these must be able to reach their own libraries.
bool others_may_enter_the_root() { return (fs::status("/").permissions() & fs::perms::others_exec) != fs::perms::none; }

/// A cluster of its own on a socket in its folder; it runs as postgres, or as nobody, where we are root.
class Postgres {
 public:
  [[nodiscard]] static std::optional<fs::path> programs() {
    std::error_code ignored;
    for (const auto& version : fs::directory_iterator{"/usr/lib/postgresql", ignored})
      if (fs::exists(version.path() / "bin/initdb")) return version.path() / "bin";
    return std::nullopt;
  }
  explicit Postgres(fs::path programs) : programs_(std::move(programs)) {
    if (::geteuid() == 0) {
      const auto* account = ::getpwnam("postgres") ? ::getpwnam("postgres") : ::getpwnam("nobody");
      EXPECT_EQ(::chown(socket().c_str(), account->pw_uid, account->pw_gid), 0);
      as_ = {"setpriv", fmt::format("--reuid={}", account->pw_uid), fmt::format("--regid={}", account->pw_gid), "--clear-groups"};
    }
    const auto data = socket() / "data";
    RunOptions options;
    options.folder = socket();
    const auto made = run(as_account({"initdb", "-D", data.string(), "-A", "trust", "-U", "kulla", "-E", "UTF8", "--no-sync"}), options);
    EXPECT_EQ(made->exit_code, 0) << made->err;
    auto server = Child::start(
        as_account({"postgres", "-D", data.string(), "-k", socket().string(), "-c", "listen_addresses=", "-c", "fsync=off"}), {});
    if (server) server_.emplace(std::move(*server));
    for (int i = 0; i < 600 && ask({"psql", "-d", "postgres", "-c", "select 1"}).exit_code != 0; ++i) std::this_thread::sleep_for(50ms);
  }
  [[nodiscard]] fs::path socket() const { return folder_.path(); }
  /// A program of PostgreSQL's with its place and user.
  [[nodiscard]] std::string client(const std::string& name) const {
    return fmt::format("{} -h {} -U kulla", (programs_ / name).string(), socket().string());
  }
  [[nodiscard]] Finished ask(std::vector<std::string> arguments) const {
    arguments[0] = (programs_ / arguments[0]).string();
    arguments.insert(arguments.begin() + 1, {"-h", socket().string(), "-U", "kulla"});
    return run(arguments).value();
  }

 private:
  [[nodiscard]] std::vector<std::string> as_account(std::vector<std::string> arguments) const {
    arguments[0] = (programs_ / arguments[0]).string();
    auto all = as_;
    all.insert(all.end(), arguments.begin(), arguments.end());
    return all;
  }
  fs::path programs_;
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-pg");
  std::vector<std::string> as_;
  std::optional<Child> server_;
};

class BackupCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    fs::create_directories(path("srv"));
    fs::create_directories(path("scratch"));
    std::ofstream{path("password")} << "right\n";
    RunOptions options;
    options.environment["RESTIC_PASSWORD_FILE"] = path("password");
    ASSERT_EQ(run({"restic", "init", "--no-cache", "--repo=" + path("repository")}, options)->exit_code, 0);
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  [[nodiscard]] Finished backup(std::vector<std::string> arguments) const {
    arguments.insert(arguments.begin(), {kulla_binary(), "backup"});
    arguments.insert(arguments.end(), {"--repository", repository_, "--password-file", path("password")});
    RunOptions options;
    options.environment["PATH"] = path("bin") + ":" + std::getenv("PATH");
    return run(arguments, options).value();
  }
  [[nodiscard]] Finished prove(const std::string& dataset, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"prove", dataset, "--scratch", path("scratch")});
    return backup(more);
  }
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-backup-test");
  std::string repository_ = path("repository");
};

TEST_F(BackupCommand, a_dump_is_alive_when_it_restores_into_a_fresh_database_and_its_rows_are_counted) {
  const auto programs = Postgres::programs();
  if (!programs) GTEST_SKIP() << "NO POSTGRESQL here (apt-get install postgresql): a sign of life of a real database is NOT tested";
  if (!others_may_enter_the_root()) GTEST_SKIP() << "/ is closed to other users: a sign of life of a real database is NOT tested";
  const Postgres postgres{*programs};
  ASSERT_EQ(postgres.ask({"createdb", "registry"}).exit_code, 0);
  const auto filled = postgres.ask({"psql", "-d", "registry", "-v", "ON_ERROR_STOP=1", "-c",
                                    "create table citizen(id int primary key, name text); insert into citizen select i, md5(i::text) from "
                                    "generate_series(1, 20000) i"});
  ASSERT_EQ(filled.exit_code, 0) << filled.err;
  ASSERT_EQ(postgres.ask({"pg_dump", "-Fc", "-f", path("srv/registry.dump"), "registry"}).exit_code, 0);
  {
    std::ofstream script{path("lives")};
    script << "#!/bin/sh\nset -e\n"
           << postgres.client("dropdb") << " --if-exists proof\n"
           << postgres.client("createdb") << " proof\n"
           << postgres.client("pg_restore") << " --exit-on-error -d proof \"$KULLA_RESTORED/registry.dump\"\n"
           << "echo \"$(" << postgres.client("psql") << " -d proof -Atc 'select count(*) from citizen') citizens\"\n";
  }
  fs::permissions(path("lives"), fs::perms::owner_all);
  ASSERT_EQ(backup({"take", "registry", path("srv")}).exit_code, 0);
  const auto alive = prove("registry", {"--alive", path("lives")});
  EXPECT_EQ(alive.exit_code, 0) << alive.out << alive.err;
  EXPECT_THAT(alive.out, AllOf(HasSubstr("registry: proved: 1 files"), HasSubstr("alive: 20000 citizens"), HasSubstr("recovery time: ")));

  fs::resize_file(path("srv/registry.dump"), fs::file_size(path("srv/registry.dump")) / 2);  // pg_dump's disk was full that night
  ASSERT_EQ(backup({"take", "registry", path("srv")}).exit_code, 0);
  EXPECT_EQ(prove("registry").exit_code, 0) << "what was backed up comes back";
  const auto dead = prove("registry", {"--alive", path("lives"), "--format", "ndjson"});
  EXPECT_EQ(dead.exit_code, 1);
  EXPECT_THAT(dead.out, AllOf(HasSubstr("\"passed\":false"), HasSubstr("does not pass its own test"), HasSubstr("pg_restore: error:")));
  EXPECT_TRUE(fs::is_empty(path("scratch")));
}

TEST_F(BackupCommand, the_last_one_before_the_attack_is_proved_and_says_what_would_be_lost) {
  for (int i = 0; i < 30; ++i) std::ofstream{path(fmt::format("srv/{}", i))} << "clear " << i;
  ASSERT_EQ(backup({"take", "files", path("srv")}).exit_code, 0);
  const auto attack = to_rfc3339(SystemClock{}.now().wall);
  for (int i = 0; i < 30; ++i) std::ofstream{path(fmt::format("srv/{}", i))} << "encrypted " << i;
  ASSERT_EQ(backup({"take", "files", path("srv")}).exit_code, 0);
  const auto newest = prove("files"), before = prove("files", {"--at", attack, "--sample", "10"});
  EXPECT_THAT(newest.out, HasSubstr("sudden change: from "));
  EXPECT_EQ(before.exit_code, 0) << before.out;
  EXPECT_THAT(before.out, AllOf(HasSubstr("10 of 30 files compared: with 95 % confidence fewer than 25.9 % are damaged"),
                                HasSubstr("would be lost: what changed in the "), HasSubstr(" before that time")));
  EXPECT_THAT(before.out, ::testing::Not(HasSubstr("sudden")));
  const auto nothing = prove("files", {"--at", "2001-01-01T00:00:00Z"});
  EXPECT_EQ(nothing.exit_code, 1);
  EXPECT_THAT(nothing.out, HasSubstr("files: not proved: no snapshot of this data set"));
}

TEST_F(BackupCommand, malware_in_what_was_restored_fails_the_proof) {
  const auto& sample = yara_samples.front();
  std::ofstream{path("srv/up.php"), std::ios::binary} << sample.text;
  ASSERT_EQ(backup({"take", "files", path("srv")}).exit_code, 0);
  const auto infected = prove("files"), blind = prove("files", {"--no-inspect"});
  EXPECT_EQ(infected.exit_code, 1) << sample.name;
  EXPECT_THAT(infected.out, AllOf(HasSubstr("files: not proved: "), HasSubstr("up.php: ")));
  EXPECT_EQ(blind.exit_code, 0) << blind.out << blind.err;
  EXPECT_THAT(blind.out, HasSubstr("not looked into for malware"));
  std::ofstream{path("own.yar")} << "rule own { strings: $a = \"harmless\" condition: $a }\n";
  std::ofstream{path("srv/up.php")} << "harmless";
  ASSERT_EQ(backup({"take", "files", path("srv")}).exit_code, 0);
  EXPECT_THAT(prove("files").out, HasSubstr("looked into for malware: none"));
  EXPECT_EQ(prove("files", {"--yara", path("own.yar")}).exit_code, 1);
}

TEST_F(BackupCommand, a_repository_behind_ssh_is_proved_and_what_keeps_us_from_it_is_told_apart) {
  if (!others_may_enter_the_root()) GTEST_SKIP() << "/ is closed to other users: sftp is NOT tested";
  if (::access("/usr/sbin/sshd", X_OK) != 0 || ::geteuid() != 0) GTEST_SKIP() << "NO SSHD, or not root: sftp is NOT tested";
  std::ofstream{path("srv/file")} << "content";
  ASSERT_EQ(backup({"take", "files", path("srv")}).exit_code, 0);
  fs::create_directories("/run/sshd");
  fs::create_directories(path("bin"));
  for (const auto* name : {"host", "client"})
    ASSERT_EQ(run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path(name)})->exit_code, 0);
  const int port = free_port();
  std::ofstream{path("sshd_config")} << fmt::format(
      "Port {}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\nStrictModes no\nPermitRootLogin yes\n"
      "PasswordAuthentication no\nLogLevel ERROR\nSubsystem sftp internal-sftp -R\n",  // -R: it only reads
      port, path("host"), path("authorized"));
  std::ofstream{path("bin/ssh")} << fmt::format(
      "#!/bin/sh\nexec /usr/bin/ssh -F none -p {} -i {} -o BatchMode=yes -o IdentitiesOnly=yes -o StrictHostKeyChecking=no "
      "-o UserKnownHostsFile=/dev/null -o LogLevel=ERROR \"$@\"\n",
      port, path("client"));
  fs::permissions(path("bin/ssh"), fs::perms::owner_all);
  repository_ = "sftp:root@127.0.0.1:" + path("repository");
  EXPECT_THAT(prove("files").out, HasSubstr("cannot be reached: restic snapshots: "));
  const auto sshd = Child::start({"/usr/sbin/sshd", "-D", "-e", "-f", path("sshd_config")}, {}).value();
  for (int i = 0; i < 100 && prove("files").out.contains("Connection refused"); ++i) std::this_thread::sleep_for(100ms);
  EXPECT_THAT(prove("files").out, HasSubstr("refuses access: restic snapshots: subprocess ssh: root@127.0.0.1: Permission denied"));
  fs::copy_file(path("client.pub"), path("authorized"));
  const auto proved = prove("files");
  EXPECT_EQ(proved.exit_code, 0) << proved.out << proved.err;
  EXPECT_THAT(proved.err, ::testing::Not(HasSubstr("may delete")));
  repository_ += "/none";
  EXPECT_THAT(prove("files").out, HasSubstr("there is no backup repository at this place"));
}
}  // namespace
}  // namespace kulla::test
