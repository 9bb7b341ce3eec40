// Between HTTP as Beast reads and writes it and the desk's requests and answers.
#pragma once
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/span_body.hpp>
#include <boost/beast/http/string_body.hpp>

#include "base/time.hpp"
#include "serve/request.hpp"

namespace kulla::serve {

using HttpRequest = boost::beast::http::request<boost::beast::http::string_body>;
using HttpAnswer = boost::beast::http::response<boost::beast::http::span_body<const char>>;

[[nodiscard]] Request to_request(HttpRequest&& message);

/// How the answer goes out: what the request said of it, and what the server is.
struct Manner {
  unsigned version = 11;
  bool keep_alive = false, tls = false;
  Timestamp now;
};
/// All lines, and a body that points into `answer`.
[[nodiscard]] HttpAnswer to_http(const Answer& answer, const Manner& manner);
/// The head of a live stream, which ends with the connection.
[[nodiscard]] HttpAnswer stream_head(const Manner& manner);

}  // namespace kulla::serve
