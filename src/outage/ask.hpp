// One probe under way: what it is aimed at, what it came to, and what all probes share. One thread; Boost.Asio.
#pragma once
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>
#include <boost/intrusive/list.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/time.hpp"
#include "model/notice.hpp"
#include "outage/address.hpp"
#include "outage/observation.hpp"
#include "outage/target.hpp"

namespace kulla::outage {
namespace asio = boost::asio;
using SteadyTime = std::chrono::steady_clock::time_point;

/// A target made ready: parsed once, asked often. docs/probing.md has the urls.
struct Aim {
  enum class Way { http, tls, tcp, icmp, dns };
  ServiceId name, service;
  Way way = Way::http;
  bool encrypted = false;                    ///< TLS below
  Address address;                           ///< of the connection; port 0 for an echo
  std::optional<asio::ip::address> literal;  ///< where the address is one
  std::chrono::milliseconds every{1000};
  std::string host;                          ///< in the certificate, and in SNI
  std::string authority, path;               ///< HTTP
  std::string request;                       ///< HTTP/1.1, whole
  std::string agent;
  std::string question;                      ///< DNS
  int type = 1;
  std::optional<Address> server;             ///< DNS: to ask this one
  bool dnssec = false;
  std::string ca;
  bool http2 = false;
  mutable bool found_http2_only = false;     ///< the server has no HTTP/1.1, as it said
  std::vector<int> good_status;
  bool fingerprint = false;

  [[nodiscard]] bool is_good(int status) const;
};
/// Code::bad_argument, naming the target and what to write instead.
[[nodiscard]] Result<Aim> aim_at(const Target& target, const std::string& user_agent);

/// What a probe came to; it becomes an Observation.
struct Outcome {
  Layer failed = Layer::none;
  int status = 0;
  NoticeSeen notice = NoticeSeen::none;
  Phases phases{};
  std::optional<std::string> closure{}, body{};
  std::optional<Timestamp> certificate_ends{};
  std::optional<asio::ip::address> address{};
  std::optional<std::string> detail{};
  bool unasked = false;  ///< this machine had no port, socket or memory left: that says nothing of the target
};

class Names;
class Pinger;
class Questions;
class TlsContexts;

/// What all probes of one prober share.
struct Means {
  asio::io_context& context;
  const Clock& clock;
  std::optional<asio::ip::address> source;
  std::optional<PublicKey> notice_key;
  Names& names;
  Pinger& pinger;
  Questions& questions;
  TlsContexts& tls;
};

class Ask;
class AskOwner {
 public:
  virtual ~AskOwner() = default;
  virtual void ended(Ask& ask) = 0;
};

/// Kept alive by itself from `begin` until it has ended.
class Ask : public std::enable_shared_from_this<Ask>,
            public boost::intrusive::list_base_hook<boost::intrusive::link_mode<boost::intrusive::auto_unlink>> {
 public:
  Ask(Means& means, const Aim& aim) : means_(means), aim_(aim) {}
  virtual ~Ask() = default;
  Ask(const Ask&) = delete;
  Ask& operator=(const Ask&) = delete;

  void begin(AskOwner& owner, std::size_t target, Timestamp sent, SteadyTime now);
  /// The time limit was reached: fails at the layer at which it is.
  virtual void expire() = 0;
  /// Forgotten without an outcome.
  void abandon();

  Outcome outcome;
  std::size_t target = 0;
  Timestamp sent;
  SteadyTime began;
  [[nodiscard]] const Aim& aim() const { return aim_; }

 protected:
  virtual void start() = 0;
  /// Gives back sockets and whatever else is held; called once, when it ended.
  virtual void close() = 0;
  void finish();
  void fail(Layer layer, std::string detail);
  void fail_by_system(int error_number, Layer otherwise);
  /// This machine could not ask: that says nothing of the target, and is counted, not observed.
  void fail_unasked(std::string detail);
  [[nodiscard]] bool ended() const { return ended_; }
  /// Microseconds since the last mark, which moves to now.
  std::int64_t mark();

  Means& means_;
  const Aim& aim_;

 private:
  AskOwner* owner_ = nullptr;
  std::shared_ptr<Ask> self_;
  SteadyTime marked_;
  bool ended_ = false;
};

/// http, https, tls, tcp: ask_stream.cpp; icmp: ask_icmp.cpp; dns: ask_dns.cpp.
[[nodiscard]] std::shared_ptr<Ask> make_ask(Means& means, const Aim& aim);

}  // namespace kulla::outage
