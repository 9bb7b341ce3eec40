// The gate's log as it really comes over the ring: every line readable, every field right, none forged by what a client sent.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <map>
#include <mutex>
#include <thread>

#include "event/gate_log.hpp"
#include "system/support/gate_world.hpp"

namespace kulla::test {
namespace {
using namespace std::chrono;

/// Receives the stream and keeps its lines.
class LogReceiver {
 public:
  LogReceiver() : listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener_.get(), 8) != 0) return;
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    thread_ = std::jthread{[this](const std::stop_token& stop) { receive(stop); }};
  }
  [[nodiscard]] std::string address() const { return fmt::format("127.0.0.1:{}", port_); }
  [[nodiscard]] std::vector<std::string> lines() {
    const std::scoped_lock lock{mutex_};
    return lines_;
  }
  /// The lines, once there are so many.
  std::vector<std::string> wait_for(std::size_t count) {
    EXPECT_TRUE(eventually([&] { return lines().size() >= count; })) << lines().size();
    return lines();
  }

 private:
  void receive(const std::stop_token& stop) {
    std::vector<pollfd> polls{{listener_.get(), POLLIN, 0}};
    std::vector<Descriptor> open;
    std::map<int, std::string> rests;
    std::array<char, 65536> buffer;
    while (!stop.stop_requested()) {
      if (::poll(polls.data(), polls.size(), 20) <= 0) continue;
      if (polls[0].revents) {
        open.emplace_back(::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC));
        polls.push_back({open.back().get(), POLLIN, 0});
        continue;
      }
      for (std::size_t i = 1; i < polls.size(); ++i) {
        if (!polls[i].revents) continue;
        const auto got = ::recv(polls[i].fd, buffer.data(), buffer.size(), 0);
        if (got <= 0) polls[i].fd = -1;
        else take(rests[polls[i].fd], std::string_view{buffer.data(), static_cast<std::size_t>(got)});
      }
    }
  }
  void take(std::string& rest, std::string_view bytes) {
    rest += bytes;
    const std::scoped_lock lock{mutex_};
    for (auto end = rest.find('\n'); end != std::string::npos; end = rest.find('\n')) {
      lines_.push_back(rest.substr(0, end));
      rest.erase(0, end + 1);
    }
  }
  Descriptor listener_;
  int port_ = 0;
  std::mutex mutex_;
  std::vector<std::string> lines_;
  std::jthread thread_;
};

const std::vector<Route> routes{{"tax", "gov.example"}, {"permits", "gov.example", "/permits"}};
const ServiceId tax{"tax"}, permits{"permits"};

struct Fixture {
  LogReceiver log;
  GateWorld world{routes, {}, true};
  Fixture() {
    world.settings.log = log.address();
    world.start_open();
  }
  std::string ask(const std::string& target, const std::string& headers = "", const std::string& source = "127.0.0.1") {
    const auto bytes = fmt::format("GET {} HTTP/1.1\r\nHost: gov.example\r\n{}\r\n", target, headers);
    return RawClient{world.port(), source}.ask(bytes).body;
  }
  /// The one line that `act` makes the gate write. HAProxy's threads write in no order among themselves, so a test that
  /// wants to know which line is whose waits for each.
  template <typename Act>
  std::string line_of(Act act) {
    const auto before = log.lines().size();
    act();
    const auto lines = log.wait_for(before + 1);
    EXPECT_EQ(lines.size(), before + 1);
    return lines.size() > before ? lines[before] : "";
  }
};
std::string field(const std::string& line, std::string_view name) {
  event::Event event;
  const auto read = event::read_gate_line(line, Timestamp{}, event);
  EXPECT_TRUE(read) << line << "\n" << (read ? "" : read.error().message());
  return std::string(event.field(name).value_or("-"));
}

TEST(GateLog, every_field_of_a_line_says_what_it_should) {
  Fixture f;
  const auto before = system_clock::now();
  f.ask("/x/../Permits%2D/A?q=%zz&r=\\", "User-Agent: agent 1.0\r\nReferer: http://a/\r\nContent-Type: text/x\r\n", "127.0.0.4");
  const auto line = f.log.wait_for(1)[0];
  const std::pair<const char*, const char*> expected[] = {{"c-ip", "127.0.0.4"},
                                                          {"cs-method", "GET"},
                                                          {"cs-host", "gov.example"},
                                                          {"kulla-path", "/Permits-/A"},
                                                          {"sc-status", "200"},
                                                          {"kulla-service", "tax"},
                                                          {"kulla-verdict", "pass"},
                                                          {"cs-user-agent", "agent 1.0"},
                                                          {"cs-referer", "http://a/"},
                                                          {"cs-content-type", "text/x"},
                                                          {"cs-uri", "/x/../Permits%2D/A?q=%zz&r=\\"}};
  for (const auto& [name, value] : expected) EXPECT_EQ(field(line, name), value) << line;
  event::Event event;
  ASSERT_TRUE(event::read_gate_line(line, Timestamp{}, event));
  EXPECT_GE(event.happened, time_point_cast<microseconds>(before) - 2s);
  EXPECT_LE(event.happened, time_point_cast<microseconds>(system_clock::now()));
}

TEST(GateLog, each_verdict_is_named) {
  Fixture f;
  ASSERT_TRUE(f.world.gate().set(tax, closed_entry, false));
  ASSERT_TRUE(f.world.gate().block("127.0.0.7"));
  const auto verdict = [&](auto act) { return field(f.line_of(act), "kulla-verdict"); };
  EXPECT_EQ(verdict([&] { f.ask("/"); }), "closed");
  EXPECT_EQ(verdict([&] { f.ask("/permits", "", "127.0.0.7"); }), "blocked");
  EXPECT_EQ(verdict([&] { f.ask("/%00"); }), "bad");
  EXPECT_EQ(verdict([&] { (void)get(f.world.port(), "nobody.example", "/"); }), "unknown");
  EXPECT_EQ(verdict([&] { f.ask("/permits"); }), "pass");
  EXPECT_EQ(verdict([&] { (void)RawClient{f.world.port()}.ask("rubbish\r\n\r\n"); }), "-");
}

TEST(GateLog, a_source_over_its_rate_is_named_limited) {
  Fixture f;
  ASSERT_TRUE(f.world.gate().set(permits, entry(GateMode::guarded), false));
  RawClient hasty{f.world.port(), "127.0.0.8"};
  for (int i = 0; i < 510; ++i) (void)hasty.ask("GET /permits HTTP/1.1\r\nHost: gov.example\r\n\r\n");
  std::map<std::string, int> seen;
  for (const auto& line : f.log.wait_for(510)) ++seen[field(line, "kulla-verdict")];
  EXPECT_EQ(seen["pass"] + seen["limited"], 510);
  EXPECT_GT(seen["pass"], 0);
  EXPECT_GT(seen["limited"], 0);
}

TEST(GateLog, an_answer_that_was_stopped_is_named_closed) {
  Fixture f;
  RawClient client{f.world.port()};
  ASSERT_TRUE(client.send("GET /held HTTP/1.1\r\nHost: gov.example\r\n\r\n"));
  ASSERT_TRUE(eventually([&] { return f.world.upstream("tax").requests() == 1; }));
  gate::CommandSocket socket{f.world.settings.runtime_socket(), 2s};
  ASSERT_TRUE(socket.ask("set map " + f.world.settings.state_map().string() + " tax " + to_map_value(closed_entry)));
  f.world.upstream("tax").release();
  EXPECT_EQ(client.receive(2s).status, 503);
  EXPECT_EQ(field(f.log.wait_for(1)[0], "kulla-verdict"), "closed");
}

TEST(GateLog, no_header_and_no_uri_forges_a_field_or_a_line) {
  Fixture f;
  const std::string forged = "\" \"x\" \"y\" kulla1 1 2 10.0.0.1 GET h /p 200 1 tax pass -- \"/\" \"\" \"\" \"\"";
  const std::string odd[] = {forged,
                             "a\\",
                             "\\\"",
                             "]",
                             "\x01\x02\x7f",
                             "tab\there",
                             "caf\xc3\xa9 \xff\xfe",
                             "%41 %[src] %ci",
                             "\" \" \" \"",
                             " x ",
                             std::string(2000, '"'),
                             "a\r\n kulla1 folded"};
  std::size_t sent = 0;
  for (const auto& text : odd) {
    for (const auto* name : {"User-Agent", "Referer", "Content-Type", "X-Other"}) {
      f.ask("/plain", fmt::format("{}: {}\r\n", name, text));
      ++sent;
    }
    if (text.find_first_of(" \r\n\t\x01") == std::string::npos) f.ask("/?q=" + text), ++sent;
  }
  f.ask("/?q=\"kulla1\"[]\\"), ++sent;
  f.ask("/\"/[]\\"), ++sent;
  const auto lines = f.log.wait_for(sent);
  EXPECT_EQ(lines.size(), sent);
  for (const auto& line : lines) {
    EXPECT_EQ(field(line, "c-ip"), "127.0.0.1") << line;
    EXPECT_LT(line.size(), gate_log::line_limit);
  }
  const auto some = [&](std::string_view name, std::string_view value) {
    return std::ranges::any_of(lines, [&](const auto& line) { return field(line, name) == value; });
  };
  EXPECT_TRUE(some("cs-user-agent", forged));
  EXPECT_TRUE(some("cs-uri", "/?q=\"kulla1\"[]\\"));
}

TEST(GateLog, the_longest_line_is_not_cut) {
  Fixture f;
  const std::string quotes(4000, '"');
  const auto first = f.line_of([&] {
    f.ask("/?" + quotes, fmt::format("User-Agent: {}\r\nReferer: {}\r\nContent-Type: {}\r\n", quotes, quotes, quotes.substr(0, 2000)));
  });
  EXPECT_EQ(field(first, "cs-uri"), "/?" + quotes);
  EXPECT_EQ(field(first, "cs-content-type"), std::string(128, '"'));
  const auto second = f.line_of([&] { f.ask("/A" + std::string(4090, 'a'), fmt::format("User-Agent: {}\r\n", quotes)); });
  EXPECT_EQ(field(second, "kulla-path").size(), 4092u);
}

/// HTTP/2 says header values with lengths, so a client can put a newline into one.
std::string h2_request(std::string_view path, std::string_view agent) {
  const auto literal = [](std::string_view name, std::string_view value) {
    return std::string{'\0', static_cast<char>(name.size())} + std::string(name) + static_cast<char>(value.size()) + std::string(value);
  };
  const std::string block = literal(":method", "GET") + literal(":scheme", "http") + literal(":authority", "gov.example") +
                            literal(":path", path) + literal("user-agent", agent);
  const auto frame = [](char type, char flags, char stream, std::string_view payload) {
    return std::string{
               '\0',  static_cast<char>(payload.size() >> 8), static_cast<char>(payload.size() & 0xff), type, flags, '\0', '\0', '\0',
               stream} +
           std::string(payload);
  };
  return "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + frame(4, 0, 0, "") + frame(1, 5, 1, block);
}
TEST(GateLog, no_http_2_header_forges_a_line) {
  Fixture f;
  const std::pair<std::string, std::string> attempts[] = {
      {"/a", "x\nkulla1 1 2"}, {"/a", "x\r\nkulla1 1 2"},      {"/a\nkulla1 1", "x"}, {"/a b", "x"},
      {"/a\r\nX: y", "x"},     {"/a", std::string("x\0y", 3)}, {"/a#b", "x"},         {"/a\x7f", "x"}};
  for (const auto& [path, agent] : attempts) {
    RawClient client{f.world.port()};
    ASSERT_TRUE(client.send(h2_request(path, agent)));
    bool closed = false;
    (void)client.drain(50ms, closed);
  }
  RawClient well{f.world.port()};
  ASSERT_TRUE(well.send(h2_request("/well", "agent")));
  bool closed = false;
  EXPECT_TRUE(well.drain(500ms, closed).contains("tax GET /well gov.example"));
  std::string line;
  ASSERT_TRUE(eventually([&] {
    for (auto& each : f.log.lines())
      if (each.contains("/well")) line = each;
    return !line.empty();
  }));
  EXPECT_EQ(field(line, "cs-uri"), "/well");
  for (const auto& each : f.log.lines()) EXPECT_EQ(field(each, "c-ip"), "127.0.0.1") << each;
}
}  // namespace
}  // namespace kulla::test
