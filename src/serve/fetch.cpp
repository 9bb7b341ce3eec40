#include "serve/fetch.hpp"

#include <curl/curl.h>
#include <fmt/format.h>

#include <memory>

namespace kulla::serve {
namespace {
constexpr long patience_seconds = 10;
constexpr std::size_t body_limit = std::size_t{1} << 20;

struct Free {
  void operator()(CURL* curl) const { curl_easy_cleanup(curl); }
  void operator()(char* text) const { curl_free(text); }
};
using Curl = std::unique_ptr<CURL, Free>;

std::size_t take(char* bytes, std::size_t, std::size_t size, void* into) {
  auto& body = *static_cast<std::string*>(into);
  if (body.size() + size > body_limit) return 0;  // ends the transfer
  body.append(bytes, size);
  return size;
}

std::string encoded(CURL* curl, const std::string& text) {
  const std::unique_ptr<char, Free> escaped{curl_easy_escape(curl, text.data(), static_cast<int>(text.size()))};
  return escaped ? escaped.get() : "";
}

std::string form_of(CURL* curl, const Fetch& what) {
  std::string text;
  for (const auto& [name, value] : what.form)
    text += fmt::format("{}{}={}", text.empty() ? "" : "&", encoded(curl, name), encoded(curl, value));
  return text;
}
}  // namespace

Result<std::string> fetch(const Fetch& what) {
  static const bool ready = curl_global_init(CURL_GLOBAL_DEFAULT) == CURLE_OK;
  const Curl curl{ready ? curl_easy_init() : nullptr};
  if (!curl) return fail(Code::io, "libcurl does not start");
  std::string body;
  const auto form = form_of(curl.get(), what);
  curl_easy_setopt(curl.get(), CURLOPT_URL, what.url.c_str());
  curl_easy_setopt(curl.get(), CURLOPT_PROTOCOLS_STR, what.plain ? "http,https" : "https");
  curl_easy_setopt(curl.get(), CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(curl.get(), CURLOPT_TIMEOUT, patience_seconds);
  curl_easy_setopt(curl.get(), CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEFUNCTION, take);
  curl_easy_setopt(curl.get(), CURLOPT_WRITEDATA, &body);
  if (!form.empty()) curl_easy_setopt(curl.get(), CURLOPT_POSTFIELDS, form.c_str());
  if (!what.user.empty()) {
    curl_easy_setopt(curl.get(), CURLOPT_HTTPAUTH, CURLAUTH_BASIC);
    // RFC 6749, 2.3.1: both are form-encoded first.
    curl_easy_setopt(curl.get(), CURLOPT_USERNAME, encoded(curl.get(), what.user).c_str());
    curl_easy_setopt(curl.get(), CURLOPT_PASSWORD, encoded(curl.get(), what.password).c_str());
  }
  const auto done = curl_easy_perform(curl.get());
  if (done == CURLE_OPERATION_TIMEDOUT) return fail(Code::timed_out, what.url);
  if (done == CURLE_WRITE_ERROR) return fail(Code::too_large, fmt::format("{}: more than {} bytes", what.url, body_limit));
  if (done != CURLE_OK) return fail(Code::io, fmt::format("{}: {}", what.url, curl_easy_strerror(done)));
  long status = 0;
  curl_easy_getinfo(curl.get(), CURLINFO_RESPONSE_CODE, &status);
  if (status != 200) return fail(Code::refused, fmt::format("{}: status {}", what.url, status));
  return body;
}

}  // namespace kulla::serve
