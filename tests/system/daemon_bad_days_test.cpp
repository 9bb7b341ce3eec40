// The daemon killed, doubled, misconfigured, out of disk, with a clock that is set: a closed service never answers a citizen.
#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <thread>

#include "system/support/daemon_world.hpp"

namespace kulla::test {
namespace {
using namespace std::chrono_literals;
using ::testing::HasSubstr;

const json::object close_tax{{"command", "close"}, {"services", json::array{"tax"}}, {"reason", "a test"}};
const json::object verify_tax{{"command", "verify"}, {"services", json::array{"tax"}}};

/// A small file system of its own, which can be filled to the last block.
class SmallDisk {
 public:
  SmallDisk() { mounted_ = ::mount("tmpfs", folder_.path().c_str(), "tmpfs", 0, "size=2m") == 0; }
  ~SmallDisk() {
    if (mounted_) ::umount2(folder_.path().c_str(), MNT_DETACH);
  }
  SmallDisk(const SmallDisk&) = delete;
  [[nodiscard]] bool mounted() const { return mounted_; }
  [[nodiscard]] const std::filesystem::path& path() const { return folder_.path(); }
  void fill() const {
    const Descriptor file{::open((path() / "filler").c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600)};
    const std::string block(4096, 'x');
    while (::write(file.get(), block.data(), block.size()) > 0) {}
  }
  void free() const { std::filesystem::remove(path() / "filler"); }

 private:
  TemporaryFolder folder_ = *TemporaryFolder::make("kulla-small-disk");
  bool mounted_ = false;
};

TEST(BadDay, a_daemon_killed_while_a_service_is_closed_leaves_it_closed_and_knows_it_again) {
  DaemonWorld world;
  world.prepare();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  EXPECT_EQ(world.status("tax"), 200);
  ASSERT_TRUE(world.ask(close_tax));
  ASSERT_TRUE(eventually([&] { return world.status("tax") == 503; }));
  const auto closure = world.closure_of("tax");
  for (int i = 0; i < 3; ++i) {
    world.kill_daemon();
    EXPECT_EQ(world.status("tax"), 503);
    ASSERT_TRUE(world.start_daemon()) << world.output();
    EXPECT_EQ(world.state_of("tax"), "closed");
    EXPECT_EQ(world.closure_of("tax"), closure) << "the same closure, not another";
    EXPECT_EQ(world.status("tax"), 503);
    EXPECT_EQ(world.status("land"), 200);
  }
}

TEST(BadDay, an_effect_closes_and_the_way_back_needs_verification_and_two_people) {
  DaemonWorld world;
  world.prepare();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  const auto shell = world.path("systems/web-1/www/x.php");
  std::ofstream{shell} << "<?php harmless\n";
  ASSERT_TRUE(world.becomes("tax", "closed")) << world.output();
  EXPECT_TRUE(eventually([&] { return world.status("tax") == 503; }));
  EXPECT_EQ(world.status("land"), 200);
  ASSERT_TRUE(world.ask(verify_tax));
  ASSERT_TRUE(world.becomes("tax", "closed")) << "the inspection finds the script";
  std::filesystem::remove(shell);
  ASSERT_TRUE(eventually([&] { return world.ask(verify_tax).has_value() && world.becomes("tax", "verified", 10s); }, 40s))
      << world.output();
  ASSERT_TRUE(world.approve("tax", 0));
  EXPECT_FALSE(world.approve("tax", 0)) << "the same person twice";
  EXPECT_EQ(world.status("tax"), 503) << "one approval opens nothing";
  ASSERT_TRUE(world.approve("tax", 1));
  ASSERT_TRUE(world.becomes("tax", "open")) << world.output();
  EXPECT_TRUE(eventually([&] { return world.status("tax") == 200; }));
}

TEST(BadDay, a_second_daemon_on_the_same_ledger_is_refused_and_says_why) {
  DaemonWorld world;
  world.prepare();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  const auto second =
      run({kulla_binary(), "run", "-c", world.path("kulla.toml").string()}, {.environment = {}, .folder = {}, .input = {}, .timeout = 60s});
  ASSERT_TRUE(second);
  EXPECT_EQ(second->exit_code, 2);
  EXPECT_THAT(second->err, HasSubstr("another process writes this ledger"));
  EXPECT_EQ(world.state_of("tax"), "open") << "the first one still answers";
}

TEST(BadDay, a_wrong_config_starts_nothing_and_names_the_line) {
  DaemonWorld world;
  world.prepare();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  ASSERT_TRUE(world.ask(close_tax));
  ASSERT_TRUE(eventually([&] { return world.status("tax") == 503; }));
  world.kill_daemon();
  std::ofstream{world.path("kulla.toml"), std::ios::app}
      << "[[service]]\nid = \"x\"\nhost = \"x.example\"\nsystems = [\"db7\"]\nupstream = \"127.0.0.1:1\"\n";
  const auto ran =
      run({kulla_binary(), "run", "-c", world.path("kulla.toml").string()}, {.environment = {}, .folder = {}, .input = {}, .timeout = 60s});
  ASSERT_TRUE(ran);
  EXPECT_EQ(ran->exit_code, 2);
  EXPECT_THAT(ran->err, HasSubstr("unknown system \"db7\"; known systems: web-1, web-2"));
  EXPECT_EQ(world.status("tax"), 503);
}

TEST(BadDay, other_approvers_in_the_config_than_in_the_ledger_are_refused) {
  DaemonWorld world;
  world.prepare();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  world.kill_daemon();
  ASSERT_TRUE(write_key_files(world.path("mallory"), SecretKey::generate()));
  std::ofstream{world.path("kulla.toml"), std::ios::app} << "[[approver]]\nperson = \"mallory\"\nkey = \"mallory.pub\"\n";
  const auto ran =
      run({kulla_binary(), "run", "-c", world.path("kulla.toml").string()}, {.environment = {}, .folder = {}, .input = {}, .timeout = 60s});
  ASSERT_TRUE(ran);
  EXPECT_EQ(ran->exit_code, 2);
  EXPECT_THAT(ran->err, HasSubstr("the ledger says who may approve"));
}

TEST(BadDay, with_the_ledgers_disk_full_an_attack_still_closes_and_approvals_open_nothing) {
  const SmallDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "SKIPPED: mounting a small file system needs root";
  DaemonWorld world{disk.path()};
  world.prepare();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  ASSERT_TRUE(world.ask(close_tax));
  ASSERT_TRUE(world.becomes("tax", "closed"));
  ASSERT_TRUE(world.ask(verify_tax));
  ASSERT_TRUE(world.becomes("tax", "verified", 40s)) << world.output();

  disk.fill();
  std::ofstream{world.path("systems/web-2/www/x.php")} << "<?php harmless\n";
  EXPECT_TRUE(eventually([&] { return world.status("land") == 503; })) << "closing needs no disk";
  ASSERT_TRUE(world.approve("tax", 0));
  ASSERT_TRUE(world.approve("tax", 1));
  EXPECT_TRUE(eventually([&] { return !world.head().at("ledger").at("problem").as_string().empty(); }));
  for (int i = 0; i < 20; ++i) ASSERT_EQ(world.status("tax"), 503) << "opening waits for the disk";

  disk.free();
  EXPECT_TRUE(world.becomes("tax", "open")) << world.output();
  EXPECT_TRUE(eventually([&] { return world.status("tax") == 200; }));
  EXPECT_EQ(world.status("land"), 503);
  EXPECT_TRUE(eventually([&] { return world.head().at("ledger").at("waiting").as_int64() == 0; }));
}

TEST(BadDay, facts_lost_with_a_full_disk_leave_the_gate_the_stricter_one) {
  const SmallDisk disk;
  if (!disk.mounted()) GTEST_SKIP() << "SKIPPED: mounting a small file system needs root";
  DaemonWorld world{disk.path()};
  world.prepare();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  disk.fill();
  ASSERT_TRUE(world.ask(close_tax));
  ASSERT_TRUE(eventually([&] { return world.status("tax") == 503; }));
  world.kill_daemon();  // the closing never reached the ledger
  disk.free();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  EXPECT_EQ(world.state_of("tax"), "closed") << "the stricter of ledger and gate wins";
  EXPECT_EQ(world.status("tax"), 503);
}

TEST(BadDay, the_gate_killed_and_started_again_keeps_a_closed_service_closed) {
  DaemonWorld world;
  world.prepare();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  ASSERT_TRUE(world.ask(close_tax));
  ASSERT_TRUE(eventually([&] { return world.status("tax") == 503; }));
  world.gate.kill();
  ASSERT_TRUE(world.gate.start()) << world.gate.output();
  EXPECT_EQ(world.status("tax"), 503);
  EXPECT_TRUE(eventually([&] { return world.status("land") == 200; }));
  EXPECT_EQ(world.state_of("tax"), "closed");
}

TEST(BadDay, a_hand_at_the_gate_that_opens_a_closed_service_is_corrected_and_recorded) {
  DaemonWorld world;
  world.prepare();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  ASSERT_TRUE(world.ask(close_tax));
  const auto recorded = [&](std::string_view kind) {
    const auto facts = world.ask({{"command", "timeline"}});
    return facts && std::ranges::any_of(*facts, [&](const auto& line) { return line.at("fact").at("kind").as_string() == kind; });
  };
  ASSERT_TRUE(eventually([&] { return world.status("tax") == 503 && recorded("gate_confirmed"); }))
      << "else the closing itself would undo the work of the hand";
  ASSERT_TRUE(world.gate.gate().set(ServiceId{"tax"}, open_entry, true));
  EXPECT_TRUE(eventually([&] { return recorded("gate_drifted"); }));
  EXPECT_TRUE(eventually([&] { return world.status("tax") == 503; }));
}

/// Killed at `moment`, with a script put below web-1 before the daemon is there again: whatever was verified, it is not any more.
class KilledOnTheWayBack : public ::testing::Test {
 protected:
  void prepare(const std::string& policy) {
    world.prepare(policy);
    ASSERT_TRUE(world.start_daemon()) << world.output();
    ASSERT_TRUE(world.ask(close_tax));
    ASSERT_TRUE(eventually([&] { return world.status("tax") == 503; }));
    // The sensor says when it begins to watch, which voids what was asked for before.
    ASSERT_TRUE(eventually([&] { return world.ask(verify_tax).has_value() && world.becomes("tax", "verified", 10s); }, 40s))
        << world.output();
  }
  /// Until the ledger knows that the gate confirmed it.
  void start_trial() {
    ASSERT_TRUE(world.approve("tax", 0));
    ASSERT_TRUE(world.approve("tax", 1));
    ASSERT_TRUE(eventually([&] { return facts("gate_confirmed") == 2 && world.head().at("ledger").at("waiting").as_int64() == 0; }))
        << world.output();
  }
  void plant() const { std::ofstream{world.path("systems/web-1/www/x.php")} << "<?php harmless\n"; }
  [[nodiscard]] std::size_t facts(std::string_view kind) const {
    const auto lines = world.ask({{"command", "timeline"}});
    if (!lines) return 0;
    return static_cast<std::size_t>(
        std::ranges::count_if(*lines, [&](const auto& line) { return line.at("fact").at("kind").as_string() == kind; }));
  }
  [[nodiscard]] std::string history() const {
    std::string text;
    for (const auto& line : world.ask({{"command", "timeline"}}).value_or(std::vector<json::object>{}))
      text += json::serialize(line) + "\n";
    return text;
  }
  /// Verified anew it is found; without it both approve anew and it opens.
  void expect_found_and_then_the_way_back() {
    ASSERT_TRUE(world.ask(verify_tax));
    EXPECT_TRUE(eventually([&] { return facts("verification_failed") > 0; })) << world.output();
    std::filesystem::remove(world.path("systems/web-1/www/x.php"));
    ASSERT_TRUE(eventually([&] { return world.ask(verify_tax).has_value() && world.becomes("tax", "verified", 10s); }, 40s))
        << world.output();
    ASSERT_TRUE(world.approve("tax", 0));
    ASSERT_TRUE(world.approve("tax", 1));
    EXPECT_TRUE(world.becomes("tax", "open")) << world.output();
  }
  static constexpr auto quick_trial = "trial_steps = [50]\ntrial_step = \"300ms\"\ntick = \"50ms\"\nmachine_share_percent = 100";
  DaemonWorld world;
};

TEST_F(KilledOnTheWayBack, verified_and_approved_by_one_it_must_be_verified_again) {
  prepare(quick_trial);
  ASSERT_TRUE(world.approve("tax", 0));
  world.kill_daemon();
  plant();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  EXPECT_EQ(world.state_of("tax"), "closed");
  EXPECT_FALSE(world.approve("tax", 1));
  EXPECT_EQ(world.status("tax"), 503);
  expect_found_and_then_the_way_back();
}

TEST_F(KilledOnTheWayBack, with_the_trial_ordered_and_not_carried_out_it_is_closed) {
  prepare(quick_trial);
  ASSERT_TRUE(world.approve("tax", 0));
  world.gate.hold();  // an order reaches nobody
  ASSERT_TRUE(world.approve("tax", 1));
  ASSERT_TRUE(eventually([&] { return facts("trial_started") == 1 && world.head().at("ledger").at("waiting").as_int64() == 0; }));
  world.kill_daemon();
  plant();
  world.gate.let_go();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  EXPECT_TRUE(world.becomes("tax", "closed")) << world.output();
  EXPECT_TRUE(eventually([&] { return world.status("tax") == 503; }));
  for (int i = 0; i < 20; ++i) EXPECT_EQ(world.status("tax"), 503);
  expect_found_and_then_the_way_back();
}

TEST_F(KilledOnTheWayBack, in_trial_its_systems_are_inspected_again_and_the_script_ends_it) {
  prepare("trial_steps = [50]\ntrial_step = \"3s\"\ntick = \"50ms\"\nmachine_share_percent = 100");
  start_trial();
  world.kill_daemon();
  plant();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  EXPECT_TRUE(world.becomes("tax", "closed")) << world.output();
  EXPECT_TRUE(eventually([&] { return world.status("tax") == 503; }));
  EXPECT_EQ(facts("opened"), 0U);
}

TEST_F(KilledOnTheWayBack, in_trial_with_nothing_changed_it_goes_on_after_another_inspection) {
  prepare("trial_steps = [50]\ntrial_step = \"3s\"\ntick = \"50ms\"\nmachine_share_percent = 100");
  start_trial();
  const auto before = facts("inspected");
  world.kill_daemon();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  EXPECT_EQ(world.state_of("tax"), "trial") << history();
  EXPECT_TRUE(world.becomes("tax", "open")) << history();
  EXPECT_GT(facts("inspected"), before);
}

TEST_F(KilledOnTheWayBack, a_held_trial_is_held_when_the_daemon_is_there_again) {
  prepare("trial_steps = [50]\ntrial_step = \"500ms\"\ntick = \"50ms\"\nmachine_share_percent = 100");
  world.gate.hold();  // so that the trial does not end before it is held
  ASSERT_TRUE(world.approve("tax", 0));
  ASSERT_TRUE(world.approve("tax", 1));
  ASSERT_TRUE(world.becomes("tax", "trial"));
  ASSERT_TRUE(world.ask({{"command", "hold"}, {"service", "tax"}, {"reason", "a doubt"}}));
  ASSERT_TRUE(eventually([&] { return facts("trial_held") == 1 && world.head().at("ledger").at("waiting").as_int64() == 0; }));
  world.gate.let_go();
  ASSERT_TRUE(eventually([&] { return facts("gate_confirmed") == 2; })) << history();
  world.kill_daemon();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  EXPECT_FALSE(world.becomes("tax", "open", 5s)) << "ten steps long: " << history();
  EXPECT_EQ(world.state_of("tax"), "trial") << history();
  EXPECT_EQ(facts("opened"), 0U);
}

TEST_F(KilledOnTheWayBack, in_a_read_only_step_nobody_writes_whoever_is_killed) {
  prepare("trial_steps = [100]\nread_only_to = 100\ntrial_step = \"60s\"\ntick = \"50ms\"\nmachine_share_percent = 100");
  start_trial();
  const auto writes = [&] {
    return RawClient{world.gate.port()}
        .ask("POST / HTTP/1.1\r\nHost: tax.example\r\nContent-Length: 0\r\nConnection: close\r\n\r\n")
        .status;
  };
  const auto reads_and_does_not_write = [&] { return world.status("tax") == 200 && writes() == 503; };
  EXPECT_TRUE(reads_and_does_not_write());
  world.gate.kill();
  ASSERT_TRUE(world.gate.start()) << world.gate.output();
  EXPECT_TRUE(eventually(reads_and_does_not_write)) << "the gate in the middle of the ramp: " << history();
  world.kill_daemon();
  EXPECT_TRUE(reads_and_does_not_write());
  world.gate.kill();
  ASSERT_TRUE(world.gate.start()) << world.gate.output();
  EXPECT_TRUE(eventually(reads_and_does_not_write)) << "and with nobody there to tell it";
  ASSERT_TRUE(world.start_daemon()) << world.output();
  EXPECT_EQ(world.state_of("tax"), "trial") << history();
  for (int i = 0; i < 20; ++i) ASSERT_EQ(writes(), 503);
  EXPECT_EQ(facts("opened"), 0U);
}

/// As review found: the opening waits for the gate longer than its reports may be old, and a script comes meanwhile or not.
TEST_F(KilledOnTheWayBack, an_opening_that_waits_longer_than_its_reports_may_be_old_is_not_carried_out) {
  prepare(std::string{quick_trial} + "\nreport_max_age = \"6s\"");
  ASSERT_TRUE(world.approve("tax", 0));
  world.gate.hold();
  ASSERT_TRUE(world.approve("tax", 1));
  EXPECT_TRUE(world.becomes("tax", "closed")) << "by ticks alone; " << world.output();
  world.gate.let_go();
  EXPECT_TRUE(eventually([&] { return world.status("tax") == 503; }));
  for (int i = 0; i < 40; ++i) ASSERT_EQ(world.status("tax"), 503);
  EXPECT_EQ(world.state_of("tax"), "closed");
}

/// A restic that stays in its restore when all is restored. It is found before the real one.
class SlowRestic {
 public:
  explicit SlowRestic(std::filesystem::path folder) : folder_(std::move(folder)) {
    std::filesystem::create_directories(folder_);
    std::ofstream{folder_ / "restic"} << "#!/bin/sh\nPATH=${PATH#*:}\nif [ \"$1\" != restore ]; then exec restic \"$@\"; fi\n"
                                      << "restic \"$@\"\nexec sleep " << mark_ << "\n";
    std::filesystem::permissions(folder_ / "restic", std::filesystem::perms::owner_all);
  }
  [[nodiscard]] std::map<std::string, std::string> environment() const { return {{"PATH", folder_.string() + ":" + std::getenv("PATH")}}; }
  [[nodiscard]] bool is_in_its_restore() const {
    std::error_code gone;
    for (const auto& process : std::filesystem::directory_iterator{"/proc", gone})
      if (read_file(process.path() / "cmdline", 4096).value_or("").contains(mark_)) return true;
    return false;
  }

 private:
  std::filesystem::path folder_;
  std::string mark_ = std::to_string(1'000'000 + ::getpid());  // seconds: in no other program's command line
};

TEST(BadDay, a_daemon_killed_during_a_restore_opens_nothing_and_leaves_no_restic_and_no_copy) {
  DaemonWorld world;
  world.prepare();
  const SlowRestic slow{world.path("bin")};
  ASSERT_TRUE(world.start_daemon(slow.environment())) << world.output();
  ASSERT_TRUE(world.ask(close_tax));
  ASSERT_TRUE(eventually([&] { return world.status("tax") == 503; }));
  const auto in_its_restore = [&] { return slow.is_in_its_restore(); };
  ASSERT_TRUE(eventually([&] { return world.ask(verify_tax).has_value() && eventually(in_its_restore, 10s); }, 40s)) << world.output();
  const auto copies = [&] {
    std::vector<std::filesystem::path> found;
    for (const auto& each : std::filesystem::directory_iterator{world.path("state/scratch")}) found.push_back(each.path());
    return found;
  };
  const auto left = copies();
  ASSERT_FALSE(left.empty());
  world.kill_daemon();
  EXPECT_TRUE(eventually([&] { return !in_its_restore(); })) << "restic goes with the daemon";
  EXPECT_EQ(copies(), left) << "nobody was there to remove it";
  EXPECT_EQ(world.status("tax"), 503);
  ASSERT_TRUE(world.start_daemon()) << world.output();
  for (const auto& copy : left) EXPECT_FALSE(std::filesystem::exists(copy)) << copy;
  EXPECT_EQ(world.state_of("tax"), "closed") << "and must be verified again";
  EXPECT_EQ(world.status("tax"), 503);
}

/// The wall clock of the daemon alone, set forward and back while it runs (libfaketime).
class SetClock {
 public:
  explicit SetClock(std::filesystem::path file) : file_(std::move(file)) { set("+0"); }
  void set(const std::string& offset) const { std::ofstream{file_} << offset << "\n"; }
  [[nodiscard]] static std::string library() {
    for (const auto* path :
         {"/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketimeMT.so.1"})
      if (std::filesystem::exists(path)) return path;
    return {};
  }
  [[nodiscard]] std::map<std::string, std::string> environment() const {
    return {{"LD_PRELOAD", library()},
            {"FAKETIME_TIMESTAMP_FILE", file_.string()},
            {"FAKETIME_NO_CACHE", "1"},
            {"FAKETIME_DONT_FAKE_MONOTONIC", "1"},
            {"DONT_FAKE_MONOTONIC", "1"}};
  }

 private:
  std::filesystem::path file_;
};

/// What `kulla gate status` says, and how it ends.
Finished gate_status(const DaemonWorld& world) {
  return run({kulla_binary(), "gate", "status", "-c", world.path("kulla.toml").string()}).value();
}
TEST(BadDay, a_state_map_that_is_removed_is_said_and_written_anew_with_what_is_closed_closed) {
  DaemonWorld world;
  world.prepare();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  ASSERT_TRUE(world.ask(close_tax));
  ASSERT_TRUE(eventually([&] { return world.status("tax") == 503; }));
  const auto map = world.gate.settings.state_map();
  ASSERT_TRUE(eventually([&] { return read_file(map, 4096).value_or("").contains("tax c:"); })) << "the gate closes before its file does";
  const auto before = read_file(map, 4096).value();
  std::filesystem::remove(map);
  EXPECT_EQ(gate_status(world).exit_code, 1);
  EXPECT_TRUE(eventually([&] { return std::filesystem::exists(map); })) << world.output();
  EXPECT_EQ(read_file(map, 4096).value_or(""), before);
  EXPECT_TRUE(eventually([&] { return world.output().contains("a person is needed: the gate: " + map.string()); })) << world.output();
  EXPECT_EQ(gate_status(world).exit_code, 0) << gate_status(world).out;
  std::filesystem::remove(map);
  std::filesystem::create_directory(map);
  const auto said = [&world] { return std::string{world.output()}; };
  const auto before_folder = said().size();
  ASSERT_TRUE(eventually([&] { return said().find("state.map", before_folder) != std::string::npos; }))
      << "the daemon has looked at it: " << said();
  EXPECT_TRUE(std::filesystem::is_directory(map)) << "what stands there is a person's to look at";
  const auto status = gate_status(world);
  EXPECT_EQ(status.exit_code, 1);
  EXPECT_THAT(status.out, HasSubstr("state.map"));
}

TEST(BadDay, a_reload_that_fails_is_said_until_one_goes_well) {
  DaemonWorld world;
  world.prepare();
  ASSERT_TRUE(world.start_daemon()) << world.output();
  EXPECT_EQ(gate_status(world).exit_code, 0);
  const auto config = world.gate.settings.config();
  const auto good = *read_file(config, 1 << 20);
  ASSERT_TRUE(write_file_atomic(config, good + "nonsense\n"));
  ::kill(world.gate.master(), SIGUSR2);
  EXPECT_TRUE(eventually([&] { return world.output().contains("a person is needed: the gate: the last reload of HAProxy failed"); }))
      << world.output();
  EXPECT_EQ(world.status("tax"), 200);
  const auto status = gate_status(world);
  EXPECT_EQ(status.exit_code, 1);
  EXPECT_THAT(status.out, HasSubstr("the last reload of HAProxy failed"));
  ASSERT_TRUE(write_file_atomic(config, good));
  ::kill(world.gate.master(), SIGUSR2);
  EXPECT_TRUE(eventually([&] { return gate_status(world).exit_code == 0; })) << gate_status(world).out;
}

TEST(BadDay, a_clock_set_forward_and_back_opens_nothing) {
  if (SetClock::library().empty()) GTEST_SKIP() << "SKIPPED: libfaketime is not installed (scripts/setup test)";
  DaemonWorld world;
  world.prepare("trial_steps = [1]\ntrial_step = \"10m\"\ntick = \"50ms\"\nreport_max_age = \"30m\"");
  const SetClock clock{world.path("clock")};
  ASSERT_TRUE(world.start_daemon(clock.environment())) << world.output();
  ASSERT_TRUE(world.ask(close_tax));
  ASSERT_TRUE(world.becomes("tax", "closed"));
  ASSERT_TRUE(world.ask(verify_tax));
  ASSERT_TRUE(world.becomes("tax", "verified", 40s)) << world.output();
  clock.set("+2h");
  EXPECT_TRUE(world.becomes("tax", "closed")) << "its report is stale by the wall clock";
  clock.set("-3h");
  EXPECT_FALSE(world.approve("tax", 0));
  clock.set("+0");
  ASSERT_TRUE(eventually([&] { return world.ask(verify_tax).has_value() && world.becomes("tax", "verified", 15s); }, 40s))
      << world.output();
  EXPECT_FALSE(world.approve("tax", 0)) << "it ran out before the latest time that the ledger has seen";
  constexpr auto as_offered = 150min;  // an offer counts from that time
  ASSERT_TRUE(world.approve("tax", 0, as_offered));
  ASSERT_TRUE(world.approve("tax", 1, as_offered));
  ASSERT_TRUE(world.becomes("tax", "trial"));
  for (const auto* offset : {"+1h", "-1h", "+30d"}) {
    clock.set(offset);
    EXPECT_TRUE(eventually([&] { return world.output().find("the clock jumped") != std::string::npos; }));
    EXPECT_TRUE(world.becomes("tax", "trial")) << "a jump is no clean time: " << offset << world.output();
  }
}
}  // namespace
}  // namespace kulla::test
