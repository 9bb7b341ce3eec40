#include "serve/id_token.hpp"

#include <cjose/cjose.h>
#include <fmt/format.h>

#include <algorithm>
#include <memory>
#include <optional>
#include <vector>

namespace kulla::serve {
namespace {
using namespace std::chrono_literals;
constexpr std::size_t longest_token = 32 << 10, most_keys = 64;
constexpr auto clock_difference = 60s;  // between the provider and us
constexpr auto oldest = 10min;          // a token is made while the browser comes back

template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* each) const {
    Free(each);
  }
};
using Jws = std::unique_ptr<cjose_jws_t, Freer<cjose_jws_release>>;
using Jwk = std::unique_ptr<cjose_jwk_t, Freer<cjose_jwk_release>>;

std::unexpected<Error> wrong(std::string_view what) { return fail(Code::bad_signature, fmt::format("the ID token {}", what)); }

std::string text_at(const json::object& object, std::string_view key) {
  const auto* value = object.if_contains(key);
  const auto* text = value ? value->if_string() : nullptr;
  return text ? std::string{*text} : std::string{};
}

/// Which kind of key an algorithm takes; nothing for all that we do not take, "none" and HS256 among them.
std::optional<std::string_view> key_type_of(std::string_view algorithm) {
  if (algorithm == "RS256") return "RSA";
  if (algorithm == "ES256") return "EC";
  return {};
}

/// Keys that may have signed it: of the right kind, for signing, and of the name that the token says, where it says one.
std::vector<Jwk> candidates(const json::object& key_set, std::string_view type, const std::string& name) {
  std::vector<Jwk> found;
  const auto* keys = key_set.if_contains("keys");
  if (!keys || !keys->is_array()) return found;
  for (const auto& each : keys->get_array()) {
    const auto* key = each.if_object();
    if (!key || found.size() == most_keys || text_at(*key, "kty") != type) continue;
    if (const auto use = text_at(*key, "use"); !use.empty() && use != "sig") continue;
    if (!name.empty() && text_at(*key, "kid") != name) continue;
    const auto text = json::serialize(*key);
    if (Jwk imported{cjose_jwk_import(text.data(), text.size(), nullptr)}) found.push_back(std::move(imported));
  }
  return found;
}

std::string header_of(cjose_jws_t* jws, const char* attribute) {
  auto* header = cjose_jws_get_protected(jws);
  const auto* value = header ? cjose_header_get(header, attribute, nullptr) : nullptr;
  return value ? value : "";
}

Result<json::object> signed_claims(const std::string& token, const json::object& key_set) {
  if (token.size() > longest_token) return wrong("is too long");
  const Jws jws{cjose_jws_import(token.data(), token.size(), nullptr)};
  if (!jws) return wrong("cannot be read");
  const auto type = key_type_of(header_of(jws.get(), CJOSE_HDR_ALG));
  if (!type) return wrong("is signed with neither RS256 nor ES256");
  for (const auto& key : candidates(key_set, *type, header_of(jws.get(), CJOSE_HDR_KID))) {
    // A failed verification leaves the token unusable in cjose: each key gets its own.
    const Jws fresh{cjose_jws_import(token.data(), token.size(), nullptr)};
    if (!fresh || !cjose_jws_verify(fresh.get(), key.get(), nullptr)) continue;
    std::uint8_t* bytes = nullptr;
    std::size_t size = 0;
    if (!cjose_jws_get_plaintext(fresh.get(), &bytes, &size, nullptr)) return wrong("holds nothing");
    KULLA_TRY(auto claims, parse_json({reinterpret_cast<const char*>(bytes), size}, longest_token));
    if (!claims.is_object()) return wrong("is no object");
    return std::move(claims.get_object());
  }
  return wrong("is signed by no key of the provider");
}

/// A time in seconds since 1970, which may have a fraction.
std::optional<Timestamp> time_at(const json::object& claims, std::string_view key) {
  const auto* value = claims.if_contains(key);
  if (!value || !value->is_number()) return {};
  const auto seconds = value->to_number<double>();
  if (!(seconds >= 0 && seconds < 253402300800.0)) return {};  // up to the year 9999
  return Timestamp{std::chrono::seconds{static_cast<std::int64_t>(seconds)}};
}

bool is_for(const json::object& claims, const std::string& client) {
  const auto* audience = claims.if_contains("aud");
  if (!audience) return false;
  if (audience->is_string()) return audience->get_string() == client;
  const auto* all = audience->if_array();
  if (!all || std::ranges::find(*all, json::value(client)) == all->end()) return false;
  return all->size() == 1 || text_at(claims, "azp") == client;
}
}  // namespace

Result<json::object> check_id_token(const std::string& token, const json::object& key_set, const TokenRules& rules) {
  KULLA_TRY(auto claims, signed_claims(token, key_set));
  if (text_at(claims, "iss") != rules.issuer) return wrong("is of another issuer");
  if (!is_for(claims, rules.client)) return wrong("is for another client");
  if (rules.nonce.empty() || text_at(claims, "nonce") != rules.nonce) return wrong("answers another sign-in");
  const auto ends = time_at(claims, "exp"), made = time_at(claims, "iat");
  if (!ends || !made) return wrong("has no times");
  if (*ends + clock_difference <= rules.now) return wrong("is over");
  if (*made > rules.now + clock_difference || *made + oldest < rules.now) return wrong("was not made just now: compare the two clocks");
  return claims;
}

}  // namespace kulla::serve
