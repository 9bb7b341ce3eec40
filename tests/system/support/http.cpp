#include "system/support/http.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <charconv>

namespace kulla::test {
using namespace std::chrono;
namespace {
sockaddr_in loopback(int port, const char* address = "127.0.0.1") {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_port = htons(static_cast<std::uint16_t>(port));
  ::inet_pton(AF_INET, address, &result.sin_addr);
  return result;
}
int port_of(int fd) {
  sockaddr_in address{};
  socklen_t size = sizeof address;
  ::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size);
  return ntohs(address.sin_port);
}
bool wait_readable(int fd, steady_clock::time_point end) {
  const auto left = duration_cast<milliseconds>(end - steady_clock::now()).count();
  pollfd poll{fd, POLLIN, 0};
  return left > 0 && ::poll(&poll, 1, static_cast<int>(left)) > 0;
}
bool send_all(int fd, std::string_view bytes) {
  while (!bytes.empty()) {
    const auto sent = ::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}
void parse_head(std::string_view head, Response& response) {
  if (head.size() > 12) std::from_chars(head.data() + 9, head.data() + 12, response.status);
  for (auto begin = head.find("\r\n"); begin != std::string_view::npos && begin + 2 < head.size();) {
    const auto end = std::min(head.find("\r\n", begin + 2), head.size());
    const auto line = head.substr(begin + 2, end - begin - 2);
    if (const auto colon = line.find(": "); colon != std::string_view::npos) {
      std::string name{line.substr(0, colon)};
      std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
      response.headers.emplace(name, line.substr(colon + 2));
    }
    begin = end == head.size() ? std::string_view::npos : end;
  }
}
}  // namespace

int free_port() {
  const Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const auto address = loopback(0);
  if (::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return 0;
  return port_of(socket.get());
}

RawClient::RawClient(int port, const std::string& source) : socket_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const auto from = loopback(0, source.c_str()), to = loopback(port);
  if (::bind(socket_.get(), reinterpret_cast<const sockaddr*>(&from), sizeof from) != 0 ||
      ::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) != 0)
    socket_ = {};
}
bool RawClient::send(std::string_view bytes) { return socket_ && send_all(socket_.get(), bytes); }

bool RawClient::read_more(steady_clock::time_point end) {
  std::array<char, 65536> buffer;
  if (!socket_ || !wait_readable(socket_.get(), end)) return false;
  const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
  if (got > 0) unread_.append(buffer.data(), static_cast<std::size_t>(got));
  if (got <= 0) socket_ = {};
  return got > 0;
}

Response RawClient::receive(milliseconds patience, bool head) {
  const auto end = steady_clock::now() + patience;
  Response response;
  std::size_t body = 0;
  while ((body = unread_.find("\r\n\r\n")) == std::string::npos)
    if (!read_more(end)) return response;
  parse_head(std::string_view{unread_}.substr(0, body), response);
  unread_.erase(0, body + 4);
  if (head) return response.whole = true, response;
  const auto length = response.headers.find("content-length");
  const bool has_length = length != response.headers.end();
  const std::size_t wanted = has_length ? std::stoul(length->second) : std::string::npos;
  while (unread_.size() < wanted && read_more(end)) {}
  response.whole = has_length ? unread_.size() >= wanted : unread_.ends_with("0\r\n\r\n");
  response.body = unread_.substr(0, wanted);
  unread_.erase(0, wanted);
  return response;
}

std::string RawClient::drain(milliseconds patience, bool& closed) {
  const auto end = steady_clock::now() + patience;
  while (read_more(end)) {}
  closed = !socket_;
  return std::exchange(unread_, {});
}

Response get(int port, const std::string& host, const std::string& path, const std::string& source) {
  return RawClient{port, source}.ask(fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nConnection: close\r\n\r\n", path, host));
}

// ---- the server ----

Upstream::Upstream(std::string name) : name_(std::move(name)), listener_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  const auto address = loopback(0);
  if (::bind(listener_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0 && ::listen(listener_.get(), 512) == 0)
    port_ = port_of(listener_.get());
  thread_ = std::thread{[this] { accept_all(); }};
}
Upstream::~Upstream() {
  stopping_ = true;
  thread_.join();
  while (serving_ > 0) std::this_thread::sleep_for(1ms);
}
void Upstream::accept_all() {
  while (!stopping_) {
    if (!wait_readable(listener_.get(), steady_clock::now() + 20ms)) continue;
    Descriptor socket{::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC)};
    if (!socket) continue;
    ++serving_;
    std::thread{[this, taken = std::move(socket)]() mutable {
      serve(std::move(taken));
      --serving_;
    }}.detach();  // lint(detach): the destructor waits until serving_ is zero, and each connection notices stopping_
  }
}
void Upstream::serve(Descriptor socket) {
  std::string unread;
  std::array<char, 65536> buffer;
  while (!stopping_) {
    if (const auto end = unread.find("\r\n\r\n"); end != std::string::npos) {
      const auto head = unread.substr(0, end + 2);
      unread.erase(0, end + 4);
      if (!answer(socket.get(), head)) return;
      continue;
    }
    if (!wait_readable(socket.get(), steady_clock::now() + 20ms)) continue;
    const auto got = ::recv(socket.get(), buffer.data(), buffer.size(), 0);
    if (got <= 0) return;
    unread.append(buffer.data(), static_cast<std::size_t>(got));
  }
}
bool Upstream::answer(int socket, const std::string& head) {
  ++requests_;
  {
    const std::scoped_lock lock{mutex_};
    last_head_ = head;
  }
  std::string host = "-";
  if (const auto begin = head.find("\r\nhost: "); begin != std::string::npos)
    host = head.substr(begin + 8, head.find('\r', begin + 8) - begin - 8);
  const auto line = head.substr(0, head.find(" HTTP/"));
  if (line.contains("/h2c") && head.contains("\r\nupgrade:")) {
    if (!send_all(socket,
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"))
      return false;
    return stream(socket), false;
  }
  if (head.contains("\r\nupgrade: websocket")) {
    if (!send_all(socket,
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: "
                  "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n"))
      return false;
    return stream(socket), false;
  }
  if (line.contains("/stream")) {
    if (!send_all(socket, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nConnection: close\r\n\r\n")) return false;
    return stream(socket), false;
  }
  while (line.contains("/held") && !released_ && !stopping_) std::this_thread::sleep_for(1ms);
  const auto body = fmt::format("{} {} {}\n", name_, line, host);
  const bool bodiless = line.starts_with("HEAD ");
  return send_all(
      socket, fmt::format("HTTP/1.1 200 OK\r\nX-Service: {}\r\nContent-Length: {}\r\n\r\n{}", name_, body.size(), bodiless ? "" : body));
}
void Upstream::stream(int socket) {
  ++streaming_;
  while (!stopping_ && send_all(socket, "a line of a stream that does not end\n")) std::this_thread::sleep_for(5ms);
  --streaming_;
}
}  // namespace kulla::test
