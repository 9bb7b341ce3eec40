#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/read_all.hpp"
#include "event/text/readers.hpp"

namespace kulla::event {
namespace {
using test::at;
using test::Kept;
using namespace std::literals;

const ReadOptions options{.seen = at("2026-03-02T12:00:00Z")};

std::string binary(std::string_view name, std::string_view value, std::uint64_t size) {
  std::string out{name};
  out += '\n';
  for (int at = 0; at < 8; ++at, size >>= 8) out += static_cast<char>(size & 0xff);
  return out.append(value) + '\n';
}
std::string binary(std::string_view name, std::string_view value) { return binary(name, value, value.size()); }

struct Outcome {
  std::vector<Kept> events;
  std::uint64_t faults, bytes, last;
};
Outcome journald(std::string_view bytes, std::size_t piece = std::string::npos) {
  const auto reader = make_journald_reader(options);
  auto events = test::read_all(*reader, bytes, piece);
  return {std::move(events), reader->losses().records, reader->losses().bytes, reader->last_number()};
}

const std::string two_entries =
    "__CURSOR=s=1\n__REALTIME_TIMESTAMP=1697000000000001\nMESSAGE=a=b\n_COMM=sshd\n_SOURCE_REALTIME_TIMESTAMP=1696999999000000\n\n" +
    binary("MESSAGE", "line\n\nMESSAGE=false\n\0"sv) + "SYSLOG_IDENTIFIER=CRON\n__REALTIME_TIMESTAMP=1697000001000000\n\n";

TEST(Journald, FieldsOfTextAndBinary) {
  const auto [events, faults, bytes, last] = journald(two_entries);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(faults, 0U);
  EXPECT_EQ(last, 2U);
  EXPECT_EQ(events[0]["__CURSOR"], "s=1");
  EXPECT_EQ(events[0]["MESSAGE"], "a=b");
  EXPECT_EQ(events[0].recorded, at("2023-10-11T04:53:20.000001Z"));
  EXPECT_EQ(events[0].happened, at("2023-10-11T04:53:19Z"));
  EXPECT_EQ(events[0].product, "linux");
  EXPECT_EQ(events[0].service, "sshd");
  EXPECT_EQ(events[0].number, 1U);
  EXPECT_EQ(events[0].record, "");
  EXPECT_EQ(events[1]["MESSAGE"], "line\n\nMESSAGE=false\n\0"sv);
  EXPECT_EQ(events[1].all("MESSAGE").size(), 1U);
  EXPECT_EQ(events[1].service, "cron");
  EXPECT_EQ(events[1].happened, events[1].recorded);
}

TEST(Journald, TheLastEntryNeedsNoBlankLine) {
  const auto [events, faults, bytes, last] = journald("\n\nMESSAGE=a\n\n\nMESSAGE=b\n");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[1]["MESSAGE"], "b");
  EXPECT_EQ(events[1].recorded, options.seen);
  EXPECT_EQ(faults, 0U);
  for (const auto& cut : {"MESSAGE=a\n\nMESS"s, "MESSAGE=a\n\n" + binary("X", "abc").substr(0, 12), "MESSAGE=a\n\nX\n\x01"s}) {
    const auto [some, count, lost, number] = journald(cut);
    EXPECT_EQ(some.size(), 1U);
    EXPECT_EQ(count, 1U) << "cut within an entry";
    EXPECT_EQ(lost, cut.size() - 11);
  }
}

// A program may log what looks like entries; skipping by length keeps it from being taken for them.
TEST(Journald, AFieldOverTheLimitIsPassedOverByItsLength) {
  std::string huge(record_limit + 10, 'x');
  huge.replace(1000, 40, "\n\n__REALTIME_TIMESTAMP=1\nMESSAGE=false\n\n ");
  const auto bytes = "MESSAGE=a\n\n" + binary("MESSAGE", huge) + "_COMM=b\n\nMESSAGE=c\n\n";
  for (const std::size_t piece : {std::size_t{1} << 16, bytes.size()}) {
    const auto [events, faults, lost, last] = journald(bytes, piece);
    ASSERT_EQ(events.size(), 2U) << piece;
    EXPECT_EQ(events[1]["MESSAGE"], "c");
    EXPECT_EQ(events[1].number, 3U);
    EXPECT_EQ(faults, 1U);
    EXPECT_EQ(lost, bytes.size() - 2 * 11);
  }
}

TEST(Journald, ALineOverTheLimitAndAnEntryOverTheLimit) {
  const std::string huge(record_limit + 10, 'x'), half(record_limit / 2, 'y');
  for (const auto& entry :
       {"MESSAGE=" + huge + "\n_COMM=b\n", "A=" + half + "\nB=" + half + "\nC=1\n", binary("A", half) + binary("B", half)}) {
    const auto [events, faults, lost, last] = journald(entry + "\nMESSAGE=c\n\n", 1 << 16);
    ASSERT_EQ(events.size(), 1U) << entry.substr(0, 10);
    EXPECT_EQ(events[0]["MESSAGE"], "c");
    EXPECT_EQ(events[0].number, 2U);
    EXPECT_EQ(faults, 1U);
  }
}

TEST(Journald, ALengthThatLiesIsCounted) {
  EXPECT_EQ(journald(binary("MESSAGE", "abcdef", 3) + "\nMESSAGE=b\n\n").faults, 1U);
  const auto endless = journald("MESSAGE=a\n\n" + binary("MESSAGE", "abc", UINT64_MAX) + "\nMESSAGE=b\n\n");
  EXPECT_EQ(endless.events.size(), 1U);
  EXPECT_EQ(endless.faults, 1U);
}

TEST(JournaldProperty, PiecesMakeNoDifference) {
  EXPECT_TRUE(rc::check([] {
    auto bytes = two_entries + two_entries;
    for (int changes = *rc::gen::inRange(0, 4); changes > 0; --changes)
      bytes[*rc::gen::inRange<std::size_t>(0, bytes.size())] = *rc::gen::element('\n', '=', '\0', 'x', '\xff');
    const auto whole = journald(bytes), cut = journald(bytes, *rc::gen::inRange<std::size_t>(1, 40));
    RC_ASSERT(whole.events == cut.events);
    RC_ASSERT(whole.faults == cut.faults);
    RC_ASSERT(whole.last == cut.last);
  }));
}
}  // namespace
}  // namespace kulla::event
