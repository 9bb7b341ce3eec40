// The vantage's line to the daemon: what it sends arrives, and silence is told.
#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>

#include "base/file.hpp"
#include "outage/reporter.hpp"

namespace kulla::outage {
namespace {
using namespace std::chrono_literals;
using testing::HasSubstr;

TEST(HeartbeatTest, SilenceIsToldOnceThenNowAndThenAndItsEndToo) {
  const auto at = [](std::chrono::seconds since) { return Moment{Timestamp{since}, since}; };
  Heartbeat heart{at(0s)};
  using enum Heartbeat::Change;
  EXPECT_EQ(heart.watch(at(4s)), none);
  EXPECT_EQ(heart.heard(at(4s)), none);
  EXPECT_EQ(heart.watch(at(8s)), none);
  EXPECT_EQ(heart.watch(at(9s)), fell_silent);
  EXPECT_EQ(heart.silent_since(), Timestamp{4s});
  EXPECT_EQ(heart.watch(at(10s)), none);
  EXPECT_EQ(heart.watch(at(69s)), still_silent);
  EXPECT_EQ(heart.heard(at(70s)), is_back);
  EXPECT_EQ(heart.closed(at(71s)), fell_silent);
  EXPECT_EQ(heart.closed(at(72s)), none);
}

/// Reads lines from one connection at a time, as the daemon does.
class Daemon {
 public:
  Daemon() {
    listener_ = Descriptor{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    address_.sin_family = AF_INET;
    address_.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address_;
    EXPECT_EQ(::bind(listener_.get(), reinterpret_cast<sockaddr*>(&address_), size), 0);
    EXPECT_EQ(::listen(listener_.get(), 4), 0);
    ::getsockname(listener_.get(), reinterpret_cast<sockaddr*>(&address_), &size);
  }
  [[nodiscard]] Address address() const { return {"127.0.0.1", ntohs(address_.sin_port)}; }
  void accept() { client_ = Descriptor{::accept(listener_.get(), nullptr, nullptr)}, rest_.clear(); }
  void hang_up() { client_ = {}; }
  void beat() const { EXPECT_GT(::send(client_.get(), "{}\n", 3, MSG_NOSIGNAL), 0); }
  std::string line() {
    std::array<char, 65536> buffer;
    while (!rest_.contains('\n')) {
      pollfd waiting{client_.get(), POLLIN, 0};
      const auto got = ::poll(&waiting, 1, 5000) > 0 ? ::recv(client_.get(), buffer.data(), buffer.size(), 0) : -1;
      if (got <= 0) return "(nothing)";
      rest_.append(buffer.data(), static_cast<std::size_t>(got));
    }
    auto line = rest_.substr(0, rest_.find('\n'));
    rest_.erase(0, line.size() + 1);
    return line;
  }

 private:
  sockaddr_in address_{};
  Descriptor listener_, client_;
  std::string rest_;
};

TEST(ReporterTest, LinesArriveAlsoAfterALostConnection) {
  Daemon daemon;
  BoundedQueue<std::string> said{10};
  SystemClock clock;
  Reporter reporter{daemon.address(), clock, [&](const std::string& line) { said.push(line); }};
  reporter.send("one");
  daemon.accept();
  EXPECT_EQ(daemon.line(), "one");
  daemon.beat();
  reporter.send("two");
  EXPECT_EQ(daemon.line(), "two");
  daemon.hang_up();
  EXPECT_THAT(said.pop(5s).value_or(""), HasSubstr("daemon silent since"));
  reporter.send("three");
  daemon.accept();
  EXPECT_EQ(daemon.line(), "three");
  daemon.beat();
  EXPECT_THAT(said.pop(5s).value_or(""), HasSubstr("heard again"));
}
}  // namespace
}  // namespace kulla::outage
