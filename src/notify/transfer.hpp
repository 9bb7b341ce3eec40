// One transfer by libcurl: bounded in time, no redirects, only the protocols that are named. Inside notify/ only.
#pragma once
#include <curl/curl.h>

#include <filesystem>
#include <memory>
#include <optional>
#include <stop_token>
#include <string>
#include <vector>

#include "base/result.hpp"

namespace kulla::notify {

class Transfer {
 public:
  Transfer(const std::string& url, const std::string& protocols, const std::filesystem::path& ca);
  template <typename Value>
  void set(CURLoption option, Value value) {
    KULLA_ASSERT(curl_easy_setopt(handle_.get(), option, value) == CURLE_OK);
  }
  void set(CURLoption option, const std::string& value) { set(option, value.c_str()); }
  /// A list that the transfer keeps: headers, recipients.
  void set_list(CURLoption option, const std::vector<std::string>& values);
  [[nodiscard]] CURL* handle() const { return handle_.get(); }
  /// The last response code. Code::timed_out, or Code::io with what libcurl says; Code::interrupted where it was stopped.
  [[nodiscard]] Result<long> perform(const std::stop_token& stop);

 private:
  struct Free {
    void operator()(CURL* handle) const { curl_easy_cleanup(handle); }
    void operator()(curl_slist* list) const { curl_slist_free_all(list); }
  };
  std::unique_ptr<CURL, Free> handle_;
  std::vector<std::unique_ptr<curl_slist, Free>> lists_;
  std::string where_;
};

/// An address as libcurl itself reads it, so that what is checked is what is connected to.
struct Address {
  std::string scheme, host, port;
  [[nodiscard]] std::string shown() const { return host + (port.empty() ? "" : ":" + port); }
};
/// Nothing where it is none, has no host, or holds a user or a password.
[[nodiscard]] std::optional<Address> address_of(const std::string& url);
/// True where the host is a loopback address (not a name, which could mean another).
[[nodiscard]] bool is_loopback(const std::string& url);

}  // namespace kulla::notify
