// The other side of a connection, by hand: says what it is told, byte for byte, and reads answers. Waits as long as it takes.
#pragma once
#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace kulla::serve::test {

struct Reply {
  int status = 0;  ///< 0: the connection ended instead
  std::map<std::string, std::string> headers;  ///< names in lower case; of a line that comes twice the first
  std::string body;
};

class HttpPeer {
 public:
  /// `address`: "127.0.0.1:8443".
  explicit HttpPeer(const std::string& address, bool tls = false);
  ~HttpPeer();
  /// The name in the other side's certificate, as "/CN=localhost"; empty without TLS.
  [[nodiscard]] std::string certificate_name() const;
  void say(std::string_view bytes);
  [[nodiscard]] Reply read(bool head = false);
  Reply ask(std::string_view bytes) {
    say(bytes);
    return read();
  }
  /// What comes next, of a stream; empty at the end.
  [[nodiscard]] std::string read_some();
  /// Reads until `text` has come; false where the connection ended before.
  [[nodiscard]] bool reads(std::string_view text);
  /// Whether the other side ends it, whatever it says before.
  [[nodiscard]] bool ends();

 private:
  struct Connection;
  std::unique_ptr<Connection> connection_;
  std::string seen_;
};

}  // namespace kulla::serve::test
