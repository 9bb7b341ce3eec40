// What people sign besides an approval: a trial that is held and goes on, and who may approve. Real daemon, real commands.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fmt/format.h>

#include <filesystem>

#include "base/file.hpp"
#include "base/hash.hpp"
#include "base/process.hpp"
#include "system/support/daemon_world.hpp"

namespace kulla::test {
namespace {
using testing::AllOf;
using testing::HasSubstr;
using testing::Not;

class People : public testing::Test {
 protected:
  void start(const std::string& policy) {
    world_.prepare(policy);
    ASSERT_TRUE(world_.start_daemon()) << world_.output();
  }
  void to_trial() {
    ASSERT_TRUE(world_.ask({{"command", "close"}, {"services", {"tax"}}, {"reason", "a doubt"}}));
    ASSERT_TRUE(world_.becomes("tax", "closed"));
    ASSERT_TRUE(world_.ask({{"command", "verify"}, {"services", {"tax"}}}));
    ASSERT_TRUE(world_.becomes("tax", "verified", std::chrono::seconds{60})) << world_.output();
    ASSERT_TRUE(world_.approve("tax", 0));
    ASSERT_TRUE(world_.approve("tax", 1));
    ASSERT_TRUE(world_.becomes("tax", "trial"));
  }
  [[nodiscard]] Finished kulla(std::vector<std::string> words, bool with_daemon = true) const {
    words.insert(words.begin(), kulla_binary());
    if (with_daemon) words.insert(words.end(), {"-c", world_.path("kulla.toml").string()});
    return run(words).value();
  }
  [[nodiscard]] std::string file(std::string_view name) const { return world_.path(name).string(); }
  [[nodiscard]] Finished sign(const std::string& command, const std::string& document, const std::string& person) const {
    std::vector<std::string> words{command};
    if (command == "resume") words.emplace_back("tax");
    words.insert(words.end(), {"--sign", file(document), "--person", person, "--key", file(person), "--yes"});
    return kulla(words);
  }
  DaemonWorld world_;
};

TEST_F(People, an_offer_that_was_changed_on_its_way_is_not_signed) {
  start("tick = \"50ms\"");
  ASSERT_TRUE(world_.ask({{"command", "close"}, {"services", {"tax"}}, {"reason", "a doubt"}}));
  ASSERT_TRUE(world_.becomes("tax", "closed"));
  ASSERT_TRUE(world_.ask({{"command", "verify"}, {"services", {"tax"}}}));
  ASSERT_TRUE(world_.becomes("tax", "verified", std::chrono::seconds{60})) << world_.output();
  ASSERT_EQ(kulla({"approve", "tax", "--offer", file("offer")}).exit_code, 0);
  const auto offered = parse_json(read_file(file("offer"), 1 << 20).value()).value().as_object();
  using Change = void (*)(json::object&);
  const Change changes[] = {
      [](auto& o) { o["closed"].get_object()["why"] = "nothing much"; },
      [](auto& o) { o["first_evidence"] = "2022-07-15T10:00:00Z"; },
      [](auto& o) { o["reports"].get_array()[0].get_object()["clean"] = false; },
      [](auto& o) { o["reports"].get_array()[0].get_object()["hash"] = to_hex(Digest{}); },
      [](auto& o) { o["reports"].get_array().clear(); },
      [](auto& o) { o["proofs"].get_array()[0].get_object()["taken"] = "2022-07-15T10:00:00Z"; },
      [](auto& o) { o["proofs"].get_array()[0].get_object()["drift"] = "none to speak of"; },
      [](auto& o) { o["proofs"].get_array().clear(); },
      [](auto& o) { o["approval"].get_object()["purpose"] = "withdraw"; },
      [](auto& o) { o["approval"].get_object()["basis"] = to_hex(Digest{}); },
      [](auto& o) { o.erase("reports"); },
  };
  const auto sign_it = [&] {
    return kulla({"approve", "tax", "--sign", file("changed"), "--person", "anna", "--key", file("anna"), "--yes"});
  };
  for (const auto& change : changes) {
    auto changed = offered;
    change(changed);
    ASSERT_TRUE(write_file_atomic(file("changed"), json::serialize(changed)));
    const auto refused = sign_it();
    EXPECT_NE(refused.exit_code, 0) << json::serialize(changed);
    EXPECT_FALSE(std::filesystem::exists(file("changed.anna"))) << json::serialize(changed);
  }
  ASSERT_TRUE(write_file_atomic(file("changed"), json::serialize(offered)));
  const auto signed_by = sign_it();
  ASSERT_EQ(signed_by.exit_code, 0) << signed_by.err;
  EXPECT_THAT(signed_by.out, AllOf(HasSubstr("reopen tax"), HasSubstr("a doubt"), HasSubstr("system web-1: inspected"),
                                   HasSubstr("data set web-1: snapshot"), HasSubstr("basis ")));
  EXPECT_EQ(kulla({"approve", "tax", "--submit", file("changed.anna")}).exit_code, 0) << "the daemon rests on the same";
}

TEST_F(People, a_trial_is_held_by_one_and_goes_on_with_an_approver_s_signature) {
  start("trial_steps = [1, 50]\ntrial_step = \"4s\"\ntick = \"50ms\"");
  to_trial();
  const auto held = kulla({"hold", "tax", "--reason", "the counters report errors"});
  ASSERT_EQ(held.exit_code, 0) << held.err;
  EXPECT_THAT(kulla({"status"}).out, HasSubstr("the counters report errors"));
  ASSERT_EQ(kulla({"resume", "tax", "--offer", file("offer")}).exit_code, 0);
  const auto signed_by = sign("resume", "offer", "anna");
  ASSERT_EQ(signed_by.exit_code, 0) << signed_by.err;
  EXPECT_THAT(signed_by.out, AllOf(HasSubstr("service: tax"), HasSubstr("person: anna"), HasSubstr("expires: ")));
  EXPECT_EQ(world_.state_of("tax"), "trial");
  const auto resumed = kulla({"resume", "tax", "--submit", file("offer.anna")});
  ASSERT_EQ(resumed.exit_code, 0) << resumed.err;
  EXPECT_NE(kulla({"resume", "tax", "--submit", file("offer.anna")}).exit_code, 0) << "it is held no more";
  ASSERT_EQ(kulla({"hold", "tax", "--reason", "and again"}).exit_code, 0);
  EXPECT_NE(kulla({"resume", "tax", "--submit", file("offer.anna")}).exit_code, 0) << "it was signed for the first hold";
  ASSERT_EQ(kulla({"resume", "tax", "--offer", file("offer")}).exit_code, 0);
  ASSERT_EQ(sign("resume", "offer", "anna").exit_code, 0);
  ASSERT_EQ(kulla({"resume", "tax", "--submit", file("offer.anna")}).exit_code, 0);
  EXPECT_TRUE(world_.becomes("tax", "open", std::chrono::seconds{30}));
  EXPECT_NE(kulla({"hold", "tax", "--reason", "too late"}).exit_code, 0);
}

TEST_F(People, two_of_them_name_others_and_never_while_something_is_closed) {
  start("trial_steps = [50]\ntrial_step = \"300ms\"\ntick = \"50ms\"");
  ASSERT_EQ(kulla({"key", "new", file("dora")}, false).exit_code, 0);
  ASSERT_EQ(
      kulla({"approvers", "--add", "dora=" + file("dora.pub") + ",services=land", "--remove", "carla", "--offer", file("next")}).exit_code,
      0);
  const auto shown = sign("approvers", "next", "anna");
  ASSERT_EQ(shown.exit_code, 0) << shown.err;
  EXPECT_THAT(shown.out, AllOf(HasSubstr("person: dora"), HasSubstr("services: land")));
  EXPECT_EQ(kulla({"approvers", "--submit", file("next.anna")}).exit_code, 1) << "one is not two";
  ASSERT_EQ(sign("approvers", "next", "ben").exit_code, 0);
  const auto changed = kulla({"approvers", "--submit", file("next.anna"), file("next.ben")});
  ASSERT_EQ(changed.exit_code, 0) << changed.err;
  EXPECT_THAT(kulla({"approvers"}).out, AllOf(HasSubstr("dora"), HasSubstr("land"), Not(HasSubstr("carla"))));
  EXPECT_EQ(kulla({"approvers", "--submit", file("next.anna"), file("next.ben")}).exit_code, 1) << "signed over another set";
  ASSERT_TRUE(world_.ask({{"command", "close"}, {"services", {"tax"}}, {"reason", "a doubt"}}));
  ASSERT_EQ(kulla({"approvers", "--remove", "dora", "--offer", file("later")}).exit_code, 0);
  for (const auto* person : {"anna", "ben"}) ASSERT_EQ(sign("approvers", "later", person).exit_code, 0);
  const auto frozen = kulla({"approvers", "--submit", file("later.anna"), file("later.ben")});
  EXPECT_EQ(frozen.exit_code, 1);
  EXPECT_THAT(frozen.err, HasSubstr("closed"));
}

TEST_F(People, data_sets_are_proved_by_themselves_and_listed) {
  start("prove_every = \"1h\"\ntick = \"50ms\"");
  ASSERT_TRUE(eventually([&] { return kulla({"backup", "list"}).exit_code == 0; }, std::chrono::seconds{60})) << world_.output();
  const auto listed = kulla({"backup", "list"});
  EXPECT_THAT(listed.out, AllOf(HasSubstr("web-1"), HasSubstr("web-2"), HasSubstr("proved"), Not(HasSubstr("never proved"))));
}
}  // namespace
}  // namespace kulla::test
