#include "drill/traffic.hpp"

#include <algorithm>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_future.hpp>

namespace kulla::drill {
namespace {
constexpr std::size_t citizens_per_second = 300, citizens_per_second_large = 450;
constexpr std::size_t attempts_per_second = 20, large_state = 200;

// A coroutine must own what it works on for as long as it may run.
asio::awaitable<Answer> ask_once(tcp::endpoint gate, Ask ask) {
  Client client{co_await asio::this_coro::executor, gate, address_of(Crowd::streams, 60'000)};
  Answer answer = co_await client.ask(ask);
  co_return answer;
}
}  // namespace

Traffic::Traffic(const Plan& plan, std::uint16_t gate_port, std::string password, std::function<void(std::string)> tell_attack)
    : plan_(plan),
      gate_(asio::ip::address_v4::loopback(), gate_port),
      citizens_(plan, gate_, std::move(password), requests_),
      attempts_(plan, gate_, requests_),
      attack_(plan, gate_, requests_, std::move(tell_attack)),
      streams_(plan, gate_, bytes_),
      thread_([this] { context_.run(); }) {}

void Traffic::start() {
  asio::post(context_, [this] {
    const auto services = plan_.services.size();
    citizens_.start(context_.get_executor(), services > large_state ? citizens_per_second_large : citizens_per_second);
    attempts_.start(context_.get_executor(), std::max(attempts_per_second, services / 20));
  });
}

void Traffic::stop() {
  streams_.stop();
  context_.stop();
  if (thread_.joinable()) thread_.join();
}

void Traffic::focus(std::vector<std::size_t> services) {
  asio::post(context_, [this, services = std::move(services)]() mutable { citizens_.focus(std::move(services)); });
}
void Traffic::watch(std::vector<std::size_t> services) {
  asio::post(context_, [this, services = std::move(services)]() mutable { citizens_.watch(context_.get_executor(), std::move(services)); });
}

std::future<void> Traffic::attack() { return asio::co_spawn(context_, attack_.run(), asio::use_future); }

Answer Traffic::ask(const Ask& ask) {
  auto answer = asio::co_spawn(context_, ask_once(gate_, ask), asio::use_future);
  return answer.get();
}
}  // namespace kulla::drill
