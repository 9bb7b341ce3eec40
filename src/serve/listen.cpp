#include "serve/listen.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>
#include <sys/stat.h>

#include <algorithm>
#include <boost/asio/ip/address.hpp>
#include <charconv>

namespace kulla::serve {
namespace asio = boost::asio;
using boost::system::error_code;

Result<asio::ip::tcp::endpoint> endpoint_of(const std::string& listen) {
  const auto wrong = [&] { return fail(Code::bad_config, fmt::format("listen = \"{}\": write ADDRESS:PORT, as 127.0.0.1:8443", listen)); };
  const auto colon = listen.rfind(':');
  if (colon == std::string::npos) return wrong();
  auto host = listen.substr(0, colon);
  if (host.starts_with('[') && host.ends_with(']')) host = host.substr(1, host.size() - 2);
  if (host == "localhost") host = "127.0.0.1";
  std::uint16_t port = 0;
  const auto* end = listen.data() + listen.size();
  const auto [at, failed] = std::from_chars(listen.data() + colon + 1, end, port);
  error_code error;
  const auto address = asio::ip::make_address(host, error);
  if (failed != std::errc{} || at != end || error) return wrong();
  return asio::ip::tcp::endpoint{address, port};
}

Result<> listen_at(asio::ip::tcp::acceptor& acceptor, const asio::ip::tcp::endpoint& endpoint) {
  try {
    acceptor.open(endpoint.protocol());
    acceptor.set_option(asio::socket_base::reuse_address{true});
    acceptor.bind(endpoint);
    acceptor.listen();
    return {};
  } catch (const boost::system::system_error& error) {
    return fail(Code::io, fmt::format("listening on {}:{}: {}", endpoint.address().to_string(), endpoint.port(), error.code().message()));
  }
}

Result<TlsContext> tls_from(const std::filesystem::path& pem) {
  struct stat found{};
  if (::stat(pem.c_str(), &found) != 0) return fail_errno(pem.string());
  if ((found.st_mode & 007) != 0)
    return fail(Code::bad_config, fmt::format("{}: holds a key and anyone may read it; chmod o-rwx {}", pem.string(), pem.string()));
  try {
    auto context = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    auto* raw = context->native_handle();
    SSL_CTX_set_min_proto_version(raw, TLS1_2_VERSION);
    SSL_CTX_set_options(raw, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE);
    // Forward secrecy and authenticated encryption only, for the few who come with TLS 1.2.
    if (SSL_CTX_set_cipher_list(raw, "ECDHE+AESGCM:ECDHE+CHACHA20") != 1) return fail(Code::io, "TLS: no ciphers");
    context->use_certificate_chain_file(pem.string());
    context->use_private_key_file(pem.string(), asio::ssl::context::pem);
    if (SSL_CTX_check_private_key(raw) != 1)
      return fail(Code::bad_config, fmt::format("{}: the key is not the certificate's", pem.string()));
    return context;
  } catch (const boost::system::system_error& error) {
    return fail(Code::bad_config, fmt::format("{}: wants a PEM chain and its key: {}", pem.string(), error.what()));
  }
}

std::string network_of(const asio::ip::address& address) {
  if (address.is_v4()) return address.to_string();
  const auto six = address.to_v6();
  if (six.is_v4_mapped()) return asio::ip::make_address_v4(asio::ip::v4_mapped, six).to_string();
  auto bytes = six.to_bytes();
  std::fill(bytes.begin() + 8, bytes.end(), static_cast<unsigned char>(0));
  return asio::ip::address_v6{bytes}.to_string() + "/64";
}

}  // namespace kulla::serve
