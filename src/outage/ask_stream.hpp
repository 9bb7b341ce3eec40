// A probe over TCP: connect, TLS where the target has it, and a question over HTTP.
#pragma once
#include <boost/asio/ip/tcp.hpp>
#include <memory>
#include <span>

#include "outage/ask.hpp"
#include "outage/ask_http.hpp"
#include "outage/ask_tls.hpp"

namespace kulla::outage {

class AskStream final : public Ask {
 public:
  using Ask::Ask;
  void expire() override;

 private:
  enum class Stage { resolve, connect, handshake, ask };
  struct Got {
    enum class What { bytes, later, end, broken } what;
    std::size_t count = 0;
  };
  void start() override;
  void close() override;
  void connect_to_any(std::span<const asio::ip::address> found);
  int connect_to(const asio::ip::address& address);
  void wait(asio::socket_base::wait_type what, void (AskStream::*then)());
  void connected();
  void begin_handshake();
  void handshake();
  void handshake_failed(std::string why);
  void handshake_done();
  void begin_exchange();
  void write_and_read();
  void go_on();
  [[nodiscard]] std::uint64_t came() const;
  Got write(std::string_view bytes);
  Got read(std::span<char> into);
  void take(std::string_view bytes);
  void judge();
  void end_exchange(Exchange::State state);

  Stage stage_ = Stage::resolve;
  asio::ip::tcp::socket socket_{means_.context};
  SslPointer tls_;
  std::unique_ptr<Exchange> exchange_;
  std::uint64_t read_ = 0;
  bool first_byte_ = false, asked_again_ = false;
};

}  // namespace kulla::outage
