// Takes signed observations from vantages, over mutual TLS; sends each a heartbeat that says what of its observations is on the daemon's
// disk, and, where another vantage has just seen a target change, that it is to be measured. It is given no orders and so can tell none.
#pragma once
#include <atomic>
#include <boost/asio.hpp>
#include <chrono>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "base/keys.hpp"
#include "base/time.hpp"
#include "base/tls_identity.hpp"
#include "daemon/vantage_marks.hpp"
#include "outage/observation.hpp"

namespace kulla::daemon {

struct VantageSettings {
  std::string listen;                       ///< host:port
  SecretKey key;                            ///< the listener's own
  std::map<VantageId, PublicKey> trusted;
  std::filesystem::path marks;              ///< where it is kept what was taken: state/vantages.json
  std::chrono::milliseconds beat = std::chrono::seconds{1};
  std::chrono::milliseconds handshake = std::chrono::seconds{10};
  std::chrono::milliseconds idle = std::chrono::seconds{30};  ///< a vantage answers each heartbeat, one a second
  std::chrono::milliseconds again = std::chrono::seconds{5};  ///< after the sink could not take one, its vantage is to send it again
};

class VantageListener {
 public:
  struct Sink {
    /// Each observation once, on the listener's thread, each vantage's in the order of its numbers. An error: it is not taken. Neither is
    /// what comes after it on that connection, which is ended after `again`: the vantage keeps all of it and sends it anew.
    std::function<Result<>(const outage::Observation&)> take;
    /// Such as comes after it meanwhile: news all the same. It comes again.
    std::function<void(const outage::Observation&)> glance = {};
    /// Asked after each of them: targets that the vantages other than the one that sent it are to measure now.
    std::function<std::vector<ServiceId>()> suspects = {};
    /// Makes durable what was taken; called before it is acknowledged, at most once a second. An error: it is not acknowledged.
    std::function<Result<>()> keep = {};
    /// Once a second, also while no vantage speaks.
    std::function<void()> tick = {};
    /// What the sink itself holds of each vantage, where that may be more than was acknowledged before a crash.
    std::map<VantageId, std::uint64_t> held = {};
  };
  [[nodiscard]] static Result<std::unique_ptr<VantageListener>> start(VantageSettings settings, const Clock& clock, Sink sink);
  ~VantageListener();  ///< keeps what was taken
  VantageListener(const VantageListener&) = delete;

  struct Counts {
    std::uint64_t observations = 0;  ///< taken
    std::uint64_t refused = 0;  ///< lines that were no observation of the vantage that sent them, or too long
    std::uint64_t replayed = 0;  ///< that had been taken already
    std::uint64_t missing = 0;  ///< numbers that never came
    std::uint64_t strangers = 0;  ///< handshakes with a foreign certificate, or none, or that were no TLS
    std::uint64_t slow = 0;  ///< handshakes that took too long, and vantages that fell silent
    std::uint64_t crowded = 0;  ///< connections that found no place, or had to leave theirs
    std::uint64_t measures = 0;  ///< that vantages were told
  };
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] std::string address() const;  ///< with the port that was given, where 0 was asked for

 private:
  using Tcp = boost::asio::ip::tcp;
  struct Connection;
  using Held = std::shared_ptr<Connection>;
  VantageListener(VantageSettings settings, const Clock& clock, Sink sink);
  Result<> begin();
  void accept();
  void admit(Tcp::socket socket);
  void crowd_out(const boost::asio::ip::address& from);
  void shake_hands(const Held& connection);
  void welcome(const Held& connection);
  void read(const Held& connection);
  void take(const Held& connection, std::string_view line);
  void take(const Held& connection, const outage::Observation& observation);
  [[nodiscard]] bool was_stored(const Held& connection, const outage::Observation& observation);
  void ask_others(const outage::Observation& observation);
  void beat();
  void keep();
  void say_beat(const Held& connection);
  void say(const Held& connection, const std::string& line);
  void write(const Held& connection);
  void close(const Held& connection);
  void stranger(const Held& connection, std::string_view why);

  const VantageSettings settings_;
  const Clock& clock_;
  const Sink sink_;
  std::map<PublicKey, VantageId> names_;
  std::unique_ptr<TlsIdentity> identity_;
  VantageMarks marks_;
  std::set<Held> strangers_;  ///< that have not proved a key yet
  std::map<VantageId, Held> vantages_;  ///< one connection each; the newest counts
  std::set<VantageId> untaken_;  ///< of which the sink could not take the newest, as was said
  std::uint64_t connected_ = 0;  ///< numbers connections, in the order in which they came
  Timestamp stranger_said_{};
  bool keep_failed_ = false;
  std::atomic<std::uint64_t> observations_ = 0, refused_ = 0, replayed_ = 0, missing_ = 0, strange_ = 0, slow_ = 0, crowded_ = 0,
                             measures_ = 0;
  boost::asio::io_context context_{1};
  Tcp::acceptor acceptor_{context_};
  boost::asio::steady_timer patience_{context_}, heart_{context_};
  std::thread thread_;
};

}  // namespace kulla::daemon
