#include "drill/attack.hpp"

#include <fmt/format.h>

#include <boost/asio/steady_timer.hpp>

#include "drill/citizens.hpp"
#include "drill/shell.hpp"

namespace kulla::drill {
namespace {
using namespace std::chrono_literals;
constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr int scanned_paths = 40, guesses = 40, shell_tries = 20, shell_uses = 3;
constexpr auto scan_pause = 20ms, guess_pause = 20ms, use_pause = 300ms;
constexpr std::string_view scanner = "Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:map_codes)";
constexpr std::string_view scanned[] = {"admin/", "backup.zip", "phpmyadmin/", ".git/HEAD", ".env", "config.bak", "server-status", "old/"};

// Built here, in plain functions: GCC 12 miscompiles such initialisers within a coroutine.
Ask scan_of(const PlannedService& service, int i) {
  return {.host = service.host,
          .target = below(service, fmt::format("{}{}", scanned[i % 8], i)),
          .body = {},
          .agent = std::string(scanner),
          .headers = {}};
}
Ask guess_of(const PlannedService& service, int i) {
  return {.verb = http::verb::post,
          .host = service.host,
          .target = below(service, "login"),
          .body = fmt::format("user=admin&password=Winter{}!", 2000 + i),
          .headers = {{"Content-Type", "application/x-www-form-urlencoded"}}};
}
Ask use_of(const PlannedService& service, const std::string& shell) {
  return {.host = service.host, .target = below(service, shell + "?cmd=list"), .body = {}, .headers = {}};
}

/// 403 and 429 refuse the source for itself: it comes again from elsewhere. All else means that the form took the file, or that its
/// service was closed so soon after it that the answer was cut (503, 502, or none).
bool has_arrived(const Answer& answer) { return answer.status() != 403 && answer.status() != 429; }

asio::awaitable<void> wait(std::chrono::milliseconds time) {
  asio::steady_timer timer{co_await asio::this_coro::executor, time};
  co_await timer.async_wait(token);
}
}  // namespace

asio::awaitable<Answer> Attack::send(Client& client, std::size_t service, const Ask& ask) {
  Answer answer = co_await client.ask(ask);
  log_.add(record_of(Who::attack, service, client.from(), answer));
  if (!answer.by_service() && !answer.notice()) client.become(address_of(Crowd::attackers, next_address_++));
  co_return answer;
}

asio::awaitable<void> Attack::scan() {
  tell_("scans the services for forgotten paths");
  Client client{co_await asio::this_coro::executor, gate_, address_of(Crowd::attackers, next_address_++)};
  for (int i = 0; i < scanned_paths; ++i) {
    const auto service = static_cast<std::size_t>(i) % plan_.services.size();
    const Ask ask = scan_of(plan_.services[service], i);
    const Answer answer = co_await send(client, service, ask);
    co_await wait(scan_pause);
  }
}

asio::awaitable<void> Attack::guess() {
  const auto target = plan_.weak_service();
  const auto& service = plan_.services[target];
  tell_(fmt::format("guesses passwords at {}", service.name));
  Client client{co_await asio::this_coro::executor, gate_, address_of(Crowd::attackers, next_address_++)};
  for (int i = 0; i < guesses; ++i) {
    const Ask ask = guess_of(service, i);
    const Answer answer = co_await send(client, target, ask);
    co_await wait(guess_pause);
  }
}

asio::awaitable<void> Attack::place_shell() {
  const auto target = plan_.weak_service();
  const auto& service = plan_.services[target];
  tell_(fmt::format("sends a web shell through the upload form of {}", service.name));
  Client client{co_await asio::this_coro::executor, gate_, address_of(Crowd::attackers, next_address_++)};
  const Ask ask = upload_of(service.host, below(service, "upload"), "appeal.php", shell_text());
  for (int i = 0; i < shell_tries; ++i) {
    const Answer answer = co_await send(client, target, ask);
    if (!has_arrived(answer)) {
      co_await wait(use_pause);
      continue;
    }
    placed_ = true;
    shell_sent_ = answer.sent;
    if (answer.status() == 201) shell_path_ = answer.response.body().substr(0, answer.response.body().find('\n'));
    co_return;
  }
  tell_("cannot place the web shell");
}

// The form ran what it was sent, so the intruder is inside already; the gate may close before this comes through, and should.
asio::awaitable<void> Attack::use_shell() {
  const auto target = plan_.weak_service();
  const auto& service = plan_.services[target];
  Client client{co_await asio::this_coro::executor, gate_, address_of(Crowd::attackers, next_address_++)};
  for (int i = 0; i < shell_uses; ++i) {
    const Ask ask = use_of(service, shell_path_);
    const Answer answer = co_await send(client, target, ask);
    tell_(fmt::format("uses the web shell from outside: {}", answer.by_service() ? "it answers" : "the gate refuses"));
    co_await wait(use_pause);
  }
}

asio::awaitable<void> Attack::run() {
  co_await scan();
  co_await guess();
  co_await place_shell();
  if (placed()) co_await use_shell();
}
}  // namespace kulla::drill
