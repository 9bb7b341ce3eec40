#include "serve/wire.hpp"

#include <fmt/chrono.h>

#include <algorithm>
#include <boost/beast/http/rfc7230.hpp>

namespace kulla::serve {
namespace http = boost::beast::http;
namespace {
/// A line that comes twice is none: nobody shall see another one than we do.
std::string only(const HttpRequest& message, http::field field) {
  return message.count(field) == 1 ? std::string{message[field]} : std::string{};
}
std::string only(const HttpRequest& message, std::string_view field) {
  return message.count(field) == 1 ? std::string{message[field]} : std::string{};
}

std::optional<Method> method_of(http::verb verb) {
  switch (verb) {
    case http::verb::get:
    case http::verb::head: return Method::get;
    case http::verb::post: return Method::post;
    case http::verb::delete_: return Method::delete_;
    default: return {};
  }
}

void add_common(HttpAnswer& message, Policy policy, const Manner& manner) {
  message.set(http::field::date, fmt::format("{:%a, %d %b %Y %H:%M:%S} GMT", std::chrono::floor<std::chrono::seconds>(manner.now)));
  for (const auto& [name, value] : security_headers(policy, manner.tls)) message.set(name, value);
}
}  // namespace

Request to_request(HttpRequest&& message) {
  Request request;
  request.method = method_of(message.method());
  const std::string_view target = message.target();
  const auto mark = std::min(target.find('?'), target.size());
  request.path = target.substr(0, mark);
  request.query = target.substr(std::min(mark + 1, target.size()));
  request.host = only(message, http::field::host);
  request.origin = only(message, http::field::origin);
  if (message.count(http::field::origin) > 1) request.origin = "twice";
  request.fetch_site = only(message, "Sec-Fetch-Site");
  request.is_navigation = only(message, "Sec-Fetch-Mode") == "navigate";
  request.cookie = only(message, http::field::cookie);
  request.csrf = only(message, "X-Kulla-Csrf");
  request.content_type = only(message, http::field::content_type);
  request.if_none_match = only(message, http::field::if_none_match);
  request.takes_gzip = http::ext_list{message[http::field::accept_encoding]}.exists("gzip");
  request.body = std::move(message.body());
  return request;
}

HttpAnswer to_http(const Answer& answer, const Manner& manner) {
  HttpAnswer message{static_cast<http::status>(answer.status), manner.version};
  add_common(message, answer.policy, manner);
  if (!answer.may_be_kept) message.set(http::field::cache_control, "no-store");
  for (const auto& [name, value] : answer.headers) message.insert(name, value);
  message.keep_alive(manner.keep_alive);
  if (answer.status == 304) return message;
  const auto& body = answer.gzip ? answer.gzip : answer.body;
  message.set(http::field::content_type, answer.type);
  if (answer.gzip) message.set(http::field::content_encoding, "gzip");
  if (body) message.body() = boost::beast::span<const char>{body->data(), body->size()};
  message.content_length(body ? body->size() : 0);
  return message;
}

HttpAnswer stream_head(const Manner& manner) {
  HttpAnswer message{http::status::ok, manner.version};
  add_common(message, Policy::console, manner);
  message.set(http::field::content_type, "text/event-stream");
  message.set(http::field::cache_control, "no-store");
  message.set("X-Accel-Buffering", "no");
  message.keep_alive(false);
  return message;
}

}  // namespace kulla::serve
