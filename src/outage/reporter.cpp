#include "outage/reporter.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <netdb.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <memory>
#include <optional>
#include <utility>

namespace kulla::outage {
using namespace std::chrono_literals;
namespace {
constexpr std::size_t kept_lines = 200'000;      // at 1,225 observations a second almost three minutes, about 80 MB
constexpr std::size_t writing_limit = 64 * 1024;
constexpr Ticks first_retry = 200ms, longest_retry = 5s;
constexpr int connect_patience_ms = 2000;

bool wait_for(int descriptor, short what, int patience_ms) {
  pollfd waiting{descriptor, what, 0};
  return ::poll(&waiting, 1, patience_ms) > 0;
}

/// A connected, non-blocking socket, or none.
Descriptor connect_to(const Address& address) {
  addrinfo hints{};
  hints.ai_socktype = SOCK_STREAM;
  addrinfo* found = nullptr;
  if (::getaddrinfo(address.host.c_str(), std::to_string(address.port).c_str(), &hints, &found) != 0) return {};
  const std::unique_ptr<addrinfo, decltype(&::freeaddrinfo)> owned{found, &::freeaddrinfo};
  for (const auto* item = found; item; item = item->ai_next) {
    Descriptor socket{::socket(item->ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0)};
    if (!socket) continue;
    if (::connect(socket.get(), item->ai_addr, item->ai_addrlen) != 0 && errno != EINPROGRESS) continue;
    int error = 0;
    socklen_t size = sizeof error;
    if (wait_for(socket.get(), POLLOUT, connect_patience_ms) && ::getsockopt(socket.get(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 &&
        error == 0)
      return socket;
  }
  return {};
}
}  // namespace

Heartbeat::Change Heartbeat::heard(Moment now) {
  heard_ = now;
  return std::exchange(silent_, false) ? Change::is_back : Change::none;
}
Heartbeat::Change Heartbeat::closed(Moment now) {
  if (std::exchange(silent_, true)) return Change::none;
  told_ = now.mono;
  return Change::fell_silent;
}
Heartbeat::Change Heartbeat::watch(Moment now) {
  if (now.mono - heard_.mono < patience) return Change::none;
  if (silent_ && now.mono - told_ < reminder) return Change::none;
  told_ = now.mono;
  return std::exchange(silent_, true) ? Change::still_silent : Change::fell_silent;
}

Reporter::Reporter(Address daemon, const Clock& clock, std::function<void(const std::string&)> say)
    : daemon_(std::move(daemon)), clock_(clock), say_(std::move(say)), lines_(kept_lines), heartbeat_(clock.now()), thread_([this] {
        run();
      }) {}

Reporter::~Reporter() {
  stop_ = true;
  lines_.close();
  thread_.join();
}

void Reporter::send(std::string line) { lines_.push(std::move(line)); }

void Reporter::run() {
  std::optional<Ticks> last;
  for (;;) {
    const auto now = clock_.now();
    if (stop_ && !last) last = now.mono + 1s;
    const bool all_out = writing_.empty() && lines_.size() == 0;
    if (last && (all_out || !socket_ || now.mono >= *last)) return;
    connect_when_due();
    if (writing_.empty()) {
      // Only a connected reporter takes lines: what is not taken stays counted by the queue's bound.
      if (socket_) {
        for (auto line = lines_.pop(last ? 0ms : 50ms); line; line = writing_.size() < writing_limit ? lines_.try_pop() : std::nullopt)
          writing_ += *line + '\n';
      } else {
        ::poll(nullptr, 0, 50);
      }
    } else if (socket_) {
      wait_for(socket_.get(), POLLOUT | POLLIN, 50);
    } else {
      ::poll(nullptr, 0, 50);
    }
    write_some();
    read_some();
    tell(heartbeat_.watch(clock_.now()));
    tell_dropped();
  }
}

void Reporter::connect_when_due() {
  const auto now = clock_.now().mono;
  if (socket_ || now < retry_at_) return;
  socket_ = connect_to(daemon_);
  retry_after_ = socket_ ? Ticks{} : std::clamp(retry_after_ * 2, first_retry, longest_retry);
  retry_at_ = clock_.now().mono + retry_after_;
}

void Reporter::write_some() {
  if (!socket_ || writing_.empty()) return;
  const auto put = ::send(socket_.get(), writing_.data() + written_, writing_.size() - written_, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (put < 0 && errno != EAGAIN && errno != EINTR) return lose_connection();
  if (put > 0) written_ += static_cast<std::size_t>(put);
  if (written_ == writing_.size()) writing_.clear(), written_ = 0;
}

/// Any whole line from the daemon is a sign of life; what it says is not used: a vantage takes no orders.
void Reporter::read_some() {
  if (!socket_) return;
  std::array<char, 4096> buffer;
  const auto got = ::recv(socket_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (got == 0 || (got < 0 && errno != EAGAIN && errno != EINTR)) return lose_connection();
  if (got > 0 && std::string_view(buffer.data(), static_cast<std::size_t>(got)).contains('\n')) tell(heartbeat_.heard(clock_.now()));
}

/// A line that was cut by the loss goes out again from its start; the daemon never saw its end.
void Reporter::lose_connection() {
  socket_ = {};
  const auto line = written_ == 0 ? std::string::npos : writing_.rfind('\n', written_ - 1);
  if (line != std::string::npos) writing_.erase(0, line + 1);
  written_ = 0;
  retry_after_ = first_retry;
  retry_at_ = clock_.now().mono + retry_after_;
  if (!stop_) tell(heartbeat_.closed(clock_.now()));
}

void Reporter::tell(Heartbeat::Change change) {
  const auto address = fmt::format("{}:{}", daemon_.host, daemon_.port);
  switch (change) {
    case Heartbeat::Change::none: return;
    case Heartbeat::Change::fell_silent:
    case Heartbeat::Change::still_silent:
      return say_(fmt::format("daemon silent since {} ({})", to_rfc3339(heartbeat_.silent_since()), address));
    case Heartbeat::Change::is_back:
      return say_(fmt::format("daemon heard again at {} ({})", to_rfc3339(heartbeat_.silent_since()), address));
  }
}

void Reporter::tell_dropped() {
  // Doubling: a long silence fills a screen with few lines.
  const auto dropped = lines_.dropped();
  if (stop_ || dropped <= told_dropped_ * 2) return;
  told_dropped_ = dropped;
  say_(fmt::format("{} observations dropped so far: the daemon does not take them", dropped));
}
}  // namespace kulla::outage
