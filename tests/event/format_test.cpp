#include "event/format.hpp"

#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/gate_line.hpp"
#include "event/text/readers.hpp"

namespace kulla::event {
namespace {
using namespace std::literals;
constexpr std::array all{Format::evtx,   Format::ndjson,     Format::json, Format::syslog,  Format::journald,
                         Format::auditd, Format::web_access, Format::csv,  Format::gate_log};

std::optional<Format> of(std::string_view head, std::string_view file = "file.log") { return recognise(head, file); }

TEST(Format, NamesGoBothWays) {
  for (const auto format : all) EXPECT_EQ(format_from(name(format)), format);
  EXPECT_EQ(format_from("xml"), std::nullopt);
}

TEST(Format, Json) {
  EXPECT_EQ(of("{\"a\":{\"b\":\"}\\\"\"}}\n{\"a\":2}\n"), Format::ndjson);
  EXPECT_EQ(of("\n  {\"a\":1}  \r\n"), Format::ndjson);
  EXPECT_EQ(of("{\"a\":1}"), Format::ndjson);
  EXPECT_EQ(of("{}"), Format::ndjson);
  EXPECT_EQ(of("{\"a\":\"" + std::string(100'000, 'x')), Format::ndjson) << "a line longer than what is looked at";
  EXPECT_EQ(of("{\n  \"a\": 1\n}\n"), Format::json);
  EXPECT_EQ(of("{\"a\": [\n1]}\n"), Format::json);
  EXPECT_EQ(of("[{\"a\":1},{\"a\":2}]"), Format::json);
  EXPECT_EQ(of("[\n  {\n"), Format::json);
  EXPECT_EQ(of("[]"), Format::json);
  EXPECT_EQ(of("[error] no JSON\n[error] none\n"), std::nullopt);
  EXPECT_EQ(of("[1] = {\n"), std::nullopt);
  EXPECT_EQ(of("{name} {value}\n"), std::nullopt);
}

TEST(Format, ByTheirBeginning) {
  EXPECT_EQ(of("ElfFile\0\0\0"sv), Format::evtx);
  EXPECT_EQ(of("ElfFile"), std::nullopt);
  EXPECT_EQ(of("__CURSOR=s=1\n__REALTIME_TIMESTAMP=1\n"), Format::journald);
  EXPECT_EQ(of("__REALTIME_TIMESTAMP=1\n"), Format::journald);
  EXPECT_EQ(of("#Software: Microsoft Internet Information Services 10.0\n#Fields: date time cs-method sc-status\n"), Format::web_access);
  EXPECT_EQ(of("#Fields: date-time,session-id,data\n"), std::nullopt);
}

TEST(Format, ByTheirLines) {
  EXPECT_EQ(of("type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e\n"), Format::auditd);
  EXPECT_EQ(of("node=a type=SYSCALL msg=audit(1364481363.243:24287): arch=c000003e"), Format::auditd);
  EXPECT_EQ(of("<13>anything\n"), Format::syslog);
  EXPECT_EQ(of("<165>1 2003-10-11T22:14:15.003Z h a - - - x\n"), Format::syslog);
  EXPECT_EQ(of("Feb 29 12:00:00 host program: x\n"), Format::syslog);
  EXPECT_EQ(of("Dec 31 23:59:59 host last message repeated\n"), Format::syslog);
  EXPECT_EQ(of("2023-10-05T11:47:20.799042+02:00 leto kernel: x\n"), Format::syslog);
  EXPECT_EQ(of("2023-10-05T11:47:20Z [AUTH] WARN: x\n"), std::nullopt);
  EXPECT_EQ(of("192.0.2.7 - - [17/Oct/2022:14:13:07 +0200] \"GET / HTTP/1.1\" 404 152\n"), Format::web_access);
  EXPECT_EQ(of("Nov 14 22:45:27 lb haproxy[1]: 192.0.2.7:1 [14/Nov/2015:22:45:25.439] main app/app1 1/0/1/0/1 403 5 - - ---- 3/3/0/0/0 0/0 "
               "\"GET / HTTP/1.1\"\n"),
            Format::web_access);
  EXPECT_EQ(of(test::to_line({}) + "\n"), Format::gate_log);
  EXPECT_EQ(of("kulla12 x\n"), std::nullopt);
  EXPECT_EQ(of(""), std::nullopt);
  EXPECT_EQ(of("\n\n"), std::nullopt);
  EXPECT_EQ(of("just some text\nin lines\n"), std::nullopt);
}

TEST(Format, HalfOfTheFirstLinesAreEnough) {
  const auto line = "Feb 28 12:00:00 host program: x\n"s;
  EXPECT_EQ(of("# a comment\n\n" + line + "odd\n"), Format::syslog);
  EXPECT_EQ(of(line + "odd\nodd\n"), std::nullopt);
  EXPECT_EQ(of(line + std::string(head_limit, 'x')), Format::syslog) << "a line that the head cuts does not count";
}

TEST(Format, Csv) {
  EXPECT_EQ(of("time,name\n1,2\n"), Format::csv);
  EXPECT_EQ(of("Time;\"User Name\"\r\n1;\"a;b\nc\"\r\n2;3\r\n"), Format::csv);
  EXPECT_EQ(of("@timestamp\thost\n1\t2\n"), Format::csv);
  EXPECT_EQ(of("time,name\n", "a.csv"), Format::csv) << "its name decides";
  EXPECT_EQ(of("time,name\n", "a.log"), std::nullopt);
  EXPECT_EQ(of("time,name\n1,2,3\n"), std::nullopt);
  EXPECT_EQ(of("2022-07-20T21:28:50.530Z,1,2\n2022-07-20T21:28:51.530Z,1,2\n"), std::nullopt) << "no header";
  EXPECT_EQ(of("a,a\n1,2\n"), std::nullopt) << "a column twice";
  EXPECT_EQ(of("one\ntwo\n"), std::nullopt) << "one column";
  EXPECT_EQ(of("Dear all, hello\nBye, me\n", "letter.txt"), std::nullopt) << "a letter";
}

TEST(Format, WhereItMayBeCut) {
  EXPECT_EQ(way_to_cut(Format::evtx, "ElfFile"), Cut::chunks);
  EXPECT_EQ(way_to_cut(Format::web_access, "192.0.2.7 - -"), Cut::lines);
  EXPECT_EQ(way_to_cut(Format::web_access, "#Fields: date cs-method\n"), Cut::none);
  for (const auto format : {Format::ndjson, Format::syslog, Format::gate_log}) EXPECT_EQ(way_to_cut(format, ""), Cut::lines);
  for (const auto format : {Format::json, Format::journald, Format::auditd, Format::csv}) EXPECT_EQ(way_to_cut(format, ""), Cut::none);
}

TEST(Format, EachHasItsReader) {
  for (const auto format : all) {
    const bool elsewhere = format == Format::evtx || format == Format::ndjson || format == Format::json;
    EXPECT_EQ(make_text_reader(format, {}) == nullptr, elsewhere) << name(format);
  }
}

TEST(FormatProperty, NoBytesCrashIt) {
  EXPECT_TRUE(rc::check([](const std::string& bytes) { (void)recognise(bytes, "x.csv"); }));
}
}  // namespace
}  // namespace kulla::event
