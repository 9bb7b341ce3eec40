// Citizens: a bounded load of legitimate requests to all services, from many addresses, without a pause from beginning to end.
// All members but the constructor run on the traffic's thread.
#pragma once
#include <chrono>
#include <memory>
#include <string>
#include <vector>

#include "drill/http_client.hpp"
#include "drill/plan.hpp"
#include "drill/random.hpp"

namespace kulla::drill {

inline constexpr std::size_t citizens = 240;

class Citizens {
 public:
  Citizens(const Plan& plan, tcp::endpoint gate, std::string password, Log<Request>& log)
      : plan_(plan), gate_(gate), password_(std::move(password)), log_(log) {}
  /// Together about `per_second` requests.
  void start(asio::any_io_executor executor, std::size_t per_second);
  /// Half of all requests go to these for now; none: as before.
  void focus(std::vector<std::size_t> services) { focus_ = std::move(services); }
  /// Watchers ask these back to back, until the next call.
  void watch(asio::any_io_executor executor, std::vector<std::size_t> services);

 private:
  asio::awaitable<void> live(std::size_t citizen, std::chrono::microseconds pause);
  asio::awaitable<void> stare(std::size_t watcher, std::size_t service, std::size_t round, std::chrono::milliseconds pause);
  [[nodiscard]] Ask act(std::size_t service, Random& random) const;
  [[nodiscard]] std::size_t choose(Random& random);

  const Plan& plan_;
  tcp::endpoint gate_;
  std::string password_;
  Log<Request>& log_;
  std::vector<std::size_t> focus_;
  std::size_t turn_ = 0;         ///< services are asked in turn, so that none is forgotten
  std::size_t watch_round_ = 0;
  std::size_t watchers_ = 0;
};

/// A form with one file, as a browser sends it.
[[nodiscard]] Ask upload_of(std::string host, std::string target, std::string_view name, std::string_view content);
/// The path of something below a service.
[[nodiscard]] std::string below(const PlannedService& service, std::string_view what);

}  // namespace kulla::drill
