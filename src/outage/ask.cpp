#include "outage/ask.hpp"

#include <algorithm>
#include <array>
#include <cerrno>
#include <system_error>

#include "outage/ask_dns.hpp"
#include "outage/ask_icmp.hpp"
#include "outage/ask_stream.hpp"

namespace kulla::outage {
namespace {
struct SystemWord {
  int number;
  Layer layer;
};
/// What the system says of a connection, or ICMP through it.
constexpr std::array said_by_system{SystemWord{ECONNREFUSED, Layer::connect_refused}, SystemWord{ETIMEDOUT, Layer::connect_timeout},
                                    SystemWord{ENETUNREACH, Layer::unreachable},      SystemWord{EHOSTUNREACH, Layer::unreachable},
                                    SystemWord{ENETDOWN, Layer::unreachable},         SystemWord{EHOSTDOWN, Layer::unreachable},
                                    SystemWord{EACCES, Layer::unreachable},           SystemWord{EPERM, Layer::unreachable},
                                    SystemWord{ENOPROTOOPT, Layer::unreachable},      SystemWord{EPROTO, Layer::unreachable},
                                    SystemWord{EAFNOSUPPORT, Layer::unreachable},     SystemWord{EINVAL, Layer::unreachable}};
/// This machine's own want.
constexpr std::array own_want{EMFILE, ENFILE, ENOBUFS, ENOMEM, EADDRNOTAVAIL, EADDRINUSE, EAGAIN};
}  // namespace

bool Aim::is_good(int status) const {
  return good_status.empty() ? status >= 200 && status <= 399 : std::ranges::find(good_status, status) != good_status.end();
}

void Ask::begin(AskOwner& owner, std::size_t number, Timestamp wall, SteadyTime now) {
  owner_ = &owner;
  target = number;
  sent = wall;
  began = marked_ = now;
  self_ = shared_from_this();
  start();
}

void Ask::finish() {
  if (std::exchange(ended_, true)) return;
  const auto kept = std::move(self_);
  unlink();
  close();
  owner_->ended(*this);
}

void Ask::abandon() {
  ended_ = true;
  const auto kept = std::move(self_);
  unlink();
  close();
}

void Ask::fail(Layer layer, std::string detail) {
  if (ended_) return;
  outcome.failed = layer;
  if (!detail.empty()) outcome.detail = std::move(detail);
  finish();
}

void Ask::fail_by_system(int error_number, Layer otherwise) {
  outcome.unasked = std::ranges::find(own_want, error_number) != own_want.end();
  const auto said = std::ranges::find(said_by_system, error_number, &SystemWord::number);
  fail(said == said_by_system.end() ? otherwise : said->layer, std::generic_category().message(error_number));
}

void Ask::fail_unasked(std::string detail) {
  outcome.unasked = true;
  fail(Layer::unreachable, std::move(detail));
}

std::int64_t Ask::mark() {
  const auto now = std::chrono::steady_clock::now();
  return std::chrono::duration_cast<std::chrono::microseconds>(now - std::exchange(marked_, now)).count();
}

std::shared_ptr<Ask> make_ask(Means& means, const Aim& aim) {
  switch (aim.way) {
    case Aim::Way::icmp: return std::make_shared<AskEcho>(means, aim);
    case Aim::Way::dns: return std::make_shared<AskDns>(means, aim);
    case Aim::Way::http:
    case Aim::Way::tls:
    case Aim::Way::tcp: return std::make_shared<AskStream>(means, aim);
  }
  KULLA_ASSERT(false);
  return nullptr;
}
}  // namespace kulla::outage
