// The desk's part of signing in with OpenID Connect (oidc.hpp): two steps, with the provider's page between them.
#include <fmt/format.h>
#include <spdlog/spdlog.h>

#include "serve/desk.hpp"

namespace kulla::serve {
namespace {
constexpr std::string_view by_oidc = "oidc";

Answer redirect(std::string where) {
  Answer answer{.status = 302};
  answer.headers.emplace_back("Location", std::move(where));
  return answer;
}
/// A person in a browser is led back to where signing in begins, and that page says why.
Answer turned_away(const Request& request, int status, std::string_view code, std::string_view what) {
  return request.is_navigation ? redirect(fmt::format("/?sign_in={}", code)) : refusal(status, code, what);
}
Answer provider_failed(const Request& request, const Error& error) {
  spdlog::error("console: the identity provider: {}", error.message());
  auto answer = turned_away(request, 503, "no_provider", "the identity provider does not answer as it should; the daemon's log says more");
  answer.headers.emplace_back("Retry-After", fmt::format("{}", std::chrono::ceil<std::chrono::seconds>(IdentityProvider::pause).count()));
  return answer;
}
std::string value_of(const Parameters& query, std::string_view name) {
  const auto found = query.find(name);
  return found == query.end() ? std::string{} : found->second;
}
}  // namespace

/// Lax: the browser comes back from the provider's page. It binds the sign-in to this browser and is worth nothing else.
std::string Desk::oidc_cookie(std::string_view value, Ticks age) const {
  return fmt::format("{}kulla-oidc={}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{}", tls_ ? "__Host-" : "", value,
                     std::chrono::floor<std::chrono::seconds>(age).count(), tls_ ? "; Secure" : "");
}

Desk::Outcome Desk::oidc_start(Asked& asked) {
  if (!provider_) return refusal(404, "not_found", "OpenID Connect is not configured");
  const auto now = clock_.now();
  if (const auto wait = attempts_.come(asked.request.network, devices_.any(asked.request.cookie, now.wall), now.mono)) {
    ++tally_.limited;
    return too_many(*wait);
  }
  return Later{Lane::provider, [this, provider = provider_, request = asked.request, begun = oidc_.begin(now.mono)]() -> Finish {
                 auto url = provider->sign_in_url(begun.state, begun.nonce, begun.verifier);
                 return [this, url = std::move(url), request, begun] {
                   if (!url) return provider_failed(request, url.error());
                   auto answer = redirect(*url);
                   answer.headers.emplace_back("Set-Cookie", oidc_cookie(begun.browser, OidcSignIns::patience));
                   return answer;
                 };
               }};
}

Desk::Outcome Desk::oidc_return(Asked& asked) {
  if (!provider_) return refusal(404, "not_found", "OpenID Connect is not configured");
  const auto browser = cookie(asked.request.cookie, tls_ ? "__Host-kulla-oidc" : "kulla-oidc");
  const auto begun = oidc_.end(value_of(asked.query, "state"), browser.value_or(""), clock_.now().mono);
  if (!begun) return turned_away(asked.request, 400, "sign_in_expired", "this browser began no such sign-in, or more than ten minutes ago");
  return Later{Lane::provider,
               [this, provider = provider_, request = asked.request, begun = *begun, code = value_of(asked.query, "code")]() -> Finish {
                 auto identity = provider->identify(code, begun.verifier, begun.nonce);
                 return [this, request, identity = std::move(identity)] { return finish_oidc(request, identity); };
               }};
}

/// One name is one person in the record: whoever is called as an account here comes in by that account's password.
Answer Desk::name_is_taken(const PersonId& person, const Request& request) {
  failures_.add(person, request.address, std::string{by_oidc});
  ++tally_.refused;
  spdlog::warn("console: a sign-in with OpenID Connect was refused: \"{}\" has an account", person.str());
  return turned_away(request, 401, "name_taken", "an account here has the name that the provider gives you; sign in with its password");
}

Answer Desk::finish_oidc(const Request& request, const Result<IdentityProvider::Identity>& identity) {
  if (!identity) {
    failures_.add({}, request.address, std::string{by_oidc});
    ++tally_.refused;
    const auto code = identity.error().code;
    if (code == Code::io || code == Code::timed_out || code == Code::bad_config || code == Code::bad_json)
      return provider_failed(request, identity.error());
    spdlog::warn("console: a sign-in with OpenID Connect was refused: {}", identity.error().what);
    return turned_away(request, 401, "no_role", "the provider did not say who you are, or who you are has no role here");
  }
  if (accounts_.find(identity->person)) return name_is_taken(identity->person, request);
  auto answer = open_session(identity->person, identity->roles, {}, request, std::string{by_oidc});
  if (answer.status != 200) return answer;
  // The page loads anew, and asks with its own cookie: this answer's chain began at another site.
  answer.status = 302;
  answer.body = nullptr;
  answer.headers.emplace_back("Location", "/");
  answer.headers.emplace_back("Set-Cookie", oidc_cookie("", Ticks{}));
  return answer;
}

}  // namespace kulla::serve
