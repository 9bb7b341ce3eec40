// Where the server listens, and with what certificate.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <filesystem>
#include <memory>
#include <string>

#include "base/result.hpp"

namespace kulla::serve {

/// "127.0.0.1:8443", "[::1]:0" or "localhost:8443". Code::bad_config.
[[nodiscard]] Result<boost::asio::ip::tcp::endpoint> endpoint_of(const std::string& listen);
/// Bound and listening. Code::io with the system's reason.
[[nodiscard]] Result<> listen_at(boost::asio::ip::tcp::acceptor& acceptor, const boost::asio::ip::tcp::endpoint& endpoint);

using TlsContext = std::shared_ptr<boost::asio::ssl::context>;
/// TLS 1.2 and 1.3 with the chain and the key of one PEM file, which strangers must not be able to read.
[[nodiscard]] Result<TlsContext> tls_from(const std::filesystem::path& pem);

/// What counts as one client: an IPv4 address (also where it is written in IPv6), or the /64 that one site has of IPv6.
[[nodiscard]] std::string network_of(const boost::asio::ip::address& address);

}  // namespace kulla::serve
