#include "gate/command_socket.hpp"

#include <fmt/format.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <array>
#include <cerrno>
#include <cstring>

#include "gate/answers.hpp"

namespace kulla::gate {
using namespace std::chrono;
namespace {
constexpr std::size_t answer_limit = std::size_t{64} << 20;  // `show map` of a hundred thousand entries is 5 MB

/// Waits until `events` are there; false at the deadline.
bool wait_for(int fd, short events, steady_clock::time_point end) {
  for (;;) {
    const auto left = duration_cast<milliseconds>(end - steady_clock::now()).count();
    pollfd poll{fd, events, 0};
    const int ready = ::poll(&poll, 1, left > 0 ? static_cast<int>(left) : 0);
    if (ready > 0) return true;
    if (ready == 0 || errno != EINTR) return false;
  }
}
}  // namespace

void CommandSocket::close() {
  socket_ = {};
  unread_.clear();
}

Result<> CommandSocket::connect() {
  close();
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  const auto path = path_.string();
  if (path.size() >= sizeof address.sun_path) return fail(Code::bad_config, fmt::format("{}: too long for a socket", path));
  std::memcpy(address.sun_path, path.data(), path.size());
  socket_ = Descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
  if (!socket_) return fail_errno(path);
  // A local connection is made at once, or refused; EAGAIN means a full backlog.
  if (::connect(socket_.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const int error = errno;
    close();
    return fail(Code::gate_unreachable, fmt::format("{}: {}", path, std::strerror(error)));
  }
  auto greeting = converse("prompt\n", 1, steady_clock::now() + patience_);
  if (!greeting) return std::unexpected(std::move(greeting).error());
  return {};
}

Result<> CommandSocket::send(std::string_view line) {
  while (!line.empty()) {
    const auto sent = ::send(socket_.get(), line.data(), line.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail(Code::gate_unreachable, fmt::format("{}: {}", path_.string(), std::strerror(errno)));
    line.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}

Result<std::string> CommandSocket::receive(Deadline end) {
  std::array<char, 65536> buffer;
  for (;;) {
    if (auto answer = take_answer(unread_)) return std::move(*answer);
    if (unread_.size() > answer_limit) return fail(Code::too_large, fmt::format("{}: answer over {} bytes", path_.string(), answer_limit));
    if (!wait_for(socket_.get(), POLLIN, end)) return fail(Code::timed_out, fmt::format("{}: no answer", path_.string()));
    const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got <= 0 && !unread_.empty()) return fail(Code::gate_refused, fmt::format("{}: {}", path_.string(), unread_.substr(0, 200)));
    if (got <= 0) return fail(Code::gate_unreachable, fmt::format("{}: closed", path_.string()));
    unread_.append(buffer.data(), static_cast<std::size_t>(got));
  }
}

Result<std::vector<std::string>> CommandSocket::converse(std::string_view line, std::size_t answers, Deadline end) {
  std::vector<std::string> received;
  auto failed = [&](Error error) -> std::unexpected<Error> {
    close();  // what is still to come would be taken for the answer to another command
    return std::unexpected(std::move(error));
  };
  if (auto sent = send(line); !sent) return failed(std::move(sent).error());
  while (received.size() < answers) {
    auto answer = receive(end);
    if (!answer) return failed(std::move(answer).error());
    received.push_back(std::move(*answer));
  }
  return received;
}

Result<std::vector<std::string>> CommandSocket::ask_all(const std::vector<std::string>& commands, std::optional<milliseconds> patience) {
  std::string line;
  for (const auto& command : commands) line += (line.empty() ? "" : ";") + command;
  line += '\n';
  if (!connected()) KULLA_CHECK(connect());
  return converse(line, commands.size(), steady_clock::now() + patience.value_or(patience_));
}

Result<std::string> CommandSocket::ask(std::string_view command, std::optional<milliseconds> patience) {
  KULLA_TRY(auto answers, ask_all({std::string(command)}, patience));
  return std::move(answers.front());
}
}  // namespace kulla::gate
