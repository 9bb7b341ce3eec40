// The drill itself, whole, with the real programs: it passes; and for each part that is broken on purpose, its check fails.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <signal.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <optional>
#include <regex>
#include <thread>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/process.hpp"

using namespace kulla;
using testing::Contains;
using testing::Not;

namespace {
struct Ran {
  int exit_code = -1;
  std::string out, err;
  std::vector<json::object> objects;
  std::vector<std::string> failed;
  [[nodiscard]] const json::object& score() const { return objects.back(); }
  [[nodiscard]] std::int64_t count(const char* name) const { return score().at(name).to_number<std::int64_t>(); }
  [[nodiscard]] std::size_t of_kind(std::string_view kind) const {
    return static_cast<std::size_t>(std::ranges::count_if(
        objects, [&](const json::object& object) { return std::string_view{object.at("kind").as_string()} == kind; }));
  }
};

/// Everyone in the drill has an address in 127.0.0.0/8.
bool has_address(const std::string& bytes) {
  static const std::regex address{R"((^|[^0-9])127\.[0-9]{1,3}\.[0-9]{1,3}\.[0-9]{1,3})"};
  for (auto at = bytes.find("127."); at != std::string::npos; at = bytes.find("127.", at + 1)) {
    const auto from = at > 0 ? at - 1 : at;
    if (std::regex_search(bytes.substr(from, 17), address, std::regex_constants::match_continuous)) return true;
  }
  return false;
}
/// As a kept drill's folder holds them: in a system's settings, and beside the keys.
std::vector<std::string> passwords_of(const std::filesystem::path& folder) {
  std::vector<std::string> found;
  if (auto restic = read_file(folder / "keys/restic.password", 4096)) found.push_back(restic->substr(0, restic->find('\n')));
  for (const auto& entry : std::filesystem::directory_iterator{folder / "run"}) {
    if (entry.path().extension() != ".json") continue;
    const auto settings = parse_json(read_file(entry.path(), 1 << 20).value_or(""));
    if (!settings || !settings->is_object() || !settings->get_object().contains("password")) continue;
    found.emplace_back(settings->get_object().at("password").as_string());
    break;
  }
  std::erase_if(found, [](const std::string& password) { return password.size() < 8; });
  return found;
}

class Drill : public testing::Test {
 protected:
  // Its temporary folder lies in one of ours, so that what it leaves behind shows.
  Ran drill(std::vector<std::string> arguments, std::chrono::seconds limit = std::chrono::minutes{4}) const {
    arguments.insert(arguments.begin(), {std::getenv("KULLA_BINARY"), "drill", "--format", "ndjson"});
    RunOptions options;
    options.environment = {{"TMPDIR", folder.path().string()}, {"KULLA_RULES", KULLA_SOURCE_DIR "/rules"}};
    options.timeout = limit;
    const auto finished = run(arguments, options);
    Ran ran;
    if (!finished) {
      ADD_FAILURE() << finished.error().message();
      return ran;
    }
    ran.exit_code = finished->exit_code;
    ran.out = finished->out;
    ran.err = finished->err;
    for (std::size_t from = 0, to; (to = ran.out.find('\n', from)) != std::string::npos; from = to + 1)
      if (auto value = parse_any(ran.out.substr(from, to - from))) ran.objects.push_back(std::move(*value));
    if (!ran.objects.empty() && ran.score().contains("failed"))
      for (const auto& name : ran.score().at("failed").as_array()) ran.failed.emplace_back(name.as_string());
    return ran;
  }
  static std::optional<json::object> parse_any(const std::string& line) {
    boost::system::error_code error;
    auto value = json::parse(line, error);
    if (error || !value.is_object()) return std::nullopt;
    return std::move(value.as_object());
  }
  [[nodiscard]] std::vector<std::string> left_behind() const {
    std::vector<std::string> names;
    for (const auto& entry : std::filesystem::directory_iterator{folder.path()}) names.push_back(entry.path().filename().string());
    return names;
  }
  void expect_noticed(const char* sabotage) const {
    const auto ran = drill({"--sabotage", sabotage});
    EXPECT_EQ(ran.exit_code, 1) << ran.err;
    EXPECT_THAT(ran.failed, Contains(sabotage));
    EXPECT_THAT(left_behind(), testing::IsEmpty());
  }
  TemporaryFolder folder = *TemporaryFolder::make("drill-test");
};

TEST_F(Drill, PassesAndLeavesNothingBehind) {
  const auto report = *TemporaryFolder::make("drill-report");
  const auto ran = drill({"--report", report.path().string()});
  ASSERT_EQ(ran.exit_code, 0) << ran.err << testing::PrintToString(ran.failed);
  EXPECT_THAT(left_behind(), testing::IsEmpty());
  EXPECT_TRUE(ran.score().at("passed").as_bool());
  EXPECT_TRUE(ran.score().at("ledger_ok").as_bool());
  EXPECT_EQ(ran.count("services"), 12);
  EXPECT_EQ(ran.count("closed"), ran.count("closed_expected"));
  EXPECT_EQ(ran.count("closed_by_attempts"), 0);
  EXPECT_EQ(ran.count("bystander_refused"), 0);
  EXPECT_EQ(ran.count("leaked_after_close"), 0);
  EXPECT_EQ(ran.count("reopen_without_approval"), 0);
  EXPECT_EQ(ran.count("systems_failed_first"), 2);
  EXPECT_EQ(ran.count("reopened") + ran.count("kept_closed"), ran.count("closed"));
  EXPECT_GT(ran.count("citizen_requests"), 1000);
  EXPECT_EQ(ran.of_kind("ready"), 1U);
  EXPECT_EQ(ran.of_kind("closed"), static_cast<std::size_t>(ran.count("closed")));
  EXPECT_EQ(ran.of_kind("open"), static_cast<std::size_t>(ran.count("reopened")));
  EXPECT_FALSE(ran.score().contains("ledger"));
  const auto page = read_file(report.path() / "index.html", 16 << 20);
  ASSERT_TRUE(page) << page.error().message();
  EXPECT_FALSE(has_address(*page));
}

TEST_F(Drill, KeptItsLedgerVerifiesWithTheKeyItNames) {
  const auto report = *TemporaryFolder::make("drill-report");
  const auto ran = drill({"--keep", "--services", "4", "--hold", "1", "--report", report.path().string()});
  ASSERT_EQ(ran.exit_code, 0) << ran.err << testing::PrintToString(ran.failed);
  EXPECT_EQ(ran.of_kind("hold"), 2U);
  const auto text = [&](const char* name) { return std::string(ran.score().at(name).as_string()); };
  const auto verified =
      run({std::getenv("KULLA_BINARY"), "ledger", "verify", text("ledger"), "--trust", text("trust"), "--witness", text("witness")});
  ASSERT_TRUE(verified);
  EXPECT_EQ(verified->exit_code, 0) << verified->out << verified->err;
  const auto kept = std::filesystem::path{text("ledger")}.parent_path();
  auto passwords = passwords_of(kept);
  ASSERT_EQ(passwords.size(), 2U) << "the drill's own: of its citizens, of its backups";
  const auto people = parse_json(read_file(kept / "people.json", 1 << 20).value()).value();
  for (const auto& account : people.at("accounts").as_array()) passwords.emplace_back(account.at("password").as_string());
  EXPECT_EQ(passwords.size(), 2U + 7U);
  for (const auto& file : {std::filesystem::path{text("ledger")}, std::filesystem::path{text("witness")}, report.path() / "index.html"}) {
    const auto bytes = read_file(file, 64 << 20);
    ASSERT_TRUE(bytes) << bytes.error().message();
    EXPECT_GT(bytes->size(), 100U) << file;
    EXPECT_FALSE(has_address(*bytes)) << file;
    for (const auto& password : passwords) EXPECT_EQ(bytes->find(password), std::string::npos) << file;
  }
}

TEST_F(Drill, WithoutADefenceItFails) {
  const auto ran = drill({"--no-defence"});
  EXPECT_EQ(ran.exit_code, 1) << ran.err;
  EXPECT_FALSE(ran.score().at("passed").as_bool());
  EXPECT_EQ(ran.count("closed"), 0);
  EXPECT_THAT(ran.failed, Contains("closing"));
  EXPECT_THAT(ran.failed, Not(Contains("attack")));  // the harm was real
  EXPECT_THAT(left_behind(), testing::IsEmpty());
}

TEST_F(Drill, NoticesALeak) { expect_noticed("leak"); }
TEST_F(Drill, NoticesAReopeningWithoutApproval) { expect_noticed("approval"); }
TEST_F(Drill, NoticesADamagedBackup) { expect_noticed("restore"); }
TEST_F(Drill, NoticesABaselineRetakenByAnInsider) { expect_noticed("inspection"); }
TEST_F(Drill, NoticesAnAlteredLedger) { expect_noticed("ledger"); }

TEST_F(Drill, InterruptedItLeavesNothingBehind) {
  auto child = *Child::start(
      {std::getenv("KULLA_BINARY"), "drill"},
      {.environment = {{"TMPDIR", folder.path().string()}, {"KULLA_RULES", KULLA_SOURCE_DIR "/rules"}}, .out = {}, .err = {}});
  std::this_thread::sleep_for(std::chrono::seconds{12});
  child.signal(SIGINT);
  EXPECT_EQ(child.stop(std::chrono::seconds{30}), 2);
  EXPECT_THAT(left_behind(), testing::IsEmpty());
}

TEST_F(Drill, OfAWholeStatePasses) {
  if (!std::getenv("KULLA_LONG")) GTEST_SKIP() << "KULLA_LONG=1 runs it";
  const auto ran = drill({"--services", "1225"}, std::chrono::minutes{15});
  EXPECT_EQ(ran.exit_code, 0) << ran.err << testing::PrintToString(ran.failed);
  EXPECT_EQ(ran.count("services"), 1225);
}
}  // namespace
