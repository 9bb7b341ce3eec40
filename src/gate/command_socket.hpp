// A connection to one of HAProxy's command sockets (its management guide, 9.3 and 9.4), kept open in prompt mode.
// One thread uses it. Every wait is bounded, and so is every answer.
#pragma once
#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/file.hpp"
#include "base/result.hpp"

namespace kulla::gate {

class CommandSocket {
 public:
  CommandSocket(std::filesystem::path path, std::chrono::milliseconds patience) : path_(std::move(path)), patience_(patience) {}

  /// The answer to one command, without its last newlines. Connects first where there is no connection. Any error closes it:
  /// gate_unreachable where nobody listens, or where the other side has hung up since the last command; gate_refused where it says
  /// something and hangs up; timed_out; too_large.
  /// `patience`: for this answer only, in place of the socket's own.
  [[nodiscard]] Result<std::string> ask(std::string_view command, std::optional<std::chrono::milliseconds> patience = {});
  /// Several commands in one write; as many answers. On a worker's own socket only: the master takes one command a line.
  [[nodiscard]] Result<std::vector<std::string>> ask_all(const std::vector<std::string>& commands,
                                                         std::optional<std::chrono::milliseconds> patience = {});
  [[nodiscard]] bool connected() const { return static_cast<bool>(socket_); }
  [[nodiscard]] Result<> connect();
  void close();

 private:
  using Deadline = std::chrono::steady_clock::time_point;
  Result<std::vector<std::string>> converse(std::string_view line, std::size_t answers, Deadline end);
  Result<> send(std::string_view line);
  Result<std::string> receive(Deadline end);

  std::filesystem::path path_;
  std::chrono::milliseconds patience_;
  Descriptor socket_;
  std::string unread_;
};

}  // namespace kulla::gate
