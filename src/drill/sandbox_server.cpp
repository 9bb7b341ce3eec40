// One thread, one coroutine a connection: two hundred of these processes run side by side in a large drill.
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/detached.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "base/file.hpp"
#include "drill/sandbox.hpp"
#include "model/codec.hpp"

namespace kulla::drill {
namespace {
namespace asio = boost::asio;
using asio::ip::tcp;
using namespace std::chrono_literals;
constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr auto idle_limit = 120s;
constexpr auto drop_after = 900ms, wipe_after = 1800ms;   // the intruder's own pace, once inside
constexpr auto stream_pause = 20ms;
constexpr auto stream_length = 600s;

// 4 KiB every 20 ms: slow enough to be under way whenever a service closes.
asio::awaitable<void> stream_large(boost::beast::tcp_stream& stream, const std::string& system) {
  const auto head = fmt::format("HTTP/1.1 200 OK\r\nContent-Type: application/octet-stream\r\nConnection: close\r\n{}: {}\r\n\r\n",
                                sandbox_header, system);
  const std::string block(4096, 'x');
  asio::steady_timer timer{co_await asio::this_coro::executor};
  stream.expires_never();
  auto [failed, sent] = co_await asio::async_write(stream, asio::buffer(head), token);
  for (const auto end = std::chrono::steady_clock::now() + stream_length; !failed && std::chrono::steady_clock::now() < end;) {
    std::tie(failed, sent) = co_await asio::async_write(stream, asio::buffer(block), token);
    timer.expires_after(stream_pause);
    co_await timer.async_wait(token);
  }
}

asio::awaitable<void> converse(tcp::socket socket, Sandbox& sandbox) {
  boost::beast::tcp_stream stream{std::move(socket)};
  boost::beast::flat_buffer buffer{upload_limit + 65536};
  for (;;) {
    http::request_parser<http::string_body> parser;
    parser.body_limit(upload_limit);
    stream.expires_after(idle_limit);
    auto [failed, got] = co_await http::async_read(stream, buffer, parser, token);
    if (failed) co_return;
    const auto request = parser.release();
    if (sandbox.is_stream(request)) {
      co_await stream_large(stream, sandbox.settings().system);
      co_return;
    }
    auto response = sandbox.answer(request);
    auto [broken, put] = co_await http::async_write(stream, response, token);
    if (broken || !request.keep_alive()) co_return;
  }
}

asio::awaitable<void> accept_all(tcp::acceptor& acceptor, Sandbox& sandbox) {
  const auto executor = co_await asio::this_coro::executor;
  for (;;) {
    auto [failed, socket] = co_await acceptor.async_accept(token);
    if (failed == asio::error::operation_aborted) co_return;
    if (failed) {  // out of descriptors: wait for some to come back
      asio::steady_timer timer{executor, 50ms};
      co_await timer.async_wait(token);
      continue;
    }
    socket.set_option(tcp::no_delay{true});
    asio::co_spawn(executor, converse(std::move(socket), sandbox), asio::detached);
  }
}

asio::awaitable<void> work_inside(const Shell& shell) {
  asio::steady_timer timer{co_await asio::this_coro::executor, drop_after};
  co_await timer.async_wait(token);
  (void)shell.drop();
  timer.expires_after(wipe_after - drop_after);
  co_await timer.async_wait(token);
  (void)shell.wipe();
}
}  // namespace

Result<> serve_sandbox(const std::filesystem::path& settings_file) try {
  KULLA_TRY(auto text, read_file(settings_file, 1 << 20));
  KULLA_TRY(auto value, parse_json(text));
  KULLA_TRY(auto settings, codec::decode<SandboxSettings>(value));
  asio::io_context context{1};
  bool inside = false;
  Sandbox* entered = nullptr;
  Sandbox sandbox{settings, [&] {
                    if (std::exchange(inside, true)) return;
                    asio::co_spawn(context, work_inside(entered->shell()), asio::detached);
                  }};
  entered = &sandbox;
  tcp::acceptor acceptor{context, {asio::ip::address_v4::loopback(), 0}};
  KULLA_CHECK(write_file_atomic(settings.port_file, fmt::format("{}\n", acceptor.local_endpoint().port())));
  asio::signal_set signals{context, SIGTERM, SIGINT};
  signals.async_wait([&](auto, auto) { context.stop(); });
  asio::co_spawn(context, accept_all(acceptor, sandbox), asio::detached);
  context.run();
  return {};
} catch (const boost::system::system_error& error) {
  return fail(Code::io, fmt::format("sandbox: {}", error.what()));
}
}  // namespace kulla::drill
