// The other side of a vantage's connection, by hand: a blocking TLS peer with a time limit on everything.
#pragma once
#include <boost/asio.hpp>
#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "base/keys.hpp"
#include "base/tls_identity.hpp"

namespace kulla::test {

class TlsPeer {
 public:
  using Tcp = boost::asio::ip::tcp;
  static constexpr std::chrono::seconds patience{10};

  explicit TlsPeer(
      TlsIdentity::Side side, const SecretKey& key, TlsIdentity::Trusts trusts = [](const PublicKey&) { return true; })
      : side_(side), identity_(*TlsIdentity::make(side, key, std::move(trusts))) {}

  /// A port of 127.0.0.1 on which `accept` waits.
  std::uint16_t listen() {
    acceptor_ = Tcp::acceptor{context_, Tcp::endpoint{boost::asio::ip::address_v4::loopback(), 0}};
    return acceptor_->local_endpoint().port();
  }
  /// Connection and handshake; the error's text, or nothing.
  std::string accept() {
    fresh();
    const auto error = run([&](auto done) { acceptor_->async_accept(stream_->lowest_layer(), done); });
    return error.empty() ? shake_hands() : error;
  }
  std::string connect(std::uint16_t port) {
    fresh();
    const Tcp::endpoint daemon{boost::asio::ip::address_v4::loopback(), port};
    const auto error = run([&](auto done) { stream_->lowest_layer().async_connect(daemon, done); });
    return error.empty() ? shake_hands() : error;
  }
  std::string say(std::string_view bytes) {
    return run([&](auto done) {
      boost::asio::async_write(*stream_, boost::asio::buffer(bytes), [done](auto error, std::size_t) { done(error); });
    });
  }
  /// The next line that is not empty, without its end; "(closed)" when the other side ends it, "(nothing)" when nothing comes.
  std::string line() {
    for (;;) {
      if (const auto end = in_.find('\n'); end != std::string::npos) {
        auto line = in_.substr(0, end);
        in_.erase(0, end + 1);
        if (!line.empty()) return line;
        continue;
      }
      const auto error = run([&](auto done) {
        boost::asio::async_read_until(*stream_, boost::asio::dynamic_buffer(in_), '\n', [done](auto failed, std::size_t) { done(failed); });
      });
      if (!error.empty()) return (ended = error) == "(nothing)" ? error : "(closed)";
    }
  }
  /// The first line that says this.
  std::string line_with(std::string_view word) {
    for (;;) {
      const auto next = line();
      if (next.contains(word) || next.starts_with('(')) return next;
    }
  }
  void hang_up() { stream_.reset(); }
  std::string ended;  ///< in what words the last `line` ended

 private:
  void fresh() {
    in_.clear();
    stream_ = std::make_unique<boost::asio::ssl::stream<Tcp::socket>>(context_, identity_->context());
  }
  std::string shake_hands() {
    const auto role = side_ == TlsIdentity::Side::listens ? boost::asio::ssl::stream_base::server : boost::asio::ssl::stream_base::client;
    return run([&](auto done) { stream_->async_handshake(role, done); });
  }
  template <typename Start>
  std::string run(Start start) {
    const auto outcome = std::make_shared<std::optional<boost::system::error_code>>();
    start([outcome](boost::system::error_code error) { *outcome = error; });
    context_.restart();
    const auto end = std::chrono::steady_clock::now() + patience;
    while (!*outcome && context_.run_one_until(end) > 0) {}
    if (*outcome) return **outcome ? (*outcome)->message() : "";
    boost::system::error_code ignored;
    stream_->lowest_layer().close(ignored);
    context_.restart();
    context_.run_for(std::chrono::seconds{1});
    return "(nothing)";
  }

  const TlsIdentity::Side side_;
  std::unique_ptr<TlsIdentity> identity_;
  boost::asio::io_context context_;
  std::optional<Tcp::acceptor> acceptor_;
  std::unique_ptr<boost::asio::ssl::stream<Tcp::socket>> stream_;
  std::string in_;
};

}  // namespace kulla::test
