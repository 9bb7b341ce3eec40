#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/read_all.hpp"
#include "event/text/readers.hpp"
#include "event/text/times.hpp"

namespace kulla::event {
namespace {
using namespace std::chrono_literals;
using test::at;
using test::Kept;

const Timestamp now = at("2026-03-02T12:00:00Z");

std::vector<Kept> syslog(std::string_view text, std::chrono::minutes zone = {}, std::uint64_t faults = 0,
                         std::size_t piece = std::string::npos) {
  const auto reader = make_syslog_reader({.seen = now, .zone = zone});
  auto events = test::read_all(*reader, text, piece);
  EXPECT_EQ(reader->losses().records, faults) << text;
  return events;
}
Kept one(std::string_view line, std::chrono::minutes zone = {}) {
  auto events = syslog(line, zone);
  EXPECT_EQ(events.size(), 1U) << line;
  return events.front();
}

TEST(Syslog, Rfc3164) {
  const auto line = "<38>Oct  5 11:47:20 web1 sshd[4711]: Failed password for root from 192.0.2.7 port 22 ssh2";
  const auto event = one(line);
  EXPECT_EQ(event["pri"], "38");
  EXPECT_EQ(event["facility"], "auth");
  EXPECT_EQ(event["severity"], "info");
  EXPECT_EQ(event["hostname"], "web1");
  EXPECT_EQ(event["appname"], "sshd");
  EXPECT_EQ(event["procid"], "4711");
  EXPECT_EQ(event["message"], "Failed password for root from 192.0.2.7 port 22 ssh2");
  EXPECT_EQ(event.record, line);
  EXPECT_EQ(event.number, 1U);
  EXPECT_EQ(event.happened, at("2025-10-05T11:47:20Z"));
  EXPECT_EQ(event.recorded, event.happened);
  EXPECT_EQ(event.seen, now);
  EXPECT_EQ(event.product, "linux");
  EXPECT_EQ(event.service, "sshd");
  EXPECT_EQ(event.category, "");
}

TEST(Syslog, TagsOfEveryShape) {
  const auto tag = [](std::string_view rest) {
    const auto event = one("Mar  1 00:00:00 host " + std::string{rest});
    return event["hostname"] + "|" + event["appname"] + "|" + event["procid"] + "|" + event["message"];
  };
  EXPECT_EQ(tag("kernel: [12.5] oops"), "host|kernel|(absent)|[12.5] oops");
  EXPECT_EQ(tag("postfix/smtpd[9]: lost"), "host|postfix/smtpd|9|lost");
  EXPECT_EQ(tag("ftpd[12] host.example (192.0.2.1): USER x"), "host|ftpd|12|host.example (192.0.2.1): USER x");
  EXPECT_EQ(tag("last message repeated 2 times"), "host|(absent)|(absent)|last message repeated 2 times");
  EXPECT_EQ(tag("[warn] odd"), "host|(absent)|(absent)|[warn] odd");
  EXPECT_EQ(tag("app[not closed"), "host|(absent)|(absent)|app[not closed");
  EXPECT_EQ(tag("app:"), "host|app|(absent)|(absent)");
  const auto hostless = one("Mar  1 00:00:00 su[3]: + pts/1 ana:root");
  EXPECT_EQ(hostless["hostname"], "(absent)");
  EXPECT_EQ(hostless["appname"], "su");
  EXPECT_EQ(hostless["message"], "+ pts/1 ana:root");
}

TEST(Syslog, Rfc5424) {
  const auto event =
      one(R"(<165>1 2025-10-11T22:14:15.003-07:00 mail.example evntslog 77 ID47 [ex@32473 iut="3" quote="a \"b\" [c\] \\ d"][other x=""] )"
          "\xef\xbb\xbf"
          "An event");
  EXPECT_EQ(event["facility"], "local4");
  EXPECT_EQ(event["severity"], "notice");
  EXPECT_EQ(event["hostname"], "mail.example");
  EXPECT_EQ(event["appname"], "evntslog");
  EXPECT_EQ(event["procid"], "77");
  EXPECT_EQ(event["msgid"], "ID47");
  EXPECT_EQ(event["ex@32473.iut"], "3");
  EXPECT_EQ(event["ex@32473.quote"], R"(a "b" [c] \ d)");
  EXPECT_EQ(event["other.x"], "");
  EXPECT_EQ(event["message"], "An event");
  EXPECT_EQ(event.happened, at("2025-10-12T05:14:15.003Z"));
  const auto empty = one("<0>1 - - - - - -");
  EXPECT_EQ(empty.fields.size(), 3U) << "pri, facility, severity";
  EXPECT_EQ(empty.happened, now);
}

TEST(Syslog, StructuredDataThatIsNotWellFormedIsCountedAndKept) {
  const auto events = syslog("<165>1 2025-10-11T22:14:15Z h a - - [id x=1] text\n", {}, 1);
  EXPECT_EQ(events.at(0)["message"], "text");
  EXPECT_EQ(one("<165>1 2025-10-11T22:14:15Z h a - - [id x=\"1 text")["message"], "[id x=\"1 text");
}

TEST(Syslog, Rfc3339InPlaceOfTheTime) {
  const auto event = one("2023-10-05T11:47:20.799042+02:00 leto sudo: ana : TTY=pts/0 ; COMMAND=/bin/sh");
  EXPECT_EQ(event.happened, at("2023-10-05T09:47:20.799042Z"));
  EXPECT_EQ(event["hostname"], "leto");
  EXPECT_EQ(event.service, "sudo");
}

TEST(Syslog, AYearlessTimeIsNotInTheFuture) {
  EXPECT_EQ(one("Mar  2 11:59:59 h a: x").happened, at("2026-03-02T11:59:59Z"));
  EXPECT_EQ(one("Mar  3 11:59:59 h a: x").happened, at("2026-03-03T11:59:59Z")) << "a clock that is a little ahead";
  EXPECT_EQ(one("Mar  4 00:00:00 h a: x").happened, at("2025-03-04T00:00:00Z"));
  EXPECT_EQ(one("Dec 31 23:59:59 h a: x").happened, at("2025-12-31T23:59:59Z"));
  EXPECT_EQ(one("Feb 29 10:00:00 h a: x").happened, at("2024-02-29T10:00:00Z"));
  EXPECT_EQ(one("Dec 1 20:36:56 h a: x").happened, at("2025-12-01T20:36:56Z")) << "one space";
  EXPECT_EQ(one("Oct 11 2021 22:14:15 h a: x").happened, at("2021-10-11T22:14:15Z")) << "with its year";
  EXPECT_EQ(one("Oct 11 22:14:15.25 h a: x").happened, at("2025-10-11T22:14:15.25Z"));
  EXPECT_EQ(one("Oct 11 22:14:15 h a: x", 120min).happened, at("2025-10-11T20:14:15Z")) << "a clock two hours ahead of UTC";
}

TEST(Syslog, LogSources) {
  const auto service = [](std::string_view line) { return one(line).service; };
  EXPECT_EQ(service("Mar  1 00:00:00 h CRON[1]: x"), "cron");
  EXPECT_EQ(service("Mar  1 00:00:00 h /usr/sbin/crond[1]: x"), "cron");
  EXPECT_EQ(service("Mar  1 00:00:00 h sshd(pam_unix)[1]: x"), "sshd");
  EXPECT_EQ(service("Mar  1 00:00:00 h pkexec[1]: x"), "auth");
  EXPECT_EQ(service("Mar  1 00:00:00 h clamd[1]: x"), "clamav");
  EXPECT_EQ(service("Mar  1 00:00:00 h vsftpd: x"), "vsftpd");
  EXPECT_EQ(service("Mar  1 00:00:00 h unknown: x"), "syslog");
  EXPECT_EQ(service("<86>Mar  1 00:00:00 h unknown: x"), "auth") << "authpriv";
  EXPECT_EQ(service("<78>Mar  1 00:00:00 h unknown: x"), "cron");
}

TEST(Syslog, ALineOfAnotherShapeIsAnEventAndCounted) {
  const auto events = syslog("Mar  1 00:00:00 h a: one\r\n\nsomething else\n<999>no\nMar  1 00:00:00 h a: end", {}, 2);
  ASSERT_EQ(events.size(), 4U);
  EXPECT_EQ(events[1]["message"], "something else");
  EXPECT_EQ(events[1].record, "something else");
  EXPECT_EQ(events[1].service, "syslog");
  EXPECT_EQ(events[1].number, 3U);
  EXPECT_EQ(events[3].number, 5U);
  EXPECT_EQ(events[0]["message"], "one") << "without the carriage return";
}

TEST(Syslog, ALineOverTheLimitIsLostAndCounted) {
  const auto reader = make_syslog_reader({.seen = now});
  const auto events = test::read_all(*reader, std::string(record_limit + 100, 'x') + "\nMar  1 00:00:00 h a: next\n", 1 << 20);
  ASSERT_EQ(events.size(), 1U);
  EXPECT_EQ(events[0].number, 2U);
  EXPECT_EQ(reader->losses().records, 1U);
  EXPECT_EQ(reader->losses().bytes, record_limit + 100);
  EXPECT_EQ(reader->last_number(), 2U);
}

TEST(SyslogProperty, PiecesMakeNoDifference) {
  EXPECT_TRUE(rc::check([] {
    std::string text;
    for (int lines = *rc::gen::inRange(0, 8); lines > 0; --lines)
      text += *rc::gen::element<std::string>("Mar  1 00:00:00 h a: x", "<1>1 - - - - - [a b=\"c\"] d", "2023-10-05T11:47:20Z h a: y", "<3",
                                             "", "\r", "Feb 30 1") +
              *rc::gen::element<std::string>("\n", "\r\n", "\n\n", "");
    const auto whole = make_syslog_reader({.seen = now}), cut = make_syslog_reader({.seen = now});
    RC_ASSERT(test::read_all(*whole, text) == test::read_all(*cut, text, *rc::gen::inRange<std::size_t>(1, 20)));
    RC_ASSERT(whole->losses().records == cut->losses().records);
    RC_ASSERT(whole->last_number() == cut->last_number());
  }));
}

TEST(Times, AreReadFromTheFrontOrNotAtAll) {
  const auto iso = [](std::string_view text) { return take_iso_time(text, 0min); };
  EXPECT_EQ(iso("2024-02-29 23:59:60,5+0100 x"), at("2024-02-29T23:00:00.5Z"));
  EXPECT_EQ(iso("2024-02-29T10:00:00"), at("2024-02-29T10:00:00Z"));
  for (const auto* bad : {"", "2023-02-29T10:00:00", "2024-13-01T10:00:00", "2024-01-01T24:00:00", "2024-01-01T10:60:00",
                          "1969-12-31T23:00:00", "2024-01-01T10:00:00.Z", "2024-01-01T10:00:00+1"})
    EXPECT_EQ(iso(bad), std::nullopt) << bad;
  const auto clf = [](std::string_view text) { return take_clf_time(text, 60min); };
  EXPECT_EQ(clf("17/Oct/2022:14:13:07 +0200"), at("2022-10-17T12:13:07Z"));
  EXPECT_EQ(clf("17/Oct/2022:14:13:07 -0930"), at("2022-10-17T23:43:07Z"));
  EXPECT_EQ(clf("17/Oct/2022:14:13:07.439"), at("2022-10-17T13:13:07.439Z"));
  for (const auto* bad : {"17/Okt/2022:14:13:07", "17/ctN/2022:14:13:07", "32/Oct/2022:14:13:07", "17/Oct/2022 14:13:07"})
    EXPECT_EQ(clf(bad), std::nullopt) << bad;
  const auto epoch = [](std::string_view text) { return take_epoch_time(text); };
  EXPECT_EQ(epoch("1364481363.243:1"), at("2013-03-28T14:36:03.243Z"));
  EXPECT_EQ(epoch("999999999999999999999"), std::nullopt);
  EXPECT_EQ(epoch("-1"), std::nullopt);
}
}  // namespace
}  // namespace kulla::event
