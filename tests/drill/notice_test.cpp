#include "drill/notice.hpp"

#include <gtest/gtest.h>

#include <set>

#include "drill/attempts.hpp"

using namespace kulla;
using namespace kulla::drill;

namespace {
Answer good() {
  Answer answer;
  answer.came = true;
  answer.response.result(503);
  answer.response.set("Retry-After", "300");
  answer.response.set("Cache-Control", "no-store");
  answer.response.set("X-Kulla-Closure", "abcdefghijkl");
  answer.response.body() = R"(<section lang="sq"></section><section lang="en">abcdefghijkl</section>)";
  return answer;
}
const ClosureId closure{"abcdefghijkl"};

TEST(Notice, AsItMustBe) { EXPECT_EQ(notice_problem(good(), closure), ""); }

TEST(Notice, EachThingThatIsMissingIsNamed) {
  for (const char* header : {"Retry-After", "Cache-Control", "X-Kulla-Closure"}) {
    auto answer = good();
    answer.response.erase(header);
    EXPECT_NE(notice_problem(answer, closure), "") << header;
  }
  auto answer = good();
  answer.response.result(200);
  EXPECT_EQ(notice_problem(answer, closure), "status 200");
  answer = good();
  answer.response.body() = R"(<section lang="en">abcdefghijkl</section>)";
  EXPECT_EQ(notice_problem(answer, closure), "nothing in Albanian");
  EXPECT_NE(notice_problem(good(), ClosureId{"otherclosure"}), "");
  EXPECT_EQ(notice_problem(Answer{}, closure), "no answer");
}

TEST(Notice, SpellingsDiffer) {
  const auto all = spellings_of("/appeals");
  EXPECT_GE(all.size(), 10U);
  EXPECT_EQ(std::set<std::string>(all.begin(), all.end()).size(), all.size());
}

TEST(Attempts, NoneSendsAScriptThroughTheWeakForm) {
  PlannedService weak{"appeals", "permits.example", "/appeals", "", 0, false, true};
  for (std::size_t n = 0; n < Attempts::kinds(); ++n) EXPECT_EQ(Attempts::attempt(weak, n).body.find("<?php"), std::string::npos);
}
}  // namespace
