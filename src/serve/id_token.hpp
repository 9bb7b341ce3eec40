// ID tokens of OpenID Connect (Core 1.0, 3.1.3.7): signed by the provider with RS256 or ES256 (RFC 7515, by cjose), meant for us, fresh, and
// the answer to this sign-in.
#pragma once
#include <string>
#include <string_view>

#include "base/canonical_json.hpp"
#include "base/result.hpp"
#include "base/time.hpp"

namespace kulla::serve {

struct TokenRules {
  std::string issuer, client, nonce;
  Timestamp now;
};
/// The claims. `key_set` is the provider's JWK set (RFC 7517). Code::bad_signature, with what is wrong.
[[nodiscard]] Result<json::object> check_id_token(const std::string& token, const json::object& key_set, const TokenRules& rules);

}  // namespace kulla::serve
