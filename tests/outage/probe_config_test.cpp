// probe.toml: the small one is enough, the large one is read whole, and every slip is named.
#include "outage/probe_config.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <array>

#include "base/file.hpp"
#include "base/keys.hpp"
#include "outage/store_folder.hpp"

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(ProbeConfigTest, AStoreAndATargetAreEnough) {
  const auto config = parse_probe_config(R"(store = "observations"
[[target]]
name = "e-tax"
url  = "https://e-tax.example/"
every = "2s"
fingerprint = "learn"
)",
                                         "/srv/probe.toml");
  ASSERT_TRUE(config) << config.error().message();
  EXPECT_EQ(config->store, "/srv/observations");
  EXPECT_EQ(config->key, "");
  EXPECT_FALSE(config->report);
  std::array<char, 256> host{};
  ::gethostname(host.data(), host.size() - 1);
  EXPECT_EQ(config->settings.vantage.str(), host.data());
  const auto& target = config->settings.targets.at(0);
  EXPECT_EQ(target.every, 2s);
  EXPECT_EQ(target.fingerprint, "learn");
}

TEST(ProbeConfigTest, AVantageWithoutANameKeepsTheOneOfItsFirstStart) {
  const auto folder = TemporaryFolder::make("kulla-probe").value();
  std::filesystem::create_directory(folder.path() / "observations");
  const auto name = [&](const std::string& more = "") {
    return parse_probe_config("store = \"observations\"\n" + more + "[[target]]\nname = \"a\"\nurl = \"http://a/\"\n",
                              folder.path() / "probe.toml")
        ->settings.vantage.str();
  };
  ASSERT_TRUE(store::remember_name(folder.path() / "observations", VantageId{"c0ffee"}));
  ASSERT_TRUE(store::remember_name(folder.path() / "observations", VantageId{"another host name"}));
  EXPECT_EQ(name(), "c0ffee");
  EXPECT_EQ(name("[vantage]\nname = \"tirana-1\"\n"), "tirana-1");
}

TEST(ProbeConfigTest, ReadsWhatItsHeaderShows) {
  const auto folder = TemporaryFolder::make("kulla-probe").value();
  const auto gate = SecretKey::generate();
  ASSERT_TRUE(write_public_key(folder.path() / "gate.pub", gate.public_key()));
  ASSERT_TRUE(write_file_atomic(folder.path() / "ca.pem", "x"));
  const auto config = parse_probe_config(R"(store = "observations"
timeout = "3s"
resolvers = ["192.0.2.53", "[2001:db8::53]:5353", "2001:db8::54"]
notice_key = "gate.pub"
ca = "ca.pem"
trust_anchor = "root.key"
user_agent_url = "https://monitor.example/about"
per_host = 100
[vantage]
name = "tirana-1"
key = "vantage.key"
bind = "127.0.9.1"
report = "[::1]:7400"
daemon_key = "daemon.pub"
spool_limit_mb = 64
slot = 2
of = 5
[[target]]
name = "e-tax"
url = "https://tax.example.al/"
address = "127.0.0.1:8443"
every = "250ms"
group = "gateway"
network = "AS12713"
institution = "Ministry of Finance"
status = [200, 401]
service = "tax"
ca = "ca.pem"
http2 = true
)",
                                         folder.path() / "probe.toml");
  ASSERT_TRUE(config) << config.error().message();
  const auto& settings = config->settings;
  EXPECT_EQ(config->key, folder.path() / "vantage.key");
  EXPECT_EQ(config->report->host, "::1");
  EXPECT_EQ(config->daemon_key.filename(), "daemon.pub");
  EXPECT_EQ(config->spool.filename(), config->settings.vantage.str());
  EXPECT_EQ(config->spool_limit_mb, 64);
  EXPECT_EQ(settings.vantage.str(), "tirana-1");
  EXPECT_EQ(settings.timeout, 3s);
  EXPECT_EQ(settings.resolvers.size(), 3U);
  EXPECT_EQ(settings.resolvers.at(1).port, 5353);
  EXPECT_EQ(settings.resolvers.at(2).host, "2001:db8::54");
  EXPECT_EQ(settings.notice_key, gate.public_key());
  EXPECT_EQ(settings.ca, folder.path() / "ca.pem");
  EXPECT_EQ(settings.trust_anchor, folder.path() / "root.key");
  EXPECT_EQ(settings.per_host, 100);
  EXPECT_EQ(settings.slot, 2);
  EXPECT_EQ(settings.of, 5);
  const auto& target = settings.targets.at(0);
  EXPECT_EQ(target.every, 250ms);
  EXPECT_EQ(target.group, "gateway");
  EXPECT_EQ(target.network, "AS12713");
  EXPECT_EQ(target.institution, "Ministry of Finance");
  EXPECT_EQ(target.good_status, (std::vector<int>{200, 401}));
  EXPECT_EQ(target.service.str(), "tax");
  EXPECT_TRUE(target.http2);
}

TEST(ProbeConfigTest, EveryErrorNamesItsLineAndKey) {
  const std::string good = "[vantage]\nname = \"v\"\nkey = \"k\"\n";
  const std::string target = "[[target]]\nname = \"a\"\nurl = \"http://a/\"\n";
  const std::pair<std::string, std::string> cases[] = {
      {"[vantage\n", "probe.toml:1"},
      {good, "target: there is none; add [[target]]"},
      {good + "color = 1\n" + target, "probe.toml:4: vantage.unknown key \"color\"; known here: bind, daemon_key, key"},
      {"[vantage]\nname = 7\n" + target, "probe.toml:2: vantage.name: write it as \"text\""},
      {"[vantage]\nreport = \"127.0.0.1:1\"\n" + target, "vantage.key: is missing; the daemon knows a vantage by it"},
      {"[vantage]\nkey = \"v.key\"\nreport = \"127.0.0.1:1\"\n" + target, "vantage.daemon_key: is missing"},
      {"[vantage]\nspool_limit_mb = 1\n" + target, "vantage.spool_limit_mb"},
      {good + "slot = 3\nof = 3\n" + target, "probe.toml:4: vantage.slot: slots count from 0"},
      {good + target + "every = \"often\"\n", "probe.toml:7: target.every: write a time"},
      {good + target + "every = \"1ms\"\n", "probe.toml:7: target.every: write a time from 10 ms"},
      {good + target + "status = [20]\n", "probe.toml:7: target.status: write statuses from 100"},
      {good + target + "fingerprint = \"yes\"\n", "fingerprint is \"learn\" or 16"},
      {good + target + "http2 = true\n", "http2 is for https"},
      {good + target + "ca = \"/nonexistent.pem\"\n", "probe.toml:7: target.ca: /nonexistent.pem is no file"},
      {good + "[[target]]\nname = \"a\"\nurl = \"ftp://a/\"\n",
       "probe.toml:6: target.url: target 'a': its url is none of http://host/path"},
      {good + "[[target]]\nname = \"a\"\nurl = \"tcp://a\"\n", "names no port"},
      {good + "[[target]]\nname = \"a\"\nurl = \"dns://a?type=Q\"\n", "type 'Q' is not known"},
      {good + "[[target]]\nname = \"a\"\nurl = \"dns://a?server=ns1.a\"\n", "server 'ns1.a': write its address"},
      {"resolvers = [\"ns1\"]\n" + target, "probe.toml:1: resolvers: 'ns1': write addresses"},
      {"notice_key = \"/nonexistent.pub\"\n" + target, "probe.toml:1: notice_key"},
      {good + "report = \"x\"\n" + target, "probe.toml:4: vantage.report"},
      {good + target + target, "probe.toml:7: target.name: 'a' is there already, in line 4"},
      {good + target + "[extra]\n", "unknown key \"extra\""}};
  for (const auto& [text, expected] : cases) {
    const auto config = parse_probe_config(text, "probe.toml");
    ASSERT_FALSE(config) << text;
    EXPECT_EQ(config.error().code, Code::bad_config);
    EXPECT_THAT(config.error().what, HasSubstr(expected));
  }
}
}  // namespace
}  // namespace kulla::outage
