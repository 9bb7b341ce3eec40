#include "outage/prober.hpp"

#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/url.hpp>
#include <optional>
#include <random>

#include "base/path_text.hpp"
#include "outage/address.hpp"

namespace kulla::outage {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using std::chrono::steady_clock;
namespace {
constexpr std::size_t body_limit = 64 * 1024;    // a page's beginning shows that it flows; the rest would be load
constexpr std::uint32_t header_limit = 16 * 1024;
constexpr auto attention = std::chrono::milliseconds{20};  // how late `stop` may be noticed
constexpr auto fastest = std::chrono::milliseconds{10};
constexpr asio::as_tuple_t<asio::use_awaitable_t<>> quietly{asio::use_awaitable};
using SystemError = boost::system::error_code;

/// A target made ready: parsed once, asked often.
struct Aim {
  ServiceId name;
  std::chrono::milliseconds every;
  Address address;
  std::optional<tcp::endpoint> endpoint;  ///< where the address is a literal
  http::request<http::empty_body> request;
};

Result<Aim> aim_at(const Target& target) {
  const auto bad = [&](std::string_view why) {
    return fail(Code::bad_argument, fmt::format("target '{}': {}", escape_path(target.name.str()), why));
  };
  const auto url = boost::urls::parse_uri(target.url);
  if (!url || url->scheme() != "http" || url->host().empty()) return bad("its url is not of the form http://host/path");
  if (target.every < fastest) return bad(fmt::format("every {} ms is too often; at least {} ms", target.every.count(), fastest.count()));
  const auto default_address = fmt::format("{}:{}", std::string(url->encoded_host()), url->has_port() ? std::string(url->port()) : "80");
  auto address = parse_address(target.address.empty() ? default_address : target.address);
  if (!address) return bad(address.error().what);
  Aim aim{target.name,
          target.every,
          *address,
          {},
          {http::verb::get, url->encoded_target().empty() ? "/" : std::string(url->encoded_target()), 11}};
  SystemError error;
  if (const auto literal = asio::ip::make_address(address->host, error); !error) aim.endpoint = tcp::endpoint{literal, address->port};
  aim.request.set(http::field::host, std::string(url->encoded_host_and_port()));
  aim.request.set(http::field::user_agent, "kulla-probe/" KULLA_VERSION);
  aim.request.set(http::field::cache_control, "no-cache");
  aim.request.set(http::field::connection, "close");
  return aim;
}

struct Answer {
  Layer failed = Layer::none;
  int status = 0;
  bool notice = false;
};
Answer failed(Layer layer, const SystemError& error) {
  if (error != beast::error::timeout) return {layer, 0, false};
  return {layer == Layer::connect_refused ? Layer::connect_timeout : Layer::answer_timeout, 0, false};
}

/// Many targets from one address: the port is chosen with the destination (IP_BIND_ADDRESS_NO_PORT), else ports run out.
SystemError leave_from(tcp::socket& socket, const std::optional<asio::ip::address>& source, const tcp::endpoint& to) {
  using NoPort = asio::detail::socket_option::boolean<IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT>;
  SystemError error;
  socket.open(to.protocol(), error);
  if (error || !source) return error;
  socket.set_option(NoPort{true}, error);
  socket.bind({*source, 0}, error);
  return error;
}

asio::awaitable<Answer> read_answer(beast::tcp_stream& stream) {
  beast::flat_buffer buffer{body_limit};
  http::response_parser<http::string_body> parser;
  parser.header_limit(header_limit);
  parser.body_limit(boost::none);
  if (const auto [error, _] = co_await http::async_read_header(stream, buffer, parser, quietly); error)
    co_return failed(Layer::closed, error);
  Answer answer{Layer::none, static_cast<int>(parser.get().result_int()), parser.get().find("X-Kulla-Closure") != parser.get().end()};
  if (answer.status >= 500 || answer.notice) answer.failed = Layer::status;
  while (!parser.is_done() && parser.get().body().size() < body_limit) {
    const auto [error, _] = co_await http::async_read_some(stream, buffer, parser, quietly);
    if (!error) continue;
    if (answer.failed == Layer::none) answer.failed = failed(Layer::closed, error).failed;
    break;
  }
  co_return answer;
}

class Probing {
 public:
  Probing(const ProbeSettings& settings, const Clock& clock, const std::atomic<bool>& stop,
          const std::function<void(const Observation&)>& on_observation)
      : settings_(settings), clock_(clock), stop_(stop), on_observation_(on_observation), number_(settings.first_number) {
    if (number_ == 0) number_ = static_cast<std::uint64_t>(clock.now().wall.time_since_epoch().count());
    random_.seed(number_);
  }

  Result<> prepare() {
    if (!settings_.bind.empty()) KULLA_CHECK(check_source());
    for (const auto& target : settings_.targets) {
      KULLA_TRY(auto aim, aim_at(target));
      aims_.push_back(std::move(aim));
    }
    return {};
  }
  void run() {
    const auto start = steady_clock::now();
    const auto count = static_cast<std::int64_t>(aims_.size());
    for (std::int64_t i = 0; i < count; ++i) {
      const auto& aim = aims_[static_cast<std::size_t>(i)];
      asio::co_spawn(context_, keep_asking(aim, start + aim.every * i / count), asio::detached);
    }
    asio::co_spawn(context_, watch_stop(), asio::detached);
    context_.run();
  }

 private:
  Result<> check_source() {
    SystemError error;
    source_ = asio::ip::make_address(settings_.bind, error);
    tcp::socket trial{context_};
    if (!error) trial.open(source_->is_v4() ? tcp::v4() : tcp::v6(), error);
    if (!error) trial.bind({*source_, 0}, error);
    if (error) return fail(Code::bad_argument, fmt::format("bind '{}': {}", escape_path(settings_.bind), error.message()));
    return {};
  }

  asio::awaitable<void> watch_stop() {
    asio::steady_timer timer{context_};
    while (!stop_) {
      timer.expires_after(attention);
      co_await timer.async_wait(quietly);
    }
    context_.stop();
  }

  asio::awaitable<void> keep_asking(const Aim& aim, steady_clock::time_point due) {
    asio::steady_timer timer{context_};
    std::uniform_int_distribution<std::int64_t> jitter{0, aim.every.count() * 1000 / 20};  // a twentieth: two vantages drift apart
    for (;;) {
      timer.expires_at(due + std::chrono::microseconds{jitter(random_)});
      co_await timer.async_wait(quietly);
      co_await ask_once(aim);
      if (stop_) co_return context_.stop();
      for (due += aim.every; due < steady_clock::now();) due += aim.every;
    }
  }

  asio::awaitable<void> ask_once(const Aim& aim) {
    Observation observation{.vantage = settings_.vantage, .target = aim.name, .sent = clock_.now().wall};
    const auto began = steady_clock::now();
    const auto answer = co_await ask(aim);
    observation.took_us = std::chrono::duration_cast<std::chrono::microseconds>(steady_clock::now() - began).count();
    observation.number = number_++;
    observation.failed = answer.failed;
    observation.status = answer.status;
    observation.notice = answer.notice ? NoticeSeen::unverified : NoticeSeen::none;
    on_observation_(observation);
  }

  asio::awaitable<Answer> ask(const Aim& aim) {
    const auto endpoint = co_await find(aim);
    if (!endpoint) co_return Answer{Layer::resolve_missing, 0, false};
    beast::tcp_stream stream{context_};
    stream.expires_after(settings_.timeout);  // once for all that follows
    if (const auto error = leave_from(stream.socket(), source_, *endpoint); error) co_return failed(Layer::connect_refused, error);
    if (const auto [error] = co_await stream.async_connect(*endpoint, quietly); error) co_return failed(Layer::connect_refused, error);
    if (const auto [error, _] = co_await http::async_write(stream, aim.request, quietly); error) co_return failed(Layer::closed, error);
    co_return co_await read_answer(stream);
  }

  /// The system's resolver has its own patience (resolv.conf), beyond ours.
  asio::awaitable<std::optional<tcp::endpoint>> find(const Aim& aim) {
    if (aim.endpoint) co_return aim.endpoint;
    tcp::resolver resolver{context_};
    const auto [error, found] = co_await resolver.async_resolve(aim.address.host, std::to_string(aim.address.port), quietly);
    if (!error)
      for (const auto& entry : found)
        if (!source_ || entry.endpoint().address().is_v4() == source_->is_v4()) co_return entry.endpoint();
    co_return std::nullopt;
  }

  const ProbeSettings& settings_;
  const Clock& clock_;
  const std::atomic<bool>& stop_;
  const std::function<void(const Observation&)>& on_observation_;
  std::uint64_t number_;
  std::vector<Aim> aims_;
  std::optional<asio::ip::address> source_;
  std::mt19937_64 random_;  ///< the jitter; follows the first number
  asio::io_context context_{1};
};

/// Every target may wait for its answer at once.
void allow_many_sockets() {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &limit);
}
}  // namespace

Result<> probe(const ProbeSettings& settings, const Clock& clock, const std::atomic<bool>& stop,
               const std::function<void(const Observation&)>& on_observation) {
  if (settings.targets.empty()) return fail(Code::bad_argument, "no target to probe");
  allow_many_sockets();
  Probing probing{settings, clock, stop, on_observation};
  KULLA_CHECK(probing.prepare());
  probing.run();
  return {};
}
}  // namespace kulla::outage
