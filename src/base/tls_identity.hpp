// Mutual TLS 1.3 (RFC 8446) between two programs that know each other's Ed25519 key, and nothing else: no authority, no host names, no dates.
// Each side shows a certificate that it made in memory from its own key at start, and in the handshake proves that it has the key; who the
// other side may be is told by its public key alone. No session is resumed, so that each connection is proved anew.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl.hpp>
#include <functional>
#include <memory>
#include <optional>

#include "base/keys.hpp"

namespace kulla {

class TlsIdentity {
 public:
  enum class Side { listens, connects };
  /// Asked in each handshake, on the thread that runs it; false ends the handshake with an alert.
  using Trusts = std::function<bool(const PublicKey&)>;
  [[nodiscard]] static Result<std::unique_ptr<TlsIdentity>> make(Side side, const SecretKey& key, Trusts trusts);
  TlsIdentity(const TlsIdentity&) = delete;
  TlsIdentity& operator=(const TlsIdentity&) = delete;

  /// For streams that this object outlives.
  [[nodiscard]] boost::asio::ssl::context& context() { return context_; }

 private:
  TlsIdentity(Side side, Trusts trusts);
  Result<> allow_no_more_than_this();
  Result<> show(const SecretKey& key);

  boost::asio::ssl::context context_;
  const Trusts trusts_;
};

/// Whose key the other side proved; none before the handshake ended.
[[nodiscard]] std::optional<PublicKey> proved_key(boost::asio::ssl::stream<boost::asio::ip::tcp::socket>& stream);

}  // namespace kulla
