// Plain calls on a socket that does not block; Asio only says when it is ready. A coroutine for each probe cost more than the probe.
#include "outage/ask_stream.hpp"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <openssl/err.h>
#include <sys/socket.h>

#include <array>
#include <boost/asio/post.hpp>
#include <cerrno>

#include "outage/ask_names.hpp"
#include "outage/ask_refusal.hpp"

namespace kulla::outage {
namespace {
using Wait = asio::socket_base::wait_type;
/// What comes over the line around a header and a body's beginning: chunks, frames, records, tickets. More is a server that never ends.
constexpr std::uint64_t answer_limit = std::uint64_t{1} << 20;
static_assert(answer_limit > 4 * (header_limit + body_limit));
constexpr int reads_at_once = 16;  // then others have their turn

/// The one place where answers are read: what has to be kept of one is kept by its exchange.
std::span<char> reading_room() {
  thread_local std::array<char, body_limit> room;
  return room;
}

/// The port is chosen with the destination (IP_BIND_ADDRESS_NO_PORT), else ports run out.
bool leave_from(int socket, const std::optional<asio::ip::address>& source) {
  if (!source) return true;
  const int on = 1;
  ::setsockopt(socket, IPPROTO_IP, IP_BIND_ADDRESS_NO_PORT, &on, sizeof on);
  const asio::ip::tcp::endpoint from{*source, 0};
  return ::bind(socket, from.data(), static_cast<socklen_t>(from.size())) == 0;
}
std::string hexadecimal_start(Sha256& hash) { return to_hex(hash.finish()).substr(0, 16); }
}  // namespace

void AskStream::start() {
  if (aim_.literal) return connect_to_any({&*aim_.literal, 1});
  means_.names.find(aim_.address.host, [self = std::static_pointer_cast<AskStream>(shared_from_this())](const Found& found) {
    if (self->ended()) return;
    self->outcome.phases.resolve_us = self->mark();
    if (found.unasked) return self->fail_unasked(found.detail);
    if (found.failed != Layer::none) return self->fail(found.failed, found.detail);
    self->connect_to_any(found.addresses);
  });
}

void AskStream::expire() {
  static constexpr std::array timeouts{Layer::resolve_timeout, Layer::connect_timeout, Layer::tls_timeout, Layer::answer_timeout};
  auto& phases = outcome.phases;
  const std::array phase{&phases.resolve_us, &phases.connect_us, &phases.tls_us, &phases.first_byte_us};
  const auto stage = static_cast<std::size_t>(stage_);
  if (stage_ != Stage::ask || !first_byte_) *phase[stage] = mark();
  fail(timeouts[stage], stage_ == Stage::ask && first_byte_ ? "the answer did not end" : "");
}

void AskStream::close() {
  tls_.reset();
  boost::system::error_code ignored;
  socket_.close(ignored);
}

/// The first one that this machine has a way to.
void AskStream::connect_to_any(std::span<const asio::ip::address> found) {
  stage_ = Stage::connect;
  int error = EAFNOSUPPORT;
  for (const auto& address : found) {
    if (means_.source && means_.source->is_v4() != address.is_v4()) continue;
    outcome.address = address;
    error = connect_to(address);
    if (error == 0) return wait(Wait::wait_write, &AskStream::connected);
    if (error != ENETUNREACH && error != EADDRNOTAVAIL && error != EAFNOSUPPORT) break;
  }
  // Nothing was sent: it is this machine's own routes that say so, and not a router.
  if (error == ENETUNREACH || error == ENETDOWN) return fail(Layer::unreachable, "this machine has no route");
  fail_by_system(error, Layer::connect_refused);
}

int AskStream::connect_to(const asio::ip::address& address) {
  const asio::ip::tcp::endpoint to{address, aim_.address.port};
  const int made = ::socket(to.protocol().family(), SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (made < 0) return errno;
  boost::system::error_code error;
  socket_.close(error);
  keep_icmp(made, address.is_v6(), true);
  if (!leave_from(made, means_.source) || (::connect(made, to.data(), static_cast<socklen_t>(to.size())) != 0 && errno != EINPROGRESS)) {
    const int why = errno;
    ::close(made);
    return why;
  }
  socket_.assign(to.protocol(), made, error);
  if (error) ::close(made);
  return error.value();
}

void AskStream::wait(Wait what, void (AskStream::*then)()) {
  socket_.async_wait(what, [self = std::static_pointer_cast<AskStream>(shared_from_this()), then](const boost::system::error_code& error) {
    if (!self->ended() && !error) (self.get()->*then)();
  });
}

void AskStream::connected() {
  int error = 0;
  socklen_t size = sizeof error;
  ::getsockopt(socket_.native_handle(), SOL_SOCKET, SO_ERROR, &error, &size);
  outcome.phases.connect_us = mark();
  if (error == ECONNREFUSED && told_by_icmp(socket_.native_handle())) return fail(Layer::unreachable, "refused by a filter");
  if (error != 0) return fail_by_system(error, Layer::connect_refused);
  keep_icmp(socket_.native_handle(), outcome.address->is_v6(), false);
  if (aim_.encrypted) return begin_handshake();
  if (aim_.way == Aim::Way::tcp) return finish();
  begin_exchange();
}

void AskStream::begin_handshake() {
  stage_ = Stage::handshake;
  const int on = 1;  // or the request would wait for the handshake's last acknowledgement
  ::setsockopt(socket_.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  tls_ = means_.tls.client(aim_, socket_.native_handle());
  if (!tls_) return fail(Layer::tls, tls_complaint().why);
  handshake();
}

void AskStream::handshake() {
  ERR_clear_error();
  errno = 0;
  const int done = SSL_do_handshake(tls_.get());
  if (done == 1) return handshake_done();
  switch (SSL_get_error(tls_.get(), done)) {
    case SSL_ERROR_WANT_READ: return wait(Wait::wait_read, &AskStream::handshake);
    case SSL_ERROR_WANT_WRITE: return wait(Wait::wait_write, &AskStream::handshake);
    case SSL_ERROR_SYSCALL: return handshake_failed(errno == 0 ? "closed in the handshake" : std::generic_category().message(errno));
    default: return handshake_failed("closed in the handshake");
  }
}

/// A server that has nothing but HTTP/2 is asked again at once, and known from then on, until it has no HTTP/2 any more.
void AskStream::handshake_failed(std::string why) {
  outcome.phases.tls_us = mark();
  const auto complaint = tls_complaint();
  if (complaint.no_protocol && !aim_.http2 && !std::exchange(asked_again_, true)) {
    aim_.found_http2_only = !aim_.found_http2_only;
    outcome.phases.tls_us = 0;
    tls_.reset();
    const auto again = *outcome.address;
    return connect_to_any({&again, 1});
  }
  fail(Layer::tls, complaint.why.empty() ? std::move(why) : complaint.why);
}

void AskStream::handshake_done() {
  outcome.phases.tls_us = mark();
  outcome.certificate_ends = certificate_end(tls_.get());
  if (auto problem = certificate_problem(tls_.get())) return fail(Layer::certificate, std::move(*problem));
  if (aim_.way == Aim::Way::tls) return finish();
  if (aim_.http2 && !negotiated_http2(tls_.get())) return fail(Layer::tls, "the server offers no HTTP/2");
  begin_exchange();
}

void AskStream::begin_exchange() {
  stage_ = Stage::ask;
  exchange_ = tls_ && negotiated_http2(tls_.get()) ? http2_exchange({aim_.authority, aim_.path, aim_.agent}, aim_.fingerprint)
                                                   : http1_exchange(aim_.request, aim_.fingerprint);
  write_and_read();
}

/// Bytes that the other side sent, those of TLS itself with them.
std::uint64_t AskStream::came() const { return tls_ ? BIO_number_read(SSL_get_rbio(tls_.get())) : read_; }

/// In a later turn, without waiting for more: OpenSSL may have some already.
void AskStream::go_on() {
  asio::post(means_.context, [self = std::static_pointer_cast<AskStream>(shared_from_this())] {
    if (!self->ended()) self->write_and_read();
  });
}

void AskStream::write_and_read() {
  int reads = 0;
  for (bool reading = false;;) {
    for (auto bytes = exchange_->to_send(); !bytes.empty(); bytes = exchange_->to_send()) {
      const auto put = write(bytes);
      if (put.what == Got::What::later) return wait(Wait::wait_write, &AskStream::write_and_read);
      if (put.what != Got::What::bytes) break;  // what it said before it broke off is still to be read
      exchange_->sent(put.count);
      if (!tls_ && !reading && exchange_->to_send().empty()) return wait(Wait::wait_read, &AskStream::write_and_read);
    }
    reading = true;
    const auto room = reading_room();
    if (++reads > reads_at_once) return go_on();
    const auto got = read(room);
    read_ += got.count;
    if (came() > answer_limit) {
      exchange_->why = "an answer without end around what is read of it";
      return end_exchange(Exchange::State::malformed);
    }
    if (got.what == Got::What::later)
      return tls_ && SSL_has_pending(tls_.get()) ? go_on() : wait(Wait::wait_read, &AskStream::write_and_read);
    if (!first_byte_ && got.what == Got::What::bytes) first_byte_ = true, outcome.phases.first_byte_us = mark();
    const auto state = got.what == Got::What::bytes ? exchange_->take({room.data(), got.count})
                       : got.what == Got::What::end ? exchange_->end()
                                                    : Exchange::State::cut;
    if (state != Exchange::State::going_on) return end_exchange(state);
    if (!tls_ && got.count < room.size()) return wait(Wait::wait_read, &AskStream::write_and_read);
  }
}

AskStream::Got AskStream::write(std::string_view bytes) {
  if (tls_) {
    ERR_clear_error();
    const int put = SSL_write(tls_.get(), bytes.data(), static_cast<int>(bytes.size()));
    if (put > 0) return {Got::What::bytes, static_cast<std::size_t>(put)};
    return {SSL_get_error(tls_.get(), put) == SSL_ERROR_WANT_WRITE ? Got::What::later : Got::What::broken};
  }
  const auto put = ::send(socket_.native_handle(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
  if (put >= 0) return {Got::What::bytes, static_cast<std::size_t>(put)};
  return {errno == EAGAIN ? Got::What::later : Got::What::broken};
}

AskStream::Got AskStream::read(std::span<char> into) {
  if (tls_) {
    ERR_clear_error();
    const int got = SSL_read(tls_.get(), into.data(), static_cast<int>(into.size()));
    if (got > 0) return {Got::What::bytes, static_cast<std::size_t>(got)};
    const int why = SSL_get_error(tls_.get(), got);
    return {why == SSL_ERROR_WANT_READ ? Got::What::later : why == SSL_ERROR_ZERO_RETURN ? Got::What::end : Got::What::broken};
  }
  const auto got = ::recv(socket_.native_handle(), into.data(), into.size(), 0);
  if (got > 0) return {Got::What::bytes, static_cast<std::size_t>(got)};
  if (got == 0) return {Got::What::end};
  return {errno == EAGAIN ? Got::What::later : Got::What::broken};
}

void AskStream::end_exchange(Exchange::State state) {
  outcome.status = exchange_->status;
  if (!first_byte_) outcome.phases.first_byte_us = mark();
  if (state == Exchange::State::cut) return fail(Layer::closed, first_byte_ ? "the answer broke off" : "closed without an answer");
  if (state == Exchange::State::malformed) return fail(Layer::malformed, exchange_->why);
  judge();
}

void AskStream::judge() {
  const auto judged = judge_notice(exchange_->notice, aim_.service, means_.notice_key, means_.clock.now().wall);
  outcome.notice = judged.seen;
  if (judged.closure) outcome.closure = judged.closure->str();
  if (exchange_->hash) outcome.body = hexadecimal_start(*exchange_->hash);
  // A gate's word that it closed the service counts for more than the status beside it.
  const bool closed = judged.seen == NoticeSeen::valid || judged.seen == NoticeSeen::unverified;
  if (closed || !aim_.is_good(outcome.status)) return fail(Layer::status, "");
  finish();
}
}  // namespace kulla::outage
