#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/read_all.hpp"
#include "event/text/readers.hpp"

namespace kulla::event {
namespace {
using test::at;
using test::Kept;
using Fields = std::vector<std::pair<std::string, std::string>>;

const ReadOptions options{.seen = at("2026-03-02T12:00:00Z")};

struct Outcome {
  std::vector<Kept> events;
  Losses losses;
  std::uint64_t last;
};
Outcome csv(std::string_view text, std::size_t piece = std::string::npos) {
  const auto reader = make_csv_reader(options);
  auto events = test::read_all(*reader, text, piece);
  return {std::move(events), reader->losses(), reader->last_number()};
}

TEST(Csv, CellsAreFieldsNamedByTheHeader) {
  for (const char delimiter : {',', ';', '\t'}) {
    std::string text = "Time,User Name,\"a \"\"b\"\"\"\r\n2024-01-02T03:04:05+01:00,ana,x\r\n2024-01-02 03:04:06,\"be,n; \tx\",\"\"\n";
    std::replace(text.begin(), text.begin() + 30, ',', delimiter);
    for (auto from = text.find('\n'); from < text.size(); ++from)
      if (text[from] == ',' && text[from - 1] != 'e') text[from] = delimiter;
    const auto [events, losses, last] = csv(text);
    ASSERT_EQ(events.size(), 2U) << delimiter;
    EXPECT_EQ(events[0].fields, (Fields{{"Time", "2024-01-02T03:04:05+01:00"}, {"User Name", "ana"}, {"a \"b\"", "x"}}));
    EXPECT_EQ(events[0].happened, at("2024-01-02T02:04:05Z"));
    EXPECT_EQ(events[1]["User Name"], "be,n; \tx");
    EXPECT_EQ(events[1]["a \"b\""], "") << "quoted and empty is there";
    EXPECT_EQ(events[1].happened, at("2024-01-02T03:04:06Z"));
    EXPECT_EQ(events[1].number, 3U);
    EXPECT_EQ(losses.records, 0U);
  }
}

TEST(Csv, QuotedCellsHoldNewlinesAndQuotes) {
  const auto [events, losses, last] = csv("a,b\n\"one\r\ntwo\n\",\"say \"\"x\"\"\"\n3,4");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0]["a"], "one\r\ntwo\n");
  EXPECT_EQ(events[0]["b"], "say \"x\"");
  EXPECT_EQ(events[0].number, 2U);
  EXPECT_EQ(events[0].record, "\"one\r\ntwo\n\",\"say \"\"x\"\"\"");
  EXPECT_EQ(events[1].number, 5U);
  EXPECT_EQ(events[1]["b"], "4");
  EXPECT_EQ(last, 5U);
}

TEST(Csv, AQuoteWithinACellIsNoQuote) {
  const auto [events, losses, last] = csv("a,b\n5\" pipe,x\n\"q\"tail,y\n");
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0]["a"], "5\" pipe");
  EXPECT_EQ(events[1]["a"], "qtail");
  EXPECT_EQ(events[1]["b"], "y");
}

TEST(Csv, AWrongNumberOfCellsIsCountedAndUsedAsFarAsItGoes) {
  const auto [events, losses, last] = csv("a,b,c\n1,2\n\n1,2,3,4\n,,\n");
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].fields, (Fields{{"a", "1"}, {"b", "2"}}));
  EXPECT_EQ(events[1].fields, (Fields{{"a", "1"}, {"b", "2"}, {"c", "3"}}));
  EXPECT_EQ(events[1].number, 4U);
  EXPECT_TRUE(events[2].fields.empty()) << "empty cells are absent";
  EXPECT_EQ(losses.records, 2U);
  EXPECT_EQ(losses.faults.at(0).record, 2U);
  EXPECT_EQ(losses.faults.at(1).record, 4U);
}

TEST(Csv, AColumnWithoutANameIsNumbered) { EXPECT_EQ(csv("a,,c\n1,2,3\n").events.at(0)["column2"], "2"); }

TEST(Csv, TheTimeIsInTheColumnThatSaysSo) {
  EXPECT_EQ(csv("date,@timestamp\n2020-01-01T00:00:00Z,2021-01-01T00:00:00Z\n").events.at(0).happened, at("2021-01-01T00:00:00Z"));
  EXPECT_EQ(csv("a,Event_Time\nx,yesterday\n").events.at(0).happened, options.seen);
}

TEST(Csv, AQuoteLeftOpenIsBounded) {
  const auto text = "a,b\n\"open,1\n" + std::string(record_limit, 'x') + "\n1,2\n3,4\n";
  const auto [events, losses, last] = csv(text, 1 << 20);
  EXPECT_EQ(losses.records, 1U);
  ASSERT_FALSE(events.empty());
  EXPECT_EQ(events.back()["b"], "4") << "it goes on after it";
}

TEST(CsvProperty, WhatIsWrittenIsReadBackInAnyPieces) {
  EXPECT_TRUE(rc::check([] {
    const auto cell = rc::gen::container<std::string>(rc::gen::element('a', '"', ',', '\n', ';', ' ', '\r'));
    std::vector<Fields> expected;
    std::string text = "x,y\n";
    for (int records = *rc::gen::inRange(0, 6); records > 0; --records) {
      Fields fields{{"x", *cell}, {"y", *cell}};
      for (const auto& [name, value] : fields) {
        text += '"';
        for (const char c : value) text.append(c == '"' ? 2 : 1, c);
        text += name == "x" ? "\"," : "\"\n";
      }
      expected.push_back(std::move(fields));
    }
    const auto whole = csv(text), cut = csv(text, *rc::gen::inRange<std::size_t>(1, 10));
    RC_ASSERT(whole.events == cut.events);
    RC_ASSERT(whole.last == cut.last);
    RC_ASSERT(whole.losses.records == 0U);
    std::vector<Fields> got;
    for (const auto& event : whole.events) got.push_back(event.fields);
    RC_ASSERT(got == expected);
  }));
}
}  // namespace
}  // namespace kulla::event
