// A machine that answers whatever it likes: a script in the place of ssh.
#include "inspect/remote.hpp"

#include <thread>

#include "inspect/fixture.hpp"
#include "inspect/wire.hpp"

namespace kulla::inspect {
namespace {
using testing::HasSubstr;
using namespace std::chrono_literals;

class RemoteTest : public Inspection {
 protected:
  void SetUp() override {
    put("a", "x");
    write_baseline(folder.path() / "web1", key_);
  }
  Result<Outcome> answered_by(const std::string& script, std::stop_token stop = {}) {
    std::ofstream{folder.path() / "ssh"} << script;
    Remote remote{.destination = "web1"};
    remote.ssh = {"/bin/sh", (folder.path() / "ssh").string()};
    remote.silence = 3s, remote.idle = 500ms;
    Options options;
    options.stop = std::move(stop);
    return check_remote(remote, SystemId{"web1"}, folder.path() / "web1", {key_.public_key()}, SystemClock{}, options);
  }
  std::string says(const std::string& name, const std::string& frames) const {
    std::ofstream{folder.path() / name, std::ios::binary} << frames;
    return "cat " + (folder.path() / name).string() + "\n";
  }
  static std::string pulse(std::int64_t things) { return Packer{'p'}.number(things).number(things).frame(); }

  SecretKey key_ = SecretKey::generate();
};

TEST_F(RemoteTest, OneThatLivesAndDoesNotGetOnIsGivenUp) {
  const auto script = "while sleep 0.05; do " + says("pulse", pulse(7)) + "done\n";
  const auto outcome = answered_by(script);
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::timed_out);
  EXPECT_THAT(outcome.error().what, HasSubstr("has not got on"));
}

TEST_F(RemoteTest, AStopIsHeardThoughItSaysNothing) {
  std::stop_source stop;
  std::jthread stopper{[&] {
    std::this_thread::sleep_for(100ms);  // lint(sleep): the inspection is under way meanwhile
    stop.request_stop();
  }};
  const auto outcome = answered_by("sleep 60\n", stop.get_token());
  ASSERT_FALSE(outcome);
  EXPECT_EQ(outcome.error().code, Code::interrupted);
}

TEST_F(RemoteTest, WhatItSaysOnStandardErrorIsToldInOneHarmlessLine) {
  const auto outcome = answered_by("printf 'a banner\\n\\033[31mPermission denied\\n' >&2; exit 255\n");
  ASSERT_FALSE(outcome);
  EXPECT_THAT(outcome.error().what, HasSubstr("web1: kulla-inspect: it ended before it had said all; %1B[31mPermission denied"));
}

TEST_F(RemoteTest, ABaselineIsOursWhateverItsReportSays) {
  const auto report =
      R"({"baseline":{"signer":"00","taken":"1999-01-01T00:00:00Z"},"clean":true,"contents_not_read":0,"files":1,"findings":0,)"
      R"("kulla":"report/2","listed":[],"mounts_not_looked_into":0,"system":"web1"})";
  const auto outcome = answered_by(says("report", Packer{'r'}.text("").text(report).frame() + Packer{'e'}.frame()));
  ASSERT_TRUE(outcome) << outcome.error().message();
  EXPECT_EQ(outcome->baseline.signer, key_.public_key());
  EXPECT_EQ(outcome->report.baseline, outcome->baseline.taken);
  EXPECT_GT(outcome->report.baseline, Timestamp{1'000'000'000s});
}

}  // namespace
}  // namespace kulla::inspect
