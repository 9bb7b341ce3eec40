#include "outage/known_pages.hpp"

#include <gtest/gtest.h>

#include "base/file.hpp"
#include "outage/store.hpp"
#include "outage/store_world.hpp"

namespace kulla::outage {
namespace {
using testing_store::noon;
using testing_store::World;
using namespace std::chrono_literals;
const std::string page = "00000000000000aa", defaced = "00000000000000bb";

class KnownPages : public testing::Test {
 protected:
  /// What `vantage` saw of service-0000, a body every 10 s; "!" before it: failed as another page.
  void saw(const std::string& vantage, const std::vector<std::string>& bodies, Timestamp from = noon) {
    auto store = Store::open({folder, VantageId{vantage}}).value();
    World world{vantage, 1, 10s, 7};
    std::vector<Observation> seen;
    for (const auto& body : bodies) {
      auto& observation = seen.emplace_back(world.good(0, from + 10s * static_cast<int>(seen.size())));
      const bool other = body.starts_with('!');
      observation.body = body.substr(other ? 1 : 0);
      if (other) observation.failed = Layer::body;
    }
    for (const auto& observation : world.numbered(seen)) ASSERT_TRUE(store.append(observation));
  }
  [[nodiscard]] std::map<ServiceId, std::string> known(Timestamp now = noon + 1h, const std::string& fingerprint = "learn") const {
    return known_pages(folder, VantageId{"v"}, {{.name = service, .fingerprint = fingerprint}}, now);
  }

  TemporaryFolder temporary = TemporaryFolder::make("kulla-pages").value();
  std::filesystem::path folder = temporary.path() / "observations";
  const ServiceId service{"service-0000"};
};

TEST_F(KnownPages, ADefacementBeforeTheEndDoesNotChangeWhatWasLearned) {
  saw("v", {page, page, page, "!" + defaced, "!" + defaced, "!" + defaced});
  EXPECT_EQ(known(), (std::map<ServiceId, std::string>{{service, page}}));
}
TEST_F(KnownPages, WhatFailedAsAnotherPageIsNeverLearned) {
  saw("v", {page, page, "!" + defaced, "!" + defaced, "!" + defaced});
  EXPECT_TRUE(known().empty());
}
TEST_F(KnownPages, OnlyThisVantagesOwnAndOnlyOfSevenDaysAndOnlyWhereItLearns) {
  saw("w", {defaced, defaced, defaced});
  EXPECT_TRUE(known().empty());
  saw("v", {page, page, page}, noon + 1min);
  EXPECT_EQ(known().at(service), page);
  EXPECT_TRUE(known(noon + 24h * 7 + 1h).empty());
  EXPECT_TRUE(known(noon + 1h, page).empty());
}
TEST_F(KnownPages, WithoutAStoreNothingIsKnown) { EXPECT_TRUE(known().empty()); }
}  // namespace
}  // namespace kulla::outage
