// A statement from the first fact to the newsroom: a real daemon, a person's release by the command line, a webhook and a mail server.
#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "notify/sink.hpp"
#include "system/support/daemon_world.hpp"

namespace kulla::test {
namespace {
using notify::test::Sink;
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class StatementTest : public testing::Test {
 protected:
  void start(const std::string& section) {
    world_.prepare(
        "trial_steps = [50]\ntrial_step = \"300ms\"\ntick = \"50ms\"\n[statement]\nzone = \"Europe/Tirane\"\nurl = "
        "\"https://status.example/\"\n" +
        section);
    write("secret", "shared");
    ASSERT_TRUE(world_.start_daemon()) << world_.output();
  }
  void write(const std::string& name, std::string_view text) { ASSERT_TRUE(write_file_atomic(world_.path(name), text, 0600)); }
  void close_tax() {
    ASSERT_TRUE(world_.ask({{"command", "close"}, {"services", {"tax"}}, {"reason", "the secret reason"}}));
    ASSERT_TRUE(world_.becomes("tax", "closed"));
    for (int i = 0; i < 1000 && shown().find("closed.services") == std::string::npos; ++i)
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
  }
  [[nodiscard]] Finished kulla(std::vector<std::string> words) const {
    words.insert(words.begin(), kulla_binary());
    return run(words).value();
  }
  [[nodiscard]] std::string config() const { return world_.path("kulla.toml"); }
  [[nodiscard]] std::string shown() const { return kulla({"statement", "--lang", "en", "-c", config()}).out; }
  [[nodiscard]] std::string version() const {
    const auto answers = world_.ask({{"command", "statement"}, {"lang", "sq"}});
    return answers ? std::string(answers->front().at("version").as_string()) : answers.error().message();
  }
  [[nodiscard]] Finished release(const std::string& version, const std::string& at = to_rfc3339(SystemClock{}.now().wall)) {
    write("sq.txt", "e-Tatime është mbyllur.");
    write("en.txt", "e-Tax is closed.");
    return kulla({"statement", "release", "-c", config(), "--version", version, "--at", at, "--text",
                  "sq=" + world_.path("sq.txt").string(), "--text", "en=" + world_.path("en.txt").string(), "--sentence",
                  "closed.services"});
  }
  bool delivered(const std::string& channel) const {
    for (int i = 0; i < 1000; ++i) {
      const auto head = world_.head();
      for (const auto& way : head.at("statement").as_array())
        if (way.at("channel").as_string() == channel && way.at("delivered") == true) return true;
      std::this_thread::sleep_for(std::chrono::milliseconds{10});
    }
    return false;
  }
  DaemonWorld world_;
};

TEST_F(StatementTest, what_a_person_releases_goes_out_and_stays_known_over_a_restart) {
  const Sink hook{"http", {"--fail", "1"}}, mail{"smtp"};
  start(
      fmt::format("feed = \"statements.atom\"\n[statement.webhook]\nurl = \"http://127.0.0.1:{}/\"\nsecret = \"secret\"\n[statement.mail]\n"
                  "url = \"smtp://127.0.0.1:{}\"\nfrom = \"press@gov.example\"\nto = [\"desk@news.example\"]\n[statement.cap]\n"
                  "file = \"alert.xml\"\nsender = \"statements@gov.example\"",
                  hook.port(), mail.port()));
  close_tax();
  EXPECT_THAT(shown(), AllOf(HasSubstr("1 service of 2 is closed for protection: tax.example."), HasSubstr("rests on fact"),
                             HasSubstr("no passed proof of data set"), Not(HasSubstr("the secret reason"))));
  const auto released = release(version());
  ASSERT_EQ(released.exit_code, 0) << released.err;
  for (const auto* channel : {"webhook", "mail-1", "feed", "cap"}) EXPECT_TRUE(delivered(channel)) << channel << world_.output();
  EXPECT_THAT(std::string(hook.at(1).at("body").as_string()), HasSubstr("e-Tatime është mbyllur."));
  EXPECT_EQ(mail.taken(), 1u);
  EXPECT_TRUE(std::filesystem::exists(world_.path("alert.xml")) && std::filesystem::exists(world_.path("statements.atom")));

  world_.kill_daemon();
  ASSERT_TRUE(world_.start_daemon()) << world_.output();
  EXPECT_TRUE(delivered("webhook"));
  EXPECT_EQ(mail.taken(), 1u) << "a restart sends nothing again";
  EXPECT_THAT(shown(), HasSubstr("Released: fact"));
}

TEST_F(StatementTest, what_has_changed_since_it_was_shown_is_refused) {
  start("");
  close_tax();
  const auto stale = version();
  ASSERT_TRUE(world_.ask({{"command", "close"}, {"services", {"land"}}, {"reason", "and this one"}}));
  ASSERT_TRUE(world_.becomes("land", "closed"));
  for (int i = 0; i < 1000 && version() == stale; ++i) std::this_thread::sleep_for(std::chrono::milliseconds{10});
  const auto released = release(stale);
  EXPECT_EQ(released.exit_code, 1) << released.out;
  EXPECT_THAT(released.err, HasSubstr("has changed since this was shown"));
  const auto late = release(version(), to_rfc3339(SystemClock{}.now().wall - std::chrono::minutes{11}));
  EXPECT_EQ(late.exit_code, 1) << late.out;
  EXPECT_THAT(late.err, HasSubstr("over 10 minutes ago"));
}

TEST_F(StatementTest, anyone_with_the_ledger_and_its_key_gets_the_same_sentences) {
  start("");
  close_tax();
  ASSERT_EQ(release(version()).exit_code, 0);
  world_.kill_daemon();
  const std::vector<std::string> from{
      "statement", "--lang", "en", "--ledger", world_.ledger(), "--trust", world_.path("ledger.pub").string()};
  const auto said = kulla(from);
  EXPECT_EQ(said.exit_code, 0) << said.err;
  EXPECT_THAT(said.out, AllOf(HasSubstr("1 service of 2 is closed for protection: tax.example."), HasSubstr("Released: fact")));
  auto with_cap = from;
  with_cap.insert(with_cap.end(), {"--cap", world_.path("out.xml").string(), "--sender", "desk@news.example"});
  EXPECT_EQ(kulla(with_cap).exit_code, 0);
  EXPECT_THAT(read_file(world_.path("out.xml"), 1 << 20).value(), HasSubstr("e-Tax is closed."));
  auto untrusted = from;
  untrusted.back() = world_.path("anna.pub");
  EXPECT_EQ(kulla(untrusted).exit_code, 2) << "another key signed it";
}
}  // namespace
}  // namespace kulla::test
