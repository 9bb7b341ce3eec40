// Browsers in which a person has signed in before, known by a cookie that the server signed ("device cookies", OWASP's answer to lockouts):
// who guesses at a name from elsewhere does not slow that person down there. The cookie signs nobody in, and counts after a restart.
//   kulla-device-PERSON=DEVICE.SECONDS.MAC    PERSON  begins the SHA-256 of the name; a browser may have a cookie of each who uses it
//                                             DEVICE  random, another one for each person in each browser
//                                             SECONDS since 1970 when it was given
//                                             MAC     over all before it (libsodium's crypto_auth: HMAC-SHA-512-256)
#pragma once
#include <chrono>
#include <optional>
#include <string>
#include <string_view>

#include "base/hash.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla::serve {

class Devices {
 public:
  static constexpr std::chrono::hours age{24 * 180};  ///< since the last sign-in there
  Devices(const Digest& key, bool tls) : key_(key), tls_(tls) {}
  /// DEVICE, where the line of cookies holds one of this person.
  [[nodiscard]] std::optional<std::string> of(const PersonId& person, std::string_view cookies, Timestamp now) const;
  /// The same of any person.
  [[nodiscard]] std::optional<std::string> any(std::string_view cookies, Timestamp now) const;
  /// For Set-Cookie once this person has signed in. `known`: what the browser was called before.
  [[nodiscard]] std::string cookie_line(const PersonId& person, const std::optional<std::string>& known, Timestamp now) const;

 private:
  std::string prefix() const { return tls_ ? "__Host-kulla-device-" : "kulla-device-"; }
  std::string name_of(const PersonId& person) const;
  std::optional<std::string> read(std::string_view name, std::string_view value, Timestamp now) const;
  const Digest key_;
  const bool tls_;
};

}  // namespace kulla::serve
