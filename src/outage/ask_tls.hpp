// TLS for probes, by OpenSSL on a socket that does not block. Every handshake is a whole one: a resumed session shows no certificate.
#pragma once
#include <openssl/ssl.h>

#include <map>
#include <memory>
#include <optional>
#include <string>

#include "base/time.hpp"
#include "outage/ask.hpp"

namespace kulla::outage {

struct FreeSsl {
  void operator()(SSL* tls) const { SSL_free(tls); }
};
using SslPointer = std::unique_ptr<SSL, FreeSsl>;

/// A context for each file of trusted certificates.
class TlsContexts {
 public:
  /// `ca`: a PEM file; empty: the system's. Code::bad_argument where it cannot be read.
  [[nodiscard]] Result<> add(const std::string& ca);
  /// A client for this target on an open socket. ALPN is offered for http alone.
  [[nodiscard]] SslPointer client(const Aim& aim, int socket) const;

 private:
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
  };
  std::map<std::string, std::unique_ptr<SSL_CTX, Free>> contexts_;
};

[[nodiscard]] bool negotiated_http2(const SSL* tls);
/// Why the certificate is not to be trusted, in OpenSSL's words; none when it is.
[[nodiscard]] std::optional<std::string> certificate_problem(const SSL* tls);
[[nodiscard]] std::optional<Timestamp> certificate_end(const SSL* tls);
/// What OpenSSL last complained of on this thread, which is forgotten.
struct TlsComplaint {
  std::string why;
  bool no_protocol = false;  ///< the server speaks none of the protocols that ALPN offered
};
[[nodiscard]] TlsComplaint tls_complaint();

}  // namespace kulla::outage
