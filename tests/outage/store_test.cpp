#include "outage/store.hpp"

#include <gtest/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>

#include <algorithm>
#include <csignal>
#include <fstream>

#include "base/file.hpp"
#include "outage/store_block.hpp"
#include "outage/store_folder.hpp"
#include "outage/store_world.hpp"

namespace kulla::outage {
namespace {
namespace fs = std::filesystem;
using testing_store::noon;
using testing_store::World;
using namespace std::chrono_literals;

class StoreTest : public testing::Test {
 protected:
  Store open(const std::string& vantage = "v", std::optional<SecretKey> key = {}) {
    auto store = Store::open({folder, VantageId{vantage}, std::move(key), [this](const std::string& line) { said.push_back(line); }});
    if (!store) throw std::runtime_error(store.error().message());
    return std::move(*store);
  }
  void keep(const std::vector<Observation>& observations, std::size_t a_block = 1'000'000) {
    auto store = open(observations.front().vantage.str());
    for (std::size_t i = 0; i < observations.size(); ++i) {
      ASSERT_TRUE(store.append(observations[i]));
      ASSERT_TRUE((i + 1) % a_block != 0 || store.flush());
    }
  }
  struct All {
    std::vector<Observation> observations;
    std::vector<Damage> damage;
    std::uint64_t lost = 0;
  };
  All read(ReadOptions options = {}, fs::path from = {}) {
    options.folder = from.empty() ? folder : from;
    All all;
    auto reader = StoreReader::open(options);
    if (!reader) throw std::runtime_error(reader.error().message());
    while (auto observation = reader->next()) all.observations.push_back(std::move(*observation));
    all.damage = reader->damage();
    for (const auto& each : all.damage) all.lost += each.observations.value_or(0);
    return all;
  }
  std::vector<std::uint64_t> numbers(const All& all) {
    std::vector<std::uint64_t> numbers;
    for (const auto& each : all.observations) numbers.push_back(each.number);
    std::ranges::sort(numbers);
    return numbers;
  }
  std::vector<std::uint64_t> numbers_of(const std::vector<Observation>& observations) { return numbers({observations, {}, 0}); }
  fs::path day() const { return store::day_file(folder / "v", noon); }

  TemporaryFolder temporary = TemporaryFolder::make("kulla-store").value();
  fs::path folder = temporary.path() / "observations";
  World world{"v", 20, 10s, 7};
  std::vector<std::string> said;
};

TEST_F(StoreTest, WhatWasKeptIsReadInTheOrderInWhichItWasSent) {
  const auto observations = world.run(30);
  keep(observations, 250);
  const auto all = read();
  EXPECT_EQ(numbers(all), numbers_of(observations));
  EXPECT_TRUE(std::ranges::is_sorted(all.observations, {}, &Observation::sent));
  EXPECT_TRUE(all.damage.empty());
}

TEST_F(StoreTest, SeveralVantagesAreMerged) {
  World other{"other/../vantage", 20, 10s, 8};
  const auto here = world.run(30), there = other.run(30);
  keep(here, 200);
  keep(there, 90);
  const auto all = read();
  EXPECT_EQ(all.observations.size(), here.size() + there.size());
  EXPECT_TRUE(std::ranges::is_sorted(all.observations, {}, &Observation::sent));
  EXPECT_EQ(std::ranges::count(all.observations, VantageId{"other/../vantage"}, &Observation::vantage), std::ssize(there));
  EXPECT_EQ(std::distance(fs::directory_iterator{folder}, fs::directory_iterator{}), 2);  // and nothing beside the folder
}

TEST_F(StoreTest, ATimeRangeAndTargetsAreChosen) {
  const auto observations = world.run(60);
  keep(observations, 111);
  const auto all = read({.from = noon + 2min, .to = noon + 4min, .targets = {ServiceId{"service-0003"}, ServiceId{"service-0004"}}});
  std::vector<std::uint64_t> expected;
  for (const auto& each : observations)
    if (const auto sent = std::chrono::floor<std::chrono::milliseconds>(each.sent);
        sent >= noon + 2min && sent < noon + 4min && (each.target.str() == "service-0003" || each.target.str() == "service-0004"))
      expected.push_back(each.number);
  EXPECT_FALSE(expected.empty());
  EXPECT_EQ(numbers(all), expected);
}

TEST_F(StoreTest, BothSidesOfAChangeAndTheFirstFailuresAreExact) {
  auto observations = world.run(20);
  for (std::size_t i = 200; i < 300; ++i)
    if (observations[i].target == ServiceId{"service-0005"}) observations[i] = World::failing(observations[i], Layer::connect_refused);
  keep(observations);
  const auto all = read({.targets = {ServiceId{"service-0005"}}}).observations;
  std::vector<Observation> given;
  for (const auto& each : observations)
    if (each.target == ServiceId{"service-0005"}) given.push_back(each);
  ASSERT_EQ(all.size(), given.size());
  std::size_t exact = 0;
  for (std::size_t i = 0; i < all.size(); ++i) {
    const bool near_change = (i + 1 < given.size() && given[i + 1].failed != given[i].failed) || given[i].failed != Layer::none ||
                             (i > 0 && given[i - 1].failed != given[i].failed);
    EXPECT_TRUE(!near_change || all[i] == given[i]) << i;
    exact += near_change;
  }
  EXPECT_GE(exact, 4U);
}

TEST_F(StoreTest, WhatIsNotYetABlockIsReadTooAndSurvivesTheProcess) {
  const auto observations = world.run(10);
  const auto copy = temporary.path() / "as-it-was-when-killed";
  {
    auto store = open();
    for (std::size_t i = 0; i < 120; ++i) ASSERT_TRUE(store.append(observations[i]));
    ASSERT_TRUE(store.flush());
    for (std::size_t i = 120; i < 170; ++i) ASSERT_TRUE(store.append(observations[i]));
    EXPECT_EQ(numbers(read()).size(), 170U);
    fs::copy(folder, copy, fs::copy_options::recursive);
  }
  EXPECT_EQ(numbers(read({}, copy)), numbers_of({observations.begin(), observations.begin() + 170}));
  folder = copy;
  auto store = open();
  EXPECT_EQ(store.newest(), observations[169].number);
  for (std::size_t i = 160; i < observations.size(); ++i) EXPECT_EQ(store.append(observations[i]).has_value(), i >= 170);
  EXPECT_EQ(store.refused(), 10U);
  ASSERT_TRUE(store.flush());
  const auto all = read();
  EXPECT_EQ(numbers(all), numbers_of(observations));
  EXPECT_TRUE(all.damage.empty());
}

// Between the block and the removal of its present file, and with the block half written.
TEST_F(StoreTest, AKilledWriterLeavesNothingTwiceAndNothingOut) {
  const auto observations = world.run(10);
  fs::path present;
  std::string records;
  {
    auto store = open();
    for (const auto& each : observations) ASSERT_TRUE(store.append(each));
    present = store::list_folder(folder / "v")->present.front();
    records = read_file(present, 1 << 20).value();
  }
  const auto whole = read_file(day(), 1 << 20).value();
  ASSERT_TRUE(write_file_atomic(present, records));
  EXPECT_EQ(numbers(read()), numbers_of(observations));
  { auto store = open(); }
  EXPECT_FALSE(fs::exists(present));
  EXPECT_EQ(numbers(read()), numbers_of(observations));
  for (const auto part : {std::size_t{50}, whole.size() / 3, whole.size() - 10}) {
    ASSERT_TRUE(write_file_atomic(present, records));
    ASSERT_TRUE(write_file_atomic(day(), whole.substr(0, part)));
    EXPECT_EQ(numbers(read()), numbers_of(observations)) << part;
    { auto store = open(); }
    const auto all = read();
    EXPECT_EQ(numbers(all), numbers_of(observations)) << part;
    EXPECT_TRUE(all.damage.empty()) << part << " " << all.damage.front().what;
  }
}

TEST_F(StoreTest, AnyDamagedByteCostsItsBlockAndNoOtherAndIsTold) {
  const auto observations = world.run(24);
  keep(observations, 120);
  const auto whole = read_file(day(), 1 << 20).value();
  std::vector<store::BlockPlace> places;
  ASSERT_TRUE(store::scan_blocks(day(), [&](const auto& place) { places.push_back(place); }, [](const auto&) {}));
  ASSERT_GE(places.size(), 5U);
  for (std::size_t at = 0; at < whole.size(); at += 37) {
    auto damaged = whole;
    damaged[at] = static_cast<char>(damaged[at] ^ 0x10);
    ASSERT_TRUE(write_file_atomic(day(), damaged));
    const auto all = read();
    auto hit = std::ranges::find_if(
        places, [&](const auto& place) { return at < place.offset + store::header_size + place.header.payload + store::signature_size; });
    const bool words = hit->header.kind == store::BlockKind::words;
    EXPECT_FALSE(all.damage.empty()) << at;
    // The newest block's header is the only place that tells of it; of every other, the next one tells.
    const bool untold = &*hit == &places.back() && at < hit->offset + store::header_size;
    EXPECT_EQ(all.observations.size() + (untold ? hit->header.count : all.lost), observations.size()) << at;
    EXPECT_TRUE(words || untold || all.lost == hit->header.count) << at;
    EXPECT_TRUE(std::ranges::any_of(all.damage, [&](const Damage& each) { return each.file == day() && each.offset == hit->offset; }))
        << at;
    for (const auto& each : all.observations) EXPECT_EQ(each.vantage, VantageId{"v"});
  }
}

TEST_F(StoreTest, ACutTailIsToldAndTheRestIsRead) {
  const auto observations = world.run(24);
  keep(observations, 120);
  fs::resize_file(day(), fs::file_size(day()) - 70);
  const auto all = read();
  EXPECT_EQ(all.observations.size(), observations.size() - 120);
  EXPECT_EQ(all.lost, 120U);
}

TEST_F(StoreTest, ARemovedOrForeignOrMovedBlockShows) {
  const auto observations = world.run(24);
  keep(observations, 120);
  const auto whole = read_file(day(), 1 << 20).value();
  std::vector<store::BlockPlace> places;
  ASSERT_TRUE(store::scan_blocks(day(), [&](const auto& place) { places.push_back(place); }, [](const auto&) {}));
  const auto& second = places[2];
  const auto size = store::header_size + second.header.payload + store::signature_size;
  auto removed = whole;
  removed.erase(second.offset, size);
  ASSERT_TRUE(write_file_atomic(day(), removed));
  EXPECT_EQ(read().lost, 120U);
  // Put again with what it held, signed by another: not believed.
  auto header = second.header;
  const auto forged = whole.substr(0, second.offset) +
                      store::make_block(header, whole.substr(second.offset + store::header_size, second.header.payload), VantageId{"v"},
                                        SecretKey::from_seed({9})) +
                      whole.substr(second.offset + size);
  ASSERT_TRUE(write_file_atomic(day(), forged));
  const auto all = read();
  EXPECT_EQ(all.observations.size(), observations.size() - 120);
  ASSERT_EQ(all.damage.size(), 1U);
  EXPECT_EQ(all.damage.front().offset, second.offset);
  // Nobody that is trusted.
  ASSERT_TRUE(write_file_atomic(day(), whole));
  EXPECT_TRUE(read({.trust = SecretKey::from_seed({8}).public_key()}).observations.empty());
}

TEST_F(StoreTest, ASecondWriterAndAnotherKeyAreRefused) {
  {
    auto store = open();
    EXPECT_EQ(Store::open({folder, VantageId{"v"}}).error().code, Code::store_busy);
    EXPECT_TRUE(Store::open({folder, VantageId{"w"}}));
  }
  EXPECT_EQ(Store::open({folder, VantageId{"v"}, SecretKey::from_seed({4})}).error().code, Code::bad_key);
  struct stat about{};
  ASSERT_EQ(::stat((folder / "v" / "key").c_str(), &about), 0);
  EXPECT_EQ(about.st_mode & 0777, 0600U);
}

TEST_F(StoreTest, OthersReplayedAndImpossibleOnesAreRefusedAndCounted) {
  auto observations = world.run(2);
  auto store = open();
  ASSERT_TRUE(store.append(observations[5]));
  auto bad = observations[6];
  EXPECT_FALSE(store.append(observations[5]));
  EXPECT_FALSE(store.append(observations[4]));
  bad.vantage = VantageId{"w"};
  EXPECT_FALSE(store.append(bad));
  bad = observations[6], bad.took_us = -1;
  EXPECT_FALSE(store.append(bad));
  bad = observations[6], bad.sent = Timestamp{-1us};
  EXPECT_FALSE(store.append(bad));
  bad = observations[6], bad.detail = std::string(5000, 'x');
  EXPECT_FALSE(store.append(bad));
  EXPECT_EQ(store.refused(), 6U);
  EXPECT_TRUE(store.append(observations[6]));
}

TEST_F(StoreTest, AFullDiskIsSaidAndCountedAndPasses) {
  const auto observations = world.run(20);
  auto store = open();
  ::signal(SIGXFSZ, SIG_IGN);
  rlimit before{};
  ASSERT_EQ(::getrlimit(RLIMIT_FSIZE, &before), 0);
  const rlimit full{4001, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &full), 0);
  std::uint64_t refused = 0;
  for (std::size_t i = 0; i < 200; ++i) refused += !store.append(observations[i]);
  ASSERT_EQ(::setrlimit(RLIMIT_FSIZE, &before), 0);
  EXPECT_GT(refused, 100U);
  EXPECT_EQ(store.lost(), refused);
  for (std::size_t i = 200; i < 400; ++i) ASSERT_TRUE(store.append(observations[i]));
  const auto copy = temporary.path() / "as-it-was-when-killed";
  fs::copy(folder, copy, fs::copy_options::recursive);
  EXPECT_EQ(read({}, copy).observations.size(), 400 - refused);  // no half record stands in the way
  ASSERT_TRUE(store.flush());
  const auto all = read();
  EXPECT_EQ(all.observations.size(), 400 - refused);
  EXPECT_TRUE(all.damage.empty());
  EXPECT_EQ(said.size(), 2U);  // that it is full, and that it is not any more
}

TEST_F(StoreTest, ABlockThatCannotBeWrittenIsTriedAgain) {
  const auto observations = world.run(20);
  auto store = open();
  for (std::size_t i = 0; i < 200; ++i) ASSERT_TRUE(store.append(observations[i]));
  fs::create_directories(day());  // in its place
  EXPECT_FALSE(store.flush());
  for (std::size_t i = 200; i < 400; ++i) ASSERT_TRUE(store.append(observations[i]));
  fs::remove(day());
  ASSERT_TRUE(store.flush());
  const auto all = read();
  EXPECT_EQ(numbers(all), numbers_of(observations));
  EXPECT_TRUE(all.damage.empty());
}

TEST_F(StoreTest, DaysAreFilesAndAClockThatJumpsLosesNothing) {
  auto observations = world.run(4, noon + 12h - 20s);
  auto later = world.run(2, noon + 24h * 400), earlier = world.run(2, noon - 24h * 30);
  observations.insert(observations.end(), later.begin(), later.end());
  observations.insert(observations.end(), earlier.begin(), earlier.end());
  keep(observations);
  EXPECT_EQ(store::list_folder(folder / "v")->days.size(), 4U);
  const auto all = read();
  EXPECT_EQ(numbers(all), numbers_of(observations));
  EXPECT_TRUE(std::ranges::is_sorted(all.observations, {}, &Observation::sent));
  EXPECT_TRUE(all.damage.empty());
}

TEST_F(StoreTest, TargetsAreKeptWithTheirVersions) {
  auto store = open();
  const std::vector<Target> first{{.name = ServiceId{"a"},
                                   .url = "http://a.example/",
                                   .every = 2s,
                                   .group = "g",
                                   .network = "AS64500",
                                   .institution = "Tax",
                                   .fingerprint = "learn",
                                   .good_status = {200, 403},
                                   .service = ServiceId{"tax"}}};
  ASSERT_TRUE(store.set_targets(first, noon));
  ASSERT_TRUE(store.set_targets(first, noon + 1h));
  auto second = first;
  second[0].every = 5s;
  ASSERT_TRUE(store.set_targets(second, noon + 2h));
  const auto versions = store::read_targets(folder / "v").value();
  ASSERT_EQ(versions.size(), 2U);
  EXPECT_EQ(versions[1].from, noon + 2h);
  const auto reader = StoreReader::open({.folder = folder}).value().targets();
  ASSERT_EQ(reader.size(), 1U);
  EXPECT_EQ(reader[0].every, 5s);
  EXPECT_EQ(reader[0].institution, "Tax");
  EXPECT_EQ(reader[0].good_status, (std::vector{200, 403}));
  EXPECT_EQ(reader[0].service, ServiceId{"tax"});
}
TEST_F(StoreTest, TargetsWrittenBeforeTheyHadAServiceAreRead) {
  { const auto store = open(); }
  const auto file = folder / "v" / "targets.json";
  ASSERT_TRUE(write_file_atomic(
      file, R"({"kulla":"targets/1","versions":[{"from":"2020-01-01T00:00:00Z","targets":[{"address":"","every_ms":2000,"fingerprint":"",)"
            R"("good_status":[],"group":"","institution":"","name":"a","network":"","url":"http://a.example/"}]}]})"));
  const auto targets = StoreReader::open({.folder = folder}).value().targets();
  ASSERT_EQ(targets.size(), 1U);
  EXPECT_EQ(targets[0].service, ServiceId{});
  const auto before = read_file(file, 1 << 20).value();
  ASSERT_TRUE(open().set_targets(targets, noon));
  EXPECT_EQ(read_file(file, 1 << 20).value(), before) << "nothing changed, so no version is added";
}
TEST_F(StoreTest, DamagedTargetsCostNoHistoryAndKeepNobodyFromProbing) {
  keep(world.run(10));
  const std::vector<Target> asked{{.name = ServiceId{"service-0003"}, .every = 10s, .fingerprint = "learn"}};
  ASSERT_TRUE(open().set_targets(asked, noon));
  const auto file = folder / "v" / "targets.json";
  auto text = read_file(file, 1 << 20).value();
  text[0] = '[';
  ASSERT_TRUE(write_file_atomic(file, text));

  const auto reader = StoreReader::open({.folder = folder}).value();
  ASSERT_EQ(reader.damage().size(), 1U);
  EXPECT_EQ(reader.damage()[0].file, file);
  ASSERT_EQ(reader.targets().size(), 20U);
  EXPECT_EQ(reader.targets()[3].name, ServiceId{"service-0003"});
  EXPECT_EQ(reader.targets()[3].fingerprint, "");
  EXPECT_NEAR(static_cast<double>(reader.targets()[3].every.count()), 10'000, 500);

  said.clear();
  ASSERT_TRUE(open().set_targets(asked, noon));
  ASSERT_EQ(said.size(), 1U);
  EXPECT_NE(said[0].find("targets.json.bad"), std::string::npos) << said[0];
  EXPECT_EQ(read_file(folder / "v" / "targets.json.bad", 1 << 20).value(), text);
  EXPECT_EQ(store::read_targets(folder / "v").value().size(), 1U);
}
TEST_F(StoreTest, ATargetThatIsNoLongerAskedKeepsItsPlace) {
  auto store = open();
  const Target kept{.name = ServiceId{"kept"}, .every = 2s}, gone{.name = ServiceId{"gone"}, .every = 3s};
  ASSERT_TRUE(store.set_targets({kept, gone}, noon));
  ASSERT_TRUE(store.set_targets({kept}, noon + 1h));
  const auto targets = StoreReader::open({.folder = folder}).value().targets();
  ASSERT_EQ(targets.size(), 2U);
  EXPECT_EQ(targets[0].name, ServiceId{"gone"});
  EXPECT_EQ(targets[0].every, 3s);
}
}  // namespace
}  // namespace kulla::outage
