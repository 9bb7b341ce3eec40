#include "outage/ask_tls.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/x509v3.h>

#include <ctime>

#include "base/path_text.hpp"

namespace kulla::outage {
namespace {
constexpr std::string_view offer_http1 = "\x08http/1.1", offer_http2 = "\x02h2";
}

Result<> TlsContexts::add(const std::string& ca) {
  if (contexts_.contains(ca)) return {};
  std::unique_ptr<SSL_CTX, Free> context{SSL_CTX_new(TLS_client_method())};
  KULLA_ASSERT(context);
  SSL_CTX_set_session_cache_mode(context.get(), SSL_SESS_CACHE_OFF);
  // Many servers end a stream without saying so; a body's own length tells whether it is whole.
  SSL_CTX_set_options(context.get(), SSL_OP_IGNORE_UNEXPECTED_EOF);
  SSL_CTX_set_mode(context.get(), SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  // A ticket or a new key is no answer: after each, others have their turn, else a server that sends them without end would hold us.
  SSL_CTX_clear_mode(context.get(), SSL_MODE_AUTO_RETRY);
  // The chain is judged after the handshake, so that a bad certificate is told apart from a bad handshake.
  SSL_CTX_set_verify(context.get(), SSL_VERIFY_NONE, nullptr);
  const int loaded = ca.empty() ? SSL_CTX_set_default_verify_paths(context.get()) : SSL_CTX_load_verify_file(context.get(), ca.c_str());
  if (loaded != 1) return kulla::fail(Code::bad_argument, fmt::format("ca '{}': {}", escape_path(ca), tls_complaint().why));
  contexts_.emplace(ca, std::move(context));
  return {};
}

SslPointer TlsContexts::client(const Aim& aim, int socket) const {
  SslPointer tls{SSL_new(contexts_.at(aim.ca).get())};
  if (!tls || SSL_set_fd(tls.get(), socket) != 1) return {};
  boost::system::error_code error;
  asio::ip::make_address(aim.host, error);
  if (error) {
    SSL_set_tlsext_host_name(tls.get(), aim.host.c_str());
    SSL_set1_host(tls.get(), aim.host.c_str());
  } else {
    X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls.get()), aim.host.c_str());
  }
  if (aim.way == Aim::Way::http) {
    const auto offer = aim.http2 || aim.found_http2_only ? offer_http2 : offer_http1;
    SSL_set_alpn_protos(tls.get(), reinterpret_cast<const unsigned char*>(offer.data()), static_cast<unsigned>(offer.size()));
  }
  SSL_set_connect_state(tls.get());
  return tls;
}

bool negotiated_http2(const SSL* tls) {
  const unsigned char* name = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls, &name, &size);
  return std::string_view(reinterpret_cast<const char*>(name), size) == "h2";
}

std::optional<std::string> certificate_problem(const SSL* tls) {
  if (!SSL_get0_peer_certificate(tls)) return "no certificate";
  const auto result = SSL_get_verify_result(tls);
  if (result == X509_V_OK) return std::nullopt;
  return X509_verify_cert_error_string(result);
}

std::optional<Timestamp> certificate_end(const SSL* tls) {
  const auto* certificate = SSL_get0_peer_certificate(tls);
  std::tm parts{};
  if (!certificate || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) return std::nullopt;
  return Timestamp{std::chrono::seconds{::timegm(&parts)}};
}

TlsComplaint tls_complaint() {
  const auto code = ERR_peek_last_error();
  ERR_clear_error();
  if (code == 0) return {};
  const auto* reason = ERR_reason_error_string(code);
  const bool no_protocol = ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) == SSL_R_TLSV1_ALERT_NO_APPLICATION_PROTOCOL;
  return {reason ? reason : "OpenSSL refused", no_protocol};
}
}  // namespace kulla::outage
