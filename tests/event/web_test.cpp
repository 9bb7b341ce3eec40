#include <gtest/gtest.h>
#include <rapidcheck.h>

#include "event/read_all.hpp"
#include "event/text/readers.hpp"

namespace kulla::event {
namespace {
using test::at;
using test::Kept;
using Fields = std::vector<std::pair<std::string, std::string>>;

const ReadOptions options{.seen = at("2026-03-02T12:00:00Z"), .zone = std::chrono::minutes{60}};

std::vector<Kept> web(std::string_view text, std::uint64_t faults = 0, std::size_t piece = std::string::npos) {
  const auto reader = make_web_reader(options);
  auto events = test::read_all(*reader, text, piece);
  EXPECT_EQ(reader->losses().records, faults) << text;
  return events;
}
Kept one(std::string_view line) {
  auto events = web(line);
  EXPECT_EQ(events.size(), 1U) << line;
  return events.front();
}

const std::string common = R"(192.0.2.7 - ana [17/Oct/2022:14:13:07 +0200] "GET /a%2fb?q=1+2 HTTP/1.1" 404 152)";

TEST(Web, Combined) {
  const auto line = common + R"( "https://example.org/" "Mozilla/5.0 \"x\"\x41")";
  const auto event = one(line);
  EXPECT_EQ(event.fields, (Fields{{"c-ip", "192.0.2.7"},
                                  {"cs-username", "ana"},
                                  {"cs-method", "GET"},
                                  {"cs-uri", "/a%2fb?q=1+2"},
                                  {"cs-uri-stem", "/a%2fb"},
                                  {"cs-uri-query", "q=1+2"},
                                  {"kulla-uri", "/a/b?q=1 2"},
                                  {"cs-version", "HTTP/1.1"},
                                  {"sc-status", "404"},
                                  {"sc-bytes", "152"},
                                  {"cs-referer", "https://example.org/"},
                                  {"cs-user-agent", "Mozilla/5.0 \"x\"A"}}));
  EXPECT_EQ(event.happened, at("2022-10-17T12:13:07Z"));
  EXPECT_EQ(event.recorded, event.happened);
  EXPECT_EQ(event.seen, options.seen);
  EXPECT_EQ(event.category, "webserver");
  EXPECT_EQ(event.product, "");
  EXPECT_EQ(event.service, "") << "two servers write this";
  EXPECT_EQ(event.record, line);
  EXPECT_EQ(event.number, 1U);
}

TEST(Web, CommonAndMoreThanCombined) {
  EXPECT_EQ(one(common)["sc-bytes"], "152");
  EXPECT_EQ(one(common)["cs-user-agent"], "(absent)");
  const auto more = one(common + R"( "-" "agent" "-" 0.003 rt=1)");
  EXPECT_EQ(more["cs-user-agent"], "agent");
  EXPECT_EQ(more["cs-referer"], "(absent)");
  EXPECT_EQ(one(common + " 1234")["sc-bytes"], "152");
  EXPECT_EQ(one(common + R"( "https://r/")")["cs-referer"], "https://r/");
}

TEST(Web, AbsentIsNotThere) {
  const auto event = one(R"(2001:db8::1 - - [17/Oct/2022:14:13:07 +0000] "-" 408 - "-" "-")");
  EXPECT_EQ(event.fields, (Fields{{"c-ip", "2001:db8::1"}, {"sc-status", "408"}}));
}

TEST(Web, RequestsOfEveryShape) {
  const auto request = [](std::string_view text) {
    const auto event = one("192.0.2.7 - - [17/Oct/2022:14:13:07 +0000] \"" + std::string{text} + "\" 400 0 \"-\" \"-\"");
    return event["cs-method"] + "|" + event["cs-uri"] + "|" + event["cs-version"];
  };
  EXPECT_EQ(request("GET /a b c HTTP/1.0"), "GET|/a b c|HTTP/1.0");
  EXPECT_EQ(request("GET /old"), "GET|/old|(absent)");
  EXPECT_EQ(request(R"(\x16\x03\x01 \x02)"), "(absent)|\x16\x03\x01 \x02|(absent)");
  EXPECT_EQ(request(R"(GET /\"><script> HTTP/1.1)"), "GET|/\"><script>|HTTP/1.1");
  EXPECT_EQ(request(""), "(absent)|(absent)|(absent)");
  EXPECT_EQ(request("t3 12.1.2"), "(absent)|t3 12.1.2|(absent)");
  EXPECT_EQ(request("GET http://h/x?y HTTP/1.1"), "GET|http://h/x?y|HTTP/1.1");
  EXPECT_EQ(request(R"(a "quoted" word)"), "a|\"quoted\" word|(absent)") << "a quote that nobody escaped";
}

TEST(Web, WithTheHostInFront) {
  const auto rest = common.substr(common.find(" - ana")) + R"( "-" "agent")";
  const auto port = one("www.example.org:8443 192.0.2.7" + rest);
  EXPECT_EQ(port["cs-host"], "www.example.org");
  EXPECT_EQ(port["s-port"], "8443");
  EXPECT_EQ(port["c-ip"], "192.0.2.7");
  EXPECT_EQ(port.service, "apache");
  const auto plain = one("www.example.org 2001:db8::7" + rest);
  EXPECT_EQ(plain["cs-host"], "www.example.org");
  EXPECT_EQ(plain["c-ip"], "2001:db8::7");
  EXPECT_EQ(plain["cs-username"], "ana");
  EXPECT_EQ(plain["cs-user-agent"], "agent");
  const auto ident = one("www.example.org 192.0.2.7 ident ana [17/Oct/2022:14:13:07 +0000] \"GET / HTTP/1.1\" 200 1");
  EXPECT_EQ(ident["cs-host"], "www.example.org");
  EXPECT_EQ(ident["cs-username"], "ana");
  const auto id = one("www.example.org 192.0.2.7 - abc123 - [17/Oct/2022:14:13:07 +0000] \"GET / HTTP/1.1\" 200 1 \"-\" \"agent\"");
  EXPECT_EQ(id["request_id"], "abc123");
  EXPECT_EQ(id["cs-username"], "(absent)");
  EXPECT_EQ(id.service, "nginx");
  EXPECT_EQ(one("client.example.org - ana [17/Oct/2022:14:13:07 +0000] \"GET / HTTP/1.1\" 200 1")["c-ip"], "client.example.org");
}

TEST(Web, FormatsMayChangeFromLineToLine) {
  const auto rest = common.substr(common.find(" - ana")) + R"( "-" "agent")";
  const auto events = web(common + "\nh:80 192.0.2.7" + rest + "\n192.0.2.7" + rest + "\n");
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0]["cs-host"], "(absent)");
  EXPECT_EQ(events[1]["cs-host"], "h");
  EXPECT_EQ(events[2]["cs-host"], "(absent)");
  EXPECT_EQ(events[2]["cs-user-agent"], "agent");
  EXPECT_EQ(events[2].number, 3U);
}

TEST(Web, ALineThatIsNoRequestIsAnEventAndCounted) {
  const auto events = web(common + "\n[error] client denied\n" + common + "\n", 1);
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[1].record, "[error] client denied");
  EXPECT_TRUE(events[1].fields.empty());
  EXPECT_EQ(events[1].category, "webserver");
  EXPECT_EQ(events[1].happened, options.seen);
  EXPECT_EQ(web("192.0.2.7 - - [17/Oct/2022:14:13:07 +0000] \"GET / HTTP/1.1\" 2000 1", 1).at(0).fields, Fields{}) << "no such status";
  EXPECT_EQ(web("192.0.2.7 - - [17/Okt/2022:14:13:07 +0000] \"GET / HTTP/1.1\" 200 1", 1).at(0).fields, Fields{}) << "no such month";
}

const std::string haproxy =
    R"(198.51.100.9:1234 [14/Nov/2015:22:45:25.439] main~ app/app1 1/0/1/0/1940 403 5168 - - PR-- 3/3/0/0/0 0/0 {h.example|Agent #7Bx#7D} {text/html} "GET /a#22b HTTP/1.1")";

TEST(Web, Haproxy) {
  for (const auto* header : {"", "Nov 14 22:45:27 lb haproxy[760]: ", "<134>1 2015-11-14T22:45:27Z lb haproxy 760 - - "}) {
    const auto event = one(header + haproxy);
    EXPECT_EQ(event.fields, (Fields{{"c-ip", "198.51.100.9"},
                                    {"c-port", "1234"},
                                    {"frontend", "main"},
                                    {"backend", "app"},
                                    {"server", "app1"},
                                    {"time-taken", "1940"},
                                    {"sc-status", "403"},
                                    {"sc-bytes", "5168"},
                                    {"termination-state", "PR--"},
                                    {"captured-request-headers", "h.example|Agent {x}"},
                                    {"captured-response-headers", "text/html"},
                                    {"cs-method", "GET"},
                                    {"cs-uri", "/a\"b"},
                                    {"cs-uri-stem", "/a\"b"},
                                    {"kulla-uri", "/a\"b"},
                                    {"cs-version", "HTTP/1.1"}}))
        << header;
    EXPECT_EQ(event.happened, at("2015-11-14T21:45:25.439Z")) << "its clock is an hour ahead of UTC";
    EXPECT_EQ(event.recorded, at("2015-11-14T21:45:27.379Z"));
    EXPECT_EQ(event.service, "haproxy");
    EXPECT_EQ(event.record, header + haproxy);
  }
}

TEST(Web, HaproxysRefusalsAndErrors) {
  const auto refused =
      one(R"(::ffff:192.0.2.9:1 [14/Nov/2015:22:45:25.439] main main/<NOSRV> -1/-1/-1/-1/0 -1 0 - - PR-- 0/0/0/0/0 0/0 "<BADREQ>")");
  EXPECT_EQ(refused["c-ip"], "192.0.2.9");
  EXPECT_EQ(refused["server"], "(absent)");
  EXPECT_EQ(refused["sc-status"], "(absent)");
  EXPECT_EQ(refused["cs-uri"], "<BADREQ>");
  const auto failed = one("192.0.2.9:1 [14/Nov/2015:22:45:25.439] main/1: SSL handshake failure (error)");
  EXPECT_EQ(failed["message"], "SSL handshake failure (error)");
  EXPECT_EQ(failed["frontend"], "main");
  for (std::size_t size = 1; size < haproxy.find("\"GET"); ++size)
    EXPECT_TRUE(web(haproxy.substr(0, size), 1).at(0).fields.empty()) << size;
}

const std::string w3c =
    "#Software: Microsoft Internet Information Services 10.0\n#Version: 1.0\n#Date: 2024-01-02 03:04:05\n"
    "#Fields: date time s-ip cs-method cs-uri-stem cs-uri-query s-port cs-username c-ip cs(User-Agent) cs(Referer) sc-status time-taken\n";

TEST(Web, W3cExtended) {
  const auto events = web(w3c +
                          "2024-01-02 03:04:05 10.0.0.1 GET /a%20b x=1 443 - 192.0.2.7 Mozilla/5.0+(Windows) - 200 15\n"
                          "2024-01-02 03:04:06 10.0.0.1 POST /c - 443 ana 192.0.2.7 - https://r/ 500 16\n"
                          "#Fields: time date cs-method\n03:04:07 2024-01-02 GET\n");
  ASSERT_EQ(events.size(), 3U);
  EXPECT_EQ(events[0].fields, (Fields{{"date", "2024-01-02"},
                                      {"time", "03:04:05"},
                                      {"s-ip", "10.0.0.1"},
                                      {"cs-method", "GET"},
                                      {"cs-uri-stem", "/a%20b"},
                                      {"cs-uri-query", "x=1"},
                                      {"s-port", "443"},
                                      {"c-ip", "192.0.2.7"},
                                      {"cs-user-agent", "Mozilla/5.0+(Windows)"},
                                      {"sc-status", "200"},
                                      {"time-taken", "15"},
                                      {"cs-uri", "/a%20b?x=1"},
                                      {"kulla-uri", "/a b?x=1"}}));
  EXPECT_EQ(events[0].happened, at("2024-01-02T03:04:05Z"));
  EXPECT_EQ(events[0].service, "iis");
  EXPECT_EQ(events[0].number, 5U);
  EXPECT_EQ(events[1]["cs-uri"], "/c");
  EXPECT_EQ(events[1]["cs-referer"], "https://r/");
  EXPECT_EQ(events[2].happened, at("2024-01-02T03:04:07Z"));
}

TEST(Web, W3cWithTooFewOrTooManyValuesIsCountedAndUsed) {
  const auto events = web("#Fields: date cs-method c-ip\n2024-01-02 GET\n2024-01-02 GET 192.0.2.7 more\n", 2);
  ASSERT_EQ(events.size(), 2U);
  EXPECT_EQ(events[0]["cs-method"], "GET");
  EXPECT_EQ(events[1]["c-ip"], "192.0.2.7");
  EXPECT_EQ(events[1].service, "") << "no directive says that it is IIS";
}

// ── formats of one's own ──
Kept by(Result<LineFormat> format, std::string_view line, std::uint64_t faults = 0) {
  EXPECT_TRUE(format) << format.error().what;
  const auto reader = make_web_reader(options, std::move(*format));
  auto events = test::read_all(*reader, line);
  EXPECT_EQ(reader->losses().records, faults) << line;
  return events.at(0);
}

TEST(LineFormat, OfNginx) {
  const auto event = by(
      compile_nginx(
          R"($remote_addr|$host|[$time_iso8601] ${request_method} $uri$is_args$args $server_protocol -> $status $body_bytes_sent t=$request_time "$http_user_agent" "$http_x_forwarded_for" $upstream_addr;)"),
      R"(192.0.2.7|h.example|[2024-01-02T03:04:05+00:00] GET /a?b=c HTTP/2.0 -> 200 12 t=1.250 "agent \x22x\x22" "203.0.113.1, 10.0.0.1" unix:/run/app.sock;)");
  EXPECT_EQ(event.fields, (Fields{{"c-ip", "192.0.2.7"},
                                  {"cs-host", "h.example"},
                                  {"cs-method", "GET"},
                                  {"cs-uri", "/a?b=c"},
                                  {"cs-uri-stem", "/a"},
                                  {"cs-uri-query", "b=c"},
                                  {"kulla-uri", "/a?b=c"},
                                  {"cs-version", "HTTP/2.0"},
                                  {"sc-status", "200"},
                                  {"sc-bytes", "12"},
                                  {"cs-user-agent", "agent \"x\""},
                                  {"cs-x-forwarded-for", "203.0.113.1, 10.0.0.1"},
                                  {"upstream_addr", "unix:/run/app.sock"},
                                  {"time-taken", "1250"}}));
  EXPECT_EQ(event.recorded, at("2024-01-02T03:04:05Z"));
  EXPECT_EQ(event.happened, at("2024-01-02T03:04:03.75Z")) << "nginx writes when it is done";
  EXPECT_EQ(event.service, "nginx");
}

TEST(LineFormat, OfApache) {
  const auto event = by(
      compile_apache(R"(%v %a %{c}a %l %u %{%Y-%m-%dT%H:%M:%S%z}t \"%m %U%q %H\" %>s %!200B %D %{X-Id}i %{Content-Type}o %{Age}^ti 100%%)"),
      R"(h.example 192.0.2.7 10.0.0.1 - - 2024-01-02T03:04:05+0100 "GET /a?b HTTP/1.1" 200 12 1500 id text/html 3 100%)");
  EXPECT_EQ(event["c-ip"], "192.0.2.7");
  EXPECT_EQ(event["cs-method"], "GET");
  EXPECT_EQ(event["cs-uri"], "/a?b");
  EXPECT_EQ(event["sc-bytes"], "12");
  EXPECT_EQ(event["time-taken"], "1");
  EXPECT_EQ(event["cs-x-id"], "id");
  EXPECT_EQ(event["sc-content-type"], "text/html");
  EXPECT_EQ(event.happened, at("2024-01-02T02:04:05Z"));
  EXPECT_EQ(event.recorded, at("2024-01-02T02:04:05.0015Z")) << "Apache writes when the request came";
  EXPECT_EQ(event.service, "apache");
}

TEST(LineFormat, PartsOfTheAddressAreJoined) {
  EXPECT_EQ(by(compile_apache("%m %U \"%q\""), "GET /a \"?b=c\"")["cs-uri"], "/a?b=c");
  EXPECT_EQ(by(compile_apache("%m %U \"%q\""), "GET /a \"\"")["cs-uri"], "/a");
  const auto joined = by(compile_nginx("$host$request_uri $status"), "h.example/a?b 200");
  EXPECT_EQ(joined["cs-host"], "h.example");
  EXPECT_EQ(joined["cs-uri"], "/a?b");
}

TEST(LineFormat, OneThatNobodyCouldReadIsRefused) {
  for (const auto* format : {"", "no values", "$status$body_bytes_sent", "$", "${status", "$-"}) {
    const auto compiled = compile_nginx(format);
    ASSERT_FALSE(compiled) << format;
    EXPECT_EQ(compiled.error().code, Code::bad_argument);
  }
  for (const auto* format : {"", "%", "%{Referer", "%{Referer}", "%y", "%h%u", "%>", "%^t"}) EXPECT_FALSE(compile_apache(format)) << format;
}

TEST(LineFormat, ALineOfAnotherFormatIsCounted) {
  const auto format = compile_nginx("$remote_addr $status");
  EXPECT_EQ(by(format, "192.0.2.7 200")["sc-status"], "200");
  for (const auto* line : {"192.0.2.7 200 more", "192.0.2.7", "192.0.2.7 2x0", " 200", "a b 200"}) by(format, line, 1);
}

TEST(WebProperty, PiecesMakeNoDifferenceAndNothingIsMadeUp) {
  EXPECT_TRUE(rc::check([] {
    std::string text;
    for (int lines = *rc::gen::inRange(0, 6); lines > 0; --lines) {
      auto line = *rc::gen::element(common + R"( "-" "a\"b")", "Nov 14 22:45:27 lb haproxy[760]: " + haproxy, "h:80 " + common, common);
      for (int changes = *rc::gen::inRange(0, 3); changes > 0; --changes)
        line[*rc::gen::inRange<std::size_t>(0, line.size())] = *rc::gen::element('"', '\\', ' ', '[', '-', 'x', '\0');
      text += line + "\n";
    }
    const auto whole = make_web_reader(options), cut = make_web_reader(options);
    const auto events = test::read_all(*whole, text);
    RC_ASSERT(events == test::read_all(*cut, text, *rc::gen::inRange<std::size_t>(1, 50)));
    for (const auto& event : events)
      for (const auto& [name, value] : event.fields) RC_ASSERT(value.size() <= event.record.size());
  }));
}
}  // namespace
}  // namespace kulla::event
