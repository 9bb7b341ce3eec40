// The spool on a real disk. A killed process is a folder that was copied while it was open: that is all that is left of one.
#include "outage/spool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <fmt/format.h>

#include <algorithm>
#include <fstream>

#include "base/file.hpp"

namespace kulla::outage {
namespace {
namespace fs = std::filesystem;
using namespace std::chrono_literals;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;

class FakeClock final : public Clock {
 public:
  Moment at{Timestamp{1'000'000s}, 0ms};
  std::string booted = "boot-1";
  [[nodiscard]] Moment now() const override { return at; }
  [[nodiscard]] std::string boot() const override { return booted; }
};

/// What is read, by number; the lines that say where a stretch begins apart.
struct Got {
  std::vector<std::uint64_t> numbers, begins;
};
Got parse(std::string_view text) {
  Got got;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    text.remove_prefix(line.size() + 1);
    const bool begins = line.starts_with("{\"begins\":");
    (begins ? got.begins : got.numbers).push_back(std::stoull(std::string{line.substr(begins ? 10 : 5)}));
  }
  return got;
}
Got read_all(Spool& spool) {
  std::string all;
  for (auto text = spool.read(1000); !text.empty(); text = spool.read(1000)) all += text;
  return parse(all);
}
std::vector<std::uint64_t> range(std::uint64_t from, std::uint64_t to) {
  std::vector<std::uint64_t> numbers;
  for (auto number = from; number <= to; ++number) numbers.push_back(number);
  return numbers;
}

class SpoolTest : public ::testing::Test {
 public:
  std::unique_ptr<Spool> open() {
    auto spool = Spool::open(settings, clock);
    EXPECT_TRUE(spool) << spool.error().message();
    return std::move(*spool);
  }
  /// What a process leaves that is killed now; the next `open` finds it.
  void kill(std::unique_ptr<Spool>& spool) {
    const auto left = folder.path() / fmt::format("killed-{}", ++kills);
    fs::copy(settings.folder, left);
    spool.reset();
    settings.folder = left;
  }
  static std::uint64_t add(Spool& spool, int count) {
    for (; count > 0; --count) {
      const auto number = spool.next_number();
      spool.append(number, fmt::format("line {}", number));
    }
    return spool.next_number() - 1;
  }
  [[nodiscard]] std::vector<fs::path> segments() const {
    std::vector<fs::path> all;
    for (const auto& each : fs::directory_iterator{settings.folder})
      if (each.path().extension() == ".seg") all.push_back(each.path());
    std::ranges::sort(all);
    return all;
  }
  TemporaryFolder folder = *TemporaryFolder::make("kulla-spool-test");
  FakeClock clock;
  SpoolSettings settings{.folder = folder.path() / "spool", .segment = 2000};
  int kills = 0;
};

TEST_F(SpoolTest, LinesComeBackInOrderOverManySegments) {
  const auto spool = open();
  const auto first = spool->next_number();
  EXPECT_EQ(first, 1'000'000'000'000U) << "a new spool begins at the wall clock's microseconds";
  const auto last = add(*spool, 200);
  EXPECT_GT(segments().size(), 3U);
  EXPECT_EQ(read_all(*spool).numbers, range(first, last));
  EXPECT_THAT(read_all(*spool).numbers, IsEmpty());
  add(*spool, 1);
  EXPECT_THAT(read_all(*spool).numbers, ElementsAre(last + 1));
  spool->rewind(last - 2);
  EXPECT_THAT(read_all(*spool).numbers, ElementsAre(last - 1, last, last + 1));
}

TEST_F(SpoolTest, NumbersGoOnByOneAfterAStopAndAfterAKill) {
  auto spool = open();
  const auto first = spool->next_number();
  const auto last = add(*spool, 50);
  spool.reset();
  clock.at.wall += 1h;
  spool = open();
  EXPECT_EQ(spool->next_number(), last + 1);
  add(*spool, 50);
  kill(spool);
  spool = open();
  EXPECT_EQ(spool->next_number(), last + 51);
  const auto got = read_all(*spool);
  EXPECT_EQ(got.numbers, range(first, last + 50));
  for (const auto begin : got.begins) EXPECT_EQ(begin, first);
}

TEST_F(SpoolTest, AfterAPowerCutNumbersJumpAndTheLineBeforeThemSaysSo) {
  auto spool = open();
  const auto last = add(*spool, 50);
  kill(spool);
  clock.booted = "boot-2";
  spool = open();
  EXPECT_GT(spool->next_number(), last + 100'000) << "some after the last may have been sent, and lost by the disk";
  clock.at.wall -= 500'000s;
  kill(spool);
  clock.booted = "boot-3";
  spool = open();
  const auto again = spool->next_number();
  EXPECT_GT(again, last + 100'000) << "a clock that was set back does not lead below them";
  add(*spool, 1);
  const auto got = read_all(*spool);
  EXPECT_EQ(got.numbers.size(), 51U);
  EXPECT_EQ(got.begins.back(), again);
}

TEST_F(SpoolTest, WhatIsAcknowledgedGoesAndTheNumbersAreRememberedAllTheSame) {
  auto spool = open();
  const auto first = spool->next_number();
  const auto last = add(*spool, 200);
  spool->acknowledge(first + 99);
  spool->rewind(first + 99);
  EXPECT_EQ(read_all(*spool).numbers, range(first + 100, last));
  spool->acknowledge(last);
  EXPECT_EQ(segments().size(), 1U);
  kill(spool);
  spool = open();
  EXPECT_EQ(spool->next_number(), last + 1);
}

TEST_F(SpoolTest, OverTheLimitTheOldestGoAndAreCounted) {
  settings.limit = 6000;
  const auto spool = open();
  const auto first = spool->next_number();
  const auto last = add(*spool, 500);
  std::uintmax_t bytes = 0;
  for (const auto& segment : segments()) bytes += fs::file_size(segment);
  EXPECT_LE(bytes, 6000U);
  const auto got = read_all(*spool).numbers;
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(got, range(got.front(), last));
  EXPECT_EQ(spool->counts().over_limit, got.front() - first);
}

TEST_F(SpoolTest, WhatTheDaemonHasIsNotCountedAsDropped) {
  settings.limit = 6000;
  const auto spool = open();
  for (int i = 0; i < 20; ++i) spool->acknowledge(add(*spool, 25));
  EXPECT_EQ(spool->counts().over_limit, 0U);
}

TEST_F(SpoolTest, ASecondProcessIsRefused) {
  const auto spool = open();
  const auto second = Spool::open(settings, clock);
  ASSERT_FALSE(second);
  EXPECT_EQ(second.error().code, Code::refused);
}

TEST_F(SpoolTest, AFullDiskKeepsLinesInMemoryAndLosesNone) {
  std::size_t room = 3000;
  settings.write = [&](int file, std::string_view bytes) -> Result<> {
    const auto part = bytes.substr(0, room);
    room -= part.size();
    KULLA_CHECK(write_all(file, part, "spool"));
    return part.size() == bytes.size() ? Result<>{} : Result<>{fail(Code::io, "No space left on device")};
  };
  auto spool = open();
  const auto first = spool->next_number();
  const auto middle = add(*spool, 200);
  EXPECT_GT(spool->counts().waiting, 100U);
  EXPECT_THAT(spool->counts().problem, HasSubstr("No space"));
  EXPECT_EQ(read_all(*spool).numbers, range(first, middle)) << "out of memory too";
  room = 1'000'000;
  spool->sync();
  EXPECT_EQ(spool->counts().waiting, 0U);
  EXPECT_EQ(spool->counts().problem, "");
  const auto last = add(*spool, 50);
  EXPECT_EQ(read_all(*spool).numbers, range(middle + 1, last));
  spool->sync();
  kill(spool);
  spool = open();
  EXPECT_EQ(read_all(*spool).numbers, range(first, last));
  EXPECT_EQ(spool->next_number(), last + 1);
  EXPECT_EQ(spool->counts().damaged, 0U);
}

TEST_F(SpoolTest, NumbersSentOutOfMemoryAreNotGivenAgainAfterAKill) {
  bool full = false;
  settings.write = [&](int file, std::string_view bytes) -> Result<> {
    return full ? Result<>{fail(Code::io, "full")} : write_all(file, bytes, "spool");
  };
  auto spool = open();
  add(*spool, 5);
  full = true;
  const auto last = add(*spool, 5);
  EXPECT_EQ(read_all(*spool).numbers.size(), 10U);
  kill(spool);
  full = false;
  EXPECT_GT(open()->next_number(), last + 1);
}

TEST_F(SpoolTest, MemoryIsBoundedAndWhatFindsNoRoomIsCounted) {
  settings.kept_lines = 10;
  settings.write = [](int, std::string_view) -> Result<> { return fail(Code::io, "broken"); };
  const auto spool = open();
  add(*spool, 25);
  EXPECT_EQ(spool->counts().waiting, 10U);
  EXPECT_EQ(spool->counts().lost, 15U);
}

TEST_F(SpoolTest, ANumberThatDoesNotRiseIsDropped) {
  const auto spool = open();
  const auto last = add(*spool, 3);
  spool->append(last, "again");
  EXPECT_EQ(read_all(*spool).numbers.size(), 3U);
  EXPECT_EQ(spool->counts().lost, 1U);
}

TEST_F(SpoolTest, AFileOfAnotherNameOrOneThatIsGoneHurtsNothing) {
  auto spool = open();
  const auto last = add(*spool, 200);
  spool.reset();
  std::ofstream{settings.folder / "notes.txt"} << "hello";
  std::ofstream{settings.folder / "000000000000000x-0000000000000001.seg"} << "hello";
  fs::remove(segments().at(1));
  spool = open();
  EXPECT_EQ(spool->next_number(), last + 1);
  EXPECT_GT(read_all(*spool).numbers.size(), 100U);
}

/// All that was appended, cut or scribbled over at a random place: what is read is what was written, in order, and the loss is counted.
RC_GTEST_FIXTURE_PROP(SpoolTest, DamageTakesWhatItHitsAndNothingElse, ()) {
  settings.folder = folder.path() / fmt::format("damaged-{}", ++kills);
  settings.segment = 500;
  auto spool = open();
  const auto first = spool->next_number();
  const auto last = add(*spool, *rc::gen::inRange(1, 60));
  spool.reset();
  const auto files = segments();
  const auto& file = files.at(*rc::gen::inRange<std::size_t>(0, files.size()));
  auto text = *read_file(file, 1 << 20);
  const auto at = *rc::gen::inRange<std::size_t>(0, text.size());
  const bool cut = *rc::gen::arbitrary<bool>();
  const auto original = text;
  if (cut) text.resize(at);
  else text[at] = *rc::gen::arbitrary<char>();
  std::ofstream{file, std::ios::binary} << text;
  std::vector<std::uint64_t> hurt;
  std::size_t begin = 0;
  for (auto end = original.find('\n'); end != std::string::npos; begin = end + 1, end = original.find('\n', begin))
    if (text != original && end >= at) {
      hurt.push_back(std::stoull(original.substr(begin, 16)));
      if (!cut && original[at] != '\n') break;          // only the line that was hit
      if (!cut && hurt.size() == 2) break;              // its end was hit: it and the next one are one
    }
  spool = open();
  const auto got = read_all(*spool).numbers;
  std::vector<std::uint64_t> expected;
  for (const auto number : range(first, last))
    if (std::ranges::find(hurt, number) == hurt.end()) expected.push_back(number);
  RC_ASSERT(got == expected);
  const bool between = cut && (at == 0 || original[at - 1] == '\n');
  RC_ASSERT((spool->counts().damaged > 0) == (text != original && !between));
  RC_ASSERT(spool->next_number() > last || (between && file == files.back()));
}

/// Whatever happens in whatever order: after each rewind to what was acknowledged, everything that was not comes, once, in order.
RC_GTEST_FIXTURE_PROP(SpoolTest, EverythingComesOnceInOrder, ()) {
  settings.folder = folder.path() / fmt::format("random-{}", ++kills);
  settings.segment = 300;
  auto spool = open();
  std::vector<std::uint64_t> left;  // not acknowledged
  std::size_t read = 0;             // of them
  const auto steps = *rc::gen::container<std::vector<int>>(rc::gen::inRange(0, 100));
  for (const auto step : steps) {
    if (step < 50) {
      for (int i = 0; i <= step % 7; ++i) left.push_back(add(*spool, 1));
    } else if (step < 80) {
      for (const auto number : parse(spool->read(static_cast<std::size_t>(step) * 5)).numbers) {
        RC_ASSERT(read < left.size());
        RC_ASSERT(number == left[read++]);
      }
    } else if (step < 90 && read > 0) {
      const auto count = 1 + static_cast<std::size_t>(step) % read;
      spool->acknowledge(left[count - 1]);
      left.erase(left.begin(), left.begin() + static_cast<std::ptrdiff_t>(count));
      read -= count;
    } else {
      if (step % 2 == 0) kill(spool);
      else spool.reset();
      spool = open();
      spool->rewind(left.empty() ? spool->next_number() - 1 : left.front() - 1);
      read = 0;
    }
  }
  const auto rest = read_all(*spool).numbers;
  RC_ASSERT(rest == std::vector(left.begin() + static_cast<std::ptrdiff_t>(read), left.end()));
  RC_ASSERT(spool->counts().damaged + spool->counts().lost + spool->counts().over_limit == 0U);
}
}  // namespace
}  // namespace kulla::outage
