#include "serve/request.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kulla::serve {
namespace {
using namespace std::chrono_literals;

/// Errors that are not 500: what the caller asked for was wrong (4xx), or could not be done now (5xx).
constexpr std::array<std::pair<Code, int>, 21> statuses{
    {{Code::bad_argument, 400}, {Code::bad_json, 400},           {Code::bad_time, 400},
     {Code::bad_key, 400},      {Code::bad_config, 400},         {Code::bad_signature, 403},
     {Code::not_found, 404},    {Code::backup_missing, 404},     {Code::backup_no_snapshot, 404},
     {Code::refused, 409},      {Code::baseline_untrusted, 409}, {Code::too_large, 413},
     {Code::gate_refused, 502}, {Code::interrupted, 503},        {Code::ledger_busy, 503},
     {Code::ledger_full, 503},  {Code::gate_unreachable, 503},   {Code::daemon_unreachable, 503},
     {Code::store_busy, 503},   {Code::backup_unreachable, 503}, {Code::timed_out, 504}}};

constexpr std::string_view console_policy =
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; font-src 'self'; "
    "frame-ancestors 'none'; base-uri 'none'; form-action 'self'";
constexpr std::string_view page_policy =
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
}  // namespace

int status_of(Code code) {
  const auto* row = std::ranges::find(statuses, code, &std::pair<Code, int>::first);
  return row == statuses.end() ? 500 : row->second;
}

Answer json_answer(const json::object& value) { return {.body = std::make_shared<std::string>(json::serialize(value))}; }

Answer refusal(int status, std::string_view code, std::string_view what) {
  auto answer = json_answer({{"error", {{"code", code}, {"what", what}}}});
  answer.status = status;
  return answer;
}
Answer refusal(const Error& error) {
  auto answer = refusal(status_of(error.code), name(error.code), error.what);
  if (answer.status == 503) answer.headers.emplace_back("Retry-After", "1");
  return answer;
}

Answer too_many(std::chrono::milliseconds wait) {
  const auto seconds = std::max(std::chrono::ceil<std::chrono::seconds>(wait), std::chrono::seconds{1});
  auto answer = refusal(429, "too_many", fmt::format("too many requests; try again in {} s", seconds.count()));
  answer.headers.emplace_back("Retry-After", fmt::format("{}", seconds.count()));
  return answer;
}

std::vector<std::pair<std::string_view, std::string_view>> security_headers(Policy policy, bool tls) {
  std::vector<std::pair<std::string_view, std::string_view>> lines{
      {"Content-Security-Policy", policy == Policy::console ? console_policy : page_policy},
      {"X-Content-Type-Options", "nosniff"},
      {"X-Frame-Options", "DENY"},
      {"Referrer-Policy", "no-referrer"},
      {"Cross-Origin-Opener-Policy", "same-origin"},
      {"Cross-Origin-Resource-Policy", "same-origin"},
      {"Cross-Origin-Embedder-Policy", "require-corp"},
      {"Permissions-Policy", "camera=(), geolocation=(), microphone=(), payment=(), usb=(), display-capture=()"}};
  if (tls) lines.emplace_back("Strict-Transport-Security", "max-age=31536000");
  return lines;
}

std::vector<std::pair<std::string_view, std::string_view>> cookies_of(std::string_view cookies) {
  std::vector<std::pair<std::string_view, std::string_view>> found;
  while (!cookies.empty()) {
    const auto end = std::min(cookies.find(';'), cookies.size());
    auto pair = cookies.substr(0, end);
    cookies.remove_prefix(std::min(end + 1, cookies.size()));
    pair.remove_prefix(std::min(pair.find_first_not_of(' '), pair.size()));
    const auto equals = pair.find('=');
    if (equals != std::string_view::npos) found.emplace_back(pair.substr(0, equals), pair.substr(equals + 1));
  }
  return found;
}

std::optional<std::string_view> cookie(std::string_view cookies, std::string_view name) {
  std::optional<std::string_view> found;
  for (const auto& [each, value] : cookies_of(cookies)) {
    if (each != name) continue;
    if (found) return {};
    found = value;
  }
  return found;
}

}  // namespace kulla::serve
