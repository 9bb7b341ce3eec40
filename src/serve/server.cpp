// Sockets, TLS, timeouts and the live stream. One thread runs all of it, a coroutine a connection; what waits or works longer runs on the
// threads of its lane and comes back to it. A stream has no thread: its subscription wakes it by a posted call.
#include <fmt/format.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>

#include <boost/asio.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http.hpp>
#include <boost/beast/ssl/ssl_stream.hpp>
#include <thread>

#include "base/kept_key.hpp"
#include "serve/desk.hpp"
#include "serve/file_version.hpp"
#include "serve/listen.hpp"
#include "serve/places.hpp"
#include "serve/wire.hpp"

namespace kulla::serve {
namespace asio = boost::asio;
namespace beast = boost::beast;
namespace http = beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using namespace std::chrono_literals;
namespace {
using Plain = beast::tcp_stream;
using Secure = beast::ssl_stream<beast::tcp_stream>;
using Nothing = asio::awaitable<void>;

constexpr std::uint32_t header_limit = 16 << 10;     // a cookie, a token and what a browser says of itself are 2 KiB
constexpr std::uint64_t body_limit = 64 << 10;       // a signed approval of hundreds of reports
constexpr std::size_t buffer_limit = 128 << 10;      // what is read ahead of a request
constexpr std::size_t batch_limit = 64 << 10;        // of events in one write
constexpr int stream_buffer = 128 << 10;             // in the kernel, of a stream: what lies there is already old
constexpr int acknowledge_ms = 30'000;               // bytes that the other side's kernel does not acknowledge so long: it is gone
constexpr auto quiet_stream = 15s;                   // then a comment, so that a reader that is gone is found
constexpr auto farewell = 1s;                        // for the other side to take the last answer
constexpr int farewell_reads = 32;
constexpr auto accept_again = 100ms;                 // no file descriptor is free: trying at once would only spin

/// One connection. What is posted to it holds it too.
struct Visit {
  explicit Visit(asio::io_context& context) : timer(context) {}
  asio::steady_timer timer;  ///< of a held-back answer, or of a stream that waits for news
  std::string address, network;
  std::atomic<bool> news = false;
  Place* place = nullptr;
};
using Held = std::shared_ptr<Visit>;

auto into(error_code& error) { return asio::redirect_error(asio::use_awaitable, error); }

/// Runs `work` on a pool and comes back with what it gave.
template <typename T>
asio::awaitable<T> run_on(asio::thread_pool& pool, std::function<T()> work) {
  const auto begin = [&pool](auto handler, std::function<T()> job) {
    auto home = asio::make_work_guard(asio::get_associated_executor(handler));
    asio::post(pool, [home = std::move(home), handler = std::move(handler), job = std::move(job)]() mutable {
      auto result = job();
      const auto executor = home.get_executor();
      asio::post(executor, [home = std::move(home), handler = std::move(handler), result = std::move(result)]() mutable {
        std::move(handler)(std::move(result));
      });
    });
  };
  return asio::async_initiate<const asio::use_awaitable_t<>&, void(T)>(begin, asio::use_awaitable, std::move(work));
}

class Listener final : public Server {
 public:
  Listener(ServerSettings settings, Backend& backend, const Clock& clock)
      : settings_(std::move(settings)),
        backend_(backend),
        clock_(clock),
        lanes_(settings_),
        places_(settings_.connections, settings_.connections_an_address) {}
  Result<> begin();
  ~Listener() override;
  std::string address() const override { return address_; }
  std::string url() const override { return fmt::format("{}://{}/", tls_ ? "https" : "http", address_); }
  Counts counts() const override;

 private:
  Result<AccountsFile> accounts() const;
  Nothing accept();
  Nothing tick();
  Nothing welcome(tcp::socket socket);
  void greet(tcp::socket socket);
  template <typename Stream>
  Nothing converse(Stream& stream, Held visit);
  template <typename Stream>
  asio::awaitable<bool> serve(Stream& stream, Held visit, HttpRequest message);
  asio::awaitable<Answer> answer_later(Desk::Later later);
  template <typename Stream>
  asio::awaitable<bool> send(Stream& stream, const Answer& answer, Manner manner, bool head);
  template <typename Stream>
  Nothing reject(Stream& stream, error_code why);
  template <typename Stream>
  Nothing live(Stream& stream, Held visit, Desk::Live asked, Manner manner, bool head);
  template <typename Stream>
  Nothing pump(Stream& stream, Held visit, std::shared_ptr<Subscription> subscription, std::string session);
  void look_at_certificate();
  bool count(error_code error);

  const ServerSettings settings_;
  Backend& backend_;
  const Clock& clock_;
  asio::io_context context_{1};
  Lanes lanes_;
  tcp::acceptor acceptor_{context_};
  asio::steady_timer patience_{context_}, heart_{context_};
  std::string address_;
  TlsContext tls_;
  std::string certificate_seen_;  ///< which version of the file
  Tally tally_{};
  Places places_;
  std::unique_ptr<Desk> desk_;
  bool stopping_ = false;
  std::thread thread_;
};

// --- start and stop

Result<AccountsFile> Listener::accounts() const {
  if (settings_.accounts.empty() && settings_.oidc) return AccountsFile{};
  return AccountsFile::open(settings_.accounts);
}

Result<> Listener::begin() {
  KULLA_TRY(auto endpoint, endpoint_of(settings_.listen));
  if (!settings_.certificate.empty()) {
    certificate_seen_ = version_of(settings_.certificate);
    KULLA_TRY(tls_, tls_from(settings_.certificate));
  } else if (!endpoint.address().is_loopback()) {
    return fail(Code::bad_config, fmt::format("listen = \"{}\": beyond this machine only with TLS; name a certificate", settings_.listen));
  }
  if (settings_.hosts.empty() && endpoint.address().is_unspecified())
    return fail(Code::bad_config,
                fmt::format("listen = \"{}\": on all addresses only with hosts = [\"console.example\"]", settings_.listen));
  KULLA_TRY(auto people, accounts());
  std::shared_ptr<IdentityProvider> provider;
  if (settings_.oidc) {
    KULLA_TRY(provider, IdentityProvider::make(*settings_.oidc, clock_));
  }
  KULLA_TRY(const auto device_key, settings_.device_key.empty() ? Result<Digest>{random_digest()} : kept_key(settings_.device_key));
  KULLA_CHECK(listen_at(acceptor_, endpoint));
  endpoint = acceptor_.local_endpoint();
  const auto host = endpoint.address().is_v6() ? fmt::format("[{}]", endpoint.address().to_string()) : endpoint.address().to_string();
  address_ = fmt::format("{}:{}", host, endpoint.port());
  auto names = settings_.hosts.empty() ? std::vector<std::string>{host, "localhost"} : settings_.hosts;
  const bool secure = tls_ != nullptr;
  desk_ = std::make_unique<Desk>(settings_, Hosts{names, endpoint.port(), secure}, Devices{device_key, secure}, secure, std::move(people),
                                 backend_, clock_, tally_, std::move(provider));
  asio::co_spawn(context_, accept(), asio::detached);
  asio::co_spawn(context_, tick(), asio::detached);
  thread_ = std::thread{[this] { context_.run(); }};
  return {};
}

Listener::~Listener() {
  if (!thread_.joinable()) return;
  asio::post(context_, [this] {
    stopping_ = true;
    error_code ignored;
    acceptor_.close(ignored);
    patience_.cancel();
    heart_.cancel();
    places_.end_all();
  });
  thread_.join();  // when each coroutine has ended
  lanes_.join();
}

Counts Listener::counts() const {
  return {tally_.connections, tally_.requests,  tally_.streams_now, tally_.sessions_now, tally_.crowded,
          tally_.timed_out,   tally_.malformed, tally_.limited,     tally_.refused,      tally_.slow_readers};
}

Nothing Listener::tick() {
  while (!stopping_) {
    error_code cancelled;
    heart_.expires_after(settings_.heartbeat);
    co_await heart_.async_wait(into(cancelled));
    if (stopping_) break;
    desk_->tick();
    look_at_certificate();
  }
}

/// A renewed certificate is for those who come from now on.
void Listener::look_at_certificate() {
  if (!tls_) return;
  auto version = version_of(settings_.certificate);
  if (version == certificate_seen_) return;
  certificate_seen_ = std::move(version);
  auto renewed = tls_from(settings_.certificate);
  if (renewed) tls_ = std::move(*renewed);
  else spdlog::error("console: the certificate stays as it was: {}", renewed.error().message());
  desk_->certificate_is(renewed ? "" : renewed.error().what);
}

// --- connections

Nothing Listener::accept() {
  while (!stopping_) {
    error_code error;
    auto socket = co_await acceptor_.async_accept(into(error));
    if (stopping_) break;
    if (!error) {
      greet(std::move(socket));
      continue;
    }
    patience_.expires_after(accept_again);
    co_await patience_.async_wait(into(error));
  }
}

void Listener::greet(tcp::socket socket) {
  ++tally_.connections;
  asio::co_spawn(context_, welcome(std::move(socket)), asio::detached);
}

Nothing Listener::welcome(tcp::socket socket) {
  const auto visit = std::make_shared<Visit>(context_);
  error_code error;
  const auto peer = socket.remote_endpoint(error);
  if (error) co_return;
  visit->address = peer.address().to_string();
  visit->network = network_of(peer.address());
  socket.set_option(tcp::no_delay{true}, error);
  (void)::setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &acknowledge_ms, sizeof acknowledge_ms);
  const auto tls = tls_;  // as it is now; it may be renewed meanwhile
  std::optional<Secure> secure;
  std::optional<Plain> plain;
  if (tls) secure.emplace(std::move(socket), *tls);
  else plain.emplace(std::move(socket));
  auto& stream = tls ? beast::get_lowest_layer(*secure) : *plain;

  visit->place = places_.take(visit->network);
  tally_.crowded = places_.crowded();
  if (!visit->place) co_return;
  visit->place->end = [&stream, visit = visit.get()] {
    stream.close();
    visit->timer.cancel();
  };
  const std::shared_ptr<void> leaves{nullptr, [this, visit](void*) { places_.leave(visit->place); }};
  if (!tls) {
    co_await converse(*plain, visit);
    co_return;
  }
  stream.expires_after(settings_.header_timeout);
  co_await secure->async_handshake(asio::ssl::stream_base::server, into(error));
  if (!count(error)) co_return;
  co_await converse(*secure, visit);
}

/// False for an error; counted, where it is one that should be seen.
bool Listener::count(error_code error) {
  if (error == beast::error::timeout) ++tally_.timed_out;
  else if (error && error.category() != asio::error::get_system_category() && error != http::error::end_of_stream &&
           error != asio::ssl::error::stream_truncated && error != asio::error::eof)
    ++tally_.malformed;
  return !error;
}

template <typename Stream>
Nothing Listener::converse(Stream& stream, Held visit) {
  auto& socket = beast::get_lowest_layer(stream);
  beast::flat_buffer buffer{buffer_limit};
  auto patience = settings_.header_timeout;
  for (bool goes_on = true; goes_on && !visit->place->ended;) {
    http::request_parser<http::string_body> parser;
    parser.header_limit(header_limit);
    parser.body_limit(body_limit);
    error_code error;
    socket.expires_after(patience);
    co_await http::async_read_header(stream, buffer, parser, into(error));
    if (!error && !parser.is_done()) {
      socket.expires_after(settings_.body_timeout);
      co_await http::async_read(stream, buffer, parser, into(error));
    }
    if (!count(error)) {
      co_await reject(stream, error);
      break;
    }
    goes_on = co_await serve(stream, visit, parser.release());
    patience = settings_.idle_timeout;
  }
  // Closing at once would take back, as a reset, the answer that is still on its way.
  error_code error;
  socket.expires_after(farewell);
  if constexpr (std::is_same_v<Stream, Secure>) co_await stream.async_shutdown(into(error));
  else socket.socket().shutdown(tcp::socket::shutdown_send, error);
  for (int reads = 0; !error && reads < farewell_reads; ++reads) {
    buffer.clear();
    co_await socket.async_read_some(buffer.prepare(batch_limit), into(error));
  }
}

/// What is not a request is answered by its fault and is the last thing that this connection says.
template <typename Stream>
Nothing Listener::reject(Stream& stream, error_code why) {
  Answer answer;
  if (why == http::error::header_limit || why == http::error::buffer_overflow)
    answer = refusal(431, "header_too_large", fmt::format("a header has at most {} bytes", header_limit));
  else if (why == http::error::body_limit) answer = refusal(413, "too_large", fmt::format("a body has at most {} bytes", body_limit));
  else if (why.category() == make_error_code(http::error::bad_method).category() && why != http::error::end_of_stream &&
           why != http::error::partial_message)
    answer = refusal(400, "bad_request", fmt::format("this is not HTTP/1.1: {}", why.message()));
  else co_return;
  co_await send(stream, answer, {.tls = tls_ != nullptr, .now = clock_.now().wall}, false);
}

// --- a request

template <typename Stream>
asio::awaitable<bool> Listener::serve(Stream& stream, Held visit, HttpRequest message) {
  const bool head = message.method() == http::verb::head;
  Manner manner{.version = message.version(), .keep_alive = message.keep_alive(), .tls = tls_ != nullptr, .now = clock_.now().wall};
  auto request = to_request(std::move(message));
  request.address = visit->address;
  request.network = visit->network;
  if (!visit->place->signed_in) visit->place->signed_in = desk_->knows(request);
  auto outcome = desk_->receive(request);
  if (auto* asked = std::get_if<Desk::Live>(&outcome)) {
    co_await live(stream, visit, *asked, manner, head);
    co_return false;
  }
  Answer answer;
  if (auto* now = std::get_if<Answer>(&outcome)) answer = std::move(*now);
  else answer = co_await answer_later(std::move(std::get<Desk::Later>(outcome)));
  if (answer.hold_back > 0ms && !visit->place->ended) {
    error_code cancelled;
    visit->timer.expires_after(answer.hold_back);
    co_await visit->timer.async_wait(into(cancelled));
  }
  co_return co_await send(stream, answer, manner, head);
}

asio::awaitable<Answer> Listener::answer_later(Desk::Later later) {
  const auto turn = lanes_.enter(later.lane, later.session);
  if (!turn) {
    ++tally_.limited;
    co_return turn.error();
  }
  const auto finish = co_await run_on<Desk::Finish>(lanes_.threads(later.lane), std::move(later.work));
  co_return finish();
}

template <typename Stream>
asio::awaitable<bool> Listener::send(Stream& stream, const Answer& answer, Manner manner, bool head) {
  auto message = to_http(answer, manner);
  error_code error;
  beast::get_lowest_layer(stream).expires_after(settings_.write_timeout);
  if (head) {
    http::response_serializer<http::span_body<const char>> serializer{message};
    co_await http::async_write_header(stream, serializer, into(error));
  } else {
    co_await http::async_write(stream, message, into(error));
  }
  co_return count(error) && manner.keep_alive;
}

// --- the live stream

template <typename Stream>
Nothing Listener::live(Stream& stream, Held visit, Desk::Live asked, Manner manner, bool head) {
  const auto message = stream_head(manner);
  http::response_serializer<http::span_body<const char>> serializer{message};
  error_code error;
  auto& socket = beast::get_lowest_layer(stream);
  socket.socket().set_option(asio::socket_base::send_buffer_size{stream_buffer}, error);
  socket.expires_after(settings_.write_timeout);
  co_await http::async_write_header(stream, serializer, into(error));
  if (!count(error) || head) co_return;
  places_.begin_stream(visit->place, asked.person.str(), settings_.streams_a_person);
  ++tally_.streams_now;
  const std::shared_ptr<void> counted{nullptr, [this](void*) { --tally_.streams_now; }};
  const std::function<std::shared_ptr<Subscription>()> subscribe = [this, from = asked.from] { return backend_.subscribe(from); };
  const auto subscription = co_await run_on(lanes_.threads(Lane::reads), subscribe);
  if (!subscription) co_return;
  const std::shared_ptr<void> unsubscribes{nullptr, [subscription](void*) {
                                             subscription->on_news({});
                                             subscription->close();
                                           }};
  subscription->on_news([this, visit] {
    if (!visit->news.exchange(true)) asio::post(context_, [visit] { visit->timer.cancel(); });
  });
  co_await pump(stream, visit, subscription, asked.session);
  if (subscription->too_slow()) ++tally_.slow_readers;
}

/// Ready events of at most one write.
std::string take_batch(Subscription& subscription) {
  std::string batch;
  while (batch.size() < batch_limit) {
    const auto event = subscription.pop();
    if (!event) break;
    batch += *event;
  }
  return batch;
}

template <typename Stream>
Nothing Listener::pump(Stream& stream, Held visit, std::shared_ptr<Subscription> subscription, std::string session) {
  auto& socket = beast::get_lowest_layer(stream);
  while (!visit->place->ended && desk_->still_in(session)) {
    visit->news = false;  // before taking: what comes later posts again
    auto batch = take_batch(*subscription);
    error_code error;
    if (batch.empty()) {
      if (subscription->closed()) co_return;
      socket.expires_never();
      visit->timer.expires_after(quiet_stream);
      co_await visit->timer.async_wait(into(error));
      if (error) continue;  // there is news
      batch = ":\n\n";
    }
    socket.expires_after(settings_.stream_timeout);
    co_await asio::async_write(stream, asio::buffer(batch), into(error));
    if (error == beast::error::timeout) ++tally_.slow_readers;
    if (error) co_return;
  }
}
}  // namespace

Result<std::unique_ptr<Server>> Server::start(ServerSettings settings, Backend& backend, const Clock& clock) {
  auto listener = std::make_unique<Listener>(std::move(settings), backend, clock);
  KULLA_CHECK(listener->begin());
  return listener;
}

}  // namespace kulla::serve
