#include "drill/citizens.hpp"

#include <fmt/format.h>

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

namespace kulla::drill {
namespace {
using namespace std::chrono;
constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t watchers_each = 10;   // 10 addresses a service, each asking 20 times a second: a refusal is seen within some 5 ms
constexpr milliseconds watcher_pause{50};
constexpr std::size_t watched_at_full_rate = 5;
}  // namespace

std::string below(const PlannedService& service, std::string_view what) {
  return fmt::format("{}/{}", service.path == "/" ? "" : service.path, what);
}

Ask upload_of(std::string host, std::string target, std::string_view name, std::string_view content) {
  static constexpr std::string_view boundary = "----form7MA4YWxkTrZu0gW";
  Ask ask{.verb = http::verb::post, .host = std::move(host), .target = std::move(target), .body = {}, .headers = {}};
  ask.body = fmt::format(
      "--{0}\r\nContent-Disposition: form-data; name=\"file\"; filename=\"{1}\"\r\nContent-Type: "
      "application/octet-stream\r\n\r\n{2}\r\n--{0}--\r\n",
      boundary, name, content);
  ask.headers.emplace_back("Content-Type", fmt::format("multipart/form-data; boundary={}", boundary));
  return ask;
}

void Citizens::start(asio::any_io_executor executor, std::size_t per_second) {
  const microseconds pause{1'000'000 * citizens / per_second};
  for (std::size_t citizen = 0; citizen < citizens; ++citizen) asio::co_spawn(executor, live(citizen, pause), asio::detached);
}

void Citizens::watch(asio::any_io_executor executor, std::vector<std::size_t> services) {
  ++watch_round_;
  const auto pause = watcher_pause * std::max<std::size_t>(1, services.size() / watched_at_full_rate);
  for (const auto service : services)
    for (std::size_t i = 0; i < watchers_each; ++i)
      asio::co_spawn(executor, stare(watchers_++, service, watch_round_, pause), asio::detached);
}

std::size_t Citizens::choose(Random& random) {
  if (!focus_.empty() && random.chance(50)) return focus_[random.below(focus_.size())];
  return turn_++ % plan_.services.size();
}

Ask Citizens::act(std::size_t index, Random& random) const {
  const auto& service = plan_.services[index];
  Ask ask{.host = service.host, .body = {}, .headers = {}};
  const auto die = random.below(100);
  if (die < 1)
    return upload_of(service.host, below(service, "upload"), "statement.pdf", fmt::format("%PDF-1.4\nNumber {}\n", random.below(100'000)));
  if (die < 4) {
    ask.verb = http::verb::post;
    ask.target = below(service, "login");
    ask.body = fmt::format("user=citizen{}&password={}", random.below(1000), password_);
    ask.headers.emplace_back("Content-Type", "application/x-www-form-urlencoded");
  } else {
    ask.target = below(service, die < 10 ? "search?q=opening+hours" : die < 20 ? "assets/style.css" : die < 25 ? "assets/form.txt" : "");
  }
  return ask;
}

asio::awaitable<void> Citizens::live(std::size_t citizen, microseconds pause) {
  Random random{plan_.seed, fmt::format("citizen {}", citizen)};
  Client client{co_await asio::this_coro::executor, gate_, address_of(Crowd::citizens, citizen)};
  asio::steady_timer timer{co_await asio::this_coro::executor};
  timer.expires_after(pause * citizen / citizens);
  co_await timer.async_wait(token);
  for (;;) {
    const auto service = choose(random);
    const Ask ask = act(service, random);
    const Answer answer = co_await client.ask(ask);
    log_.add(record_of(Who::citizen, service, client.from(), answer));
    timer.expires_after(pause * (75 + random.below(50)) / 100);
    co_await timer.async_wait(token);
  }
}

asio::awaitable<void> Citizens::stare(std::size_t watcher, std::size_t service, std::size_t round, milliseconds pause) {
  Client client{co_await asio::this_coro::executor, gate_, address_of(Crowd::watchers, watcher)};
  asio::steady_timer timer{co_await asio::this_coro::executor};
  timer.expires_after(pause * (watcher % watchers_each) / watchers_each);
  co_await timer.async_wait(token);
  const Ask ask{.host = plan_.services[service].host, .target = below(plan_.services[service], ""), .body = {}, .headers = {}};
  while (round == watch_round_) {
    const Answer answer = co_await client.ask(ask);
    log_.add(record_of(Who::watcher, service, client.from(), answer));
    timer.expires_after(pause);
    co_await timer.async_wait(token);
  }
}
}  // namespace kulla::drill
