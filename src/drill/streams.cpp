#include "drill/streams.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>

#include <array>
#include <cstring>

#include "drill/citizens.hpp"

namespace kulla::drill {
namespace {
constexpr int poll_ms = 50;

sockaddr_in address(std::uint32_t ip, std::uint16_t port) {
  sockaddr_in result{};
  result.sin_family = AF_INET;
  result.sin_addr.s_addr = htonl(ip);
  result.sin_port = htons(port);
  return result;
}

/// When the newest of the bytes just read had arrived.
Timestamp arrival(msghdr& message) {
  for (auto* control = CMSG_FIRSTHDR(&message); control; control = CMSG_NXTHDR(&message, control)) {
    if (control->cmsg_level != SOL_SOCKET || control->cmsg_type != SCM_TIMESTAMPNS) continue;
    timespec time{};
    std::memcpy(&time, CMSG_DATA(control), sizeof time);
    return Timestamp{std::chrono::microseconds{time.tv_sec * 1'000'000 + time.tv_nsec / 1000}};
  }
  return wall_now();
}
}  // namespace

Result<Streams::Stream> Streams::open(std::size_t service, std::uint32_t number) const {
  Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const int on = 1;
  const auto from = address(address_of(Crowd::streams, streams_.size()).to_uint(), 0),
             to = address(gate_.address().to_v4().to_uint(), gate_.port());
  const auto as_sockaddr = [](const sockaddr_in& in) { return reinterpret_cast<const sockaddr*>(&in); };
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_TIMESTAMPNS, &on, sizeof on) != 0 ||
      ::bind(socket.get(), as_sockaddr(from), sizeof from) != 0 || ::connect(socket.get(), as_sockaddr(to), sizeof to) != 0)
    return fail_errno("a stream to the gate");
  const auto& planned = plan_.services[service];
  KULLA_CHECK(write_all(socket.get(), fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\n\r\n", below(planned, "large"), planned.host),
                        "a stream to the gate"));
  return Stream{std::move(socket), static_cast<std::uint32_t>(service), number};
}

Result<> Streams::start(const std::vector<std::size_t>& services) {
  for (const auto service : services)
    for (std::uint32_t number = 0; number < streams_each; ++number) {
      KULLA_TRY(auto stream, open(service, number));
      streams_.push_back(std::move(stream));
    }
  alive_ = streams_.size();
  thread_ = std::thread{[this] { read_all(); }};
  return {};
}

void Streams::stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
}

bool Streams::read_one(const Stream& stream) {
  std::array<char, 16384> bytes;
  alignas(cmsghdr) std::array<char, 128> control;
  iovec vector{bytes.data(), bytes.size()};
  msghdr message{};
  message.msg_iov = &vector;
  message.msg_iovlen = 1;
  message.msg_control = control.data();
  message.msg_controllen = control.size();
  const auto got = ::recvmsg(stream.socket.get(), &message, MSG_DONTWAIT);
  if (got < 0) return errno == EAGAIN || errno == EINTR;
  if (got == 0) return false;
  log_.add({stream.service, arrival(message), static_cast<std::size_t>(got), stream.number});
  return true;
}

void Streams::read_all() {
  while (!stop_ && !streams_.empty()) {
    std::vector<pollfd> polls;
    for (const auto& stream : streams_) polls.push_back({stream.socket.get(), POLLIN, 0});
    if (::poll(polls.data(), polls.size(), poll_ms) <= 0) continue;
    for (std::size_t i = streams_.size(); i-- > 0;)
      if (polls[i].revents && !read_one(streams_[i])) {
        log_.add({streams_[i].service, wall_now(), 0, streams_[i].number});
        streams_.erase(streams_.begin() + static_cast<std::ptrdiff_t>(i));
      }
    alive_ = streams_.size();
  }
}
}  // namespace kulla::drill
