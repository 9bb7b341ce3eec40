#include "base/tls_identity.hpp"

#include <fmt/format.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>

namespace kulla {
namespace ssl = boost::asio::ssl;
namespace {
template <auto Free>
struct Freer {
  template <typename T>
  void operator()(T* each) const {
    Free(each);
  }
};
using Certificate = std::unique_ptr<X509, Freer<X509_free>>;
using PrivateKey = std::unique_ptr<EVP_PKEY, Freer<EVP_PKEY_free>>;

std::unexpected<Error> tls_failed(std::string_view what) {
  std::array<char, 256> text{};
  ERR_error_string_n(ERR_get_error(), text.data(), text.size());
  return fail(Code::bad_key, fmt::format("TLS: {}: {}", what, text.data()));
}

/// The certificate's key, where it is an Ed25519 one.
std::optional<PublicKey> key_of(const X509* certificate) {
  auto* key = certificate ? X509_get0_pubkey(certificate) : nullptr;
  PublicKey found;
  std::size_t size = found.bytes.size();
  if (!key || EVP_PKEY_get_base_id(key) != EVP_PKEY_ED25519) return {};
  if (EVP_PKEY_get_raw_public_key(key, found.bytes.data(), &size) != 1 || size != found.bytes.size()) return {};
  return found;
}

/// Instead of a chain and its dates: is this key one we know? That the other side has it is proved by its signature over the handshake.
int judge(X509_STORE_CTX* store, void* trusts) {
  const auto key = key_of(X509_STORE_CTX_get0_cert(store));
  const bool known = key && (*static_cast<const TlsIdentity::Trusts*>(trusts))(*key);
  X509_STORE_CTX_set_error(store, known ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return known ? 1 : 0;
}

/// Nobody looks at more than the key; the rest is what X.509 asks for (RFC 5280, 4.1.2.5: no end is 99991231235959Z).
Certificate self_signed(EVP_PKEY* key) {
  Certificate certificate{X509_new()};
  static constexpr std::array<unsigned char, 5> name{'k', 'u', 'l', 'l', 'a'};
  auto* subject = certificate ? X509_get_subject_name(certificate.get()) : nullptr;
  const bool made = subject && X509_set_version(certificate.get(), X509_VERSION_3) &&
                    ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), 1) &&
                    ASN1_TIME_set_string_X509(X509_getm_notBefore(certificate.get()), "700101000000Z") &&
                    ASN1_TIME_set_string_X509(X509_getm_notAfter(certificate.get()), "99991231235959Z") &&
                    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, name.data(), int{name.size()}, -1, 0) &&
                    X509_set_issuer_name(certificate.get(), subject) && X509_set_pubkey(certificate.get(), key) &&
                    X509_sign(certificate.get(), key, nullptr) > 0;
  return made ? std::move(certificate) : nullptr;
}
}  // namespace

TlsIdentity::TlsIdentity(Side side, Trusts trusts)
    : context_(side == Side::listens ? ssl::context::tlsv13_server : ssl::context::tlsv13_client), trusts_(std::move(trusts)) {}

Result<std::unique_ptr<TlsIdentity>> TlsIdentity::make(Side side, const SecretKey& key, Trusts trusts) {
  try {
    std::unique_ptr<TlsIdentity> made{new TlsIdentity{side, std::move(trusts)}};
    KULLA_CHECK(made->allow_no_more_than_this());
    KULLA_CHECK(made->show(key));
    return made;
  } catch (const boost::system::system_error& error) {
    return fail(Code::io, fmt::format("TLS: {}", error.what()));
  }
}

Result<> TlsIdentity::allow_no_more_than_this() {
  auto* raw = context_.native_handle();
  const bool set = SSL_CTX_set_min_proto_version(raw, TLS1_3_VERSION) && SSL_CTX_set_max_proto_version(raw, TLS1_3_VERSION) &&
                   SSL_CTX_set1_sigalgs_list(raw, "ed25519") && SSL_CTX_set1_client_sigalgs_list(raw, "ed25519") &&
                   SSL_CTX_set_num_tickets(raw, 0);
  if (!set) return tls_failed("setting it up");
  SSL_CTX_set_session_cache_mode(raw, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_verify(raw, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(raw, judge, const_cast<Trusts*>(&trusts_));
  return {};
}

Result<> TlsIdentity::show(const SecretKey& key) {
  const PrivateKey own{EVP_PKEY_new_raw_private_key(EVP_PKEY_ED25519, nullptr, key.seed().data(), key.seed().size())};
  if (!own) return tls_failed("the key");
  const auto certificate = self_signed(own.get());
  auto* raw = context_.native_handle();
  if (!certificate || SSL_CTX_use_certificate(raw, certificate.get()) != 1 || SSL_CTX_use_PrivateKey(raw, own.get()) != 1)
    return tls_failed("making the certificate");
  return {};
}

std::optional<PublicKey> proved_key(ssl::stream<boost::asio::ip::tcp::socket>& stream) {
  auto* raw = stream.native_handle();
  if (!SSL_is_init_finished(raw)) return {};
  return key_of(SSL_get0_peer_certificate(raw));
}
}  // namespace kulla
