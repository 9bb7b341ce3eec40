// Clients with a long answer under way at each service that will close: what of it still arrives after the gate's acknowledgement?
// Arrival times are the kernel's (SO_TIMESTAMPNS), so that a busy machine does not make bytes look later than they were.
#pragma once
#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "base/file.hpp"
#include "drill/http_client.hpp"
#include "drill/plan.hpp"
#include "drill/records.hpp"

namespace kulla::drill {

class Streams {
 public:
  Streams(const Plan& plan, tcp::endpoint gate, Log<StreamBytes>& log) : plan_(plan), gate_(gate), log_(log) {}
  ~Streams() { stop(); }
  Streams(const Streams&) = delete;
  /// `streams_each` a service.
  [[nodiscard]] Result<> start(const std::vector<std::size_t>& services);
  void stop();
  /// How many are still being sent.
  [[nodiscard]] std::size_t alive() const { return alive_; }

 private:
  struct Stream {
    Descriptor socket;
    std::uint32_t service = 0, number = 0;
  };
  [[nodiscard]] Result<Stream> open(std::size_t service, std::uint32_t number) const;
  void read_all();
  bool read_one(const Stream& stream);

  const Plan& plan_;
  tcp::endpoint gate_;
  Log<StreamBytes>& log_;
  std::vector<Stream> streams_;
  std::atomic<std::size_t> alive_ = 0;
  std::atomic<bool> stop_ = false;
  std::thread thread_;
};

}  // namespace kulla::drill
