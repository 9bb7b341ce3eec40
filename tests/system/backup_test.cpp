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
    options.environment = environment_;
    options.environment["PATH"] = path("bin") + ":" + std::getenv("PATH");
    return run(arguments, options).value();
  }
  [[nodiscard]] Finished prove(const std::string& dataset, std::vector<std::string> more = {}) const {
    more.insert(more.begin(), {"prove", dataset, "--scratch", path("scratch")});
    return backup(more);
  }
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-backup-test");
  /// Once `server` listens there.
  void expect_unreachable_until(const Child& server) {
    for (int i = 0; i < 100 && prove("files").out.contains("connection refused"); ++i) std::this_thread::sleep_for(100ms);
    EXPECT_GT(server.pid(), 0);
  }
  std::string repository_ = path("repository");
  std::map<std::string, std::string> environment_;
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
/// rclone's server of restic's REST protocol, over the repository on this disk: none of ours, none of restic's.
TEST_F(BackupCommand, a_repository_behind_a_rest_server_is_proved_and_what_keeps_us_from_it_is_told_apart) {
  if (run({"rclone", "version"})->exit_code != 0) GTEST_SKIP() << "NO RCLONE (apt-get install rclone): REST is NOT tested";
  std::ofstream{path("srv/file")} << "content";
  ASSERT_EQ(backup({"take", "files", path("srv")}).exit_code, 0);
  const int port = free_port();
  const auto as = [&](const std::string& who, const std::string& place = "") {
    return fmt::format("rest:http://{}@127.0.0.1:{}/{}", who, port, place);
  };
  repository_ = as("kulla:right");
  EXPECT_THAT(prove("files").out, HasSubstr("cannot be reached: restic snapshots: "));
  Child::Options options;
  options.environment["RCLONE_CONFIG"] = path("rclone.conf");
  const auto server = Child::start({"rclone", "serve", "restic", "--addr", fmt::format("127.0.0.1:{}", port), "--user", "kulla", "--pass",
                                    "right", "--append-only", path("repository")},
                                   options);
  ASSERT_TRUE(server);
  expect_unreachable_until(*server);
  const auto proved = prove("files");
  EXPECT_EQ(proved.exit_code, 0) << proved.out << proved.err;
  EXPECT_THAT(proved.err, ::testing::Not(HasSubstr("may delete")));
  std::ofstream{path("srv/file")} << "another content";
  EXPECT_EQ(backup({"take", "files", path("srv")}).exit_code, 0) << "adding is allowed";
  EXPECT_EQ(prove("files", {"--sample", "1"}).exit_code, 0);
  repository_ = as("kulla:wrong");
  EXPECT_THAT(prove("files").out, HasSubstr("refuses access: restic snapshots: "));
  repository_ = as("kulla:right", "none/");
  EXPECT_THAT(prove("files").out, HasSubstr("there is no backup repository at this place"));
}

/// Debian has no S3 server: one of ours, of as much as restic asks for, behind the client that restic has from MinIO.
TEST_F(BackupCommand, a_repository_in_s3_is_proved_and_what_keeps_us_from_it_is_told_apart) {
  std::ofstream{path("srv/file")} << "content";
  const int port = free_port();
  const auto in = [&](const std::string& place) { return fmt::format("s3:http://127.0.0.1:{}/{}", port, place); };
  environment_ = {{"AWS_ACCESS_KEY_ID", "right"}, {"AWS_SECRET_ACCESS_KEY", "not looked at"}};
  repository_ = in("backups/office");
  EXPECT_THAT(prove("files").out, HasSubstr("cannot be reached: restic snapshots: "));
  fs::create_directories(path("store"));
  const auto script = std::string{KULLA_SOURCE_DIR} + "/tests/system/support/s3_server.py";
  const auto server = Child::start({"python3", script, std::to_string(port), "backups", path("store")}, {});
  ASSERT_TRUE(server);
  expect_unreachable_until(*server);
  EXPECT_THAT(prove("files").out, HasSubstr("there is no backup repository at this place"));
  fs::rename(path("repository"), path("store/office"));
  ASSERT_EQ(backup({"take", "files", path("srv")}).exit_code, 0);
  const auto proved = prove("files");
  EXPECT_EQ(proved.exit_code, 0) << proved.out << proved.err;
  const auto trouble = [&](const std::string& answer) {
    std::ofstream{path("store.trouble")} << answer;
    const auto out = prove("files").out;
    fs::remove(path("store.trouble"));
    return out;
  };
  EXPECT_THAT(trouble("500 InternalError We encountered an internal error. Please try again."), HasSubstr("cannot be reached: "));
  EXPECT_THAT(trouble("403 SignatureDoesNotMatch The request signature we calculated does not match the signature you provided."),
              HasSubstr("refuses access: "));
  EXPECT_THAT(trouble("403"), HasSubstr("refuses access: "));
  repository_ = in("other/office");
  EXPECT_THAT(prove("files").out, HasSubstr("there is no backup repository at this place"));
  repository_ = in("backups/office");
  environment_["AWS_ACCESS_KEY_ID"] = "wrong";
  EXPECT_THAT(prove("files").out, HasSubstr("refuses access: "));
  environment_["AWS_ACCESS_KEY_ID"] = "right";
  for (const auto& item : fs::recursive_directory_iterator{path("store/office/data")})
    if (item.is_regular_file()) fs::resize_file(item.path(), fs::file_size(item.path()) / 2);
  const auto damaged = prove("files");
  EXPECT_EQ(damaged.exit_code, 1);
  EXPECT_THAT(damaged.out, HasSubstr("unexpected file size"));
}
}  // namespace
}  // namespace kulla::test
