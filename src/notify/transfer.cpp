#include "notify/transfer.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <array>

#include "base/shown_text.hpp"

namespace kulla::notify {
namespace {
constexpr long connect_ms = 5'000, whole_ms = 30'000;  // a server that needs longer is down for us; we come again

std::size_t drop(char*, std::size_t size, std::size_t count, void*) { return size * count; }
int go_on(void* stop, curl_off_t, curl_off_t, curl_off_t, curl_off_t) {
  return static_cast<const std::stop_token*>(stop)->stop_requested() ? 1 : 0;
}
}  // namespace

Transfer::Transfer(const std::string& url, const std::string& protocols, const std::filesystem::path& ca) {
  static const auto ready = curl_global_init(CURL_GLOBAL_DEFAULT);
  handle_.reset(curl_easy_init());
  KULLA_ASSERT(ready == CURLE_OK && handle_);
  if (const auto address = address_of(url)) where_ = address->shown();  // the whole may hold a secret
  set(CURLOPT_URL, url);
  set(CURLOPT_PROTOCOLS_STR, protocols);
  set(CURLOPT_NOSIGNAL, 1L);
  set(CURLOPT_FOLLOWLOCATION, 0L);
  set(CURLOPT_CONNECTTIMEOUT_MS, connect_ms);
  set(CURLOPT_TIMEOUT_MS, whole_ms);
  set(CURLOPT_WRITEFUNCTION, &drop);
  set(CURLOPT_NOPROXY, "127.0.0.1,::1");
  if (!ca.empty()) set(CURLOPT_CAINFO, ca.string());
}

void Transfer::set_list(CURLoption option, const std::vector<std::string>& values) {
  curl_slist* list = nullptr;
  for (const auto& value : values) list = curl_slist_append(list, value.c_str());
  lists_.emplace_back(list);
  set(option, list);
}

Result<long> Transfer::perform(const std::stop_token& stop) {
  std::array<char, CURL_ERROR_SIZE> text{};
  set(CURLOPT_ERRORBUFFER, text.data());
  set(CURLOPT_NOPROGRESS, 0L);
  set(CURLOPT_XFERINFOFUNCTION, &go_on);
  set(CURLOPT_XFERINFODATA, &stop);
  const auto done = curl_easy_perform(handle_.get());
  set(CURLOPT_ERRORBUFFER, static_cast<char*>(nullptr));
  if (done == CURLE_ABORTED_BY_CALLBACK) return fail(Code::interrupted, where_);
  if (done != CURLE_OK)
    return fail(done == CURLE_OPERATION_TIMEDOUT ? Code::timed_out : Code::io,
                fmt::format("{}: {}", where_, shown_text(text[0] ? text.data() : curl_easy_strerror(done))));
  long code = 0;
  KULLA_ASSERT(curl_easy_getinfo(handle_.get(), CURLINFO_RESPONSE_CODE, &code) == CURLE_OK);
  return code;
}

std::optional<Address> address_of(const std::string& url) {
  const std::unique_ptr<CURLU, decltype(&curl_url_cleanup)> parsed{curl_url(), &curl_url_cleanup};
  if (!parsed || curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), CURLU_NON_SUPPORT_SCHEME) != CURLUE_OK) return std::nullopt;
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    std::string copy = curl_url_get(parsed.get(), which, &text, 0) == CURLUE_OK ? text : "";
    curl_free(text);
    return copy;
  };
  if (!part(CURLUPART_USER).empty() || !part(CURLUPART_PASSWORD).empty()) return std::nullopt;
  Address address{part(CURLUPART_SCHEME), part(CURLUPART_HOST), part(CURLUPART_PORT)};
  return address.host.empty() ? std::nullopt : std::optional{std::move(address)};
}

bool is_loopback(const std::string& url) {
  const auto address = address_of(url);
  if (!address) return false;
  const auto& host = address->host;
  in_addr v4{};
  in6_addr v6{};
  if (::inet_pton(AF_INET, host.c_str(), &v4) == 1) return ntohl(v4.s_addr) >> 24 == IN_LOOPBACKNET;
  if (!host.starts_with('[') || !host.ends_with(']')) return false;
  return ::inet_pton(AF_INET6, host.substr(1, host.size() - 2).c_str(), &v6) == 1 && IN6_IS_ADDR_LOOPBACK(&v6);
}
}  // namespace kulla::notify
