// One HTTP/1.1 client with its own source address, keeping its connection. For coroutines of one thread.
#pragma once
#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/use_awaitable.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/core/tcp_stream.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/string_body.hpp>
#include <optional>
#include <string>
#include <vector>

#include "drill/records.hpp"

namespace kulla::drill {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct Ask {
  http::verb verb = http::verb::get;
  std::string host, target = "/", body;
  std::string agent = "Mozilla/5.0 (X11; Linux x86_64; rv:102.0) Gecko/20100101 Firefox/102.0";
  std::vector<std::pair<std::string, std::string>> headers;
};
struct Answer {
  Timestamp sent, received;
  http::response<http::string_body> response;   ///< of a gate or a sandbox
  bool came = false;
  [[nodiscard]] int status() const { return came ? response.result_int() : 0; }
  [[nodiscard]] bool by_service() const;
  [[nodiscard]] bool notice() const;
};

class Client {
 public:
  Client(asio::any_io_executor executor, tcp::endpoint gate, asio::ip::address_v4 from)
      : executor_(std::move(executor)), gate_(gate), from_(from) {}
  /// Sends and waits for the whole answer. A kept connection that the other side had closed meanwhile is opened once more.
  asio::awaitable<Answer> ask(const Ask& ask);
  [[nodiscard]] asio::ip::address_v4 from() const { return from_; }
  /// Continues as someone else.
  void become(asio::ip::address_v4 from) {
    from_ = from;
    stream_.reset();
  }

 private:
  asio::awaitable<bool> connect();
  asio::awaitable<bool> converse(const http::request<http::string_body>& request, Answer& answer);
  asio::any_io_executor executor_;
  tcp::endpoint gate_;
  asio::ip::address_v4 from_;
  std::optional<boost::beast::tcp_stream> stream_;
  boost::beast::flat_buffer buffer_;
};

/// Everyone has an own address in 127.0.0.0/8, so that blocking one and sharing among many mean something.
enum class Crowd : std::uint8_t { citizens = 20, watchers = 21, streams = 22, attempts = 66, attackers = 67, vantage = 99 };
[[nodiscard]] inline asio::ip::address_v4 address_of(Crowd crowd, std::size_t n) {
  return asio::ip::address_v4{(127U << 24) | (static_cast<std::uint32_t>(crowd) << 16) | static_cast<std::uint32_t>(n % 64000 + 1)};
}

[[nodiscard]] Request record_of(Who who, std::size_t service, asio::ip::address_v4 from, const Answer& answer);

}  // namespace kulla::drill
