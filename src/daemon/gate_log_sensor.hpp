// The first sensor: the gate's own log, as HAProxy's ring sends it over a stream. One thread reads, detects and raises.
#pragma once
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio.hpp>

#include "base/result.hpp"
#include "base/time.hpp"
#include "daemon/addresses.hpp"
#include "daemon/answers.hpp"
#include "daemon/evidence.hpp"
#include "detect/detector.hpp"
#include "model/input.hpp"

namespace kulla::daemon {

class GateLogSensor {
 public:
  using Report = std::function<void(InputBody)>;
  struct Counts {
    std::uint64_t lines = 0, unreadable = 0, cut = 0, refused_by_gate = 0, suppressed = 0;
  };
  /// Listens on `address` (host:port) at once; several workers of the gate may connect.
  [[nodiscard]] static Result<std::unique_ptr<GateLogSensor>> start(const std::string& address, std::unique_ptr<detect::Detector> detector,
                                                                    Addresses& addresses, EvidenceStore& evidence, const Clock& clock,
                                                                    Report report);
  ~GateLogSensor();
  GateLogSensor(const GateLogSensor&) = delete;
  [[nodiscard]] Counts counts() const;
  [[nodiscard]] const Answers& answers() const { return answers_; }
  /// From the next line on this detector looks, having adopted what the one before it knows. Any thread.
  void renew(std::unique_ptr<detect::Detector> detector);

 private:
  using Tcp = boost::asio::ip::tcp;
  struct Connection;
  GateLogSensor(std::unique_ptr<detect::Detector> detector, Addresses& addresses, EvidenceStore& evidence, const Clock& clock,
                Report report);
  void accept();
  void read(const std::shared_ptr<Connection>& connection);
  void take(std::string_view line, bool cut);
  void raise(detect::Detection detection);
  void raise_unreadable(std::string_view line, bool cut);

  std::unique_ptr<detect::Detector> detector_;  // of the sensor's thread
  Addresses& addresses_;
  EvidenceStore& evidence_;
  const Clock& clock_;
  const Report report_;
  std::atomic<std::uint64_t> lines_ = 0, unreadable_ = 0, cut_ = 0, refused_ = 0, suppressed_ = 0;
  Answers answers_;
  Timestamp unreadable_said_{};
  event::Event event_;
  boost::asio::io_context context_;
  Tcp::acceptor acceptor_{context_};
  boost::asio::steady_timer patience_{context_};
  std::thread thread_;
};

/// Between two tries to accept while no file descriptor is free.
inline constexpr std::chrono::milliseconds accept_patience{100};
/// "host:port" as an endpoint; names are not looked up.
[[nodiscard]] Result<boost::asio::ip::tcp::endpoint> parse_endpoint(const std::string& address);
/// Binds and listens, or says why not.
[[nodiscard]] Result<> listen_on(boost::asio::ip::tcp::acceptor& acceptor, const std::string& address);

}  // namespace kulla::daemon
