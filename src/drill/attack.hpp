// The real attack, harmless and inside the sandbox, in the order of the real one: a scan, password guessing, a web shell through the weak
// form, and from there, inside: an implant on the neighbour, then the wiper. Each step from addresses of its own.
#pragma once
#include <functional>
#include <string>

#include "drill/http_client.hpp"
#include "drill/plan.hpp"

namespace kulla::drill {

class Attack {
 public:
  /// `tell` hears each step as it happens, in one line.
  Attack(const Plan& plan, tcp::endpoint gate, Log<Request>& log, std::function<void(std::string)> tell)
      : plan_(plan), gate_(gate), log_(log), tell_(std::move(tell)) {}
  /// Runs the steps.
  asio::awaitable<void> run();
  [[nodiscard]] bool placed() const { return placed_; }
  /// When the request that placed the shell was sent.
  [[nodiscard]] Timestamp shell_sent() const { return shell_sent_; }

 private:
  asio::awaitable<Answer> send(Client& client, std::size_t service, const Ask& ask);
  asio::awaitable<void> scan();
  asio::awaitable<void> guess();
  asio::awaitable<void> place_shell();
  asio::awaitable<void> use_shell();

  const Plan& plan_;
  tcp::endpoint gate_;
  Log<Request>& log_;
  std::function<void(std::string)> tell_;
  std::size_t next_address_ = 0;
  bool placed_ = false;
  std::string shell_path_ = "uploads/appeal.php";  ///< a guess, where the answer that names it was cut
  Timestamp shell_sent_;
};

}  // namespace kulla::drill
