// The control socket's answering side: 0660, the peer's identity taken from the kernel. A thread a client, a bounded number of clients.
// docs/control-protocol.md lists the commands; each is one function in commands.cpp.
#pragma once
#include <atomic>
#include <filesystem>
#include <functional>
#include <list>
#include <mutex>
#include <string>
#include <thread>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/result.hpp"
#include "model/names.hpp"

namespace kulla::daemon {

/// One question, and where its answers go. A command sends objects; a returned error is sent as {"error":…}, success as {"ok":true}.
struct Conversation {
  json::object question;
  PersonId peer;                                          ///< "uid:1000(anna)"
  std::function<bool(std::string_view line)> send_line;   ///< false when the peer has gone
  std::function<bool()> stopping;
  bool send(const json::object& object) const { return send_line(json::serialize(object)); }
};
using Command = std::function<Result<>(const Conversation&)>;

class ControlServer {
 public:
  [[nodiscard]] static Result<std::unique_ptr<ControlServer>> start(const std::filesystem::path& socket, const std::string& group,
                                                                    Command answer);
  ~ControlServer();
  ControlServer(const ControlServer&) = delete;

 private:
  ControlServer(std::filesystem::path path, Descriptor listener, Command answer);
  void accept();
  void serve(int client);
  static constexpr int clients_limit = 64;

  const std::filesystem::path path_;
  const Descriptor listener_;
  const Command answer_;
  std::atomic<bool> stop_ = false;
  std::atomic<int> clients_ = 0;
  std::thread thread_;
};

}  // namespace kulla::daemon
