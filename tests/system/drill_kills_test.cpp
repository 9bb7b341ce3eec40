// The daemon killed (-9) at random moments within drills of 4 services. It is started again, as systemd would; nothing leaks or opens.
// `make test` kills 4 times, `make test-long` 20 times. tests/system/daemon_bad_days_test.cpp kills at each step of the way back.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <signal.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <thread>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/process.hpp"

namespace kulla::test {
namespace {
using namespace std::chrono_literals;

/// The child of `parent` that was started as `kulla run`; 0 where there is none.
pid_t daemon_of(pid_t parent) {
  std::ifstream children{fmt::format("/proc/{0}/task/{0}/children", parent)};
  for (pid_t pid = 0; children >> pid;) {
    const auto words = read_file(fmt::format("/proc/{}/cmdline", pid), 4096);
    if (words && words->find(std::string("\0run\0", 5)) != std::string::npos) return pid;
  }
  return 0;
}

json::object score_of(const std::filesystem::path& file) {
  std::ifstream lines{file};
  json::object score;
  for (std::string line; std::getline(lines, line);) {
    const auto value = parse_json(line);
    if (value && value->is_object() && value->get_object().contains("kind") && value->get_object().at("kind") == "score")
      score = value->get_object();
  }
  return score;
}

TEST(DrillKills, a_daemon_killed_at_random_moments_leaks_nothing_and_opens_nothing) {
  const char* binary = std::getenv("KULLA_BINARY");
  ASSERT_TRUE(binary);
  const int wanted = std::getenv("KULLA_LONG") ? 20 : 4;
  std::mt19937 random{20220715};
  for (int kills = 0, drill = 1; kills < wanted; ++drill) {
    ASSERT_LE(drill, 10) << "hardly any kill found the daemon";
    const auto folder = *TemporaryFolder::make("kulla-drill-kills");
    const auto out = folder.path() / "out";
    auto child = Child::start({binary, "drill", "--services", "4", "--seed", std::to_string(drill), "--format", "ndjson"},
                              {{}, out, folder.path() / "err", true});
    ASSERT_TRUE(child);
    while (!child->ended()) {
      std::this_thread::sleep_for(std::chrono::milliseconds{std::uniform_int_distribution{300, 6000}(random)});
      if (const auto pid = daemon_of(child->pid()); pid > 0 && ::kill(pid, SIGKILL) == 0) ++kills;
    }
    const auto score = score_of(out);
    ASSERT_FALSE(score.empty()) << read_file(folder.path() / "err", 1 << 20).value_or("");
    EXPECT_EQ(score.at("leaked_after_close").as_int64(), 0) << json::serialize(score);
    EXPECT_EQ(score.at("reopen_without_approval").as_int64(), 0) << json::serialize(score);
    EXPECT_EQ(score.at("closed_by_attempts").as_int64(), 0) << json::serialize(score);
    EXPECT_TRUE(score.at("ledger_ok").as_bool()) << json::serialize(score);
    EXPECT_GT(score.at("closed").as_int64(), 0) << json::serialize(score);
    EXPECT_GT(score.at("kept_closed").as_int64(), 0) << "the system with the implant was opened: " << json::serialize(score);
    EXPECT_LE(score.at("reopened").as_int64(), score.at("closed").as_int64() - 1) << json::serialize(score);
  }
}
}  // namespace
}  // namespace kulla::test
