// The desk takes a request and says what is to be done: an answer, work for another thread that ends in one, or a live stream. It holds
// the sessions, the roles and the limits, and knows no socket. One thread calls it, the server's.
#pragma once
#include <atomic>
#include <functional>
#include <memory>
#include <variant>

#include "serve/accounts.hpp"
#include "serve/attempts.hpp"
#include "serve/devices.hpp"
#include "serve/guard.hpp"
#include "serve/lanes.hpp"
#include "serve/limits.hpp"
#include "serve/oidc.hpp"
#include "serve/request.hpp"
#include "serve/serve.hpp"
#include "serve/sessions.hpp"
#include "serve/squeeze.hpp"

namespace kulla::serve {

/// How many; written by the server's thread, read by any.
struct Tally {
  std::atomic<std::uint64_t> connections, requests, streams_now, sessions_now, crowded, timed_out, malformed, limited, refused,
      slow_readers;
};

class Desk {
 public:
  /// Runs on the desk's own thread, after the work.
  using Finish = std::function<Answer()>;
  struct Later {
    Lane lane;
    std::function<Finish()> work;  ///< on a thread of the lane; throws nothing
    std::string session = {};      ///< whose it is; empty: nobody's
  };
  struct Live {
    std::uint64_t from;
    std::string session;  ///< the stream ends with it: still_in
    PersonId person;
  };
  using Outcome = std::variant<Answer, Later, Live>;

  Desk(const ServerSettings& settings, Hosts hosts, Devices devices, bool tls, AccountsFile accounts, Backend& backend, const Clock& clock,
       Tally& tally, std::shared_ptr<IdentityProvider> provider = nullptr);
  Desk(const Desk&) = delete;
  Desk& operator=(const Desk&) = delete;

  [[nodiscard]] Outcome receive(const Request& request);
  /// Whether a request is of somebody who is signed in; does not count as use.
  [[nodiscard]] bool knows(const Request& request);
  [[nodiscard]] bool still_in(std::string_view session) const;
  /// Once a second: accounts that changed, sessions that ended, failures to tell.
  void tick();
  /// What is wrong with a renewed certificate, so that the old one is still used; empty: nothing.
  void certificate_is(std::string problem) { certificate_problem_ = std::move(problem); }

 private:
  struct Asked {
    const Request& request;
    const Matched& matched;
    const Parameters& query;
    const Session* session;  ///< none where nobody is signed in
    json::object body;
  };
  using Handler = Outcome (Desk::*)(Asked&);
  static Handler handler_of(const Route& route);

  const Session* session_of(const Request& request, bool uses);
  std::optional<Answer> refuse(const Request& request, const Matched& matched, const Session* session);
  std::optional<Ticks> too_soon(const Request& request);
  Outcome dispatch(const Request& request, const Matched& matched);

  Outcome call_backend(Asked& asked);
  Outcome show_session(Asked& asked);
  Outcome sign_in(Asked& asked);
  Outcome sign_out(Asked& asked);
  Outcome sign_in_methods(Asked& asked);
  Outcome oidc_start(Asked& asked);
  Outcome oidc_return(Asked& asked);
  Outcome stream(Asked& asked);
  Outcome openapi(Asked& asked);
  Outcome metrics(Asked& asked);
  Outcome health_live(Asked& asked);
  Outcome health_ready(Asked& asked);
  Outcome console(Asked& asked);
  Outcome asset(Asked& asked);

  Answer asset_answer(const Request& request, std::string_view name) const;
  Answer session_answer(const Session& session) const;
  Answer open_session(const PersonId& person, Roles roles, std::string account, const Request& request, const std::string& method);
  Answer finish_sign_in(const Request& request, const std::string& name, const std::optional<Account>& account, const std::string& code,
                        bool password_right);
  Answer failed_sign_in(const PersonId& person, const Request& request, const std::string& method);
  Answer finish_oidc(const Request& request, const Result<IdentityProvider::Identity>& identity);
  Answer name_is_taken(const PersonId& person, const Request& request);
  std::string oidc_cookie(std::string_view value, Ticks age) const;
  std::string own_metrics() const;
  std::vector<std::string> own_problems() const;
  std::string cookie_line(std::string_view token, Ticks age) const;

  const ServerSettings& settings_;
  const Hosts hosts_;
  const Devices devices_;
  const bool tls_;
  AccountsFile accounts_;
  Backend& backend_;
  const Clock& clock_;
  Tally& tally_;
  Sessions sessions_;
  TokenBuckets clients_, people_, browsers_;
  SignInAttempts attempts_;
  Failures failures_;
  std::string certificate_problem_;
  const std::shared_ptr<IdentityProvider> provider_;  ///< none: not configured
  OidcSignIns oidc_;
  std::shared_ptr<Squeezer> squeezer_ = std::make_shared<Squeezer>();
  struct KeptAsset {
    const Asset* asset;
    Text content, gzip;
    std::string etag;
  };
  std::map<std::string, KeptAsset, std::less<>> assets_;
  Text openapi_;
};

}  // namespace kulla::serve
