// The internet as it is: attempts of every kind against every service, before, during and after the attack, without end, none successful.
#pragma once
#include "drill/http_client.hpp"
#include "drill/plan.hpp"

namespace kulla::drill {

class Attempts {
 public:
  Attempts(const Plan& plan, tcp::endpoint gate, Log<Request>& log) : plan_(plan), gate_(gate), log_(log) {}
  /// About `per_second` in all; a source that the gate blocks goes on from the next address.
  void start(asio::any_io_executor executor, std::size_t per_second);
  /// The n-th attempt against a service: which kind follows from n.
  [[nodiscard]] static Ask attempt(const PlannedService& service, std::size_t n);
  [[nodiscard]] static std::size_t kinds();

 private:
  asio::awaitable<void> go_on(std::size_t worker, std::chrono::microseconds pause);
  const Plan& plan_;
  tcp::endpoint gate_;
  Log<Request>& log_;
  std::size_t turn_ = 0, next_address_ = 0;
};

}  // namespace kulla::drill
