// Days of a store become minutes and outages: what is told of them stays the same, and what is taken away is not missing.
#include "outage/archivist.hpp"

#include <fmt/format.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>

#include "base/file.hpp"
#include "outage/analysis.hpp"
#include "outage/store_world.hpp"

namespace kulla::outage {
namespace {
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using std::chrono::days;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing_store::World;

const Timestamp first_day = parse_rfc3339("2022-07-15T00:00:00Z").value();
const Day day = std::chrono::floor<days>(first_day);

class ArchiveTest : public testing::Test {
 protected:
  /// Three days of two targets and two vantages: the first target is down from 20:00 to 20:30 on the first day, and from 23:50 to 00:20;
  /// nothing is known from 10:00 to 11:00.
  void SetUp() override {
    for (int v = 0; v < 2; ++v) {
      const VantageId name{fmt::format("v{}", v)};
      auto opened = Store::open({.folder = folder, .vantage = name, .say = {}});
      ASSERT_TRUE(opened) << opened.error().message();
      stores.push_back(std::make_unique<Store>(std::move(*opened)));
      ASSERT_TRUE(stores.back()->set_targets(targets, first_day));
      observe(name, v);
    }
  }
  void observe(const VantageId& name, int vantage) {
    World world{name.str(), targets.size(), 60s, static_cast<std::uint64_t>(vantage + 1)};
    std::vector<Observation> all;
    for (auto at = first_day + vantage * 30s; at < first_day + days{3}; at += 60s)
      for (std::size_t t = 0; t < targets.size(); ++t) {
        const auto into = at - first_day;
        if (into >= 10h && into < 11h) continue;
        const bool down = t == 0 && ((into >= 20h && into < 20h + 30min) || (into >= 24h - 10min && into < 24h + 20min));
        auto seen = world.good(t, at + static_cast<std::int64_t>(t) * 1s);
        all.push_back(down ? World::failing(seen, Layer::connect_refused) : seen);
      }
    std::size_t count = 0;
    for (const auto& each : world.numbered(std::move(all))) {
      ASSERT_TRUE(stores.back()->append(each));
      if (++count % 240 == 0) {
        ASSERT_TRUE(stores.back()->flush()) << "a day may not wait for the next one";
      }
    }
    ASSERT_TRUE(stores.back()->flush());
  }
  [[nodiscard]] std::vector<Store*> all() const {
    std::vector<Store*> pointers;
    for (const auto& store : stores) pointers.push_back(store.get());
    return pointers;
  }
  [[nodiscard]] std::vector<Uptime> uptime_by_observations(Timestamp from, Timestamp to) const {
    auto reader = StoreReader::open({.folder = folder}).value();
    Analysis analysis{reader.targets(), {.vantages = reader.vantages()}};
    History history{reader.targets(), from, to, 60s};
    while (const auto seen = reader.next()) analysis.take(*seen), history.take(*seen);
    analysis.finish();
    return history.uptime(analysis.outages());
  }

  TemporaryFolder temporary = TemporaryFolder::make("kulla-archive").value();
  fs::path folder = temporary.path() / "observations";
  const std::vector<Target> targets{{.name = ServiceId{"service-0000"}, .url = "https://a.example/", .every = 60s, .network = "AS1"},
                                    {.name = ServiceId{"service-0001"}, .url = "https://b.example/", .every = 60s, .network = "AS2"}};
  std::vector<std::unique_ptr<Store>> stores;
};

TEST_F(ArchiveTest, ADaySaysTheSameAsItsObservations) {
  const auto archived = conclude_day(folder, day);
  ASSERT_TRUE(archived) << archived.error().message();
  ASSERT_EQ(archived->outages.size(), 2U) << "that of the end of the day, too, and its end on the next";
  EXPECT_GT(archived->outages[1].end.value().latest, first_day + 24h);
  const auto key = SecretKey::generate();
  const auto read = read_archive_bytes(archive_bytes(*archived, key), std::vector{key.public_key()});
  ASSERT_TRUE(read) << read.error().message();
  EXPECT_EQ(read->outages, archived->outages);
  History history{targets, first_day, first_day + 24h, 60s};
  history.take(read->minutes);
  const auto rolled = history.uptime(read->outages), seen = uptime_by_observations(first_day, first_day + 24h);
  ASSERT_EQ(rolled.size(), seen.size());
  for (std::size_t t = 0; t < seen.size(); ++t) {
    EXPECT_EQ(rolled[t].incidents, seen[t].incidents);
    EXPECT_EQ(rolled[t].down, seen[t].down);
    EXPECT_LE(std::chrono::abs(rolled[t].no_data - seen[t].no_data), 2min) << "a gap is a gap, to its minutes";
    EXPECT_GE(rolled[t].no_data, 55min);
    EXPECT_EQ(rolled[t].up + rolled[t].degraded + rolled[t].down + rolled[t].vantage_fault + rolled[t].no_data, 24h);
  }
}

TEST_F(ArchiveTest, WhatWasAlteredOrIsNobodysIsNotRead) {
  const auto key = SecretKey::generate();
  const auto bytes = archive_bytes(conclude_day(folder, day).value(), key);
  const std::vector trusted{key.public_key()};
  for (std::size_t at = 0; at < bytes.size(); at += 37) {
    auto altered = bytes;
    altered[at] = static_cast<char>(altered[at] ^ 1);
    EXPECT_FALSE(read_archive_bytes(altered, trusted)) << at;
    EXPECT_FALSE(read_archive_bytes(std::string_view{bytes}.substr(0, at), trusted)) << at;
  }
  EXPECT_FALSE(read_archive_bytes(bytes, std::vector{SecretKey::generate().public_key()}));
}

TEST_F(ArchiveTest, OldDaysAreRolledUpAndRetiredAndAreNotMissing) {
  const auto now = first_day + days{32};
  ASSERT_TRUE(roll_up(folder, {.raw = days{31}, .limit = 1 << 30}, all(), now));
  EXPECT_THAT(archived_days(folder), ElementsAre(day)) << "the second day is not old enough yet";
  EXPECT_TRUE(read_archive(folder, day));
  auto reader = StoreReader::open({.folder = folder}).value();
  EXPECT_EQ(reader.span()->first, first_day + days{1});
  std::size_t left = 0;
  while (reader.next()) ++left;
  EXPECT_EQ(left, 2U * 2 * 2 * 1440);
  for (const auto& damage : reader.damage()) ADD_FAILURE() << damage.file << damage.what;
  ASSERT_TRUE(roll_up(folder, {.raw = days{31}, .limit = 1 << 30}, all(), now)) << "again: nothing is due";
  stores.clear();
  EXPECT_TRUE(Store::open({.folder = folder, .vantage = VantageId{"v0"}, .say = {}})) << "it goes on from what is left";
}

TEST_F(ArchiveTest, OverTheLimitTheOldestGoAndTheNewestStays) {
  ASSERT_TRUE(roll_up(folder, {.raw = days{400}, .limit = 1}, all(), first_day + days{10}));
  EXPECT_EQ(archived_days(folder).size(), 3U);
  auto reader = StoreReader::open({.folder = folder}).value();
  EXPECT_EQ(reader.span()->first, first_day + days{2});
  EXPECT_THAT(reader.damage(), IsEmpty());
  EXPECT_THAT(due_days({folder / "v0"}, {.raw = days{2}, .limit = 1}, first_day + days{2} + 1h), ElementsAre())
      << "yesterday and today stay";
}

TEST_F(ArchiveTest, WhoeverTakesDaysAwayWithoutTheKeyIsFound) {
  fs::remove(folder / "v0/2022-07-15.observations");
  EXPECT_THAT(StoreReader::open({.folder = folder}).value().damage().at(0).what, HasSubstr("are missing"));
  std::ofstream{folder / "v0/retired.json"} << R"({"retired":{"blocks":9,"observations":9},"signature":")" << std::string(128, '0')
                                            << "\"}";
  EXPECT_THAT(StoreReader::open({.folder = folder}).value().damage().at(0).what, HasSubstr("are missing"));
}
}  // namespace
}  // namespace kulla::outage
