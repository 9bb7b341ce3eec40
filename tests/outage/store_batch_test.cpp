#include "outage/store_batch.hpp"

#include <gtest/gtest.h>

#include <rapidcheck/gtest.h>

#include <algorithm>
#include <set>

#include "outage/store_steps.hpp"
#include "outage/store_world.hpp"

namespace kulla::outage::store {
namespace {
using testing_store::noon;
using testing_store::World;

TEST(Steps, TheNearestIsWithinFivePercentAndEachStepIsItself) {
  for (std::int64_t value = 0; value < 4'000'000'000; value += 1 + value / 977) {
    const auto error = std::abs(value_of(step_of(value)) - value);
    EXPECT_LE(error * 100, value * 5) << value;
  }
  for (int step = 0; step < 256; ++step) EXPECT_EQ(step_of(value_of(static_cast<Step>(step))), step);
}

std::vector<Observation> back(const std::vector<Observation>& observations, const std::vector<bool>& exact, Words& words) {
  const auto payload = encode_batch(observations, exact, words);
  const auto earliest = std::ranges::min_element(observations, {}, &Observation::sent)->sent;
  const auto first = std::ranges::min_element(observations, {}, &Observation::number)->number;
  const auto batch = decode_batch(payload, observations.size(), earliest, first, words);
  std::vector<Observation> read;
  if (!batch) return read;
  for (const auto& row : batch->rows) read.push_back(batch->observation(row, observations.front().vantage).value());
  std::ranges::sort(read, {}, &Observation::number);
  return read;
}
bool near(std::int64_t kept, std::int64_t given) { return std::abs(kept - given) * 100 <= given * 5; }
bool rounded(const Observation& kept, Observation given) {
  if (!near(kept.took_us, given.took_us) || !near(kept.phases.resolve_us, given.phases.resolve_us) ||
      !near(kept.phases.connect_us, given.phases.connect_us) || !near(kept.phases.tls_us, given.phases.tls_us) ||
      !near(kept.phases.first_byte_us, given.phases.first_byte_us))
    return false;
  given.took_us = kept.took_us, given.phases = kept.phases;
  given.sent = std::chrono::floor<std::chrono::milliseconds>(given.sent);
  return kept == given;
}

TEST(Batch, WhatIsExactComesBackAsItWasAndTheRestWithinFivePercent) {
  World world{"v", 30, std::chrono::seconds{10}, 1};
  auto observations = world.run(20);
  std::vector<bool> exact(observations.size());
  for (std::size_t i = 0; i < exact.size(); i += 3) exact[i] = true;
  Words words;
  const auto read = back(observations, exact, words);
  ASSERT_EQ(read.size(), observations.size());
  for (std::size_t i = 0; i < read.size(); ++i) EXPECT_TRUE(exact[i] ? read[i] == observations[i] : rounded(read[i], observations[i])) << i;
}

// Anything that is storable: clocks that jump, times of hours, texts of any bytes, numbers with gaps.
rc::Gen<Observation> any_observation() {
  const auto text = rc::gen::container<std::string>(rc::gen::arbitrary<char>());
  return rc::gen::exec([text] {
    Observation observation;
    const auto micros = [] {
      return *rc::gen::oneOf(rc::gen::just<std::int64_t>(0), rc::gen::inRange<std::int64_t>(0, 10'000'000),
                             rc::gen::inRange<std::int64_t>(0, std::int64_t{1} << 53));
    };
    observation.vantage = VantageId{"v"};
    observation.target = ServiceId{std::string(1, *rc::gen::inRange('a', 'f'))};
    observation.sent = *rc::gen::arbitrary<bool>()
                           ? noon + std::chrono::microseconds{*rc::gen::inRange(0, 1'000'000'000)}
                           : Timestamp{std::chrono::microseconds{*rc::gen::inRange<std::int64_t>(0, latest_micros)}};
    observation.took_us = micros();
    observation.phases = {micros(), micros(), micros(), micros()};
    observation.failed = static_cast<Layer>(*rc::gen::inRange(0, 16));
    observation.notice = static_cast<NoticeSeen>(*rc::gen::inRange(0, 5));
    observation.status = *rc::gen::inRange(-5, 1000);
    if (*rc::gen::arbitrary<bool>()) observation.closure = *text;
    if (*rc::gen::arbitrary<bool>()) observation.body = *text;
    if (*rc::gen::arbitrary<bool>()) observation.address = *text;
    if (*rc::gen::arbitrary<bool>()) observation.detail = *text;
    if (*rc::gen::arbitrary<bool>())
      observation.certificate_ends = Timestamp{std::chrono::microseconds{*rc::gen::inRange<std::int64_t>(0, latest_micros)}};
    return observation;
  });
}

RC_GTEST_PROP(BatchProperties, AnythingComesBackAlsoWithWordsOfEarlierBlocks, ()) {
  Words words;
  std::uint64_t number = 0;
  for (int block = 0; block < 2; ++block) {
    auto observations = *rc::gen::nonEmpty(rc::gen::container<std::vector<Observation>>(any_observation()));
    std::vector<bool> exact;
    for (auto& each : observations) {
      each.number = number += *rc::gen::inRange(1, 5);
      exact.push_back(*rc::gen::arbitrary<bool>());
    }
    // Numbers are in the order in which probes ended, or in any other.
    const auto read = back(observations, exact, words);
    RC_ASSERT(read.size() == observations.size());
    for (std::size_t i = 0; i < read.size(); ++i) {
      const bool huge = observations[i].took_us > steps.back();  // beyond the last step only an exact one is near
      if (exact[i]) RC_ASSERT(read[i] == observations[i]);
      else if (!huge && std::ranges::all_of(phases_of(observations[i].phases), [](auto each) { return each <= steps.back(); }))
        RC_ASSERT(rounded(read[i], observations[i]));
    }
  }
}

TEST(Batch, DamagedBytesAreRefusedOrReadAndNeverMore) {
  World world{"v", 5, std::chrono::seconds{10}, 2};
  const auto observations = world.run(8);
  Words words;
  const auto payload = encode_batch(observations, std::vector<bool>(observations.size()), words);
  for (std::size_t i = 0; i < payload.size(); ++i)
    for (const int bit : {1, 128}) {
      auto damaged = payload;
      damaged[i] = static_cast<char>(damaged[i] ^ bit);
      const auto batch = decode_batch(damaged, observations.size(), observations.front().sent, observations.front().number, words);
      if (!batch) continue;
      std::set<std::uint64_t> numbers;
      for (const auto& row : batch->rows) numbers.insert(row.number);
      EXPECT_EQ(numbers.size(), observations.size());
    }
  for (std::size_t size = 0; size < payload.size(); ++size)
    EXPECT_FALSE(decode_batch(std::string_view{payload}.substr(0, size), observations.size(), noon, 1, words));
}

TEST(Records, OneComesBackAndAChangedByteIsSeen) {
  World world{"v", 1, std::chrono::seconds{10}, 3};
  const auto observation = world.run(1).front();
  std::string bytes;
  put_record(bytes, observation);
  ByteReader read{bytes};
  EXPECT_EQ(read_record(read, VantageId{"v"}), observation);
  for (std::size_t i = 0; i < bytes.size(); ++i) {
    auto damaged = bytes;
    damaged[i] = static_cast<char>(damaged[i] ^ 4);
    ByteReader again{damaged};
    EXPECT_FALSE(read_record(again, VantageId{"v"})) << i;
  }
}
}  // namespace
}  // namespace kulla::outage::store
