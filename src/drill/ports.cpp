#include "drill/ports.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <algorithm>
#include <random>

namespace kulla::drill {
namespace {
constexpr int lowest = 12000, highest = 32000, tries = 200;

Descriptor bound_to(std::uint16_t port) {
  Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  // First without sharing: nobody has it. Then again so that a listener may share it.
  if (!socket || ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) return {};
  socket = Descriptor{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  const int on = 1;
  if (!socket || ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof on) != 0 ||
      ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEPORT, &on, sizeof on) != 0 ||
      ::bind(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0)
    return {};
  return socket;
}
}  // namespace

Result<std::uint16_t> Ports::hold() {
  std::random_device random;
  std::uniform_int_distribution<int> any{lowest, highest};
  for (int i = 0; i < tries; ++i) {
    const auto port = static_cast<std::uint16_t>(any(random));
    if (auto socket = bound_to(port)) {
      held_.push_back(std::move(socket));
      return port;
    }
  }
  return fail(Code::io, fmt::format("no free port of 127.0.0.1 from {} to {} in {} tries", lowest, highest, tries));
}

Result<> allow_open_files(std::size_t wanted) {
  rlimit limit{};
  if (::getrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno("open files");
  if (limit.rlim_max != RLIM_INFINITY && limit.rlim_max < wanted && ::geteuid() == 0) limit.rlim_max = wanted;
  limit.rlim_cur = std::min<rlim_t>(limit.rlim_max, std::max<rlim_t>(limit.rlim_cur, wanted));
  if (::setrlimit(RLIMIT_NOFILE, &limit) != 0) return fail_errno("open files");
  if (limit.rlim_cur >= wanted) return {};
  return fail(Code::io,
              fmt::format("{} open files are allowed, {} are needed; raise it with 'ulimit -Hn {}' as root, or ask for fewer --services",
                          limit.rlim_cur, wanted, wanted));
}
}  // namespace kulla::drill
