// HTTP as bytes, for tests that must send what no library would: a raw client, and a small server with named behaviours.
#pragma once
#include <atomic>
#include <chrono>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>

#include "base/file.hpp"

namespace kulla::test {

struct Response {
  int status = 0;  ///< 0: none came
  std::map<std::string, std::string> headers;  ///< names in lower case; of a line that comes twice the first
  std::string body;
  bool whole = false;  ///< all that Content-Length or the chunks promised has come
};

/// A free port of 127.0.0.1.
int free_port();

/// One connection to 127.0.0.1:port, from `source`.
class RawClient {
 public:
  explicit RawClient(int port, const std::string& source = "127.0.0.1");
  [[nodiscard]] bool send(std::string_view bytes);
  /// Reads one response; `patience` bounds the whole of it.
  Response receive(std::chrono::milliseconds patience = std::chrono::seconds{3}, bool head = false);
  /// What comes until the other side closes, or until `patience` passes. `closed` says which.
  std::string drain(std::chrono::milliseconds patience, bool& closed);
  Response ask(std::string_view bytes, bool head = false) { return send(bytes) ? receive(std::chrono::seconds{3}, head) : Response{}; }

 private:
  bool read_more(std::chrono::steady_clock::time_point end);
  Descriptor socket_;
  std::string unread_;
};
/// GET on a connection of its own.
Response get(int port, const std::string& host, const std::string& path, const std::string& source = "127.0.0.1");

/// A service's own server. Answers "NAME METHOD TARGET HOST"; /stream never ends; /held answers when `release` is called;
/// an Upgrade to a WebSocket gets 101 and a stream of its own; /h2c answers any upgrade with 101 to h2c.
class Upstream {
 public:
  explicit Upstream(std::string name);
  ~Upstream();
  [[nodiscard]] int port() const { return port_; }
  [[nodiscard]] std::string address() const { return "127.0.0.1:" + std::to_string(port_); }
  [[nodiscard]] int requests() const { return requests_; }
  [[nodiscard]] int streaming() const { return streaming_; }
  /// The last request's line and headers, as they came.
  [[nodiscard]] std::string last_head() const {
    const std::scoped_lock lock{mutex_};
    return last_head_;
  }
  void release() { released_ = true; }

 private:
  void accept_all();
  void serve(Descriptor socket);
  bool answer(int socket, const std::string& head);
  void stream(int socket);
  std::string name_;
  Descriptor listener_;
  int port_ = 0;
  std::atomic<int> requests_ = 0, streaming_ = 0, serving_ = 0;
  std::atomic<bool> released_ = false, stopping_ = false;
  mutable std::mutex mutex_;
  std::string last_head_;
  std::thread thread_;
};

}  // namespace kulla::test
