#include "serve/http_peer.hpp"

#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <array>
#include <boost/asio.hpp>
#include <boost/asio/ssl.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http.hpp>

namespace kulla::serve::test {
namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;

struct HttpPeer::Connection {
  asio::io_context context;
  asio::ssl::context tls{asio::ssl::context::tls_client};
  asio::ssl::stream<tcp::socket> secure{context, tls};
  bool is_secure = false;
  boost::beast::flat_buffer buffer;
  tcp::socket& socket() { return secure.next_layer(); }
};

HttpPeer::HttpPeer(const std::string& address, bool tls) : connection_(std::make_unique<Connection>()) {
  const auto colon = address.rfind(':');
  auto& socket = connection_->socket();
  socket.connect({asio::ip::make_address(address.substr(0, colon)), static_cast<std::uint16_t>(std::stoi(address.substr(colon + 1)))});
  boost::system::error_code ignored;
  if (tls) connection_->secure.handshake(asio::ssl::stream_base::client, ignored);
  connection_->is_secure = tls;
}
HttpPeer::~HttpPeer() = default;

std::string HttpPeer::certificate_name() const {
  const std::unique_ptr<X509, decltype(&X509_free)> certificate{SSL_get1_peer_certificate(connection_->secure.native_handle()), &X509_free};
  if (!certificate) return {};
  std::array<char, 256> name{};
  X509_NAME_oneline(X509_get_subject_name(certificate.get()), name.data(), name.size());
  return name.data();
}

void HttpPeer::say(std::string_view bytes) {
  boost::system::error_code ignored;  // the other side may have ended it; then there is nothing to read
  if (connection_->is_secure) asio::write(connection_->secure, asio::buffer(bytes), ignored);
  else asio::write(connection_->socket(), asio::buffer(bytes), ignored);
}

Reply HttpPeer::read(bool head) {
  http::response_parser<http::string_body> parser;
  parser.skip(head);
  parser.body_limit(std::uint64_t{64} << 20);
  boost::system::error_code error;
  if (connection_->is_secure) http::read(connection_->secure, connection_->buffer, parser, error);
  else http::read(connection_->socket(), connection_->buffer, parser, error);
  Reply reply;
  if (error) return reply;
  reply.status = parser.get().result_int();
  for (const auto& field : parser.get()) {
    std::string name{field.name_string()};
    for (auto& each : name) each = static_cast<char>(std::tolower(each));
    reply.headers.emplace(name, field.value());
  }
  reply.body = parser.get().body();
  return reply;
}

std::string HttpPeer::read_some() {
  std::string bytes(16384, '\0');
  boost::system::error_code error;
  const auto size = connection_->is_secure ? connection_->secure.read_some(asio::buffer(bytes), error)
                                           : connection_->socket().read_some(asio::buffer(bytes), error);
  bytes.resize(size);
  return bytes;
}

bool HttpPeer::reads(std::string_view text) {
  while (seen_.find(text) == std::string::npos) {
    const auto more = read_some();
    if (more.empty()) return false;
    seen_ += more;
  }
  seen_.erase(0, seen_.find(text) + text.size());
  return true;
}

bool HttpPeer::ends() {
  for (int i = 0; i < 100'000; ++i)
    if (read_some().empty()) return true;
  return false;
}

}  // namespace kulla::serve::test
