#include "daemon/gate_log_sensor.hpp"

#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include <array>
#include <charconv>

#include "event/gate_log.hpp"
#include "event/lines.hpp"

namespace kulla::daemon {
namespace asio = boost::asio;

Result<asio::ip::tcp::endpoint> parse_endpoint(const std::string& address) {
  const auto colon = address.rfind(':');
  boost::system::error_code error;
  const auto host = asio::ip::make_address(address.substr(0, colon), error);
  unsigned port = 0;
  const auto* end = address.data() + address.size();
  const bool well = colon != std::string::npos && std::from_chars(address.data() + colon + 1, end, port).ptr == end && port <= 65535;
  if (error || !well) return fail(Code::bad_argument, fmt::format("'{}' is not ADDRESS:PORT", address));
  return asio::ip::tcp::endpoint{host, static_cast<unsigned short>(port)};
}

Result<> listen_on(asio::ip::tcp::acceptor& acceptor, const std::string& address) {
  KULLA_TRY(const auto endpoint, parse_endpoint(address));
  boost::system::error_code error;
  acceptor.open(endpoint.protocol(), error);
  if (!error) acceptor.set_option(asio::socket_base::reuse_address(true), error);
  if (!error) acceptor.bind(endpoint, error);
  if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
  if (error) return fail(Code::io, fmt::format("{}: {}", address, error.message()));
  return {};
}

struct GateLogSensor::Connection {
  explicit Connection(Tcp::socket from) : socket(std::move(from)) {}
  Tcp::socket socket;
  event::LineSplitter splitter{gate_log::line_limit};
  std::array<char, 65536> buffer{};
};

GateLogSensor::GateLogSensor(std::unique_ptr<detect::Detector> detector, Addresses& addresses, EvidenceStore& evidence, const Clock& clock,
                             Report report)
    : detector_(std::move(detector)), addresses_(addresses), evidence_(evidence), clock_(clock), report_(std::move(report)) {}

Result<std::unique_ptr<GateLogSensor>> GateLogSensor::start(const std::string& address, std::unique_ptr<detect::Detector> detector,
                                                            Addresses& addresses, EvidenceStore& evidence, const Clock& clock,
                                                            Report report) {
  std::unique_ptr<GateLogSensor> sensor{new GateLogSensor{std::move(detector), addresses, evidence, clock, std::move(report)}};
  KULLA_CHECK(listen_on(sensor->acceptor_, address));
  sensor->accept();
  sensor->thread_ = std::thread{[raw = sensor.get()] { raw->context_.run(); }};
  return sensor;
}

GateLogSensor::~GateLogSensor() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

GateLogSensor::Counts GateLogSensor::counts() const { return {lines_, unreadable_, cut_, refused_, suppressed_}; }

void GateLogSensor::renew(std::unique_ptr<detect::Detector> detector) {
  asio::post(context_, [this, newer = std::move(detector)]() mutable {
    newer->adopt(*detector_);
    detector_ = std::move(newer);
  });
}

void GateLogSensor::accept() {
  acceptor_.async_accept([this](boost::system::error_code error, Tcp::socket socket) {
    if (!error) read(std::make_shared<Connection>(std::move(socket)));
    if (!error) return accept();
    if (error == asio::error::operation_aborted) return;
    patience_.expires_after(accept_patience);  // no file descriptor is free: trying at once would only spin
    patience_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) accept();
    });
  });
}

void GateLogSensor::read(const std::shared_ptr<Connection>& connection) {
  connection->socket.async_read_some(
      asio::buffer(connection->buffer), [this, connection](boost::system::error_code error, std::size_t size) {
        if (error) return;
        connection->splitter.feed({connection->buffer.data(), size}, [this](std::string_view line, bool cut) { take(line, cut); });
        refused_ = detector_->refused_by_gate();
        suppressed_ = detector_->suppressed();
        read(connection);
      });
}

void GateLogSensor::take(std::string_view line, bool cut) {
  ++lines_;
  if (cut) ++cut_;
  const auto now = clock_.now().wall;
  const auto read = event::read_gate_line(line, now, event_);
  if (cut || !read) return raise_unreadable(line, cut);
  answers_.count(event_);
  detector_->look(event_, line, [this](detect::Detection detection) { raise(std::move(detection)); });
}

void GateLogSensor::raise(detect::Detection detection) {
  if (detection.alert.source) addresses_.remember(*detection.alert.source, detection.address);
  detection.alert.evidence = evidence_.put(std::move(detection.line), detection.alert.seen);
  report_(input::AlertRaised{std::move(detection.alert)});
}

/// A line that cannot be read is an alert of its own, once in a while; all are counted.
void GateLogSensor::raise_unreadable(std::string_view line, bool cut) {
  ++unreadable_;
  const auto now = clock_.now().wall;
  if (now - unreadable_said_ < std::chrono::seconds{10}) return;
  unreadable_said_ = now;
  Alert alert;
  alert.rule = RuleId{cut ? "kulla.gate-log.cut" : "kulla.gate-log.unreadable"};
  alert.title = cut ? "A line of the gate's log was longer than its limit" : "A line of the gate's log cannot be read";
  alert.sensor = SensorId{"gate"};
  if (const auto client = event_.field("c-ip")) {  // read before the fault
    alert.source = SourceRef{addresses_.pseudonyms().of(*client)};
    addresses_.remember(*alert.source, std::string{*client});
  }
  alert.happened = alert.seen = now;
  alert.evidence = evidence_.put(std::string{line}, now);
  report_(input::AlertRaised{std::move(alert)});
}
}  // namespace kulla::daemon
