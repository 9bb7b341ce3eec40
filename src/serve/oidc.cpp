#include "serve/oidc.hpp"

#include <fmt/format.h>
#include <sodium.h>

#include <algorithm>
#include <array>
#include <boost/url/parse.hpp>
#include <boost/url/url.hpp>
#include <iterator>

#include "base/secret_text.hpp"
#include "serve/accounts.hpp"
#include "serve/fetch.hpp"
#include "serve/guard.hpp"
#include "serve/id_token.hpp"
#include "serve/routes.hpp"

namespace kulla::serve {
namespace {
constexpr std::size_t longest_code = 2048;

/// RFC 7636, 4.2: S256.
std::string challenge_of(const std::string& verifier) {
  const auto digest = sha256(verifier);
  std::array<char, 64> text{};
  sodium_bin2base64(text.data(), text.size(), digest.bytes.data(), digest.bytes.size(), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
  return text.data();
}

bool on_loopback(const std::string& url) {
  const auto parsed = boost::urls::parse_uri(url);
  return parsed && parsed->scheme() == "http" &&
         (parsed->host() == "127.0.0.1" || parsed->host() == "[::1]" || parsed->host() == "localhost");
}

Result<std::string> text_at(const json::object& object, std::string_view key, std::string_view where) {
  const auto* value = object.if_contains(key);
  if (!value || !value->is_string()) return fail(Code::bad_json, fmt::format("{}: no \"{}\"", where, key));
  return std::string{value->get_string()};
}
}  // namespace

std::vector<OidcProblem> problems_of(const OidcSettings& settings) {
  std::vector<OidcProblem> problems;
  const auto is_safe = [](const std::string& url) { return url.starts_with("https://") || on_loopback(url); };
  if (!is_safe(settings.issuer)) problems.push_back({"issuer", fmt::format("\"{}\": write https://…", settings.issuer)});
  if (settings.client.empty()) problems.push_back({"client", "is missing"});
  if (const auto path = route_of(Endpoint::oidc_return).path; !is_safe(settings.return_url) || !settings.return_url.ends_with(path))
    problems.push_back({"return_url", fmt::format("\"{}\": write https://HOST{}", settings.return_url, path)});
  if (settings.roles.empty())
    problems.push_back({"roles", "name at least one, as { operators = \"operator\" }: who has none of them does not come in"});
  return problems;
}

Result<std::shared_ptr<IdentityProvider>> IdentityProvider::make(OidcSettings settings, const Clock& clock) {
  if (const auto problems = problems_of(settings); !problems.empty())
    return fail(Code::bad_config, fmt::format("[console.oidc] {}: {}", problems.front().key, problems.front().what));
  std::shared_ptr<IdentityProvider> provider{new IdentityProvider{std::move(settings), clock}};
  provider->plain_ = on_loopback(provider->settings_.issuer);
  return provider;
}

Result<json::object> IdentityProvider::fetch_object(const std::string& url) const {
  KULLA_TRY(const auto text, fetch({.url = url, .plain = plain_}));
  KULLA_TRY(auto value, parse_json(text));
  if (!value.is_object()) return fail(Code::bad_json, fmt::format("{}: is no JSON object", url));
  return std::move(value.get_object());
}

/// Read once, as a provider's places do not change under a running daemon.
Result<IdentityProvider::Places> IdentityProvider::places() {
  const std::scoped_lock lock{mutex_};
  if (found_ && (*found_ || clock_.now().mono < ask_again_)) return *found_;
  found_ = discover();
  ask_again_ = clock_.now().mono + pause;
  return *found_;
}

/// OpenID Connect Discovery 1.0.
Result<IdentityProvider::Places> IdentityProvider::discover() const {
  const auto url = settings_.issuer + (settings_.issuer.ends_with('/') ? "" : "/") + ".well-known/openid-configuration";
  KULLA_TRY(const auto found, fetch_object(url));
  KULLA_TRY(const auto issuer, text_at(found, "issuer", url));
  if (issuer != settings_.issuer) return fail(Code::bad_config, fmt::format("{}: says it is the issuer \"{}\"", url, issuer));
  Places places;
  KULLA_TRY(places.authorize, text_at(found, "authorization_endpoint", url));
  KULLA_TRY(places.token, text_at(found, "token_endpoint", url));
  KULLA_TRY(places.keys, text_at(found, "jwks_uri", url));
  if (!places.authorize.starts_with("https://") && !(plain_ && on_loopback(places.authorize)))
    return fail(Code::bad_config, fmt::format("{}: authorization_endpoint is not https", url));
  return places;
}

Result<std::string> IdentityProvider::sign_in_url(const std::string& state, const std::string& nonce, const std::string& verifier) {
  KULLA_TRY(const auto known, places());
  const auto parsed = boost::urls::parse_uri(known.authorize);
  if (!parsed) return fail(Code::bad_config, fmt::format("the provider's authorization_endpoint is no URL: {}", known.authorize));
  boost::urls::url url{*parsed};
  const std::array<std::pair<std::string_view, std::string_view>, 5> fixed{{{"response_type", "code"},
                                                                            {"scope", "openid profile"},
                                                                            {"client_id", settings_.client},
                                                                            {"redirect_uri", settings_.return_url},
                                                                            {"code_challenge_method", "S256"}}};
  for (const auto& [name, value] : fixed) url.params().append({name, value});
  url.params().append({"state", state});
  url.params().append({"nonce", nonce});
  url.params().append({"code_challenge", challenge_of(verifier)});
  return std::string{url.buffer()};
}

Result<std::string> IdentityProvider::id_token(const Places& known, const std::string& code, const std::string& verifier) const {
  Fetch question{.url = known.token,
                 .form = {{"grant_type", "authorization_code"},
                          {"code", code},
                          {"redirect_uri", settings_.return_url},
                          {"client_id", settings_.client},
                          {"code_verifier", verifier}},
                 .plain = plain_};
  if (!settings_.secret.empty()) {
    KULLA_TRY(const auto secret, read_secret_line(settings_.secret));
    question.user = settings_.client;
    question.password = secret.view();
  }
  KULLA_TRY(const auto text, fetch(question));
  KULLA_TRY(const auto answer, parse_json(text));
  if (!answer.is_object()) return fail(Code::bad_json, fmt::format("{}: is no JSON object", known.token));
  return text_at(answer.get_object(), "id_token", known.token);
}

Result<IdentityProvider::Identity> IdentityProvider::identity_of(const json::object& claims) const {
  KULLA_TRY(auto person, text_at(claims, settings_.person_claim, "the ID token"));
  if (!is_person_name(person)) return fail(Code::refused, "the provider's name for you is none that kulla takes");
  Identity identity{PersonId{std::move(person)}, {}};
  const auto add = [&](const json::value& value) {
    const auto* text = value.if_string();
    const auto role = text ? settings_.roles.find(std::string{*text}) : settings_.roles.end();
    if (role != settings_.roles.end()) identity.roles.insert({role->second, Role::viewer});
  };
  if (const auto* value = claims.if_contains(settings_.roles_claim)) {
    if (const auto* all = value->if_array()) std::ranges::for_each(*all, add);
    else add(*value);
  }
  if (identity.roles.empty()) return fail(Code::refused, "you have no role here");
  return identity;
}

Result<IdentityProvider::Identity> IdentityProvider::identify(const std::string& code, const std::string& verifier,
                                                              const std::string& nonce) {
  if (code.empty() || code.size() > longest_code) return fail(Code::bad_argument, "the provider gave no code");
  KULLA_TRY(const auto known, places());
  KULLA_TRY(const auto token, id_token(known, code, verifier));
  KULLA_TRY(const auto keys, fetch_object(known.keys));
  KULLA_TRY(const auto claims, check_id_token(token, keys, {settings_.issuer, settings_.client, nonce, clock_.now().wall}));
  return identity_of(claims);
}

OidcSignIns::Begun OidcSignIns::begin(Ticks now) {
  while (!by_age_.empty() && (by_age_.front().until <= now || by_age_.size() >= most)) {
    by_state_.erase(by_age_.front().begun.state);
    by_age_.pop_front();
  }
  const auto random = [] { return to_hex(random_digest()); };
  by_age_.push_back({{random(), random(), random(), random()}, now + patience});
  const auto& begun = by_age_.back().begun;
  by_state_.emplace(begun.state, std::prev(by_age_.end()));
  return begun;
}

std::optional<OidcSignIns::Begun> OidcSignIns::end(const std::string& state, std::string_view browser, Ticks now) {
  const auto found = by_state_.find(state);
  if (found == by_state_.end() || found->second->until <= now || !same_secret(found->second->begun.browser, browser)) return {};
  auto begun = std::move(found->second->begun);
  by_age_.erase(found->second);
  by_state_.erase(found);
  return begun;
}

}  // namespace kulla::serve
