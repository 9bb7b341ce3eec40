// The control socket: one line of JSON asks, lines of JSON answer. docs/control-protocol.md lists the commands.
#pragma once
#include <chrono>
#include <filesystem>
#include <functional>
#include <vector>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "base/result.hpp"

namespace kulla::daemon {

/// The asking side. One question at a time; after follow() the connection only streams.
class ControlClient {
 public:
  [[nodiscard]] static Result<ControlClient> connect(const std::filesystem::path& socket);
  /// The answer's objects, without the closing {"ok":true}. {"error":…} becomes Code::refused.
  [[nodiscard]] Result<std::vector<json::object>> ask(const json::object& question);
  /// {"command":"timeline","follow":true}: calls `on_fact` with {"number":N,"durable":bool,"fact":{…}} until it returns false.
  [[nodiscard]] Result<> follow(std::uint64_t from, const std::function<bool(const json::object&)>& on_fact);

 private:
  explicit ControlClient(Descriptor socket) : socket_(std::move(socket)) {}
  Result<json::object> read_object();
  Descriptor socket_;
  std::string buffer_;
};

}  // namespace kulla::daemon
