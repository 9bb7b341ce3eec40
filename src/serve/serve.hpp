// The HTTP server of the console and of its API: start here. HTTP/1.1 (RFC 9112) over TLS, or in the clear on a loopback address.
// One thread does all input and output; what waits does so in lanes.
//   routes.def   every route, and who may use it
//   backend.hpp  what the server serves, implemented by the daemon
//   desk.hpp     a request in, an answer out: sessions, roles, limits; knows no socket
//   lanes.hpp    what waits for what, and what does not
//   devices.hpp  browsers in which a person has signed in before
//   server.cpp   sockets, TLS, timeouts, the live stream
#pragma once
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "base/time.hpp"
#include "serve/backend.hpp"

namespace kulla::serve {

/// One file of the console, as it is sent.
struct Asset {
  std::string type;     ///< Content-Type
  std::string content;
  std::string gzip;     ///< the same compressed; empty where that is not worth it
};
/// By path below the console's root: "index.html" is served at /, "app.js" at /assets/app.js.
using Assets = std::map<std::string, Asset, std::less<>>;

/// Sign-in by OpenID Connect (OpenID Connect Core 1.0, code flow with PKCE).
struct OidcSettings {
  std::string issuer;          ///< https://…; discovery and keys come from there
  std::string client;
  std::filesystem::path secret = {};  ///< a file with the client's secret; empty for a public client
  std::string return_url;      ///< https://HOST/api/v1/session/oidc/return
  std::string person_claim = "sub";  ///< what the provider never gives to another person; most let people choose preferred_username
  std::string roles_claim = "groups";
  std::map<std::string, Role> roles;  ///< value of the claim → role; a person with none of them does not come in
};

struct ServerSettings {
  std::string listen;                      ///< host:port; port 0 is chosen by the system
  std::filesystem::path certificate;       ///< PEM: chain and key, read again when it changes; empty only where `listen` is loopback
  std::filesystem::path accounts;          ///< written by `kulla account`; read again when it changes
  std::filesystem::path device_key;        ///< made on first use; signs what browsers are known by (devices.hpp). Empty: until a restart
  std::vector<std::string> hosts;          ///< what Host may say, "console.example:8443"; empty: the listening address, and localhost
  std::optional<OidcSettings> oidc;
  Assets assets;
  std::string version = KULLA_VERSION;
  std::vector<std::string> languages{"sq", "en"};

  std::size_t connections = 1024;            ///< in all; a stream is one
  std::size_t connections_an_address = 128;  ///< an office behind one address; drills and tests have 64 streams
  std::size_t streams = 256;
  std::size_t streams_a_person = 8;          ///< as many as sessions; one more ends the oldest
  std::size_t sessions = 1024;
  int workers = 4;                           ///< threads for what people look at; lanes.hpp has those for all else
  std::size_t waiting_calls = 64;            ///< so many people wait to look, and so many to change; more are answered 503
  std::chrono::milliseconds header_timeout = std::chrono::seconds{10};
  std::chrono::milliseconds body_timeout = std::chrono::seconds{10};
  std::chrono::milliseconds idle_timeout = std::chrono::seconds{60};
  std::chrono::milliseconds write_timeout = std::chrono::seconds{60};
  std::chrono::milliseconds stream_timeout = std::chrono::seconds{10};  ///< a stream's reader that takes nothing so long is cut off
  std::chrono::milliseconds session_idle = std::chrono::minutes{30};
  std::chrono::milliseconds session_age = std::chrono::hours{12};
  std::chrono::milliseconds heartbeat = std::chrono::seconds{1};  ///< accounts, certificate and old sessions are looked at so often
  std::chrono::milliseconds failed_sign_in = std::chrono::seconds{1};   ///< no failed sign-in is answered sooner
};

/// What was served and what was refused since the start.
struct Counts {
  std::uint64_t connections = 0, requests = 0, streams_now = 0, sessions_now = 0;
  std::uint64_t crowded = 0;    ///< connections that found no place, or had to leave theirs
  std::uint64_t timed_out = 0;  ///< handshakes, headers, bodies and answers that took too long
  std::uint64_t malformed = 0;  ///< not HTTP, or over a limit
  std::uint64_t limited = 0;    ///< answered 429
  std::uint64_t refused = 0;    ///< answered 401 or 403, or for a foreign host
  std::uint64_t slow_readers = 0;
};

class Server {
 public:
  /// Errors: an address that cannot be had, a certificate or an accounts file that cannot be used, no TLS beyond loopback.
  /// `backend` and `clock` outlive the server.
  [[nodiscard]] static Result<std::unique_ptr<Server>> start(ServerSettings settings, Backend& backend, const Clock& clock);
  virtual ~Server() = default;  ///< ends all connections and waits for calls under way
  [[nodiscard]] virtual std::string address() const = 0;  ///< host:port it listens on
  [[nodiscard]] virtual std::string url() const = 0;      ///< http(s)://host:port/
  [[nodiscard]] virtual Counts counts() const = 0;
};

}  // namespace kulla::serve
