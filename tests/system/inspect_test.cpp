// `kulla inspect` as people run it: real processes; other machines behind a real sshd on loopback.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <sstream>
#include <thread>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "system/support/daemon_world.hpp"
#include "system/support/http.hpp"

namespace kulla::test {
namespace {
using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;
using namespace std::chrono_literals;

class InspectCommand : public ::testing::Test {
 protected:
  void SetUp() override {
    put("web1/www/index.html", "<h1>Welcome</h1>");
    put("web1/www/logo.jpg", "\xff\xd8\xff\xe0 a picture");
    ASSERT_EQ(kulla({"key", "new", path("baselines.key")}).exit_code, 0);
  }
  void put(const std::string& name, std::string_view text) const {
    std::filesystem::create_directories(std::filesystem::path(path(name)).parent_path());
    std::ofstream{path(name), std::ios::binary} << text;
  }
  [[nodiscard]] std::string path(const std::string& name) const { return (folder_.path() / name).string(); }
  [[nodiscard]] static Finished kulla(std::vector<std::string> arguments) {
    arguments.insert(arguments.begin(), kulla_binary());
    return run(arguments, {}).value();
  }
  [[nodiscard]] Finished check(std::vector<std::string> more = {}) const {
    std::vector<std::string> all{
        "inspect", "check", path("web1"), "--baseline", path("web1.baseline"), "--trust", path("baselines.key.pub")};
    all.insert(all.end(), more.begin(), more.end());
    return kulla(all);
  }
  void take() const {
    const auto taken =
        kulla({"inspect", "baseline", path("web1"), "-o", path("web1.baseline"), "--key", path("baselines.key"), "--system", "web1"});
    ASSERT_EQ(taken.exit_code, 0) << taken.err;
    EXPECT_THAT(taken.out, HasSubstr("web1: 4 files, folders and links, signed by"));
  }
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-inspect-test");
};

TEST_F(InspectCommand, an_intruders_picture_is_found_accepted_or_not_as_reviewed) {
  take();
  EXPECT_EQ(check().exit_code, 0);
  EXPECT_THAT(check().out,
              AllOf(HasSubstr("web1: clean, 2 files"), HasSubstr("The baseline is of "), HasSubstr("0 hours old, signed by ")));
  put("web1/www/logo.jpg",
      "\xff\xd8\xff\xe0 a picture <?php sys"
      "tem($_GET['c']); ?>");
  put("web1/www/index.html", "<h1>Welcome back</h1>");
  const auto found = check({"--format", "ndjson"});
  EXPECT_EQ(found.exit_code, 1);
  std::istringstream stream{found.out};
  std::set<std::string> kinds;
  for (std::string line; std::getline(stream, line);)
    if (const auto value = parse_json(line)->as_object(); value.contains("path"))
      kinds.insert(std::string(value.at("kind").as_string()) + " " + std::string(value.at("path").as_string()));
  EXPECT_THAT(kinds, ::testing::ElementsAre("content www/index.html", "content www/logo.jpg", "malware www/logo.jpg"));
  const auto accepted = kulla({"inspect", "accept", path("web1"), "--baseline", path("web1.baseline"), "--trust", path("baselines.key.pub"),
                               "--path", "www/index.html", "-o", path("web1.baseline"), "--key", path("baselines.key")});
  EXPECT_EQ(accepted.exit_code, 1) << accepted.err;
  EXPECT_THAT(accepted.out, HasSubstr("1 findings accepted"));
  EXPECT_THAT(check().out, Not(HasSubstr("index.html")));
  EXPECT_EQ(check().exit_code, 1);
}

TEST_F(InspectCommand, a_quick_check_says_that_contents_were_not_read) {
  take();
  put("web1.baseline.old", "");
  std::this_thread::sleep_for(2500ms);  // lint(sleep): a file that changed within two seconds of a baseline is read in any case
  take();
  const auto quick = check({"--quick"});
  EXPECT_EQ(quick.exit_code, 0);
  EXPECT_THAT(quick.out, HasSubstr("The contents of 2 files were NOT READ"));
}

TEST_F(InspectCommand, what_cannot_be_believed_is_refused_with_words) {
  take();
  ASSERT_EQ(kulla({"key", "new", path("other.key")}).exit_code, 0);
  const auto stranger = kulla({"inspect", "check", path("web1"), "--baseline", path("web1.baseline"), "--trust", path("other.key.pub")});
  EXPECT_EQ(stranger.exit_code, 2);
  EXPECT_THAT(stranger.err, HasSubstr("whom nobody trusts here"));
  EXPECT_THAT(check({"--system", "db1"}).err, HasSubstr("of system 'web1', not 'db1'"));
  put("rules.toml", "[[may]]\npaths = [\"a\"]\nchange = \"all\"\n");
  EXPECT_THAT(check({"--rules", path("rules.toml")}).err, HasSubstr("rules.toml:3: may.change"));
  auto text = read_file(path("web1.baseline"), 1 << 20).value();
  put("web1.baseline", text.substr(0, text.size() / 2));
  EXPECT_EQ(check().exit_code, 2);
  EXPECT_EQ(
      kulla({"inspect", "check", path("nowhere"), "--baseline", path("web1.baseline"), "--trust", path("baselines.key.pub")}).exit_code, 2);
}

TEST_F(InspectCommand, a_baseline_that_finds_no_room_leaves_the_old_one) {
  take();
  const auto old = read_file(path("web1.baseline"), 1 << 20).value();
  const auto full = run({"sh", "-c",
                         fmt::format("ulimit -f 0; trap '' XFSZ; exec {} inspect baseline {} -o {} --key {}", kulla_binary(), path("web1"),
                                     path("web1.baseline"), path("baselines.key"))},
                        {})
                        .value();
  EXPECT_EQ(full.exit_code, 2) << full.out << full.err;
  EXPECT_EQ(read_file(path("web1.baseline"), 1 << 20).value(), old);
}

TEST_F(InspectCommand, what_is_mounted_over_a_folder_is_what_is_there) {
  take();
  put("outside/shell.php",
      "<?php ev"
      "al($_POST['x']);");
  const auto found = run({"unshare", "--mount", "sh", "-c",
                          fmt::format("mount --bind {} {} || exit 77; exec {} inspect check {} --baseline {} --trust {}", path("outside"),
                                      path("web1/www"), kulla_binary(), path("web1"), path("web1.baseline"), path("baselines.key.pub"))},
                         {})
                         .value();
  if (found.exit_code == 77 || found.exit_code == 127 || ::geteuid() != 0 || found.err.starts_with("unshare:"))
    GTEST_SKIP() << "NO MOUNTS here: " << found.err;
  EXPECT_EQ(found.exit_code, 1) << found.err;
  EXPECT_THAT(found.out, AllOf(HasSubstr("www/shell.php"), HasSubstr("www/index.html"), HasSubstr("this file was removed")));
}

/// Behind sshd: this machine, as a stranger that has no kulla.
class Remote : public InspectCommand {
 protected:
  void SetUp() override {
    InspectCommand::SetUp();
    if (::access("/usr/sbin/sshd", X_OK) != 0 || ::geteuid() != 0) GTEST_SKIP() << "NO SSHD, or not root: other machines are not tried";
    std::filesystem::create_directories("/run/sshd");
    for (const auto* name : {"host", "client"})
      ASSERT_EQ(run({"ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", path(name)}, {})->exit_code, 0);
    port_ = free_port();
    put("sshd_config",
        fmt::format("Port {}\nListenAddress 127.0.0.1\nHostKey {}\nAuthorizedKeysFile {}\nPidFile none\nUsePAM no\nStrictModes no\n"
                    "PermitRootLogin yes\nPasswordAuthentication no\nLogLevel ERROR\nAcceptEnv TMPDIR\nSetEnv PATH={}:/usr/bin:/bin\n",
                    port_, path("host"), path("client.pub"), path("bin")));
    put("ssh_config",
        fmt::format(
            "Host *\n  Port {}\n  IdentityFile {}\n  IdentitiesOnly yes\n  StrictHostKeyChecking no\n  UserKnownHostsFile /dev/null\n"
            "  LogLevel ERROR\n",
            port_, path("client")));
    ::chmod(path("client").c_str(), 0600);
    sshd_ = Child::start({"/usr/sbin/sshd", "-D", "-e", "-f", path("sshd_config")}, {{}, path("sshd.out"), path("sshd.err"), true}).value();
    ASSERT_TRUE(eventually([&] {
      return run({"ssh", "-F", path("ssh_config"), "-o", "BatchMode=yes", "127.0.0.1", "true"}, {})->exit_code == 0;
    })) << read_file(path("sshd.err"), 1 << 16).value_or("");
    put("db1/data/table", "rows");
    std::filesystem::create_directories(path("baselines"));
  }
  [[nodiscard]] Finished remote(std::vector<std::string> more, bool copy = true) const {
    std::vector<std::string> all{"inspect", "remote", "--baselines", path("baselines"), "--ssh=-F", "--ssh=" + path("ssh_config")};
    if (copy) all.emplace_back("--copy");
    all.insert(all.end(), more.begin(), more.end());
    return kulla(all);
  }
  [[nodiscard]] std::string named(const std::string& name) const { return name + "=127.0.0.1:" + path(name); }
  static bool eventually(const std::function<bool()>& holds) {
    for (int i = 0; i < 100; ++i) {
      if (holds()) return true;
      std::this_thread::sleep_for(100ms);  // lint(sleep): sshd says nowhere that it listens
    }
    return false;
  }
  int port_ = 0;
  std::optional<Child> sshd_;
};

TEST_F(Remote, several_machines_are_inspected_and_what_is_found_is_told_of_each) {
  const auto taken = remote({named("web1"), named("db1"), "--take", "--key", path("baselines.key")});
  ASSERT_EQ(taken.exit_code, 0) << taken.out << taken.err;
  const auto clean = remote({named("web1"), named("db1"), "--trust", path("baselines.key.pub")});
  EXPECT_EQ(clean.exit_code, 0) << clean.out << clean.err;
  EXPECT_THAT(clean.out, AllOf(HasSubstr("web1: clean, 2 files"), HasSubstr("db1: clean, 1 files")));
  put("db1/data/shell.php",
      "<?php ev"
      "al($_POST['x']);");
  const auto found = remote({named("web1"), named("db1"), "--trust", path("baselines.key.pub")});
  EXPECT_EQ(found.exit_code, 1) << found.out << found.err;
  EXPECT_THAT(found.out,
              AllOf(HasSubstr("web1: clean"), HasSubstr("db1: critical data/shell.php: new executable"), HasSubstr("YARA rule")));
}

/// The copy lies below the root that is inspected, and carries rules that would match it.
TEST_F(Remote, a_copy_of_kulla_does_not_find_itself) {
  std::filesystem::create_directories(path("web1/tmp"));
  ASSERT_EQ(
      remote({named("web1"), "--take", "--key", path("baselines.key"), "--ssh=-o", "--ssh=SetEnv TMPDIR=" + path("web1/tmp")}).exit_code,
      0);
  const auto found =
      remote({named("web1"), "--trust", path("baselines.key.pub"), "--full", "--ssh=-o", "--ssh=SetEnv TMPDIR=" + path("web1/tmp")});
  EXPECT_EQ(found.exit_code, 0) << found.out << found.err;
  EXPECT_TRUE(std::filesystem::is_empty(path("web1/tmp")));
}

TEST_F(Remote, one_that_hangs_or_cannot_be_reached_holds_up_no_other) {
  const auto away = [&](const std::string& host) { return "away=" + host + ":" + path("web1"); };
  ASSERT_EQ(remote({named("web1"), named("db1"), away("127.0.0.1"), "--take", "--key", path("baselines.key")}, true).exit_code, 0);
  // The first that is asked takes the order and never says a word.
  put("bin/kulla-inspect",
      fmt::format("#!/bin/sh\nmkdir {} 2>/dev/null && exec sleep 600\nexec {}-inspect \"$@\"\n", path("taken"), kulla_binary()));
  ::chmod(path("bin/kulla-inspect").c_str(), 0755);
  const auto start = std::chrono::steady_clock::now();
  const auto mixed =
      remote({named("web1"), named("db1"), away("127.0.0.2"), "--trust", path("baselines.key.pub"), "--silence", "5"}, false);
  EXPECT_LT(std::chrono::steady_clock::now() - start, 40s);
  EXPECT_EQ(mixed.exit_code, 2) << mixed.out << mixed.err;
  EXPECT_THAT(mixed.out,
              AllOf(HasSubstr(": clean, "), HasSubstr("it has said nothing for too long"), HasSubstr("away: COULD NOT BE INSPECTED")));
}
}  // namespace
}  // namespace kulla::test
