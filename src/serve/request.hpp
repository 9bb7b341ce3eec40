// A request and an answer as the desk sees them: no sockets, no parser. What the server read is within its limits; all of it is foreign.
#pragma once
#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/canonical_json.hpp"
#include "base/result.hpp"
#include "serve/routes.hpp"

namespace kulla::serve {

/// The lines of a header that mean something here; empty where absent, and where a line came twice that may come once.
struct Request {
  std::optional<Method> method;  ///< none: another one than those of the routes; HEAD is a get
  std::string path, query;       ///< as sent, split at the first '?'
  std::string host, origin, fetch_site, cookie, csrf, content_type, if_none_match;
  bool takes_gzip = false;
  bool is_navigation = false;    ///< a browser shows the answer as its page
  std::string body;
  std::string address;  ///< of the client
  std::string network;  ///< what counts as one client: an IPv4 address, the /64 of an IPv6 address
};

using Text = std::shared_ptr<const std::string>;

/// What the browser may do with an answer: nothing but what our own files do; a page (a report) is alone and runs no script.
enum class Policy { console, page };

struct Answer {
  int status = 200;
  std::string type = "application/json";
  Text body = {};
  Text gzip = {};  ///< the body compressed; sent instead, where there is one
  std::vector<std::pair<std::string, std::string>> headers = {};
  Policy policy = Policy::console;
  bool may_be_kept = false;  ///< else Cache-Control: no-store
  std::chrono::milliseconds hold_back{};  ///< waits so long before it is sent
};

[[nodiscard]] Answer json_answer(const json::object& value);
/// {"error":{"code","what"}}; `code` is a word for programs, `what` a sentence for a person.
[[nodiscard]] Answer refusal(int status, std::string_view code, std::string_view what);
[[nodiscard]] Answer refusal(const Error& error);
/// 429 with Retry-After in whole seconds, at least 1.
[[nodiscard]] Answer too_many(std::chrono::milliseconds wait);
/// The status of an error of the backend.
[[nodiscard]] int status_of(Code code);

/// The lines that every answer carries, whatever it is.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> security_headers(Policy policy, bool tls);

/// Names and values of a line of cookies.
[[nodiscard]] std::vector<std::pair<std::string_view, std::string_view>> cookies_of(std::string_view cookies);
/// The value of a cookie; none where it is missing or comes twice.
[[nodiscard]] std::optional<std::string_view> cookie(std::string_view cookies, std::string_view name);

}  // namespace kulla::serve
