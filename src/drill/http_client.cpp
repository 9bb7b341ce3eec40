#include "drill/http_client.hpp"

#include <boost/beast/http/read.hpp>
#include <boost/beast/http/write.hpp>

#include "drill/sandbox.hpp"

namespace kulla::drill {
namespace {
constexpr auto token = asio::as_tuple(asio::use_awaitable);
constexpr auto patience = std::chrono::seconds{10};
constexpr std::size_t answer_limit = 1 << 20;
// A client's port is chosen only at connect(), so that thousands of addresses do not use up the ports (Linux ≥ 4.2).
using bind_address_no_port = asio::detail::socket_option::boolean<IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT>;
}  // namespace

bool Answer::by_service() const { return came && response.find(std::string(sandbox_header)) != response.end(); }
bool Answer::notice() const { return came && response.find("X-Kulla-Closure") != response.end(); }

asio::awaitable<bool> Client::connect() {
  stream_.emplace(executor_);
  buffer_.clear();
  auto& socket = stream_->socket();
  boost::system::error_code failed;
  socket.open(tcp::v4(), failed);
  if (!failed) socket.set_option(bind_address_no_port{true}, failed);
  if (!failed) socket.bind({from_, 0}, failed);
  if (failed) co_return false;
  stream_->expires_after(patience);
  auto [refused] = co_await stream_->async_connect(gate_, token);
  if (!refused) socket.set_option(tcp::no_delay{true}, failed);
  co_return !refused;
}

asio::awaitable<bool> Client::converse(const http::request<http::string_body>& request, Answer& answer) {
  stream_->expires_after(patience);
  auto [unsent, put] = co_await http::async_write(*stream_, request, token);
  if (unsent) co_return false;
  http::response_parser<http::string_body> parser;
  parser.body_limit(answer_limit);
  if (request.method() == http::verb::head) parser.skip(true);
  auto [unread, got] = co_await http::async_read(*stream_, buffer_, parser, token);
  if (unread) co_return false;
  answer.response = parser.release();
  answer.came = true;
  co_return true;
}

asio::awaitable<Answer> Client::ask(const Ask& ask) {
  http::request<http::string_body> request{ask.verb, ask.target, 11};
  request.set(http::field::host, ask.host);
  request.set(http::field::user_agent, ask.agent);
  for (const auto& [name, value] : ask.headers) request.set(name, value);
  request.body() = ask.body;
  request.prepare_payload();
  Answer answer;
  const bool kept = stream_.has_value();
  answer.sent = wall_now();
  bool done = kept && co_await converse(request, answer);
  if (!done && co_await connect()) {
    answer.sent = wall_now();
    done = co_await converse(request, answer);
  }
  answer.received = wall_now();
  if (!done || !answer.response.keep_alive()) stream_.reset();
  co_return answer;
}

Request record_of(Who who, std::size_t service, asio::ip::address_v4 from, const Answer& answer) {
  return {who,
          static_cast<std::uint32_t>(service),
          from.to_uint(),
          answer.sent,
          answer.received,
          answer.status(),
          answer.by_service(),
          answer.notice()};
}
}  // namespace kulla::drill
