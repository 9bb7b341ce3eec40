// Load for the gate's figures: an HTTP server and clients that cost little beside HAProxy. One epoll thread each, kept connections,
// requests built beforehand, one request under way a connection.
#pragma once
#include <arpa/inet.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "base/file.hpp"

namespace kulla::bench {
using SystemClockPoint = std::chrono::system_clock::time_point;

[[noreturn]] inline void give_up(const char* what) {
  std::perror(what);
  std::exit(2);
}
inline sockaddr_in loopback(int port) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<std::uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return address;
}
inline Descriptor listen_on_loopback(int& port) {
  Descriptor listener{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  auto address = loopback(0);
  socklen_t size = sizeof address;
  if (::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), size) != 0 || ::listen(listener.get(), 4096) != 0)
    give_up("listen");
  ::getsockname(listener.get(), reinterpret_cast<sockaddr*>(&address), &size);
  port = ntohs(address.sin_port);
  return listener;
}
inline int free_port() {
  int port = 0;
  (void)listen_on_loopback(port);
  return port;
}

/// Accepts connections and hands what comes on them to `take(fd, bytes)`, on one thread.
class Receiver {
 public:
  using Take = std::function<void(int, std::string_view)>;
  explicit Receiver(Take take)
      : listener_(listen_on_loopback(port_)), take_(std::move(take)), thread_([this](const std::stop_token& stop) { work(stop); }) {}
  [[nodiscard]] int port() const { return port_; }

 private:
  void work(const std::stop_token& stop) {
    const Descriptor poll{::epoll_create1(EPOLL_CLOEXEC)};
    watch(poll.get(), listener_.get());
    std::map<int, Descriptor> open;
    std::array<epoll_event, 256> events{};
    std::vector<char> buffer(1 << 18);
    while (!stop.stop_requested()) {
      const int count = ::epoll_wait(poll.get(), events.data(), static_cast<int>(events.size()), 50);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (fd == listener_.get()) accept(poll.get(), open);
        else if (const auto got = ::recv(fd, buffer.data(), buffer.size(), 0); got > 0)
          take_(fd, {buffer.data(), static_cast<std::size_t>(got)});
        else if (got == 0 || errno != EAGAIN) open.erase(fd);
      }
    }
  }
  void accept(int poll, std::map<int, Descriptor>& open) {
    for (int fd; (fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) {
      const int on = 1;
      ::setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
      open.emplace(fd, Descriptor{fd});
      watch(poll, fd);
    }
  }
  static void watch(int poll, int fd) {
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.fd = fd;
    if (::epoll_ctl(poll, EPOLL_CTL_ADD, fd, &event) != 0) give_up("epoll");
  }
  int port_ = 0;
  Descriptor listener_;
  Take take_;
  std::jthread thread_;
};

/// A service's server: the same answer to every request. HAProxy sends a request in one piece, without a body here.
inline Receiver answering_server(std::size_t body) {
  const auto answer =
      "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: " + std::to_string(body) + "\r\n\r\n" + std::string(body, 'x');
  return Receiver{[answer](int fd, std::string_view bytes) {
    if (bytes.ends_with("\r\n\r\n")) (void)::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
  }};
}

struct Answered {
  std::size_t request;     ///< which of the prebuilt ones
  int status;
  SystemClockPoint sent, received;
};

/// Clients on kept connections, each asking again as soon as it is answered, or as often as `rate` (in all, a second) allows.
class Load {
 public:
  struct Plan {
    int port = 0;
    int connections = 64;
    std::vector<std::string> requests;
    int rate = 0;                                    ///< 0: without limit
    std::function<std::size_t(std::size_t)> choose;  ///< which request is the n-th; empty: all in turn
    std::function<void(const Answered&)> seen;       ///< on the load's thread
  };
  explicit Load(Plan plan) : plan_(std::move(plan)), thread_([this](const std::stop_token& stop) { work(stop); }) {}
  void stop() {
    thread_.request_stop();
    if (thread_.joinable()) thread_.join();
  }
  [[nodiscard]] std::uint64_t answered() const { return answered_; }
  [[nodiscard]] std::uint64_t failed() const { return failed_; }
  [[nodiscard]] std::uint64_t refused() const { return refused_; }  ///< answered with anything but 200

 private:
  struct Connection {
    Descriptor socket;
    std::string unread;
    std::size_t request = 0;
    bool waiting = false;
    SystemClockPoint sent;
  };
  void work(const std::stop_token& stop) {
    poll_ = Descriptor{::epoll_create1(EPOLL_CLOEXEC)};
    connections_.resize(static_cast<std::size_t>(plan_.connections));
    for (std::size_t i = 0; i < connections_.size(); ++i) connect(i), ready_.push_back(i);
    std::array<epoll_event, 256> events{};
    begun_ = std::chrono::steady_clock::now();
    while (!stop.stop_requested()) {
      send_ready();
      const int count = ::epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), ready_.empty() ? 20 : 1);
      for (int i = 0; i < count; ++i) receive(events[static_cast<std::size_t>(i)].data.u64);
    }
    // What is under way is waited for, so that answers and log lines can be compared.
    for (int quiet = 0; waiting_ > 0 && quiet < 20;) {
      const int count = ::epoll_wait(poll_.get(), events.data(), static_cast<int>(events.size()), 50);
      quiet = count ? 0 : quiet + 1;
      for (int i = 0; i < count; ++i) receive(events[static_cast<std::size_t>(i)].data.u64);
    }
  }
  void connect(std::size_t i) {
    auto& connection = connections_[i];
    connection.socket = Descriptor{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    connection.unread.clear();
    const auto address = loopback(plan_.port);
    if (::connect(connection.socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) give_up("connect");
    const int on = 1;
    ::setsockopt(connection.socket.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (::epoll_ctl(poll_.get(), EPOLL_CTL_ADD, connection.socket.get(), &event) != 0) give_up("epoll");
  }
  void send_ready() {
    auto allowed = ready_.size();
    if (plan_.rate > 0) {
      const std::chrono::duration<double> passed = std::chrono::steady_clock::now() - begun_;
      const auto due = static_cast<std::uint64_t>(passed.count() * plan_.rate);
      allowed = std::min<std::size_t>(allowed, due > sent_ ? due - sent_ : 0);
    }
    for (; allowed > 0; --allowed) {
      const auto i = ready_.back();
      ready_.pop_back();
      send(i);
    }
  }
  void send(std::size_t i) {
    auto& connection = connections_[i];
    connection.request = plan_.choose ? plan_.choose(sent_) : sent_ % plan_.requests.size();
    ++sent_;
    const auto& bytes = plan_.requests[connection.request];
    connection.sent = std::chrono::system_clock::now();
    connection.waiting = true;
    ++waiting_;
    if (::send(connection.socket.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL) != static_cast<ssize_t>(bytes.size())) again(i);
  }
  /// The connection is gone: its request has failed, and a new connection takes its place.
  void again(std::size_t i) {
    auto& connection = connections_[i];
    if (connection.waiting) {
      ++failed_;
      --waiting_;
      ready_.push_back(i);
    }
    connection.waiting = false;
    connect(i);
  }
  void receive(std::size_t i) {
    auto& connection = connections_[i];
    std::array<char, 16384> buffer;
    const auto got = ::recv(connection.socket.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
    if (got <= 0) return again(i);
    std::string_view bytes{buffer.data(), static_cast<std::size_t>(got)};
    if (!connection.unread.empty()) bytes = connection.unread.append(bytes);
    const auto size = response_size(bytes);
    if (size == 0 || bytes.size() < size) {
      if (connection.unread.empty()) connection.unread.assign(bytes);
      return;
    }
    const int status = (bytes[9] - '0') * 100 + (bytes[10] - '0') * 10 + (bytes[11] - '0');
    connection.waiting = false;
    --waiting_;
    ++answered_;
    if (status != 200) ++refused_;
    if (plan_.seen) plan_.seen({connection.request, status, connection.sent, std::chrono::system_clock::now()});
    connection.unread.clear();
    ready_.push_back(i);
  }
  static std::size_t response_size(std::string_view bytes) {
    const auto head = bytes.find("\r\n\r\n");
    if (head == std::string_view::npos) return 0;
    auto length = bytes.substr(0, head).find("ontent-length: ");  // HAProxy writes header names in lower case, nginx does not
    if (length == std::string_view::npos) length = bytes.substr(0, head).find("ontent-Length: ");
    return head + 4 + (length == std::string_view::npos ? 0 : static_cast<std::size_t>(std::atol(bytes.data() + length + 15)));
  }

  Plan plan_;
  Descriptor poll_;
  std::vector<Connection> connections_;
  std::vector<std::size_t> ready_;
  std::chrono::steady_clock::time_point begun_;
  std::uint64_t sent_ = 0;
  std::size_t waiting_ = 0;
  std::atomic<std::uint64_t> answered_ = 0, failed_ = 0, refused_ = 0;
  std::jthread thread_;
};
}  // namespace kulla::bench
