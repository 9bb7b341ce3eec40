// kulla outage on a store as a partner has it: no daemon, no configuration. Real processes, with a ledger and with a writer that is killed.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cstdlib>
#include <sstream>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/process.hpp"
#include "ledger/ledger.hpp"
#include "outage/archivist.hpp"
#include "outage/store.hpp"
#include "outage/store_world.hpp"

namespace kulla::outage {
namespace {
namespace fs = std::filesystem;
using testing::HasSubstr;
using testing_store::World;
using namespace std::chrono_literals;

const Timestamp start = parse_rfc3339("2022-07-15T00:00:00Z").value();
constexpr std::size_t count = 12, vantages = 3;
const ServiceId closed_one{"service-0005"};
const ClosureId closure{"k3p9x2m7q4w1"};
const Timestamp closed_at = start + 40min;

class OutageStoreTest : public testing::Test {
 protected:
  void SetUp() override {
    for (std::size_t i = 0; i < count; ++i)
      targets.push_back({.name = ServiceId{fmt::format("service-{:04}", i)},
                         .url = "https://x.example/",
                         .every = 15s,
                         .network = fmt::format("AS{}", 64500 + i % 3),
                         .institution = i % 2 == 0 ? "Tax" : "Health"});
    for (std::size_t v = 0; v < vantages; ++v) keep(v);
  }
  /// An hour: one target refuses from minute 20 to 30; one is closed at minute 40 and shows valid notices from then on.
  void keep(std::size_t vantage) {
    World world{fmt::format("vantage-{}", vantage + 1), count, 15s, vantage + 1};
    std::vector<Observation> all;
    for (int round = 0; round < 240; ++round)
      for (std::size_t i = 0; i < count; ++i) {
        const auto sent = start + 15s * round + 1200ms * static_cast<std::int64_t>(i) + 5s * static_cast<std::int64_t>(vantage);
        auto made = world.good(i, sent);
        if (i == 3 && sent >= start + 20min && sent < start + 30min) made = World::failing(made, Layer::connect_refused);
        if (i == 5 && sent >= closed_at + 1s)
          made.failed = Layer::status, made.status = 503, made.notice = NoticeSeen::valid, made.closure = closure.str();
        all.push_back(std::move(made));
      }
    auto store = Store::open({folder, VantageId{fmt::format("vantage-{}", vantage + 1)}}).value();
    ASSERT_TRUE(store.set_targets(targets, start));
    for (const auto& each : world.numbered(std::move(all))) ASSERT_TRUE(store.append(each));
  }
  Finished outage(std::vector<std::string> arguments) {
    const char* binary = std::getenv("KULLA_BINARY");
    arguments.insert(arguments.begin(), {binary ? binary : "kulla", "outage"});
    arguments.insert(arguments.end(), {"--store", folder.string()});
    return run(arguments, {.environment = {}, .folder = {}, .input = {}, .timeout = 60s}).value();
  }
  static std::vector<json::object> lines(const std::string& text) {
    std::vector<json::object> lines;
    std::istringstream in{text};
    for (std::string line; std::getline(in, line);) lines.push_back(json::parse(line).as_object());
    return lines;
  }
  static Timestamp time(const json::value& value) { return parse_rfc3339(std::string{value.as_string()}).value(); }

  TemporaryFolder temporary = TemporaryFolder::make("kulla-outage").value();
  fs::path folder = temporary.path() / "observations";
  std::vector<Target> targets;
};

TEST_F(OutageStoreTest, ListTellsEachOutageAsOneObjectWithTheTruthInsideItsIntervals) {
  const auto finished = outage({"list", "--format", "ndjson"});
  EXPECT_EQ(finished.exit_code, 0) << finished.err;
  const auto all = lines(finished.out);
  ASSERT_EQ(all.size(), 2U);
  EXPECT_EQ(all[0].at("target").as_string(), "service-0003");
  EXPECT_LE(time(all[0].at("onset").at(0)), start + 20min);
  EXPECT_GE(time(all[0].at("onset").at(1)), start + 20min);
  EXPECT_LE(time(all[0].at("end").at(0)), start + 30min);
  EXPECT_GE(time(all[0].at("end").at(1)), start + 30min);
  EXPECT_EQ(all[0].at("cause").as_string(), "server_fault");
  EXPECT_GT(all[0].at("confidence").as_double(), 0.5);
  EXPECT_LE(all[0].at("confidence").as_double(), 1.0);
  EXPECT_FALSE(all[0].at("evidence").as_array().empty());
  EXPECT_EQ(all[1].at("target").as_string(), "service-0005");
  EXPECT_EQ(all[1].at("cause").as_string(), "protective_closure");
  EXPECT_TRUE(all[1].at("end").is_null());
  EXPECT_FALSE(all[1].contains("agreement"));
}

TEST_F(OutageStoreTest, ALedgerSaysWhetherItAgrees) {
  const auto write_ledger = [&](const std::string& name, Timestamp closed) {
    const auto path = temporary.path() / name;
    const auto key = SecretKey::generate();
    auto ledger = ledger::open({path, key, {}}).value();
    fact::Closed order;
    order.service = closed_one, order.closure = closure;
    fact::GateConfirmed confirmed;
    confirmed.service = closed_one, confirmed.entry = {GateMode::closed, closure}, confirmed.acknowledged = closed + 50ms;
    EXPECT_TRUE(ledger->append(std::vector<Fact>{{{closed, Ticks{1}}, order}, {{closed + 60ms, Ticks{60}}, confirmed}}));
    EXPECT_TRUE(write_public_key(path.string() + ".key.pub", key.public_key()));
    return path.string();
  };
  const auto agreement = [&](const std::string& ledger) {
    const auto finished =
        outage({"list", "--format", "ndjson", "--target", closed_one.str(), "--ledger", ledger, "--trust", ledger + ".key.pub"});
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return std::string{lines(finished.out).at(0).at("agreement").as_string()};
  };
  EXPECT_EQ(agreement(write_ledger("true", closed_at)), "supports");
  EXPECT_EQ(agreement(write_ledger("false", closed_at + 15min)), "contradicts");
  const auto all = outage({"list", "--format", "ndjson", "--ledger", (temporary.path() / "true").string(), "--trust",
                           (temporary.path() / "true.key.pub").string()});
  EXPECT_EQ(lines(all.out).at(0).at("agreement").as_string(), "cannot tell") << "also of what was never ordered";
  const auto ledger = write_ledger("untrusted", closed_at);
  EXPECT_EQ(outage({"list", "--ledger", ledger}).exit_code, 2);
  EXPECT_EQ(outage({"list", "--ledger", ledger, "--trust", (temporary.path() / "true.key.pub").string()}).exit_code, 2);
}

TEST_F(OutageStoreTest, ChartsAreDrawnInEachFormat) {
  const auto png = temporary.path() / "chart.png", svg = temporary.path() / "chart.svg";
  EXPECT_EQ(outage({"chart", "-o", png.string()}).exit_code, 0);
  EXPECT_TRUE(read_file(png, 16 << 20).value().starts_with("\x89PNG\r\n"));
  EXPECT_EQ(outage({"chart", "--by", "institution", "-o", svg.string(), "--compare-from", "2022-07-14T23:00:00Z"}).exit_code, 0);
  EXPECT_THAT(read_file(svg, 16 << 20).value(), HasSubstr("Health"));
  const auto data = lines(outage({"chart", "--format", "json", "--by", "target"}).out).at(0);
  EXPECT_EQ(data.at("lines").as_array().size(), count);
}

TEST_F(OutageStoreTest, UptimeShowAndWhatIsPublished) {
  const auto uptime = lines(outage({"uptime", "--format", "ndjson", "--target", "service-0003"}).out).at(0);
  EXPECT_NEAR(uptime.at("uptime_percent").as_double(), 100.0 * 50 / 60, 0.3);
  EXPECT_EQ(uptime.at("no_data_ms").as_int64(), 0);
  const auto shown = outage({"show", "service-0003"});
  EXPECT_THAT(shown.out, HasSubstr("server_fault"));
  EXPECT_THAT(shown.out, HasSubstr("connect_refused"));
  EXPECT_EQ(outage({"show", "nothing"}).exit_code, 2);
  EXPECT_EQ(outage({"publish", "--site", (temporary.path() / "site").string(), "--url", "https://status.example"}).exit_code, 0);
  const auto summary = json::parse(read_file(temporary.path() / "site" / "summary.json", 1 << 20).value());
  EXPECT_EQ(summary.at("components").as_array().size(), count);
  EXPECT_THAT(outage({"metrics"}).out, HasSubstr("probe_success{target=\"service-0003\",vantage=\"vantage-1\"} 1"));
}

TEST_F(OutageStoreTest, DamageIsSaidAndTheRestIsTold) {
  const auto day = folder / "vantage-2" / "2022-07-15.observations";
  auto bytes = read_file(day, 16 << 20).value();
  bytes[bytes.size() - 200] = static_cast<char>(bytes[bytes.size() - 200] ^ 1);
  ASSERT_TRUE(write_file_atomic(day, bytes));
  const auto finished = outage({"list", "--format", "ndjson"});
  EXPECT_EQ(finished.exit_code, 1);
  EXPECT_THAT(finished.err, HasSubstr("vantage-2/2022-07-15.observations: byte "));
  EXPECT_THAT(finished.err, HasSubstr("observations are lost"));
  EXPECT_EQ(lines(finished.out).size(), 2U);
}

// What was taken before a SIGKILL is there afterwards, once, as often as it happens.
TEST_F(OutageStoreTest, AKilledWriterLosesNothingThatItSaid) {
  World world{"killed", 5, 10s, 9};
  const auto observations = world.run(2000);
  std::size_t said = 0, before = 0;
  for (int kill = 0; kill < 5; ++kill) {
    auto pipe = make_pipe().value();
    const auto child = ::fork();
    if (child == 0) {
      auto store = Store::open({folder, VantageId{"killed"}});
      for (std::size_t i = said; store && i < observations.size(); ++i) {
        if (i % 977 == 976) (void)store->flush();
        if (!store->append(observations[i]) || ::write(pipe.write.get(), "x", 1) != 1) ::_exit(1);
      }
      ::_exit(0);
    }
    char byte = 0;
    std::size_t now = 0;
    pipe.write = Descriptor{};
    while (now < 1500 && ::read(pipe.read.get(), &byte, 1) == 1) ++now;
    ::kill(child, SIGKILL);
    while (::read(pipe.read.get(), &byte, 1) == 1) ++now;
    ::waitpid(child, nullptr, 0);
    ASSERT_GT(now, 0U);
    auto reader = StoreReader::open({.folder = folder}).value();
    std::set<std::uint64_t> numbers;
    while (const auto each = reader.next())
      EXPECT_TRUE(each->vantage != VantageId{"killed"} || numbers.insert(each->number).second) << each->number;
    EXPECT_TRUE(reader.damage().empty());
    // One more may be stored than was said: killed between the two.
    said = numbers.size();
    EXPECT_EQ(*numbers.rbegin(), observations[said - 1].number);
    EXPECT_GE(said, before + now);
    before = said;
  }
}

/// Three days of one target, down for half an hour of the first and for an hour around midnight, and an hour in which nobody asked.
TEST(RollUpTest, UptimeAndChartSayOfARolledUpDayWhatItsObservationsSaid) {
  const auto temporary = TemporaryFolder::make("kulla-rolled-up").value();
  const auto folder = temporary.path() / "observations";
  const std::vector<Target> targets{{.name = ServiceId{"service-0000"}, .url = "https://x.example/", .every = 60s, .network = "AS64500"}};
  World world{"vantage-1", 1, 60s, 1};
  auto store = Store::open({folder, VantageId{"vantage-1"}}).value();
  ASSERT_TRUE(store.set_targets(targets, start));
  std::vector<Observation> all;
  for (auto into = 0s; into < 72h; into += 60s) {
    const bool down = (into >= 5h && into < 5h + 30min) || (into >= 23h + 30min && into < 24h + 30min);
    const auto seen = world.good(0, start + into);
    if (into < 10h || into >= 11h) all.push_back(down ? World::failing(seen, Layer::connect_refused) : seen);
  }
  for (const auto& each : world.numbered(std::move(all))) {
    ASSERT_TRUE(store.append(each));
    if (each.number % 240 == 0) {
      ASSERT_TRUE(store.flush());
    }
  }
  ASSERT_TRUE(store.flush());
  const char* binary = std::getenv("KULLA_BINARY");
  const auto outage = [&](const std::string& command) {
    const auto finished =
        run({"bash", "-c", "exec \"$0\" outage " + command + " --store \"$1\"", binary ? binary : "kulla", folder.string()},
            {.environment = {}, .folder = {}, .input = {}, .timeout = 60s})
            .value();
    EXPECT_EQ(finished.exit_code, 0) << finished.err;
    return json::parse(finished.out).as_object();
  };
  const auto range = std::string{" --from 2022-07-15T00:00:00Z --to 2022-07-18T00:00:00Z --format "};
  const auto uptime_before = outage("uptime" + range + "ndjson"), chart_before = outage("chart" + range + "json");
  ASSERT_TRUE(roll_up(folder, {.raw = std::chrono::days{31}, .limit = 1 << 30}, {&store}, start + std::chrono::days{32}));
  ASSERT_FALSE(fs::exists(folder / "vantage-1/2022-07-15.observations"));
  const auto uptime = outage("uptime" + range + "ndjson"), chart = outage("chart" + range + "json");
  for (const auto* exact : {"incidents", "down_ms"}) EXPECT_EQ(uptime.at(exact), uptime_before.at(exact)) << exact;
  const auto no_data = [](const json::object& of) { return std::chrono::milliseconds{of.at("no_data_ms").as_int64()}; };
  EXPECT_GE(no_data(uptime), 55min) << "a gap is a gap";
  EXPECT_LE(std::chrono::abs(no_data(uptime) - no_data(uptime_before)), 2min) << "to its minutes";
  EXPECT_EQ(chart.at("causes"), chart_before.at("causes"));
  EXPECT_EQ(chart.at("step_s"), chart_before.at("step_s"));
}

/// A pipe whose reader goes, and a standard error that takes nothing.
TEST(ProbeCommandTest, WhatCannotBeWrittenEndsItCleanlyAndWhatCannotBeToldDoesNot) {
  const auto folder = TemporaryFolder::make("kulla-probe-output").value();
  fs::create_directories(folder.path() / "observations/v");
  ASSERT_TRUE(write_file_atomic(folder.path() / "observations/v/00000000000000000001.present", "\x7fno observation, which is told"));
  ASSERT_TRUE(write_file_atomic(folder.path() / "probe.toml",
                                "store = \"observations\"\n[vantage]\nname = \"v\"\n[[target]]\nname = \"a\"\n"
                                "url = \"tcp://127.0.0.1:1\"\nevery = \"20ms\"\n"));
  const char* binary = std::getenv("KULLA_BINARY");
  const auto shell = [&](const std::string& script) {
    return run({"bash", "-c", script, binary ? binary : "kulla", folder.path() / "probe.toml"},
               {.environment = {}, .folder = {}, .input = {}, .timeout = 60s})
        .value();
  };
  const auto told = shell("\"$0\" probe -c \"$1\" --format ndjson 2>/dev/full | head -1; echo ${PIPESTATUS[0]}");
  EXPECT_THAT(told.out, testing::MatchesRegex("\\{.*connect_refused.*\\}\n2\n"));
  const auto full = shell("exec \"$0\" probe -c \"$1\" --format ndjson >/dev/full");
  EXPECT_EQ(full.exit_code, 2) << full.err;
  EXPECT_THAT(full.err, HasSubstr("standard output: No space left on device"));
  const auto once = shell("exec \"$0\" probe --once tcp://127.0.0.1:1 >/dev/full");
  EXPECT_EQ(once.exit_code, 2) << once.err;
}
}  // namespace
}  // namespace kulla::outage
