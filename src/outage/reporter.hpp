// From a vantage to the daemon: one line an observation over mutual TLS, and, the other way, the daemon's heartbeat.
// The vantage outlives the daemon: it reconnects, keeps every line in a spool until the daemon says that it is on its disk, and says loudly
// when the daemon is silent, is another one, or does not know this vantage.
#pragma once
#include <atomic>
#include <boost/asio.hpp>
#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <thread>

#include "base/keys.hpp"
#include "base/time.hpp"
#include "base/tls_identity.hpp"
#include "outage/address.hpp"
#include "outage/spool.hpp"
#include "outage/wire.hpp"

namespace kulla::outage {

/// Notices when something that should be heard of stays silent. Pure: time comes as ticks.
class Heartbeat {
 public:
  enum class Change { none, fell_silent, still_silent, is_back };
  static constexpr auto patience = std::chrono::seconds{5};  ///< the daemon's heart beats once a second
  static constexpr auto reminder = std::chrono::seconds{60};

  explicit Heartbeat(Moment start) : heard_(start) {}
  [[nodiscard]] Change heard(Moment now);
  /// The connection ended: that is silence at once.
  [[nodiscard]] Change closed(Moment now);
  [[nodiscard]] Change watch(Moment now);
  [[nodiscard]] Timestamp silent_since() const { return heard_.wall; }

 private:
  Moment heard_;
  Ticks told_{};
  bool silent_ = false;
};

struct ReporterSettings {
  Address daemon;
  SecretKey key;  ///< the vantage's own
  PublicKey daemon_key;  ///< who may answer at that address
  SpoolSettings spool;
  std::chrono::milliseconds retry =
      std::chrono::milliseconds{200};  ///< after a connection that held; doubled with each that did not, up to 5 s
};

class Reporter {
 public:
  struct Hooks {
    std::function<void(const std::string&)> say;  ///< lines for a person ("daemon silent since …")
    std::function<void(const ServiceId&)> measure = {};  ///< another vantage has just seen this target fail
  };
  /// Hooks are called on the reporter's thread. Code::io or Code::refused where the spool cannot be used.
  [[nodiscard]] static Result<std::unique_ptr<Reporter>> start(ReporterSettings settings, const Clock& clock, Hooks hooks);
  ~Reporter();  ///< gives the lines that are left a second to go out; what does not is in the spool
  Reporter(const Reporter&) = delete;
  Reporter& operator=(const Reporter&) = delete;

  /// Of the next line.
  [[nodiscard]] std::uint64_t next_number() const { return spool_->next_number(); }
  /// Any thread; the line of the observation with this number, without the line end. Numbers rise.
  void send(std::uint64_t number, std::string_view line);
  [[nodiscard]] Spool::Counts counts() const { return spool_->counts(); }

 private:
  struct Connection;
  using Held = std::shared_ptr<Connection>;
  Reporter(ReporterSettings settings, const Clock& clock, Hooks hooks, std::unique_ptr<Spool> spool);
  Result<> make_identity();
  void tick();
  void connect();
  void reach(const Held& connection);
  void shake_hands(const Held& connection);
  void listen(const Held& connection);
  void hear(const Held& connection, std::string_view line);
  void take(const Held& connection, const DaemonBeat& beat);
  void pump();
  void write(const Held& connection, std::string bytes);
  void lose(const Held& connection);
  void watch_connection(Ticks now);
  void end_when_done();
  void tell(Heartbeat::Change change);
  void tell_once_a_while(std::string text);
  void tell_counts();
  void tell_problem(const std::string& problem);
  [[nodiscard]] std::string refusal(const boost::system::error_code& error) const;
  [[nodiscard]] std::string address() const;

  const ReporterSettings settings_;
  const Clock& clock_;
  const Hooks hooks_;
  const std::unique_ptr<Spool> spool_;
  std::unique_ptr<TlsIdentity> identity_;
  std::optional<PublicKey> shown_;  ///< by whoever answered last, where it was not the daemon's
  Heartbeat heartbeat_;
  std::atomic<bool> poked_ = false;
  boost::asio::io_context context_{1};
  boost::asio::steady_timer timer_{context_};
  boost::asio::ip::tcp::resolver resolver_{context_};
  Held connection_;
  std::optional<Ticks> end_at_;
  Ticks retry_at_{}, retry_after_{}, synced_at_{}, told_at_{};
  std::string told_, told_problem_;
  Spool::Counts told_counts_;
  std::uint64_t told_refused_ = 0;
  std::thread thread_;
};

}  // namespace kulla::outage
