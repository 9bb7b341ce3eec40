// Sign-in by an identity provider: OpenID Connect Core 1.0, the code flow with PKCE (RFC 7636). Who comes is told by the ID token; what they
// may do by one claim of it and a table in the config.
#pragma once
#include <list>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "base/hash.hpp"
#include "serve/serve.hpp"

namespace kulla::serve {

/// What is wrong with settings, by their keys in the config: an issuer or a return URL that is neither https:// nor http:// on loopback, a
/// return URL that is not ours, no client, no role.
struct OidcProblem {
  std::string_view key;
  std::string what;
};
[[nodiscard]] std::vector<OidcProblem> problems_of(const OidcSettings& settings);

/// Talks to the provider; any thread, and it waits.
class IdentityProvider {
 public:
  /// Code::bad_config: problems_of(settings). `clock` outlives it.
  [[nodiscard]] static Result<std::shared_ptr<IdentityProvider>> make(OidcSettings settings, const Clock& clock);
  [[nodiscard]] Result<std::string> sign_in_url(const std::string& state, const std::string& nonce, const std::string& verifier);
  struct Identity {
    PersonId person;
    Roles roles;
  };
  /// Code::refused: whoever it is has no role here.
  [[nodiscard]] Result<Identity> identify(const std::string& code, const std::string& verifier, const std::string& nonce);
  /// A provider that did not answer is asked again after this time, not by each who comes.
  static constexpr Ticks pause = std::chrono::seconds{10};

 private:
  struct Places {
    std::string authorize, token, keys;
  };
  IdentityProvider(OidcSettings settings, const Clock& clock) : settings_(std::move(settings)), clock_(clock) {}
  Result<Places> places();
  Result<Places> discover() const;
  Result<json::object> fetch_object(const std::string& url) const;
  Result<std::string> id_token(const Places& places, const std::string& code, const std::string& verifier) const;
  Result<Identity> identity_of(const json::object& claims) const;

  const OidcSettings settings_;
  const Clock& clock_;
  bool plain_ = false;
  std::mutex mutex_;  // held while the provider is asked: who comes meanwhile waits for that answer
  std::optional<Result<Places>> found_;
  Ticks ask_again_{};
};

/// Sign-ins under way: each is bound to the browser that began it, counts once and ends after ten minutes. One too many ends the oldest:
/// strangers begin as many as they like, but nobody is turned away for it. One thread.
class OidcSignIns {
 public:
  struct Begun {
    std::string state, nonce, verifier, browser;  ///< `browser` goes into its cookie
  };
  static constexpr std::size_t most = 16'384;  // 10 MB; 20 at once and one in 3 s from each network is far from it within a minute
  static constexpr Ticks patience = std::chrono::minutes{10};
  [[nodiscard]] Begun begin(Ticks now);
  [[nodiscard]] std::optional<Begun> end(const std::string& state, std::string_view browser, Ticks now);

 private:
  struct Kept {
    Begun begun;
    Ticks until;
  };
  std::list<Kept> by_age_;
  std::map<std::string, std::list<Kept>::iterator, std::less<>> by_state_;
};

}  // namespace kulla::serve
