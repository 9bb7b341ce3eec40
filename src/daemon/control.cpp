#include "daemon/control.hpp"

#include <fmt/format.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace kulla::daemon {
namespace {
constexpr std::size_t answer_limit = std::size_t{64} << 20;  // status of 1,225 services is some 300 kB
}

Result<ControlClient> ControlClient::connect(const std::filesystem::path& path) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path)
    return fail(Code::bad_argument, fmt::format("{}: too long for a socket's name", path.string()));
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  Descriptor socket{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!socket) return fail_errno("socket");
  if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) {
    const auto reason = fail_errno(path.string());
    return fail(Code::daemon_unreachable, reason.error().what);
  }
  return ControlClient{std::move(socket)};
}

Result<json::object> ControlClient::read_object() {
  for (;;) {
    if (const auto end = buffer_.find('\n'); end != std::string::npos) {
      auto value = parse_json(std::string_view{buffer_}.substr(0, end), answer_limit);
      buffer_.erase(0, end + 1);
      if (!value) return std::unexpected(std::move(value).error());
      if (!value->is_object()) return fail(Code::bad_json, "the daemon answered something else than an object");
      return std::move(value->get_object());
    }
    if (buffer_.size() > answer_limit) return fail(Code::too_large, "the daemon's answer");
    std::array<char, 65536> bytes;
    const auto got = ::read(socket_.get(), bytes.data(), bytes.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return fail(Code::daemon_unreachable, "the daemon closed the connection");
    buffer_.append(bytes.data(), static_cast<std::size_t>(got));
  }
}

namespace {
Result<> send_line(int fd, const json::object& question) {
  const auto line = json::serialize(question) + "\n";
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto sent = ::send(fd, rest.data(), rest.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent < 0) return fail(Code::daemon_unreachable, "the daemon closed the connection");
    rest.remove_prefix(static_cast<std::size_t>(sent));
  }
  return {};
}
Error refusal(const json::value& error) {
  const auto* object = error.if_object();
  const auto* what = object ? object->if_contains("what") : nullptr;
  return {Code::refused, what && what->is_string() ? std::string(what->get_string()) : "refused"};
}
}  // namespace

Result<std::vector<json::object>> ControlClient::ask(const json::object& question) {
  KULLA_CHECK(send_line(socket_.get(), question));
  std::vector<json::object> answers;
  for (;;) {
    KULLA_TRY(auto object, read_object());
    if (const auto* error = object.if_contains("error")) return std::unexpected(refusal(*error));
    if (object.contains("ok")) return answers;
    answers.push_back(std::move(object));
  }
}

Result<> ControlClient::follow(std::uint64_t from, const std::function<bool(const json::object&)>& on_fact) {
  KULLA_CHECK(send_line(socket_.get(), {{"command", "timeline"}, {"from", from}, {"follow", true}}));
  for (;;) {
    KULLA_TRY(const auto object, read_object());
    if (const auto* error = object.if_contains("error")) return std::unexpected(refusal(*error));
    if (object.contains("ok") || !on_fact(object)) return {};
  }
}
}  // namespace kulla::daemon
