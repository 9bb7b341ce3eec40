// c-ares on Asio: a channel to a set of name servers. One thread.
#pragma once
#include <ares.h>

#include <boost/asio/io_context.hpp>
#include <boost/asio/posix/stream_descriptor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.hpp"
#include "outage/observation.hpp"

namespace kulla::outage {
namespace asio = boost::asio;

class AresChannel {
 public:
  struct Settings {
    std::vector<std::string> servers;    ///< ADDRESS or ADDRESS:PORT; empty: the system's (resolv.conf)
    std::string source;                  ///< to ask from; empty: the system's choice
    std::chrono::milliseconds patience;  ///< for all tries together
    bool take_any_answer = false;        ///< REFUSED and SERVFAIL are answers, rather than a reason to ask the next server
  };
  /// Code::bad_argument where c-ares does not take the settings.
  [[nodiscard]] static Result<std::unique_ptr<AresChannel>> open(asio::io_context& context, const Settings& settings);
  ~AresChannel();  ///< what is under way is forgotten: its callback is not called
  AresChannel(const AresChannel&) = delete;
  AresChannel& operator=(const AresChannel&) = delete;

  struct Addresses {
    int status;
    const ares_addrinfo* found;  ///< null where status is not ARES_SUCCESS
  };
  /// /etc/hosts first. May call back at once.
  void find(const std::string& name, std::function<void(const Addresses&)> then);
  struct Answer {
    int status;
    std::string_view message;  ///< the whole, where one came
  };
  void ask(const std::string& name, int type, std::function<void(const Answer&)> then);

 private:
  struct Watch {
    explicit Watch(asio::io_context& context) : descriptor(context) {}
    asio::posix::stream_descriptor descriptor;
    bool read = false, write = false;
    bool waiting_read = false, waiting_write = false;
  };
  template <typename Result>
  struct Call {
    AresChannel& channel;
    std::function<void(const Result&)> then;
  };
  explicit AresChannel(asio::io_context& context) : context_(context), timer_(context) {}
  void state_changed(int socket, bool read, bool write);
  void wait(int socket, const std::shared_ptr<Watch>& watch);
  void began();
  void ended();
  void tick();

  asio::io_context& context_;
  asio::steady_timer timer_;
  ares_channel channel_ = nullptr;
  std::map<int, std::shared_ptr<Watch>> watches_;
  int under_way_ = 0;
  bool ticking_ = false, closing_ = false;
};

/// c-ares's status in the words of a layer; ARES_SUCCESS is Layer::none.
[[nodiscard]] Layer layer_of_status(int status);
/// The failure is this machine's own, which has no memory, or no socket to ask through: that says nothing of a name server.
[[nodiscard]] bool is_own_want(int status);

}  // namespace kulla::outage
