#include "daemon/vantage_listener.hpp"

#include <fmt/format.h>

#include "daemon/gate_log_sensor.hpp"
#include "outage/observation.hpp"

namespace kulla::daemon {
namespace asio = boost::asio;
namespace {
constexpr std::size_t line_limit = 4096;  // an observation is some 400 bytes
}

struct VantageListener::Connection {
  Connection(Tcp::socket from, int& connections) : socket(std::move(from)), timer(socket.get_executor()), count(connections) { ++count; }
  ~Connection() { --count; }
  Connection(const Connection&) = delete;
  Tcp::socket socket;
  asio::steady_timer timer;
  asio::streambuf buffer{line_limit};
  std::string heartbeat;
  int& count;
};

Result<std::unique_ptr<VantageListener>> VantageListener::start(const std::string& address, std::map<VantageId, PublicKey> trusted,
                                                                const Clock& clock, Report report) {
  std::unique_ptr<VantageListener> listener{new VantageListener{std::move(trusted), clock, std::move(report)}};
  KULLA_CHECK(listen_on(listener->acceptor_, address));
  listener->accept();
  listener->thread_ = std::thread{[raw = listener.get()] { raw->context_.run(); }};
  return listener;
}
VantageListener::~VantageListener() {
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

void VantageListener::accept() {
  acceptor_.async_accept([this](boost::system::error_code error, Tcp::socket socket) {
    if (!error && connections_ < connections_limit) {
      const auto connection = std::make_shared<Connection>(std::move(socket), connections_);
      read(connection);
      beat(connection);
    }
    if (!error) return accept();
    if (error == asio::error::operation_aborted) return;
    patience_.expires_after(accept_patience);  // no file descriptor is free: trying at once would only spin
    patience_.async_wait([this](boost::system::error_code cancelled) {
      if (!cancelled) accept();
    });
  });
}

void VantageListener::read(const std::shared_ptr<Connection>& connection) {
  asio::async_read_until(connection->socket, connection->buffer, '\n',
                         [this, connection](boost::system::error_code error, std::size_t size) {
                           if (error) {
                             if (error == asio::error::not_found) ++refused_;  // a line over the limit: this speaker is cut off
                             boost::system::error_code ignored;
                             connection->socket.close(ignored);
                             connection->timer.cancel();
                             return;
                           }
                           take({static_cast<const char*>(connection->buffer.data().data()), size - 1});
                           connection->buffer.consume(size);
                           read(connection);
                         });
}

void VantageListener::beat(const std::shared_ptr<Connection>& connection) {
  connection->heartbeat = fmt::format("{{\"heartbeat\":\"{}\"}}\n", to_rfc3339(clock_.now().wall));
  asio::async_write(connection->socket, asio::buffer(connection->heartbeat),
                    [this, connection](boost::system::error_code error, std::size_t) {
                      if (error) return;
                      connection->timer.expires_after(std::chrono::seconds{1});
                      connection->timer.async_wait([this, connection](boost::system::error_code cancelled) {
                        if (!cancelled && connection->socket.is_open()) beat(connection);
                      });
                    });
}

void VantageListener::take(std::string_view line) {
  for (const auto& [vantage, key] : trusted_) {
    const auto observation = outage::from_line(line, key);
    if (!observation || observation->vantage != vantage) continue;
    ++observations_;
    if (const auto belief = beliefs_.take(*observation)) report_(input::BeliefChanged{*belief});
    return;
  }
  ++refused_;
}
}  // namespace kulla::daemon
