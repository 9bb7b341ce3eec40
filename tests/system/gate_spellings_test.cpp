// Every spelling of a request in gate_spellings.txt, sent while one service, the other, or both are open: it reaches the service that
// it is for where that is open, and never one that is closed.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include "system/support/gate_world.hpp"

namespace kulla::test {
namespace {
struct Spelling {
  std::string reads, host, target, form = "1.1";
};
std::string unescape(std::string_view text) {
  std::string bytes;
  for (std::size_t i = 0; i < text.size(); ++i) {
    if (text.substr(i).starts_with("\\x") && i + 3 < text.size() && std::isxdigit(static_cast<unsigned char>(text[i + 2]))) {
      bytes += static_cast<char>(std::stoi(std::string(text.substr(i + 2, 2)), nullptr, 16));
      i += 3;
    } else {
      bytes += text[i];
    }
  }
  return bytes;
}
std::vector<Spelling> read_table() {
  std::vector<Spelling> table;
  const auto text = read_file(KULLA_SOURCE_DIR "/tests/system/gate_spellings.txt", 1 << 20).value();
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = text.find('\n', begin);
    std::vector<std::string> fields{""};
    for (const char c : text.substr(begin, end - begin)) c == '\t' ? fields.emplace_back() : fields.back() += c;
    begin = end + 1;
    if (fields[0].starts_with('#')) continue;
    table.push_back({fields[0], fields[1], unescape(fields[2]), fields.size() > 3 ? fields[3] : "1.1"});
  }
  return table;
}

std::string request(const Spelling& spelling) {
  std::string bytes = fmt::format("GET {} HTTP/{}\r\n", spelling.target, spelling.form == "1.0" ? "1.0" : "1.1");
  for (std::size_t begin = 0; spelling.host != "-" && begin <= spelling.host.size();) {
    const auto end = std::min(spelling.host.find('|', begin), spelling.host.size());
    bytes += fmt::format("Host: {}\r\n", spelling.host.substr(begin, end - begin));
    begin = end + 1;
  }
  return bytes + "Connection: close\r\n\r\n";
}

/// What an answer was: the service's id, "refused" (400, 503, or no answer at all), or the status.
std::string outcome(const Response& response) {
  if (response.status == 200) return response.body.substr(0, response.body.find(' '));
  return response.status == 400 || response.status == 503 || response.status == 0 ? "refused" : std::to_string(response.status);
}
std::string expected(const Spelling& spelling, const std::string& closed) {
  return spelling.reads == "nobody" || spelling.reads == closed ? "refused" : spelling.reads;
}

const std::vector<Route> routes{{"tax", "gov.example"}, {"permits", "gov.example", "/permits"}, {"other", "other.example"}};

class Spellings : public ::testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    world.start_open();
    if (GetParam() == "none") return;
    ASSERT_TRUE(world.gate().set(ServiceId{GetParam()}, closed_entry, false));
  }
  /// What was sent came from nowhere but the service expected; the closed one saw nothing.
  void check(const Spelling& spelling, const std::string& got, std::string_view over) {
    EXPECT_EQ(got, expected(spelling, GetParam())) << over << " host '" << spelling.host << "' target '" << spelling.target << "'";
    if (GetParam() == "none") return;
    ASSERT_EQ(world.upstream(GetParam()).requests(), 0) << spelling.target;
  }
  GateWorld world{routes, {}, true};
};

TEST_P(Spellings, over_http_1) {
  const auto table = read_table();
  ASSERT_GE(table.size(), 40u);
  for (const auto& spelling : table) check(spelling, outcome(RawClient{world.port()}.ask(request(spelling))), "HTTP/1");
}

std::string nghttp(const std::string& url, const Spelling& spelling) {
  const auto done = run({"nghttp", "--timeout=5", url, "-H:authority: " + spelling.host, "-H:path: " + spelling.target});
  if (!done) return done.error().message();
  for (const auto& route : routes)
    if (done->out.starts_with(route.id + " GET")) return route.id;
  return "refused";
}
TEST_P(Spellings, over_http_2) {
  if (!run({"nghttp", "--version"})) GTEST_SKIP() << "nghttp is not installed (nghttp2-client): HTTP/2 is NOT tested";
  for (const auto& spelling : read_table()) {
    if (spelling.form != "1.1" || spelling.target.find('\0') != std::string::npos) continue;
    check(spelling, nghttp(fmt::format("http://127.0.0.1:{}/", world.port()), spelling), "h2c");
    check(spelling, nghttp(fmt::format("https://127.0.0.1:{}/", world.tls_port()), spelling), "h2");
  }
}
class TlsSpellings : public Spellings {};
TEST_P(TlsSpellings, over_http_1) {
  for (const auto& spelling : read_table()) {
    if (spelling.form == "h1") continue;
    RunOptions options;
    options.input = request(spelling);
    const auto done =
        run({"openssl", "s_client", "-quiet", "-alpn", "http/1.1", "-connect", fmt::format("127.0.0.1:{}", world.tls_port())}, options);
    ASSERT_TRUE(done);
    const auto body = done->out.find("\r\n\r\n");
    std::string got = "refused";
    for (const auto& route : routes)
      if (body != std::string::npos && done->out.substr(body + 4).starts_with(route.id + " GET")) got = route.id;
    check(spelling, got, "TLS");
  }
}
INSTANTIATE_TEST_SUITE_P(Closed, Spellings, ::testing::Values("none", "tax", "permits"), [](const auto& one) { return one.param; });

INSTANTIATE_TEST_SUITE_P(Closed, TlsSpellings, ::testing::Values("permits"), [](const auto& one) { return one.param; });

/// The service sees the one host and path that the gate decided by.
TEST(Normalised, the_service_sees_what_the_gate_decided_by) {
  GateWorld world{routes};
  world.start_open();
  const auto ask = [&](const std::string& host, const std::string& target) {
    return RawClient{world.port()}.ask(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", target, host)).body;
  };
  EXPECT_EQ(ask("GOV.example.:8080", "/x/..//%70ermits/%2e/%c3%ab?a=/../b"), "permits GET /permits/%C3%AB?a=/../b gov.example:8080\n");
  EXPECT_EQ(ask("gov.example", "http://GOV.example/permits"), "permits GET /permits gov.example\n");
  EXPECT_EQ(ask("gov.example", "/A"), "tax GET /A gov.example\n");
}
constexpr std::string_view websocket_key = "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
std::string upgrade_request(std::string_view path, std::string_view headers) {
  return fmt::format("GET {} HTTP/1.1\r\nHost: gov.example\r\nConnection: Upgrade, HTTP2-Settings\r\n{}{}\r\n", path, headers,
                     websocket_key);
}
TEST(Normalised, an_upgrade_to_anything_but_a_websocket_does_not_reach_the_service) {
  GateWorld world{routes};
  world.start_open();
  for (const auto* headers : {"Upgrade: h2c\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n", "Upgrade: websocket\r\nUpgrade: h2c\r\n",
                              "Upgrade: h2c\r\nUpgrade: websocket\r\n", "Upgrade: websocket\r\nUpgrade: websocket\r\n",
                              "Upgrade: websocket, h2c\r\n", "Upgrade: h2c, websocket\r\n", "Upgrade: websocket/13\r\n", "Upgrade:\r\n",
                              "Upgrade: \r\nUpgrade: h2c\r\n", "Upgrade: h2c\r\nupgrade: WebSocket\r\nUPGRADE: h2c\r\n"}) {
    const auto response = RawClient{world.port()}.ask(upgrade_request("/h2c", headers));
    EXPECT_EQ(response.status, 200) << headers;
    EXPECT_FALSE(world.upstream("tax").last_head().contains("\r\nupgrade:")) << headers << world.upstream("tax").last_head();
    EXPECT_FALSE(world.upstream("tax").last_head().contains("\r\nhttp2-settings:")) << headers;
  }
  for (const auto* method : {"CONNECT gov.example:80", "CONNECT /permits", "CONNECT gov.example"})
    EXPECT_NE(RawClient{world.port()}.ask(fmt::format("{} HTTP/1.1\r\nHost: gov.example\r\n\r\n", method)).status, 200);
}
TEST(Normalised, a_websocket_reaches_the_service_without_settings_of_another_protocol) {
  GateWorld world{routes};
  world.start_open();
  const auto response =
      RawClient{world.port()}.ask(upgrade_request("/chat", "Upgrade: WebSocket\r\nHTTP2-Settings: AAMAAABkAAQAAP__\r\n"), true);
  EXPECT_EQ(response.status, 200) << "our small server knows the word in lower case only";
  EXPECT_TRUE(world.upstream("tax").last_head().contains("\r\nupgrade: WebSocket\r\n")) << world.upstream("tax").last_head();
  EXPECT_FALSE(world.upstream("tax").last_head().contains("\r\nhttp2-settings:"));
  EXPECT_EQ(RawClient{world.port()}.ask(upgrade_request("/chat", "Upgrade: websocket\r\n"), true).status, 101);
}
/// Asked for a WebSocket, a service that switches to h2c would carry requests that no rule sees.
TEST(Normalised, a_service_that_switches_to_another_protocol_than_a_websocket_is_not_heard) {
  GateWorld world{routes};
  world.start_open();
  RawClient client{world.port()};
  EXPECT_EQ(client.ask(upgrade_request("/h2c", "Upgrade: websocket\r\n")).status, 502);
  EXPECT_TRUE(eventually([&] { return world.upstream("tax").streaming() == 0; }));
}
TEST(Normalised, a_uri_over_the_limit_is_refused) {
  GateWorld world{routes};
  world.start_open();
  EXPECT_EQ(get(world.port(), "gov.example", "/" + std::string(4095, 'a')).status, 200);
  for (const std::size_t length : {4096u, 9000u}) EXPECT_EQ(get(world.port(), "gov.example", "/" + std::string(length, 'a')).status, 414);
  EXPECT_EQ(get(world.port(), "gov.example", "/" + std::string(40000, 'a')).status, 400);
}
}  // namespace
}  // namespace kulla::test
