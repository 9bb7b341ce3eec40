// Small real servers on loopback for probes: TCP with any behaviour, TLS with any certificate, DNS over UDP with any answer.
#pragma once
#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <nghttp2/nghttp2.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <thread>

#include "base/file.hpp"
#include "outage/address.hpp"

namespace kulla::outage::test {

inline Descriptor bound_socket(int type, std::uint16_t& port, int family = AF_INET) {
  Descriptor made{::socket(family, type | SOCK_CLOEXEC, 0)};
  sockaddr_storage storage{};
  storage.ss_family = static_cast<sa_family_t>(family);
  auto& v4 = reinterpret_cast<sockaddr_in&>(storage);
  auto& v6 = reinterpret_cast<sockaddr_in6&>(storage);
  if (family == AF_INET) v4.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  else v6.sin6_addr = in6addr_loopback;
  socklen_t size = family == AF_INET ? sizeof v4 : sizeof v6;
  EXPECT_EQ(::bind(made.get(), reinterpret_cast<sockaddr*>(&storage), size), 0);
  ::getsockname(made.get(), reinterpret_cast<sockaddr*>(&storage), &size);
  port = ntohs(v4.sin_port);
  return made;
}

/// One connection as a server has it; sends and reads until it is told to stop.
class Line {
 public:
  Line(int fd, SSL* tls, const std::atomic<bool>& stop) : fd_(fd), tls_(tls), stop_(stop) {}
  bool send(std::string_view bytes) const {
    while (!bytes.empty()) {
      const auto put = tls_ ? SSL_write(tls_, bytes.data(), static_cast<int>(bytes.size()))
                            : static_cast<int>(::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL));
      if (put <= 0) return false;
      bytes.remove_prefix(static_cast<std::size_t>(put));
    }
    return true;
  }
  /// What comes next; empty at the end.
  [[nodiscard]] std::string read() const {
    std::array<char, 16384> buffer;
    const auto got = tls_ ? SSL_read(tls_, buffer.data(), buffer.size()) : static_cast<int>(::recv(fd_, buffer.data(), buffer.size(), 0));
    return got > 0 ? std::string(buffer.data(), static_cast<std::size_t>(got)) : "";
  }
  /// Keeps the line until the other side or the test ends; true while neither has within `for_ms`.
  bool hold(int for_ms = 60'000) const {
    for (int waited = 0; waited < for_ms && !stop_; waited += 5) {
      pollfd waiting{fd_, POLLRDHUP, 0};
      if (::poll(&waiting, 1, 5) > 0) return false;
    }
    return !stop_;
  }
  [[nodiscard]] SSL* tls() const { return tls_; }

 private:
  int fd_;
  SSL* tls_;
  const std::atomic<bool>& stop_;
};

/// What a server does with a line; what has been asked is in `request` where `asked`.
using Behaviour = std::function<void(const Line&)>;

class Server {
 public:
  explicit Server(Behaviour behaviour, SSL_CTX* context = nullptr, int family = AF_INET)
      : behaviour_(std::move(behaviour)), context_(context), family_(family), listener_(bound_socket(SOCK_STREAM, port_, family)) {
    EXPECT_EQ(::listen(listener_.get(), 64), 0);
    thread_ = std::thread([this] { serve(); });
  }
  ~Server() {
    stop_ = true;
    thread_.join();
    for (auto& line : lines_) line.join();
  }
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;
  [[nodiscard]] std::string address() const { return (family_ == AF_INET ? "127.0.0.1:" : "[::1]:") + std::to_string(port_); }
  [[nodiscard]] std::uint16_t port() const { return port_; }
  [[nodiscard]] int connections() const { return connections_; }

 private:
  void serve() {
    while (!stop_) {
      pollfd waiting{listener_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 5) <= 0) continue;
      const int fd = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
      ++connections_;
      lines_.emplace_back([this, fd] { take(Descriptor{fd}); });
    }
  }
  void take(Descriptor fd) {
    sigset_t pipe;  // OpenSSL has no MSG_NOSIGNAL
    ::sigemptyset(&pipe);
    ::sigaddset(&pipe, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe, nullptr);
    const timeval patience{10, 0};  // no thread stays for ever
    ::setsockopt(fd.get(), SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(fd.get(), SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    if (!context_) return behaviour_(Line{fd.get(), nullptr, stop_});
    const std::unique_ptr<SSL, decltype(&SSL_free)> tls{SSL_new(context_), &SSL_free};
    SSL_set_fd(tls.get(), fd.get());
    if (SSL_accept(tls.get()) != 1) return;
    behaviour_(Line{fd.get(), tls.get(), stop_});
    SSL_shutdown(tls.get());
  }
  Behaviour behaviour_;
  SSL_CTX* context_;
  int family_;
  std::uint16_t port_ = 0;
  std::atomic<bool> stop_ = false;
  std::atomic<int> connections_ = 0;
  Descriptor listener_;
  std::list<std::thread> lines_;
  std::thread thread_;
};

/// Reads a request and answers it with these bytes.
inline Behaviour says(std::string answer) {
  return [answer = std::move(answer)](const Line& line) {
    if (!line.read().empty()) line.send(answer);
  };
}
inline Behaviour holds() {
  return [](const Line& line) { static_cast<void>(line.hold()); };
}

// --- TLS

struct CertificatePlan {
  std::string name = "tax.example";
  long from = -3600, until = 86'400 * 30;  ///< seconds from now
};
/// Makes an authority, and certificates that it or nobody signed.
class Authority {
 public:
  Authority() : folder_(TemporaryFolder::make("kulla-ca").value()), key_(EVP_EC_gen("P-256")) {
    certificate_ = make({.name = "test authority"}, key_, nullptr);
    std::FILE* file = std::fopen(file_name().c_str(), "w");
    PEM_write_X509(file, certificate_);
    std::fclose(file);
  }
  ~Authority() {
    for (auto* context : contexts_) SSL_CTX_free(context);
    X509_free(certificate_);
    EVP_PKEY_free(key_);
  }
  Authority(const Authority&) = delete;
  Authority& operator=(const Authority&) = delete;
  [[nodiscard]] std::string file_name() const { return folder_.path() / "ca.pem"; }

  enum class Signer { authority, itself };
  /// A server's context; `alpn`: the protocols it has, or nothing of ALPN where empty.
  SSL_CTX* context(const CertificatePlan& plan = {}, Signer signer = Signer::authority, const std::string& alpn = "") {
    auto* context = contexts_.emplace_back(SSL_CTX_new(TLS_server_method()));
    auto* key = EVP_EC_gen("P-256");
    auto* certificate = make(plan, key, signer == Signer::authority ? certificate_ : nullptr);
    SSL_CTX_use_certificate(context, certificate);
    SSL_CTX_use_PrivateKey(context, key);
    X509_free(certificate);
    EVP_PKEY_free(key);
    if (alpn.empty()) return context;
    alpn_.push_back(std::string(1, static_cast<char>(alpn.size())) + alpn);
    SSL_CTX_set_alpn_select_cb(context, choose, &alpn_.back());
    return context;
  }

 private:
  static int choose(SSL*, const unsigned char** out, unsigned char* size, const unsigned char* in, unsigned in_size, void* own) {
    const auto& mine = *static_cast<const std::string*>(own);
    unsigned char* chosen = nullptr;
    const int found = SSL_select_next_proto(&chosen, size, reinterpret_cast<const unsigned char*>(mine.data()),
                                            static_cast<unsigned>(mine.size()), in, in_size);
    *out = chosen;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
  }
  X509* make(const CertificatePlan& plan, EVP_PKEY* key, X509* issuer) {
    X509* made = X509_new();
    X509_set_version(made, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(made), ++serial_);
    X509_gmtime_adj(X509_getm_notBefore(made), plan.from);
    X509_gmtime_adj(X509_getm_notAfter(made), plan.until);
    auto* name = X509_get_subject_name(made);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, reinterpret_cast<const unsigned char*>(plan.name.c_str()), -1, -1, 0);
    X509_set_issuer_name(made, issuer ? X509_get_subject_name(issuer) : name);
    X509_set_pubkey(made, key);
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer ? issuer : made, made, nullptr, nullptr, 0);
    const bool authority = plan.name == "test authority";
    auto* extension = authority ? X509V3_EXT_conf_nid(nullptr, &context, NID_basic_constraints, "critical,CA:TRUE")
                                : X509V3_EXT_conf_nid(nullptr, &context, NID_subject_alt_name, ("DNS:" + plan.name).c_str());
    X509_add_ext(made, extension, -1);
    X509_EXTENSION_free(extension);
    X509_sign(made, issuer ? key_ : key, EVP_sha256());
    return made;
  }
  TemporaryFolder folder_;
  EVP_PKEY* key_;
  X509* certificate_ = nullptr;
  long serial_ = 0;
  std::list<SSL_CTX*> contexts_;
  std::list<std::string> alpn_;
};

/// Answers the first request on an HTTP/2 line with this status, header field and body.
struct Http2Answer {
  std::string status = "200", field_name = "content-type", field_value = "text/plain", body = "ok";
};
inline Behaviour says_http2(Http2Answer answer) {
  return [answer](const Line& line) {
    struct Body {
      std::string_view left;
    } body{answer.body};
    nghttp2_session_callbacks* callbacks = nullptr;
    nghttp2_session_callbacks_new(&callbacks);
    struct User {
      const Http2Answer* answer;
      Body* body;
    } user{&answer, &body};
    nghttp2_session_callbacks_set_on_frame_recv_callback(callbacks, [](nghttp2_session* session, const nghttp2_frame* frame, void* given) {
      if (frame->hd.type != NGHTTP2_HEADERS) return 0;
      const auto& [wanted, rest] = *static_cast<User*>(given);
      const auto field = [](const std::string& name, const std::string& value) {
        const auto bytes = [](const std::string& text) { return reinterpret_cast<std::uint8_t*>(const_cast<char*>(text.data())); };
        return nghttp2_nv{bytes(name), bytes(value), name.size(), value.size(), NGHTTP2_NV_FLAG_NONE};
      };
      static const std::string status_name = ":status";
      const std::array fields{field(status_name, wanted->status), field(wanted->field_name, wanted->field_value)};
      nghttp2_data_provider provider{};
      provider.source.ptr = rest;
      provider.read_callback = [](nghttp2_session*, std::int32_t, std::uint8_t* into, std::size_t room, std::uint32_t* flags,
                                  nghttp2_data_source* source, void*) -> ssize_t {
        auto& left = static_cast<Body*>(source->ptr)->left;
        const auto count = std::min(room, left.size());
        std::copy_n(left.data(), count, into);
        left.remove_prefix(count);
        if (left.empty()) *flags |= NGHTTP2_DATA_FLAG_EOF;
        return static_cast<ssize_t>(count);
      };
      return nghttp2_submit_response(session, frame->hd.stream_id, fields.data(), fields.size(), &provider);
    });
    nghttp2_session* session = nullptr;
    nghttp2_session_server_new(&session, callbacks, &user);
    nghttp2_session_callbacks_del(callbacks);
    nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, nullptr, 0);
    for (bool going = true; going;) {
      const std::uint8_t* out = nullptr;
      for (ssize_t size; (size = nghttp2_session_mem_send(session, &out)) > 0;)
        going = going && line.send({reinterpret_cast<const char*>(out), static_cast<std::size_t>(size)});
      const auto in = going ? line.read() : "";
      going = !in.empty() && nghttp2_session_mem_recv(session, reinterpret_cast<const std::uint8_t*>(in.data()), in.size()) >= 0;
    }
    nghttp2_session_del(session);
  };
}

// --- DNS

/// Answers each question over UDP with what `answer` makes of it: a whole message, or nothing where empty.
class NameServer {
 public:
  using Answer = std::function<std::string(const std::string& question)>;
  explicit NameServer(Answer answer) : answer_(std::move(answer)), socket_(bound_socket(SOCK_DGRAM, port_)) {
    thread_ = std::thread([this] { serve(); });
  }
  ~NameServer() {
    stop_ = true;
    thread_.join();
  }
  NameServer(const NameServer&) = delete;
  NameServer& operator=(const NameServer&) = delete;
  [[nodiscard]] Address address() const { return {"127.0.0.1", port_}; }
  [[nodiscard]] std::string text() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int asked() const { return asked_; }

 private:
  void serve() {
    while (!stop_) {
      pollfd waiting{socket_.get(), POLLIN, 0};
      if (::poll(&waiting, 1, 5) <= 0) continue;
      std::array<char, 2048> buffer;
      sockaddr_storage from{};
      socklen_t size = sizeof from;
      const auto got = ::recvfrom(socket_.get(), buffer.data(), buffer.size(), 0, reinterpret_cast<sockaddr*>(&from), &size);
      if (got < 12) continue;
      ++asked_;
      const auto message = answer_({buffer.data(), static_cast<std::size_t>(got)});
      if (!message.empty()) ::sendto(socket_.get(), message.data(), message.size(), 0, reinterpret_cast<sockaddr*>(&from), size);
    }
  }
  Answer answer_;
  std::uint16_t port_ = 0;
  Descriptor socket_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> asked_ = 0;
  std::thread thread_;
};

/// The question's own bytes, without what follows it (EDNS), as an answer with this code and these records' bytes (RFC 1035, 4.1).
inline std::string dns_message(const std::string& question, int code, int records, const std::string& bytes) {
  std::size_t end = 12;
  while (question[end] != 0) end += static_cast<std::size_t>(question[end]) + 1;
  auto message = question.substr(0, end + 5);
  message[2] = static_cast<char>(0x81), message[3] = static_cast<char>(0x80 | code);
  message[7] = static_cast<char>(records);
  for (const std::size_t none : {8, 9, 10, 11}) message[none] = 0;
  return message + bytes;
}
inline int dns_type(const std::string& question) {
  std::size_t end = 12;
  while (question[end] != 0) end += static_cast<std::size_t>(question[end]) + 1;
  return question[end + 2];
}
/// A record of the name that was asked for.
inline std::string dns_record(int type, int ttl, const std::string& data) {
  std::string record{"\xC0\x0C\0", 3};
  record += static_cast<char>(type);
  record += std::string("\0\x01\0\0\0", 5) + static_cast<char>(ttl) + '\0' + static_cast<char>(data.size()) + data;
  return record;
}
/// A name with this address, as long as it lives.
inline NameServer::Answer has_address(const std::string& bytes, int ttl = 60) {
  return [bytes, ttl](const std::string& question) {
    return dns_type(question) == 1 ? dns_message(question, 0, 1, dns_record(1, ttl, bytes)) : dns_message(question, 0, 0, "");
  };
}
inline NameServer::Answer has_code(int code) {
  return [code](const std::string& question) { return dns_message(question, code, 0, ""); };
}
}  // namespace kulla::outage::test
