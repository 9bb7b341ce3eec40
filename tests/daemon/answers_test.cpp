#include "daemon/answers.hpp"

#include <gtest/gtest.h>

#include "event/gate_line.hpp"
#include "event/gate_log.hpp"

namespace kulla::daemon {
namespace {
class AnswersTest : public ::testing::Test {
 protected:
  void count(int status, const std::string& verdict = "pass") {
    test::GateLine line;
    line.status = status;
    line.verdict = verdict;
    ASSERT_TRUE(event::read_gate_line(test::to_line(line), {}, event));
    answers.count(event);
  }
  event::Event event;
  Answers answers;
};

TEST_F(AnswersTest, ErrorsAreTheServicesOwnAndNotTheGates) {
  for (const int status : {200, 404, 500, 502, -1}) count(status);
  for (const auto* verdict : {"closed", "blocked", "limited", "bad"}) count(503, verdict);
  const auto all = answers.all();
  ASSERT_EQ(all.size(), 1U);
  EXPECT_EQ(all.at("e-tax").requests, 5U);
  EXPECT_EQ(all.at("e-tax").errors, 3U);
}
}  // namespace
}  // namespace kulla::daemon
