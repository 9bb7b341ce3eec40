// All that knocks at the gate, on a thread of its own: citizens, watchers, attempts, the attack, and single questions of the drill.
#pragma once
#include <boost/asio/executor_work_guard.hpp>
#include <boost/asio/io_context.hpp>
#include <future>
#include <thread>

#include "drill/attack.hpp"
#include "drill/attempts.hpp"
#include "drill/citizens.hpp"
#include "drill/streams.hpp"

namespace kulla::drill {

class Traffic {
 public:
  Traffic(const Plan& plan, std::uint16_t gate_port, std::string password, std::function<void(std::string)> tell_attack);
  ~Traffic() { stop(); }
  Traffic(const Traffic&) = delete;

  void start();   ///< citizens and attempts
  void stop();    ///< everything; no record is added afterwards
  void focus(std::vector<std::size_t> services);
  void watch(std::vector<std::size_t> services);
  [[nodiscard]] Result<> stream(const std::vector<std::size_t>& services) { return streams_.start(services); }
  [[nodiscard]] std::size_t streams_alive() const { return streams_.alive(); }
  /// Ready once its steps are done.
  [[nodiscard]] std::future<void> attack();
  [[nodiscard]] const Attack& attacked() const { return attack_; }
  /// A single question, from an address of the drill's own.
  [[nodiscard]] Answer ask(const Ask& ask);
  [[nodiscard]] const Log<Request>& requests() const { return requests_; }
  [[nodiscard]] const Log<StreamBytes>& streams() const { return bytes_; }

 private:
  const Plan& plan_;
  tcp::endpoint gate_;
  Log<Request> requests_;
  Log<StreamBytes> bytes_;
  asio::io_context context_{1};
  asio::executor_work_guard<asio::io_context::executor_type> work_{context_.get_executor()};
  Citizens citizens_;
  Attempts attempts_;
  Attack attack_;
  Streams streams_;
  std::thread thread_;
};

}  // namespace kulla::drill
