#include "daemon/host_logs.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <mutex>

#include "base/file.hpp"

using namespace kulla;
using namespace kulla::daemon;
using namespace std::chrono_literals;
using ::testing::ElementsAre;

namespace {
constexpr const char* rule = R"(title: Encoded command
id: r-1
level: high
kulla: {may_close: true}
logsource: {product: windows, category: process_creation}
detection: {s: {CommandLine|contains: ' -enc '}, condition: s}
)";
constexpr const char* match = R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"Computer":"db","CommandLine":"p -enc x"})"
                              "\n";
constexpr const char* other = R"({"Channel":"Microsoft-Windows-Sysmon/Operational","EventID":1,"CommandLine":"p"})"
                              "\n";

class HostLogsTest : public ::testing::Test {
 protected:
  HostLogsTest() { write_rule(rule); }
  ~HostLogsTest() override { logs_.reset(); }
  void write_rule(std::string_view text) const { std::ofstream{folder_.path() / "rules" / "rule.yml"} << text; }
  [[nodiscard]] detect::Settings settings() const { return {.rules = {folder_.path() / "rules"}, .repeat_after = 0s}; }
  void start(Nature nature = Nature::attempt) {
    logs_.reset();
    auto rules = detect::Detector::rules_for_hosts(settings());
    ASSERT_TRUE(rules) << rules.error().message();
    const detect::HostLog log{SensorId{"log:db"}, SystemId{"db"}, nature};
    const detect::HostLog socket{SensorId{"log:net"}, SystemId{"net"}, nature};
    auto logs = HostLogs::start({{log, event::Format::ndjson, {}, file()}, {socket, event::Format::ndjson, address_, {}}}, settings(),
                                *rules, Pseudonyms{{}}, folder_.path() / "positions.json", *evidence_, clock_, [this](InputBody body) {
                                  const std::scoped_lock lock{mutex_};
                                  if (auto* raised = std::get_if<input::AlertRaised>(&body)) alerts_.push_back(std::move(raised->alert));
                                  if (std::holds_alternative<input::Blind>(body)) ++blind_;
                                });
    ASSERT_TRUE(logs) << logs.error().message();
    logs_ = std::move(*logs);
  }
  void append(std::string_view text) const { std::ofstream{file(), std::ios::app} << text; }
  void send(std::string_view text) const {
    boost::asio::io_context context;
    boost::asio::ip::tcp::socket socket{context};
    const auto colon = address_.rfind(':');
    socket.connect({boost::asio::ip::make_address("127.0.0.1"), static_cast<unsigned short>(std::stoi(address_.substr(colon + 1)))});
    boost::asio::write(socket, boost::asio::buffer(text));
  }
  static bool eventually(const std::function<bool()>& holds) {
    const auto end = std::chrono::steady_clock::now() + 20s;
    while (!holds()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(2ms);  // lint(sleep): another thread of the real sensor is waited for
    }
    return true;
  }
  [[nodiscard]] bool read(std::uint64_t events, std::size_t log = 0) const {
    return eventually([&] { return logs_->counts()[log].events >= events; });
  }
  [[nodiscard]] std::vector<Alert> alerts() {
    const std::scoped_lock lock{mutex_};
    return alerts_;
  }
  [[nodiscard]] std::filesystem::path file() const { return folder_.path() / "db.log"; }
  static std::string free_address() {
    boost::asio::io_context context;
    const boost::asio::ip::tcp::acceptor acceptor{context, {boost::asio::ip::make_address("127.0.0.1"), 0}};
    return "127.0.0.1:" + std::to_string(acceptor.local_endpoint().port());
  }

  const TemporaryFolder folder_ = [] {
    auto folder = *TemporaryFolder::make("kulla-host-logs-test");
    std::filesystem::create_directory(folder.path() / "rules");
    std::ofstream{folder.path() / "db.log"} << "";
    return folder;
  }();
  const std::string address_ = free_address();
  const SystemClock clock_;
  const std::unique_ptr<EvidenceStore> evidence_ = *EvidenceStore::open(folder_.path() / "evidence");
  std::mutex mutex_;
  std::vector<Alert> alerts_;
  int blind_ = 0;
  std::unique_ptr<HostLogs> logs_;
};

TEST_F(HostLogsTest, a_match_is_an_alert_of_its_system_with_its_record_as_evidence) {
  start();
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder_.path() / "positions.json"); })) << "it reads";
  append(std::string{other} + match);
  ASSERT_TRUE(eventually([&] { return alerts().size() == 1; }));
  const auto alert = alerts().front();
  EXPECT_EQ(alert.rule, RuleId{"r-1"});
  EXPECT_EQ(alert.sensor, SensorId{"log:db"});
  EXPECT_EQ(alert.system, SystemId{"db"});
  EXPECT_EQ(alert.nature, Nature::attempt);
  EXPECT_FALSE(alert.may_close) << "no backtest clears it";
  EXPECT_FALSE(alert.source || alert.service);
  logs_.reset();
  EXPECT_TRUE(eventually(
      [&] { return EvidenceStore::find(folder_.path() / "evidence", alert.evidence).value_or("").find("-enc x") != std::string::npos; }));
}

TEST_F(HostLogsTest, only_where_the_config_says_so_it_is_an_effect) {
  start(Nature::effect);
  send(match);
  ASSERT_TRUE(eventually([&] { return alerts().size() == 1; }));
  EXPECT_EQ(alerts().front().nature, Nature::effect);
  EXPECT_EQ(alerts().front().system, SystemId{"net"});
}

TEST_F(HostLogsTest, over_a_socket_records_come_in_pieces_and_what_cannot_be_read_is_counted) {
  start();
  send(std::string{"no json\n"} + other + std::string_view{match}.data());
  ASSERT_TRUE(read(2, 1));
  EXPECT_TRUE(eventually([&] { return alerts().size() == 1; }));
  EXPECT_EQ(logs_->counts()[1].unreadable, 1U);
  send(std::string_view{match}.substr(0, 40));
  EXPECT_TRUE(eventually([&] { return logs_->counts()[1].unreadable == 2; })) << "half a record and nothing more";
}

TEST_F(HostLogsTest, a_restart_reads_on_where_it_was) {
  start();
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder_.path() / "positions.json"); }));
  append(match);
  ASSERT_TRUE(read(1));
  logs_.reset();
  append(match);
  start();
  EXPECT_TRUE(eventually([&] { return alerts().size() == 2; })) << "what came meanwhile";
  EXPECT_EQ(logs_->counts()[0].events, 1U) << "what was read before is not read again";
  EXPECT_EQ(blind_, 0);
}

TEST_F(HostLogsTest, a_file_replaced_meanwhile_is_read_and_the_ledger_is_told) {
  start();
  append(match);
  ASSERT_TRUE(eventually([&] { return std::filesystem::exists(folder_.path() / "positions.json"); }));
  logs_.reset();
  std::ofstream{folder_.path() / "new"} << match << match;
  std::filesystem::rename(folder_.path() / "new", file());
  start();
  EXPECT_TRUE(read(2));
  EXPECT_TRUE(eventually([&] {
    const std::scoped_lock lock{mutex_};
    return blind_ == 1;
  }));
}

TEST_F(HostLogsTest, a_file_that_is_not_there_is_said_and_read_when_it_comes) {
  std::filesystem::remove(file());
  start();
  EXPECT_TRUE(eventually([&] { return logs_->counts()[0].problem.find(file().string()) != std::string::npos; }));
  append(match);
  EXPECT_TRUE(eventually([&] { return alerts().size() == 1; }));
  EXPECT_EQ(logs_->counts()[0].problem, "");
}

TEST_F(HostLogsTest, new_rules_take_the_place_of_the_old_ones_between_two_records) {
  start();
  send(match);
  ASSERT_TRUE(eventually([&] { return alerts().size() == 1; }));
  std::string newer{rule};
  newer.replace(newer.find("r-1"), 3, "r-2");
  write_rule(newer);
  logs_->renew(*detect::Detector::rules_for_hosts(settings()));
  send(match);
  ASSERT_TRUE(eventually([&] { return alerts().size() == 2; }));
  EXPECT_EQ(alerts().back().rule, RuleId{"r-2"});
}
}  // namespace
