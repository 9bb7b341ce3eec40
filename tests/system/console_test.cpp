// The console's API as the real daemon serves it, held against its own description while there is much to tell: an attack, closed services,
// reports, proofs, an approval, a released statement.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/canonical_json.hpp"
#include "base/hash.hpp"
#include "system/support/daemon_world.hpp"

namespace kulla::test {
namespace {
using testing::HasSubstr;

class Console : public testing::Test {
 protected:
  void start() {
    world_.prepare(
        fmt::format("trial_steps = [50]\ntick = \"50ms\"\nmachine_share_percent = 100\n[console]\nlisten = \"{}\"\naccounts = "
                    "\"accounts.toml\"\n[status]\nfolder = \"public\"\nurl = \"https://status.example/\"\n[statement]\nurl = "
                    "\"https://status.example/\"\n",
                    address_));
    ASSERT_TRUE(write_file_atomic(world_.path("chief.password"), "correct horse battery\n", 0600));
    const auto added = run({kulla_binary(), "account", "add", "chief", "-f", world_.path("accounts.toml").string(), "--password-file",
                            world_.path("chief.password").string(), "--role", "operator", "approver", "press", "auditor"});
    ASSERT_EQ(added.value().exit_code, 0) << added->err;
    ASSERT_TRUE(world_.start_daemon()) << world_.output();
  }
  Response ask(std::string_view method, std::string_view target, const std::string& body = {}) {
    RawClient client{port_};
    return client.ask(fmt::format(
        "{} {} HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\nX-Kulla-Csrf: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
        method, target, address_, cookie_, csrf_, body.size(), body));
  }
  void sign_in() {
    const auto answer = ask("POST", "/api/v1/session", R"({"person":"chief","password":"correct horse battery"})");
    ASSERT_EQ(answer.status, 200) << answer.body;
    cookie_ = answer.headers.at("set-cookie");
    cookie_.resize(cookie_.find(';'));
    csrf_ = parse_json(answer.body).value().at("csrf").as_string();
  }
  json::object object(std::string_view target) { return parse_json(ask("GET", target).body).value().as_object(); }
  /// Attempts, an effect that closes one service, a person's closing of the other, verified, with one of two approvals, and what the press says.
  void live_through_much() {
    for (int i = 0; i < 3; ++i) (void)get(world_.gate.port(), "tax.example", "/?q=../../etc/passwd");
    std::ofstream{world_.path("systems/web-2/www/x.php")} << "<?php harmless\n";
    ASSERT_TRUE(world_.becomes("land", "closed")) << world_.output();
    ASSERT_EQ(ask("POST", "/api/v1/close", R"({"services":["tax"],"reason":"a doubt"})").status, 200);
    ASSERT_TRUE(world_.becomes("tax", "closed"));
    ASSERT_EQ(ask("POST", "/api/v1/verify", R"({"services":["tax"]})").status, 200);
    ASSERT_TRUE(world_.becomes("tax", "verified", std::chrono::seconds{60})) << world_.output();
    ASSERT_TRUE(world_.approve("tax", 0));
    release();
  }
  void release() {
    const auto shown = object("/api/v1/statement");
    json::array sentences;
    for (const auto& each : shown.at("sentences").as_array()) sentences.push_back(each.at("id"));
    const json::object body{{"version", shown.at("version")},
                            {"at", shown.at("at")},
                            {"texts", {{"sq", "Dy shërbime janë mbyllur."}, {"en", "Two services are closed."}}},
                            {"sentences", std::move(sentences)}};
    const auto released = ask("POST", "/api/v1/statement", json::serialize(body));
    ASSERT_EQ(released.status, 200) << released.body;
    ASSERT_TRUE(eventually([&] { return object("/api/v1/statement").at("released").is_object(); }));
  }

  DaemonWorld world_;
  const int port_ = free_port();
  const std::string address_ = fmt::format("127.0.0.1:{}", port_);
  std::string cookie_, csrf_;
};

TEST_F(Console, what_the_daemon_answers_is_as_openapi_describes_it) {
  start();
  sign_in();
  live_through_much();
  const auto now = object("/api/v1/now");
  EXPECT_FALSE(now.at("alerts").as_array().empty()) << "so that their shape is looked at";
  EXPECT_TRUE(now.at("incident").is_object());
  EXPECT_FALSE(now.at("waiting").as_array().empty());
  std::vector<std::string> command{
      "python3", KULLA_SOURCE_DIR "/tests/serve/api_check.py", "http://" + address_, "--cookie", cookie_, "--csrf", csrf_};
  for (const auto* value : {"id=tax", "report.id=web-1", "number=1"}) command.insert(command.end(), {"--value", value});
  for (const auto* operation : {"session",         "sign_in_methods", "now",     "stream",      "facts",        "fact",      "timeline",
                                "service",         "preview",         "offer",   "report",      "backups",      "approvers", "statement",
                                "incident_report", "openapi",         "metrics", "health_live", "health_ready", "console"})
    command.insert(command.end(), {"--expect-ok", operation});
  const auto checked = run(command);
  ASSERT_TRUE(checked) << checked.error().message();
  EXPECT_EQ(checked->exit_code, 0) << checked->out << checked->err;
  EXPECT_THAT(checked->out, HasSubstr(" 0 problems"));
  EXPECT_EQ(world_.state_of("tax"), "verified") << "nothing that was asked opened anything";
  EXPECT_EQ(world_.state_of("land"), "closed");
}
TEST_F(Console, findings_that_are_accepted_over_a_signature_keep_nothing_closed_any_more) {
  start();
  sign_in();
  std::ofstream{world_.path("systems/web-2/www/x.php")} << "<?php a new form\n";
  ASSERT_TRUE(world_.becomes("land", "closed")) << world_.output();
  const auto verify = [&] { return ask("POST", "/api/v1/verify", R"({"services":["land"]})").status == 200; };
  const auto report = [&] { return ask("GET", "/api/v1/systems/web-2/report"); };
  ASSERT_TRUE(verify());
  ASSERT_TRUE(eventually([&] { return report().status == 200; }, std::chrono::seconds{60})) << world_.output();
  ASSERT_TRUE(world_.becomes("land", "closed"));

  const json::object chosen{{"system", "web-2"}, {"report", to_hex(sha256(report().body))}, {"paths", {"www/x.php"}}};
  const auto offered = ask("POST", "/api/v1/findings/offer", json::serialize(chosen));
  ASSERT_EQ(offered.status, 200) << offered.body;
  const auto text = parse_json(offered.body).value().at("text").as_object();
  const auto key = read_secret_key(world_.path("baseline")).value();
  const json::object handed_in{{"system", "web-2"},
                               {"sha256", text.at("sha256")},
                               {"signer", to_hex(key.public_key())},
                               {"signature", to_hex(key.sign(canonical(text)))}};
  const auto accepted = ask("POST", "/api/v1/findings/accept", json::serialize(handed_in));
  ASSERT_EQ(accepted.status, 200) << accepted.body;
  EXPECT_EQ(world_.state_of("land"), "closed") << "it opens nothing";
  ASSERT_TRUE(
      eventually([&] { return verify() && world_.becomes("land", "verified", std::chrono::seconds{10}); }, std::chrono::seconds{60}))
      << world_.output();
  const auto facts = object("/api/v1/facts?kind=findings_accepted").at("facts").as_array();
  ASSERT_EQ(facts.size(), 1U);
  EXPECT_EQ(facts.front().at("fact").at("by"), "console:chief");
}
}  // namespace
}  // namespace kulla::test
