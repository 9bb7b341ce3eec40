#include "drill/report.hpp"

#include <gtest/gtest.h>

#include <regex>

#include "drill/chart.hpp"
#include "drill/segments.hpp"
#include "story_of.hpp"

using namespace kulla;
using namespace kulla::drill;

namespace {
std::string report_of(const GoodDrill& drill, std::vector<Told> told = {}) {
  const auto score = score_of(drill.observed);
  return render_report({drill.observed, score, std::move(told), "kulla drill --seed 1"});
}

TEST(Report, HoldsNoAddressAndAsksNothingOfTheNetwork) {
  const GoodDrill drill;
  const auto page =
      report_of(drill, {{second(1), Lane::drill, "12 services behind the gate at 127.0.0.1:8080"}, {second(2), Lane::attack, "scans"}});
  EXPECT_FALSE(std::regex_search(page, std::regex{R"(\d{1,3}\.\d{1,3}\.\d{1,3}\.\d{1,3})"}));
  EXPECT_FALSE(std::regex_search(page, std::regex{R"((src|href)=|url\(|@import|<script|https?://)"}));
  EXPECT_NE(page.find("scans"), std::string::npos);
}

TEST(Report, EscapesWhatItIsTold) {
  const GoodDrill drill;
  const auto page = report_of(drill, {{second(2), Lane::attack, "<img src=x onerror=alert(1)>"}});
  EXPECT_EQ(page.find("<img"), std::string::npos);
}

TEST(Report, NamesAFailedCheck) {
  GoodDrill drill;
  EXPECT_EQ(report_of(drill).find("FAIL"), std::string::npos);
  drill.observed.ledger.ok = false;
  EXPECT_NE(report_of(drill).find("FAIL"), std::string::npos);
}

TEST(Report, ShowsEveryServiceOfASmallState) {
  const GoodDrill drill;
  const auto picture = chart(drill.observed, score_of(drill.observed), 1080);
  for (const auto& service : drill.observed.plan.services)
    EXPECT_NE(picture.find(">" + service.name + "</text>"), std::string::npos) << service.name;
}

TEST(Report, SumsUpWhatALargeStateLeavesAlone) {
  GoodDrill drill;
  drill.observed.plan = *make_plan(1225, 1);
  const auto picture = chart(drill.observed, score_of(drill.observed), 1080);
  EXPECT_NE(picture.find("more services"), std::string::npos);
  EXPECT_LT(picture.size(), 200'000U);
}

TEST(Segments, FollowTheLifeOfAService) {
  const GoodDrill drill;
  const auto bars = bars_of(drill.observed, second(0));
  std::vector<Bar> life;
  for (const auto& segment : bars.at(drill.breached_service()).segments) life.push_back(segment.bar);
  EXPECT_EQ(life, (std::vector{Bar::open, Bar::closed, Bar::verified, Bar::trial, Bar::open}));
  EXPECT_EQ(bars.at(drill.breached_service()).segments.back().until, drill.observed.ended);
  EXPECT_FALSE(bars.at(drill.bystander()).was_closed());
}
}  // namespace
