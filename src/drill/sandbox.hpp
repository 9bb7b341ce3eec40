// A rehearsed system: one real HTTP server process that serves all services of the system, told apart by host and path.
// Runs as the hidden command `kulla drill-system FILE`; listens on 127.0.0.1 only.
#pragma once
#include <boost/beast/http/message.hpp>
#include <boost/beast/http/string_body.hpp>
#include <boost/describe.hpp>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <string>
#include <vector>

#include "base/result.hpp"
#include "drill/shell.hpp"

namespace kulla::drill {

/// Every answer of a sandbox carries this header with the system's name: so a client knows that a service answered, not the gate.
inline constexpr std::string_view sandbox_header = "X-Sandbox-System";
inline constexpr std::size_t upload_limit = 64 << 10;     ///< bytes of one request's body
inline constexpr std::size_t uploads_kept = 2000;         ///< new files a process writes; more are answered and not kept

struct SandboxService {
  std::string host, path, document_root;
  bool weak = false;
};
BOOST_DESCRIBE_STRUCT(SandboxService, (), (host, path, document_root, weak))

/// As written to FILE in JSON.
struct SandboxSettings {
  std::string system, root, confines, neighbour, password, port_file;
  std::vector<SandboxService> services;
};
BOOST_DESCRIBE_STRUCT(SandboxSettings, (), (system, root, confines, neighbour, password, port_file, services))

namespace http = boost::beast::http;
using SandboxRequest = http::request<http::string_body>;
using SandboxResponse = http::response<http::string_body>;

/// What the system answers; no network here.
class Sandbox {
 public:
  /// `on_shell` is called when the weak form has run what it was sent: the intruder is inside, and needs the gate no more.
  Sandbox(SandboxSettings settings, std::function<void()> on_shell)
      : settings_(std::move(settings)), shell_(settings_.confines, settings_.root, settings_.neighbour), on_shell_(std::move(on_shell)) {}
  [[nodiscard]] SandboxResponse answer(const SandboxRequest& request);
  /// True for the path of the endless answer, which the server streams itself.
  [[nodiscard]] bool is_stream(const SandboxRequest& request) const;
  [[nodiscard]] const Shell& shell() const { return shell_; }
  [[nodiscard]] const SandboxSettings& settings() const { return settings_; }

 private:
  struct Asked {
    const SandboxService* service = nullptr;
    std::string path, query;  ///< below the service, without leading '/'
  };
  struct Reply {
    http::status status = http::status::not_found;
    std::string body, type = "text/plain";
  };
  [[nodiscard]] Asked asked(const SandboxRequest& request) const;
  [[nodiscard]] Reply reply(const SandboxRequest& request);
  [[nodiscard]] Reply file(const Asked& asked) const;
  [[nodiscard]] Reply use_shell(const std::string& query) const;
  [[nodiscard]] Reply upload(const Asked& asked, const SandboxRequest& request);

  SandboxSettings settings_;
  Shell shell_;
  std::function<void()> on_shell_;
  std::size_t uploads_ = 0;
};

/// Serves until SIGTERM; writes its port into settings.port_file once it listens.
[[nodiscard]] Result<> serve_sandbox(const std::filesystem::path& settings_file);

}  // namespace kulla::drill
