#include "outage/ask_icmp.hpp"

#include <fmt/format.h>
#include <linux/errqueue.h>
#include <linux/icmp.h>
#include <netinet/icmp6.h>
#include <netinet/in.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/post.hpp>
#include <cerrno>
#include <cstring>
#include <random>
#include <span>

#include "outage/ask_names.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t batch = 64;
constexpr int sends_tried = 4;           // routers may say that often, between two calls, that they refuse an earlier request
constexpr int receive_buffer = 1 << 20;  // the answers to some thousand requests that were sent at once
constexpr std::size_t header_size = 8, packet_size = header_size + 2 * sizeof(std::uint64_t);
constexpr std::size_t v6_header_size = 40;
using Packet = std::array<std::uint8_t, packet_size>;
using Bytes = std::span<const std::uint8_t>;

std::uint16_t checksum(Bytes bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2) sum += static_cast<std::uint32_t>(bytes[i] << 8 | bytes[i + 1]);
  while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
  return static_cast<std::uint16_t>(~sum);
}
void put16(Packet& packet, std::size_t at, std::uint16_t value) {
  packet[at] = static_cast<std::uint8_t>(value >> 8), packet[at + 1] = static_cast<std::uint8_t>(value);
}
std::uint16_t get16(Bytes bytes, std::size_t at) { return static_cast<std::uint16_t>(bytes[at] << 8 | bytes[at + 1]); }
std::uint64_t get64(Bytes bytes, std::size_t at) {
  std::uint64_t value = 0;
  std::memcpy(&value, bytes.data() + at, sizeof value);
  return value;
}

struct Word {
  int code;
  std::string_view text;
};
constexpr std::array words_v4{Word{0, "network unreachable"},      Word{1, "host unreachable"},   Word{2, "protocol unreachable"},
                              Word{3, "port unreachable"},         Word{9, "network prohibited"}, Word{10, "host prohibited"},
                              Word{13, "communication prohibited"}};
constexpr std::array words_v6{Word{0, "no route"},         Word{1, "communication prohibited"}, Word{3, "address unreachable"},
                              Word{4, "port unreachable"}, Word{5, "source address refused"},   Word{6, "route rejected"}};
std::string word_of(std::span<const Word> words, int code) {
  const auto found = std::ranges::find(words, code, &Word::code);
  return found == words.end() ? fmt::format("unreachable, code {}", code) : std::string(found->text);
}
}  // namespace

/// IPv4 or IPv6.
class Pinger::Family {
 public:
  Family(Pinger& pinger, bool v6) : pinger_(pinger), v6_(v6), descriptor_(pinger.context_) {}
  Result<> open();
  void gather(std::uint64_t token, const asio::ip::address& to);
  void flush();
  [[nodiscard]] bool is_v6() const { return v6_; }

 private:
  struct Gathered {
    std::uint64_t token;
    Packet packet;
    sockaddr_storage to;
  };
  void filter() const;
  void wait();
  void receive();
  void receive_errors();
  void take(Bytes message, const sockaddr_storage& from);
  void take_refusal(Bytes quoted, const std::string& why);
  [[nodiscard]] Bytes without_ip_header(Bytes message) const;
  [[nodiscard]] socklen_t address_size() const { return v6_ ? sizeof(sockaddr_in6) : sizeof(sockaddr_in); }

  Pinger& pinger_;
  const bool v6_;
  bool raw_ = false;
  std::uint16_t id_ = 0;
  asio::posix::stream_descriptor descriptor_;
  std::vector<Gathered> gathered_;
};

Result<> Pinger::Family::open() {
  const int family = v6_ ? AF_INET6 : AF_INET, protocol = v6_ ? int{IPPROTO_ICMPV6} : int{IPPROTO_ICMP};
  Descriptor made{::socket(family, SOCK_DGRAM | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol)};
  raw_ = !made;
  if (raw_) made = Descriptor{::socket(family, SOCK_RAW | SOCK_NONBLOCK | SOCK_CLOEXEC, protocol)};
  if (!made && errno == EAFNOSUPPORT) return {};  // a machine without IPv6 has no targets in it either
  if (!made)
    return kulla::fail(Code::bad_argument,
                       "icmp: neither a ping socket (sysctl net.ipv4.ping_group_range) nor a raw one (CAP_NET_RAW) is allowed");
  ::setsockopt(made.get(), SOL_SOCKET, SO_RCVBUF, &receive_buffer, sizeof receive_buffer);
  if (pinger_.source_ && pinger_.source_->is_v6() == v6_) {
    const asio::ip::tcp::endpoint from{*pinger_.source_, 0};
    if (::bind(made.get(), from.data(), static_cast<socklen_t>(from.size())) != 0) return fail_errno("icmp: source address");
  }
  boost::system::error_code error;
  descriptor_.assign(made.release(), error);
  id_ = static_cast<std::uint16_t>(pinger_.next_ >> 32);
  filter();
  wait();
  return {};
}

/// Of all ICMP that comes to this machine a raw socket gets a copy: only what can be an answer is let through.
void Pinger::Family::filter() const {
  const int fd = const_cast<asio::posix::stream_descriptor&>(descriptor_).native_handle();
  const int on = 1;
  if (!raw_) {
    ::setsockopt(fd, v6_ ? int{IPPROTO_IPV6} : int{IPPROTO_IP}, v6_ ? IPV6_RECVERR : IP_RECVERR, &on, sizeof on);
  } else if (v6_) {
    icmp6_filter wanted;
    ICMP6_FILTER_SETBLOCKALL(&wanted);
    for (const int type : {ICMP6_ECHO_REPLY, ICMP6_DST_UNREACH, ICMP6_TIME_EXCEEDED}) ICMP6_FILTER_SETPASS(type, &wanted);
    ::setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &wanted, sizeof wanted);
  } else {
    const icmp_filter wanted{~(1U << ICMP_ECHOREPLY | 1U << ICMP_DEST_UNREACH | 1U << ICMP_TIME_EXCEEDED)};
    ::setsockopt(fd, SOL_RAW, ICMP_FILTER, &wanted, sizeof wanted);
  }
}

void Pinger::Family::gather(std::uint64_t token, const asio::ip::address& to) {
  if (!descriptor_.is_open()) return pinger_.refused(token, EAFNOSUPPORT, "");
  auto& gathered = gathered_.emplace_back(Gathered{token, {}, {}});
  auto& packet = gathered.packet;
  packet[0] = v6_ ? ICMP6_ECHO_REQUEST : ICMP_ECHO;
  put16(packet, 4, id_);
  put16(packet, 6, static_cast<std::uint16_t>(token));
  std::memcpy(packet.data() + header_size, &token, sizeof token);
  if (!v6_) put16(packet, 2, checksum(packet));
  const asio::ip::tcp::endpoint endpoint{to, 0};
  std::memcpy(&gathered.to, endpoint.data(), endpoint.size());
  if (gathered_.size() == batch) flush();
}

void Pinger::Family::flush() {
  const auto sending = std::exchange(gathered_, {});
  std::array<mmsghdr, batch> headers{};
  std::array<iovec, batch> pieces{};
  for (std::size_t i = 0; i < sending.size(); ++i) {
    pieces[i] = {const_cast<std::uint8_t*>(sending[i].packet.data()), packet_size};
    headers[i].msg_hdr.msg_name = const_cast<sockaddr_storage*>(&sending[i].to);
    headers[i].msg_hdr.msg_namelen = address_size();
    headers[i].msg_hdr.msg_iov = &pieces[i];
    headers[i].msg_hdr.msg_iovlen = 1;
  }
  int tries = 0;
  for (std::size_t done = 0; done < sending.size();) {
    const int sent = ::sendmmsg(descriptor_.native_handle(), &headers[done], static_cast<unsigned>(sending.size() - done), MSG_DONTWAIT);
    for (int i = 0; i < sent; ++i) pinger_.left(sending[done++].token);
    // What a router said of an earlier request ends the next call on its socket, once: only what is said again is of this one.
    if (sent > 0) tries = 0;
    else if (++tries == sends_tried) pinger_.refused(sending[done++].token, errno, ""), tries = 0;
  }
  gathered_.reserve(batch);
}

void Pinger::Family::wait() {
  descriptor_.async_wait(asio::posix::stream_descriptor::wait_read, [this](const boost::system::error_code& error) {
    if (error) return;
    receive();
    if (!raw_) receive_errors();
    wait();
  });
}

void Pinger::Family::receive() {
  static constexpr std::size_t room = 128;  // an IP header with all its options, and as much as is looked at
  std::array<std::array<std::uint8_t, room>, batch> rooms;
  std::array<mmsghdr, batch> headers{};
  std::array<iovec, batch> pieces{};
  std::array<sockaddr_storage, batch> from{};
  for (int got = static_cast<int>(batch), turns = 0; got == static_cast<int>(batch) && turns < 16; ++turns) {
    for (std::size_t i = 0; i < batch; ++i) {
      pieces[i] = {rooms[i].data(), room};
      headers[i].msg_hdr = {&from[i], sizeof from[i], &pieces[i], 1, nullptr, 0, 0};
    }
    got = ::recvmmsg(descriptor_.native_handle(), headers.data(), batch, MSG_DONTWAIT, nullptr);
    for (int i = 0; i < got; ++i) {
      const auto n = static_cast<std::size_t>(i);
      take(Bytes{rooms[n]}.first(std::min<std::size_t>(headers[n].msg_len, room)), from[n]);
    }
  }
}

Bytes Pinger::Family::without_ip_header(Bytes message) const {
  const std::size_t size = v6_ ? v6_header_size : message.empty() ? 0 : std::size_t{4} * (message[0] & 0x0F);
  return message.subspan(std::min(size, message.size()));
}

void Pinger::Family::take(Bytes message, const sockaddr_storage& from) {
  if (raw_ && !v6_) message = without_ip_header(message);
  if (message.size() < header_size) return;
  const int type = message[0], code = message[1];
  if (type == (v6_ ? ICMP6_ECHO_REPLY : ICMP_ECHOREPLY)) {
    if (message.size() < packet_size || (raw_ && get16(message, 4) != id_)) return;
    asio::ip::tcp::endpoint sender;
    std::memcpy(sender.data(), &from, std::min<std::size_t>(address_size(), sender.capacity()));
    return pinger_.answered(get64(message, header_size), sender.address());
  }
  const bool too_far = type == (v6_ ? ICMP6_TIME_EXCEEDED : ICMP_TIME_EXCEEDED);
  if (!too_far && type != (v6_ ? ICMP6_DST_UNREACH : ICMP_DEST_UNREACH)) return;
  const auto words = v6_ ? std::span<const Word>{words_v6} : std::span<const Word>{words_v4};
  take_refusal(without_ip_header(message.subspan(header_size)), too_far ? "time to live exceeded" : word_of(words, code));
}

/// A router quotes the head of what it refused, often no more of it than id and sequence: these tell the last one that had them.
void Pinger::Family::take_refusal(Bytes quoted, const std::string& why) {
  if (quoted.size() < header_size || quoted[0] != (v6_ ? ICMP6_ECHO_REQUEST : ICMP_ECHO) || (raw_ && get16(quoted, 4) != id_)) return;
  const auto sequence = get16(quoted, 6);
  const auto token = pinger_.next_ - ((pinger_.next_ - sequence) & 0xFFFF);
  pinger_.refused(token, EHOSTUNREACH, why);
}

/// What routers said to a ping socket lies in its error queue, with the request that it is about.
void Pinger::Family::receive_errors() {
  for (;;) {
    std::array<std::uint8_t, 128> data;
    alignas(cmsghdr) std::array<char, 512> control;
    iovec piece{data.data(), data.size()};
    msghdr header{nullptr, 0, &piece, 1, control.data(), control.size(), 0};
    const auto got = ::recvmsg(descriptor_.native_handle(), &header, MSG_ERRQUEUE | MSG_DONTWAIT);
    if (got < 0) return;
    for (const auto* item = CMSG_FIRSTHDR(&header); item; item = CMSG_NXTHDR(&header, const_cast<cmsghdr*>(item))) {
      sock_extended_err error{};
      if (item->cmsg_len < CMSG_LEN(sizeof error)) continue;
      std::memcpy(&error, CMSG_DATA(item), sizeof error);
      const auto words = v6_ ? std::span<const Word>{words_v6} : std::span<const Word>{words_v4};
      take_refusal(Bytes{data}.first(static_cast<std::size_t>(got)), word_of(words, error.ee_code));
    }
  }
}

Pinger::Pinger(asio::io_context& context, const std::optional<asio::ip::address>& source)
    : source_(source), context_(context), next_(std::random_device{}() | std::uint64_t{std::random_device{}()} << 32) {}
Pinger::~Pinger() = default;

Result<> Pinger::prepare() {
  if (!families_.empty()) return {};
  for (const bool v6 : {false, true}) {
    auto family = std::make_unique<Family>(*this, v6);
    KULLA_CHECK(family->open());
    families_.push_back(std::move(family));
  }
  return {};
}

void Pinger::send(AskEcho& ask, const asio::ip::address& to) {
  ask.token_ = ++next_;
  ask.sent_ = true;
  waiting_.emplace(ask.token_, &ask);
  families_[to.is_v6() ? 1 : 0]->gather(ask.token_, to);
  // A name may be found in the middle of a turn: that is no reason to wait for the next one.
  if (!std::exchange(will_flush_, true)) asio::post(context_, [this] { flush(); });
}

void Pinger::flush() {
  will_flush_ = false;
  for (const auto& family : families_) family->flush();
}

/// A broadcast's or a liar's answer comes from somewhere else.
void Pinger::answered(std::uint64_t token, const asio::ip::address& from) {
  const auto found = waiting_.find(token);
  if (found != waiting_.end() && found->second->outcome.address == from) found->second->answered();
}
void Pinger::left(std::uint64_t token) {
  if (const auto found = waiting_.find(token); found != waiting_.end()) found->second->left();
}
void Pinger::refused(std::uint64_t token, int error_number, std::string why) {
  const auto found = waiting_.find(token);
  if (found != waiting_.end()) found->second->refused(error_number, std::move(why));
}

void AskEcho::start() {
  if (aim_.literal) return send_to({&*aim_.literal, 1});
  means_.names.find(aim_.address.host, [self = std::static_pointer_cast<AskEcho>(shared_from_this())](const Found& found) {
    if (self->ended()) return;
    self->outcome.phases.resolve_us = self->mark();
    if (found.unasked) return self->fail_unasked(found.detail);
    if (found.failed != Layer::none) return self->fail(found.failed, found.detail);
    self->send_to(found.addresses);
  });
}

void AskEcho::send_to(std::span<const asio::ip::address> found) {
  for (const auto& address : found) {
    if (means_.source && means_.source->is_v4() != address.is_v4()) continue;
    outcome.address = address;
    return means_.pinger.send(*this, address);
  }
  fail_by_system(EAFNOSUPPORT, Layer::unreachable);
}

void AskEcho::answered() {
  outcome.phases.first_byte_us = mark();
  finish();
}
void AskEcho::refused(int error_number, std::string why) {
  outcome.phases.first_byte_us = mark();
  if (why.empty()) return fail_by_system(error_number, Layer::unreachable);
  fail(Layer::unreachable, std::move(why));
}
void AskEcho::expire() {
  (sent_ ? outcome.phases.first_byte_us : outcome.phases.resolve_us) = mark();
  fail(sent_ ? Layer::connect_timeout : Layer::resolve_timeout, "");
}
void AskEcho::close() {
  if (sent_) means_.pinger.take_back(token_);
}
}  // namespace kulla::outage
