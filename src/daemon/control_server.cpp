#include "daemon/control_server.hpp"

#include <fmt/format.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <spdlog/spdlog.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <array>
#include <cerrno>

namespace kulla::daemon {
namespace {
constexpr std::size_t question_limit = 1 << 20;  // closing 1,225 services by name takes some 30 kB

PersonId peer_of(int client) {
  ucred credentials{};
  socklen_t size = sizeof credentials;
  if (::getsockopt(client, SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) return PersonId{"unknown"};
  std::array<char, 4096> buffer{};
  passwd entry{}, *found = nullptr;
  ::getpwuid_r(credentials.uid, &entry, buffer.data(), buffer.size(), &found);
  return PersonId{fmt::format("uid:{}({})", credentials.uid, found ? found->pw_name : "?")};
}

bool send_all(int client, std::string_view text) {
  while (!text.empty()) {
    const auto sent = ::send(client, text.data(), text.size(), MSG_NOSIGNAL);
    if (sent < 0 && errno == EINTR) continue;
    if (sent <= 0) return false;
    text.remove_prefix(static_cast<std::size_t>(sent));
  }
  return true;
}

Result<Descriptor> listen_at(const std::filesystem::path& path, const std::string& group) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  if (path.string().size() >= sizeof address.sun_path)
    return fail(Code::bad_config, fmt::format("{}: too long for a socket's name (107 bytes)", path.string()));
  path.string().copy(address.sun_path, sizeof address.sun_path - 1);
  Descriptor listener{::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  if (!listener) return fail_errno("socket");
  ::unlink(path.c_str());  // of a daemon that is gone: the ledger's lock has already said that none is running
  const auto mask = ::umask(0117);
  const bool bound = ::bind(listener.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
  ::umask(mask);
  if (!bound || ::listen(listener.get(), 16) != 0) return fail_errno(path.string());
  if (!group.empty()) {
    const auto* entry = ::getgrnam(group.c_str());
    if (!entry) return fail(Code::bad_config, fmt::format("control_group: no group \"{}\" on this machine", group));
    if (::chown(path.c_str(), static_cast<uid_t>(-1), entry->gr_gid) != 0) return fail_errno(path.string());
  }
  return listener;
}
}  // namespace

ControlServer::ControlServer(std::filesystem::path path, Descriptor listener, Command answer)
    : path_(std::move(path)), listener_(std::move(listener)), answer_(std::move(answer)), thread_([this] { accept(); }) {}

Result<std::unique_ptr<ControlServer>> ControlServer::start(const std::filesystem::path& socket, const std::string& group, Command answer) {
  KULLA_TRY(auto listener, listen_at(socket, group));
  return std::unique_ptr<ControlServer>{new ControlServer{socket, std::move(listener), std::move(answer)}};
}

ControlServer::~ControlServer() {
  stop_ = true;
  thread_.join();
  while (clients_ > 0) std::this_thread::sleep_for(std::chrono::milliseconds{2});  // each notices stop_ within its poll
  ::unlink(path_.c_str());
}

void ControlServer::accept() {
  while (!stop_) {
    pollfd poll{listener_.get(), POLLIN, 0};
    if (::poll(&poll, 1, 100) <= 0) continue;
    const int client = ::accept4(listener_.get(), nullptr, nullptr, SOCK_CLOEXEC);
    if (client < 0) continue;
    if (clients_ >= clients_limit) {
      send_all(client, "{\"error\":{\"code\":\"refused\",\"what\":\"too many clients of the control socket\"}}\n");
      ::close(client);
      continue;
    }
    ++clients_;
    std::thread{[this, client] {
      serve(client);
      ::close(client);
      --clients_;
    }}.detach();  // lint(detach): the destructor waits until clients_ is zero, and each client notices stop_
  }
}

void ControlServer::serve(int client) {
  const timeval patience{5, 0};  // a peer that does not read is cut off
  ::setsockopt(client, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
  Conversation conversation{{},
                            peer_of(client),
                            [client](std::string_view line) { return send_all(client, line) && send_all(client, "\n"); },
                            [this] { return stop_.load(); }};
  std::string buffer;
  std::array<char, 65536> bytes;
  while (!stop_) {
    if (const auto end = buffer.find('\n'); end != std::string::npos) {
      auto question = parse_json(std::string_view{buffer}.substr(0, end), question_limit);
      buffer.erase(0, end + 1);
      Result<> answered = fail(Code::bad_json, "a question is one JSON object on one line");
      if (question && question->is_object()) {
        conversation.question = std::move(question->get_object());
        answered = answer_(conversation);
      }
      const auto closing = answered ? json::object{{"ok", true}}
                                    : json::object{{"error", {{"code", name(answered.error().code)}, {"what", answered.error().what}}}};
      if (!conversation.send(closing)) return;
      continue;
    }
    if (buffer.size() > question_limit) return;
    pollfd poll{client, POLLIN, 0};
    if (::poll(&poll, 1, 100) <= 0) continue;
    const auto got = ::read(client, bytes.data(), bytes.size());
    if (got <= 0) return;
    buffer.append(bytes.data(), static_cast<std::size_t>(got));
  }
}
}  // namespace kulla::daemon
