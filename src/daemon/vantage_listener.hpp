// Takes signed observations from vantages and turns them into beliefs; sends each a heartbeat, so that a silent daemon is noticed.
#pragma once
#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <thread>

#include <boost/asio.hpp>

#include "base/keys.hpp"
#include "base/time.hpp"
#include "model/input.hpp"
#include "outage/belief.hpp"

namespace kulla::daemon {

class VantageListener {
 public:
  using Report = std::function<void(InputBody)>;
  [[nodiscard]] static Result<std::unique_ptr<VantageListener>> start(const std::string& address, std::map<VantageId, PublicKey> trusted,
                                                                      const Clock& clock, Report report);
  ~VantageListener();
  VantageListener(const VantageListener&) = delete;
  struct Counts {
    std::uint64_t observations = 0, refused = 0;
  };
  [[nodiscard]] Counts counts() const { return {observations_, refused_}; }

 private:
  using Tcp = boost::asio::ip::tcp;
  struct Connection;
  VantageListener(std::map<VantageId, PublicKey> trusted, const Clock& clock, Report report)
      : trusted_(std::move(trusted)), clock_(clock), report_(std::move(report)) {}
  void accept();
  void read(const std::shared_ptr<Connection>& connection);
  void beat(const std::shared_ptr<Connection>& connection);
  void take(std::string_view line);

  const std::map<VantageId, PublicKey> trusted_;
  const Clock& clock_;
  const Report report_;
  outage::Beliefs beliefs_;
  static constexpr int connections_limit = 64;  // far more than there are vantages; a stranger must not take every descriptor
  int connections_ = 0;
  std::atomic<std::uint64_t> observations_ = 0, refused_ = 0;
  boost::asio::io_context context_;
  Tcp::acceptor acceptor_{context_};
  boost::asio::steady_timer patience_{context_};
  std::thread thread_;
};

}  // namespace kulla::daemon
