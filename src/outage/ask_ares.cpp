#include "outage/ask_ares.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <boost/asio/ip/address.hpp>
#include <cerrno>

#include "base/file.hpp"
#include "base/path_text.hpp"

namespace kulla::outage {
namespace {
constexpr int tries = 2;
constexpr auto tick_length = std::chrono::milliseconds{25};  // how late c-ares may notice that a try has run out

bool library_ready() {
  static const bool ready = ares_library_init(ARES_LIB_INIT_ALL) == ARES_SUCCESS;
  return ready;
}
std::unexpected<Error> refused(std::string_view what, int status) {
  return fail(Code::bad_argument, fmt::format("{}: {}", what, ares_strerror(status)));
}
void ask_from(ares_channel channel, const std::string& source) {
  boost::system::error_code error;
  const auto address = asio::ip::make_address(source, error);
  if (error) return;
  if (address.is_v4()) return ares_set_local_ip4(channel, address.to_v4().to_uint());
  ares_set_local_ip6(channel, address.to_v6().to_bytes().data());
}
}  // namespace

Layer layer_of_status(int status) {
  static constexpr std::array words{std::pair{int{ARES_SUCCESS}, Layer::none},
                                    std::pair{int{ARES_ENODATA}, Layer::resolve_missing},
                                    std::pair{int{ARES_ENOTFOUND}, Layer::resolve_missing},
                                    std::pair{int{ARES_ETIMEOUT}, Layer::resolve_timeout},
                                    std::pair{int{ARES_ECONNREFUSED}, Layer::resolve_timeout},  // no name server could be reached
                                    std::pair{int{ARES_EBADRESP}, Layer::malformed}};
  const auto* found = std::ranges::find(words, status, &std::pair<int, Layer>::first);
  return found == words.end() ? Layer::resolve_refused : found->second;
}

/// c-ares says of a socket that cannot be made what it says of a server that refuses: whether one can be made now tells them apart.
bool is_own_want(int status) {
  if (status == ARES_ENOMEM || status == ARES_EFILE) return true;
  if (status != ARES_ECONNREFUSED) return false;
  const Descriptor trial{::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0)};
  return !trial && errno != EAFNOSUPPORT;
}

Result<std::unique_ptr<AresChannel>> AresChannel::open(asio::io_context& context, const Settings& settings) {
  KULLA_ASSERT(library_ready());
  std::unique_ptr<AresChannel> made{new AresChannel{context}};
  ares_options options{};
  options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_EDNS | (settings.take_any_answer ? ARES_FLAG_NOCHECKRESP : 0);
  // The second try waits twice as long as the first.
  options.timeout = std::max(1, static_cast<int>(settings.patience.count() / 3));
  options.tries = tries;
  options.sock_state_cb_data = made.get();
  options.sock_state_cb = [](void* self, ares_socket_t socket, int read, int write) {
    static_cast<AresChannel*>(self)->state_changed(socket, read != 0, write != 0);
  };
  const int status =
      ares_init_options(&made->channel_, &options, ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB);
  if (status != ARES_SUCCESS) return refused("resolver", status);
  ask_from(made->channel_, settings.source);
  if (settings.servers.empty()) return made;
  const auto servers = fmt::format("{}", fmt::join(settings.servers, ","));
  if (const int set = ares_set_servers_ports_csv(made->channel_, servers.c_str()); set != ARES_SUCCESS)
    return refused(fmt::format("resolvers '{}'", escape_path(servers)), set);
  return made;
}

AresChannel::~AresChannel() {
  closing_ = true;
  if (channel_) ares_destroy(channel_);
}

void AresChannel::find(const std::string& name, std::function<void(const Addresses&)> then) {
  ares_addrinfo_hints hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  began();
  ares_getaddrinfo(
      channel_, name.c_str(), nullptr, &hints,
      [](void* argument, int status, int, ares_addrinfo* found) {
        const std::unique_ptr<ares_addrinfo, decltype(&ares_freeaddrinfo)> owned{found, &ares_freeaddrinfo};
        const std::unique_ptr<Call<Addresses>> call{static_cast<Call<Addresses>*>(argument)};
        call->channel.ended();
        if (!call->channel.closing_) call->then({status, found});
      },
      new Call<Addresses>{*this, std::move(then)});
}

void AresChannel::ask(const std::string& name, int type, std::function<void(const Answer&)> then) {
  constexpr int internet = 1;
  began();
  ares_query(
      channel_, name.c_str(), internet, type,
      [](void* argument, int status, int, unsigned char* message, int size) {
        const std::unique_ptr<Call<Answer>> call{static_cast<Call<Answer>*>(argument)};
        call->channel.ended();
        const auto bytes = message ? static_cast<std::size_t>(size) : 0;
        if (!call->channel.closing_) call->then({status, {reinterpret_cast<const char*>(message), bytes}});
      },
      new Call<Answer>{*this, std::move(then)});
}

/// The descriptor is c-ares's own: it is let go of, never closed, before c-ares closes it.
void AresChannel::state_changed(int socket, bool read, bool write) {
  auto& watch = watches_[socket];
  if (!read && !write) {
    if (watch) watch->read = watch->write = false, watch->descriptor.release();
    watches_.erase(socket);
    return;
  }
  if (!watch) {
    watch = std::make_shared<Watch>(context_);
    boost::system::error_code ignored;
    watch->descriptor.assign(socket, ignored);
  }
  watch->read = read, watch->write = write;
  wait(socket, watch);
}

void AresChannel::wait(int socket, const std::shared_ptr<Watch>& watch) {
  using Descriptor = asio::posix::stream_descriptor;
  const auto ready = [this, socket, watch](bool reading) {
    return [this, socket, watch, reading](const boost::system::error_code& error) {
      (reading ? watch->waiting_read : watch->waiting_write) = false;
      if (error || !watch->descriptor.is_open()) return;  // the channel may be gone
      ares_process_fd(channel_, reading ? socket : ARES_SOCKET_BAD, reading ? ARES_SOCKET_BAD : socket);
      if (watch->descriptor.is_open()) wait(socket, watch);
    };
  };
  if (watch->read && !std::exchange(watch->waiting_read, true)) watch->descriptor.async_wait(Descriptor::wait_read, ready(true));
  if (watch->write && !std::exchange(watch->waiting_write, true)) watch->descriptor.async_wait(Descriptor::wait_write, ready(false));
}

void AresChannel::began() {
  ++under_way_;
  if (!std::exchange(ticking_, true)) tick();
}
void AresChannel::ended() { --under_way_; }

void AresChannel::tick() {
  timer_.expires_after(tick_length);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (error) return;
    ares_process_fd(channel_, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
    ticking_ = under_way_ > 0;
    if (ticking_) tick();
  });
}
}  // namespace kulla::outage
