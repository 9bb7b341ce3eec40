#include "event/gate_log.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/gate_line.hpp"
#include "event/lines.hpp"

namespace kulla::event {
namespace {
using test::GateLine;
using test::to_line;
using namespace std::literals;

std::string value(const Event& event, std::string_view name) { return std::string{event.field(name).value_or("(absent)")}; }

TEST(GateLine, IsReadAsFields) {
  GateLine line;
  line.method = "POST", line.path = "/upload", line.uri = "/upload?name=a%20b.pdf&x=1", line.status = 201,
  line.referer = "https://e-tax.example/";
  Event event;
  const Timestamp seen{123us};
  const auto text = to_line(line);
  ASSERT_TRUE(read_gate_line(text, seen, event));
  EXPECT_EQ(value(event, "cs-method"), "POST");
  EXPECT_EQ(value(event, "cs-host"), "e-tax.example");
  EXPECT_EQ(value(event, "cs-uri"), "/upload?name=a%20b.pdf&x=1");
  EXPECT_EQ(value(event, "cs-uri-stem"), "/upload");
  EXPECT_EQ(value(event, "cs-uri-query"), "name=a%20b.pdf&x=1");
  EXPECT_EQ(value(event, "kulla-uri"), "/upload?name=a b.pdf&x=1");
  EXPECT_EQ(value(event, "sc-status"), "201");
  EXPECT_EQ(value(event, "sc-bytes"), "512");
  EXPECT_EQ(value(event, "c-ip"), "192.0.2.7");
  EXPECT_EQ(value(event, "cs-referer"), "https://e-tax.example/");
  EXPECT_EQ(value(event, "cs-content-type"), "(absent)");
  EXPECT_EQ(value(event, "kulla-service"), "e-tax");
  EXPECT_EQ(value(event, "kulla-verdict"), "pass");
  EXPECT_EQ(event.category, "webserver");
  EXPECT_EQ(event.seen, seen);
  EXPECT_EQ(event.recorded, Timestamp{std::chrono::microseconds{line.date_us}});
  EXPECT_EQ(event.happened, event.recorded - 3ms);
}

TEST(GateLine, AbsentValuesAreNotThere) {
  GateLine line;
  line.host = line.path = line.service = "-", line.uri = "-", line.user_agent = "-", line.active_ms = -1, line.status = -1;
  Event event;
  const auto text = to_line(line);
  ASSERT_TRUE(read_gate_line(text, {}, event));
  for (const auto name : {"cs-host", "kulla-path", "kulla-service", "cs-uri", "cs-uri-stem", "kulla-uri", "cs-user-agent", "cs-referer"})
    EXPECT_EQ(event.field(name), std::nullopt) << name;
  EXPECT_EQ(event.happened, event.recorded);
}

TEST(GateLine, OfTheWrongShapeIsRefusedAndKeepsItsSource) {
  const auto good = to_line(GateLine{});
  Event event;
  EXPECT_FALSE(read_gate_line("", {}, event));
  EXPECT_FALSE(read_gate_line(good + "x", {}, event));
  EXPECT_FALSE(read_gate_line("<134>" + good, {}, event));
  for (std::size_t length = 0; length < good.size(); ++length)
    EXPECT_FALSE(read_gate_line(std::string_view{good}.substr(0, length), {}, event)) << length;
  EXPECT_EQ(value(event, "c-ip"), "192.0.2.7");

  const auto refused = [&](auto change) {
    GateLine line;
    change(line);
    const auto text = to_line(line);
    const auto result = read_gate_line(text, {}, event);
    EXPECT_FALSE(result) << text;
    EXPECT_TRUE(result || result.error().code == Code::bad_event);
  };
  refused([](auto& line) { line.client = "example.org"; });
  refused([](auto& line) { line.client = "1.2.3.4.5"; });
  refused([](auto& line) { line.client = std::string(500, '1'); });
  refused([](auto& line) { line.client = ""; });
  refused([](auto& line) { line.status = 1000; });
  refused([](auto& line) { line.status = -2; });
  refused([](auto& line) { line.date_us = -1; });
  refused([](auto& line) { line.date_us = INT64_MAX; });
  refused([](auto& line) { line.active_ms = INT64_MAX; });
  refused([](auto& line) { line.path = "/a b"; });
}

TEST(GateLine, AddressesOfBothFamilies) {
  Event event;
  for (const auto address : {"203.0.113.9", "2001:db8::1", "::ffff:192.0.2.1"}) {
    GateLine line;
    line.client = address;
    const auto text = to_line(line);
    ASSERT_TRUE(read_gate_line(text, {}, event)) << address;
    EXPECT_EQ(value(event, "c-ip"), address);
  }
}

TEST(GateLine, AMegabyteIsRead) {
  GateLine line;
  line.uri = "/" + std::string(1 << 20, 'a') + "%";
  Event event;
  const auto text = to_line(line);
  ASSERT_TRUE(read_gate_line(text, {}, event));
  EXPECT_EQ(event.field("kulla-uri")->size(), line.uri.size());
}

TEST(GateLine, NothingIsAllocatedForTheNextEvent) {
  GateLine line;
  line.uri = "/a%2fb?q=\"x\"";
  Event event;
  const auto text = to_line(line);
  ASSERT_TRUE(read_gate_line(text, {}, event));
  const auto* fields = event.fields().data();
  const auto* decoded = event.field("kulla-uri")->data();
  ASSERT_TRUE(read_gate_line(text, {}, event));
  EXPECT_EQ(event.fields().data(), fields);
  EXPECT_EQ(event.field("kulla-uri")->data(), decoded);
}

std::string word() {
  auto text = *rc::gen::container<std::string>(rc::gen::suchThat<char>([](char c) { return c != ' ' && c != '\n' && c != '\r'; }));
  return text.empty() ? "x" : text;
}
std::string header() {
  return *rc::gen::container<std::string>(rc::gen::suchThat<char>([](char c) { return c != '\n' && c != '\r'; }));
}
std::string there(const std::string& text) { return text == "-" || text.empty() ? "(absent)" : text; }

TEST(GateLineProperty, WhatIsWrittenIsReadBack) {
  EXPECT_TRUE(rc::check([] {
    GateLine line;
    line.method = word(), line.host = word(), line.path = word(), line.service = word(), line.verdict = word(), line.termination = word();
    line.uri = header(), line.user_agent = header(), line.referer = header(), line.content_type = header();
    line.status = *rc::gen::inRange(-1, 1000), line.bytes = *rc::gen::inRange<std::int64_t>(0, INT64_MAX);
    line.date_us = *rc::gen::inRange<std::int64_t>(0, 4'000'000'000'000'000);
    line.active_ms = *rc::gen::inRange<std::int64_t>(-1, line.date_us / 1000 + 1);
    Event event;
    const auto text = to_line(line);
    RC_ASSERT(read_gate_line(text, {}, event).has_value());
    RC_ASSERT(value(event, "cs-method") == there(line.method));
    RC_ASSERT(value(event, "cs-host") == there(line.host));
    RC_ASSERT(value(event, "kulla-path") == there(line.path));
    RC_ASSERT(value(event, "kulla-service") == there(line.service));
    RC_ASSERT(value(event, "cs-uri") == there(line.uri));
    RC_ASSERT(value(event, "cs-user-agent") == there(line.user_agent));
    RC_ASSERT(value(event, "cs-referer") == there(line.referer));
    RC_ASSERT(value(event, "cs-content-type") == there(line.content_type));
    RC_ASSERT(value(event, "sc-status") == std::to_string(line.status));
    RC_ASSERT(value(event, "sc-bytes") == std::to_string(line.bytes));
    RC_ASSERT(event.happened == Timestamp{std::chrono::microseconds{line.date_us - 1000 * std::max<std::int64_t>(0, line.active_ms)}});
  }));
}

TEST(GateLineProperty, NoBytesCrashTheReader) {
  EXPECT_TRUE(rc::check([] {
    auto text = to_line(GateLine{});
    for (int changes = *rc::gen::inRange(0, 8); changes > 0; --changes)
      text[*rc::gen::inRange<std::size_t>(0, text.size())] = *rc::gen::arbitrary<char>();
    Event event;
    (void)read_gate_line(text, {}, event);
    for (const auto& field : event.fields()) RC_ASSERT(field.raw.size() <= text.size());
  }));
}

struct Cut {
  std::string line;
  bool cut;
  friend bool operator==(const Cut&, const Cut&) = default;
};
void PrintTo(const Cut& cut, std::ostream* out) { *out << cut.line.substr(0, 40) << (cut.cut ? " (cut)" : ""); }
std::vector<Cut> split(LineSplitter& splitter, std::string_view bytes, std::size_t piece) {
  std::vector<Cut> lines;
  for (; !bytes.empty(); bytes.remove_prefix(std::min(piece, bytes.size())))
    splitter.feed(bytes.substr(0, piece), [&](std::string_view line, bool cut) { lines.push_back({std::string{line}, cut}); });
  return lines;
}

TEST(LineSplitter, LinesEndAtEitherEnding) {
  LineSplitter splitter{gate_log::line_limit};
  const std::vector<Cut> expected{{"one", false}, {"two", false}, {std::string{"th\0ree\xff", 7}, false}};
  EXPECT_EQ(split(splitter, "one\ntwo\r\n\n\r\nth\0ree\xff\nrest"sv, 3), expected);
  EXPECT_EQ(split(splitter, " of it\n", 3), (std::vector<Cut>{{"rest of it", false}}));
  EXPECT_EQ(splitter.cut(), 0U);
}

TEST(LineSplitter, ALineOverTheLimitIsCutMarkedAndCounted) {
  const std::string full(gate_log::line_limit, 'a'), bytes = full + "\n" + full + "b and more\n" + "next\n";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, gate_log::line_limit, bytes.size()}) {
    LineSplitter splitter{gate_log::line_limit};
    EXPECT_EQ(split(splitter, bytes, piece), (std::vector<Cut>{{full, false}, {full, true}, {"next", false}})) << piece;
    EXPECT_EQ(splitter.cut(), 1U);
  }
}

TEST(LineSplitterProperty, PiecesMakeNoDifference) {
  EXPECT_TRUE(rc::check([] {
    std::string bytes;
    for (int lines = *rc::gen::inRange(0, 6); lines > 0; --lines) {
      const bool lengthy = *rc::gen::inRange(0, 3) == 0;
      bytes += lengthy ? std::string(*rc::gen::inRange(gate_log::line_limit - 2, gate_log::line_limit + 3), 'x') : header();
      bytes += *rc::gen::element<std::string>("\n", "\r\n", "\r", "");
    }
    LineSplitter whole{gate_log::line_limit}, pieces{gate_log::line_limit};
    RC_ASSERT(split(whole, bytes, bytes.size() + 1) == split(pieces, bytes, *rc::gen::inRange<std::size_t>(1, 5000)));
    RC_ASSERT(whole.cut() == pieces.cut());
  }));
}
}  // namespace
}  // namespace kulla::event
