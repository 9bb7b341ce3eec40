// Echo requests (RFC 792, RFC 4443): one socket a family for all of them, many sent and received by one call.
#pragma once
#include <boost/asio/posix/stream_descriptor.hpp>
#include <cstdint>
#include <span>
#include <unordered_map>
#include <vector>

#include "base/file.hpp"
#include "outage/ask.hpp"

namespace kulla::outage {

class AskEcho;

/// A ping socket where the system allows one (net.ipv4.ping_group_range), else a raw socket (CAP_NET_RAW).
class Pinger {
 public:
  Pinger(asio::io_context& context, const std::optional<asio::ip::address>& source);
  ~Pinger();
  Pinger(const Pinger&) = delete;
  Pinger& operator=(const Pinger&) = delete;

  /// Opens the sockets. Code::bad_argument where this process may have neither, or the source is not this machine's.
  [[nodiscard]] Result<> prepare();
  /// Sent with all others that ask at the same time; `ask` gets the answer unless it takes itself back.
  void send(AskEcho& ask, const asio::ip::address& to);
  void take_back(std::uint64_t token) { waiting_.erase(token); }
  /// Sends what was gathered; the prober calls it once a turn, and it comes by itself before anything is waited for.
  void flush();

 private:
  class Family;
  std::vector<std::unique_ptr<Family>> families_;
  friend class Family;
  void left(std::uint64_t token);
  void answered(std::uint64_t token, const asio::ip::address& from);
  void refused(std::uint64_t token, int error_number, std::string why);
  std::unordered_map<std::uint64_t, AskEcho*> waiting_;
  std::optional<asio::ip::address> source_;
  asio::io_context& context_;
  std::uint64_t next_ = 0;
  bool will_flush_ = false;
};

class AskEcho final : public Ask {
 public:
  using Ask::Ask;
  void expire() override;

 private:
  friend class Pinger;
  void start() override;
  void close() override;
  void send_to(std::span<const asio::ip::address> found);
  void left() { mark(); }  ///< the round trip begins
  void answered();
  void refused(int error_number, std::string why);
  std::uint64_t token_ = 0;
  bool sent_ = false;
};

}  // namespace kulla::outage
