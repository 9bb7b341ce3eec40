#include "daemon/vantage_listener.hpp"

#include <fmt/format.h>
#include <netinet/tcp.h>
#include <spdlog/spdlog.h>

#include <algorithm>
#include <optional>
#include <ranges>

#include "base/path_text.hpp"
#include "daemon/gate_log_sensor.hpp"
#include "outage/wire.hpp"

namespace kulla::daemon {
namespace asio = boost::asio;
using boost::system::error_code;
using outage::Observation;
using namespace std::chrono_literals;
namespace {
constexpr std::size_t most_vantages = 64;         // far more than there are; a vantage has one connection
constexpr std::size_t most_strangers = 32;        // for the 10 s of a handshake; the oldest leaves for a newer one
constexpr std::size_t most_from_one_address = 4;  // so that one host alone crowds out nobody else
constexpr auto news = 60s;  // what failed longer ago comes out of a spool; a clock that is so far off asks nobody
constexpr std::size_t most_unsaid = 16384;          // bytes that wait for a vantage which does not read
constexpr std::size_t most_asked_a_beat = 100;      // targets that one vantage is told between two heartbeats
constexpr auto say_strangers_every = 10s;
constexpr int acknowledge_ms = 30'000;  // bytes that the other side's kernel does not acknowledge so long: it is gone
}  // namespace

struct VantageListener::Connection {
  Connection(Tcp::socket socket, asio::ssl::context& identity, std::uint64_t counted)
      : stream(std::move(socket), identity), timer(stream.get_executor()), number(counted) {
    error_code error;
    if (const auto peer = stream.lowest_layer().remote_endpoint(error); !error) from = peer.address();
    stream.lowest_layer().set_option(Tcp::no_delay{true}, error);
    // What cannot be set leaves the silence limit to find it.
    (void)::setsockopt(stream.lowest_layer().native_handle(), IPPROTO_TCP, TCP_USER_TIMEOUT, &acknowledge_ms, sizeof acknowledge_ms);
  }
  asio::ssl::stream<Tcp::socket> stream;
  asio::steady_timer timer;  ///< of the handshake, then of silence
  std::uint64_t number;
  asio::ip::address from;
  VantageId vantage;
  PublicKey key;
  asio::streambuf in{outage::wire_line_limit};
  std::string out, unsaid;  ///< on its way, and what comes after
  std::uint64_t refused = 0;
  std::size_t asked = 0;
  std::optional<asio::steady_timer::time_point> again_at;  ///< when it is ended, so that its vantage sends what the sink could not take
};

VantageListener::VantageListener(VantageSettings settings, const Clock& clock, Sink sink)
    : settings_(std::move(settings)), clock_(clock), sink_(std::move(sink)), marks_(settings_.marks) {
  for (const auto& [vantage, key] : settings_.trusted) names_.emplace(key, vantage);
}

Result<std::unique_ptr<VantageListener>> VantageListener::start(VantageSettings settings, const Clock& clock, Sink sink) {
  std::unique_ptr<VantageListener> listener{new VantageListener{std::move(settings), clock, std::move(sink)}};
  KULLA_CHECK(listener->begin());
  listener->thread_ = std::thread{[raw = listener.get()] { raw->context_.run(); }};
  return listener;
}

Result<> VantageListener::begin() {
  KULLA_TRY(identity_,
            TlsIdentity::make(TlsIdentity::Side::listens, settings_.key, [this](const PublicKey& key) { return names_.contains(key); }));
  // Without the marks the vantages send again what they still have: better some twice than no daemon.
  if (const auto read = marks_.read(); !read)
    spdlog::error("what vantages sent in the last second may count twice: {}", read.error().message());
  for (const auto& [vantage, number] : sink_.held) marks_.raise(vantage, number);
  KULLA_CHECK(listen_on(acceptor_, settings_.listen));
  accept();
  beat();
  return {};
}

VantageListener::~VantageListener() {
  context_.stop();
  if (!thread_.joinable()) return;
  thread_.join();
  keep();
  strangers_.clear();  // before the context that their sockets belong to
  vantages_.clear();
}

VantageListener::Counts VantageListener::counts() const {
  return {observations_, refused_, replayed_, missing_, strange_, slow_, crowded_, measures_};
}
std::string VantageListener::address() const {
  error_code error;
  const auto local = acceptor_.local_endpoint(error);
  return error ? "" : fmt::format("{}:{}", local.address().to_string(), local.port());
}

// --- who may speak

void VantageListener::accept() {
  acceptor_.async_accept([this](error_code error, Tcp::socket socket) {
    if (!error) admit(std::move(socket));
    if (!error) return accept();
    if (error == asio::error::operation_aborted) return;
    patience_.expires_after(accept_patience);  // no file descriptor is free: trying at once would only spin
    patience_.async_wait([this](error_code cancelled) {
      if (!cancelled) accept();
    });
  });
}

void VantageListener::admit(Tcp::socket socket) {
  const auto connection = std::make_shared<Connection>(std::move(socket), identity_->context(), ++connected_);
  crowd_out(connection->from);
  strangers_.insert(connection);
  connection->timer.expires_after(settings_.handshake);
  connection->timer.async_wait([this, connection](error_code cancelled) {
    if (cancelled || !strangers_.contains(connection)) return;
    ++slow_;
    close(connection);
  });
  shake_hands(connection);
}

/// A stranger costs a place for 10 seconds at most: where there is none, the oldest of the same address leaves, else the oldest of all.
void VantageListener::crowd_out(const asio::ip::address& from) {
  auto same = strangers_ | std::views::filter([&](const Held& each) { return each->from == from; });
  const auto by_age = [](const Held& each) { return each->number; };
  Held leaves;
  if (std::cmp_greater_equal(std::ranges::distance(same), most_from_one_address)) leaves = *std::ranges::min_element(same, {}, by_age);
  else if (strangers_.size() >= most_strangers) leaves = *std::ranges::min_element(strangers_, {}, by_age);
  if (!leaves) return;
  ++crowded_;
  close(leaves);
}

void VantageListener::shake_hands(const Held& connection) {
  connection->stream.async_handshake(asio::ssl::stream_base::server, [this, connection](error_code error) {
    if (!strangers_.contains(connection)) return;
    const auto key = error ? std::nullopt : proved_key(connection->stream);
    const auto name = key ? names_.find(*key) : names_.end();
    if (name == names_.end()) {
      stranger(connection, error.message());
      return close(connection);
    }
    connection->vantage = name->second;
    connection->key = *key;
    welcome(connection);
  });
}

void VantageListener::stranger(const Held& connection, std::string_view why) {
  ++strange_;
  const auto now = clock_.now().wall;
  if (now - stranger_said_ < say_strangers_every) return;
  stranger_said_ = now;
  spdlog::warn("vantages: {} is none of [[vantage.trusted]] ({}); {} refused so far", connection->from.to_string(), why, strange_.load());
}

void VantageListener::welcome(const Held& connection) {
  strangers_.erase(connection);
  if (const auto before = vantages_.find(connection->vantage); before != vantages_.end()) close(Held{before->second});
  if (vantages_.size() >= most_vantages) {
    ++crowded_;
    return close(connection);
  }
  vantages_[connection->vantage] = connection;
  say_beat(connection);
  read(connection);
}

void VantageListener::close(const Held& connection) {
  strangers_.erase(connection);
  if (const auto found = vantages_.find(connection->vantage); found != vantages_.end() && found->second == connection)
    vantages_.erase(found);
  connection->timer.cancel();
  error_code ignored;
  connection->stream.lowest_layer().close(ignored);
}

// --- what is said to us

void VantageListener::read(const Held& connection) {
  connection->timer.expires_after(settings_.idle);
  connection->timer.async_wait([this, connection](error_code cancelled) {
    // A line that came while this waited to run has set the timer anew.
    if (cancelled || connection->timer.expiry() > asio::steady_timer::clock_type::now()) return;
    ++slow_;
    close(connection);
  });
  asio::async_read_until(connection->stream, connection->in, '\n', [this, connection](error_code error, std::size_t size) {
    if (!connection->stream.lowest_layer().is_open()) return;
    if (error) {
      if (error == asio::error::not_found) ++refused_;  // a line over the limit: this speaker is cut off
      return close(connection);
    }
    take(connection, {static_cast<const char*>(connection->in.data().data()), size - 1});
    connection->in.consume(size);
    read(connection);
  });
}

void VantageListener::take(const Held& connection, std::string_view line) {
  if (line.empty()) return;  // a sign of life
  if (const auto number = outage::read_begins_line(line)) {
    if (!connection->again_at) marks_.begins(connection->vantage, *number);
    return;
  }
  const auto observation = outage::from_line(line, connection->key);
  if (!observation || observation->vantage != connection->vantage) {
    ++refused_;
    ++connection->refused;
    return;
  }
  take(connection, *observation);
}

void VantageListener::take(const Held& connection, const Observation& observation) {
  if (marks_.was_taken(observation.vantage, observation.number)) {
    ++replayed_;
    return;
  }
  if (was_stored(connection, observation)) {
    missing_ += marks_.take(observation.vantage, observation.number);
    ++observations_;
  }
  ask_others(observation);
}

/// The first that the sink cannot take holds up all that come after it: were one of them acknowledged, it would be lost.
bool VantageListener::was_stored(const Held& connection, const Observation& observation) {
  if (connection->again_at) {
    if (sink_.glance) sink_.glance(observation);
    return false;
  }
  const auto taken = sink_.take(observation);
  if (taken) {
    if (untaken_.erase(observation.vantage) > 0) spdlog::info("vantages: what {} sends is taken again", observation.vantage.str());
    return true;
  }
  connection->again_at = asio::steady_timer::clock_type::now() + settings_.again;
  if (untaken_.insert(observation.vantage).second)
    spdlog::error("vantages: observation {} of {} cannot be taken, and stays with it: {}", observation.number, observation.vantage.str(),
                  taken.error().message());
  return false;
}

/// Only what a vantage saw leads here, never what the daemon ordered (design: outside observers never learn orders before they measure).
void VantageListener::ask_others(const Observation& observation) {
  const auto suspects = sink_.suspects ? sink_.suspects() : std::vector<ServiceId>{};
  const auto now = clock_.now().wall;
  if (now - observation.sent > news || observation.sent - now > news) return;
  for (const auto& target : suspects)
    for (const auto& [vantage, connection] : vantages_) {
      if (vantage == observation.vantage || connection->asked >= most_asked_a_beat || connection->unsaid.size() > most_unsaid / 2) continue;
      ++connection->asked;
      ++measures_;
      say(connection, outage::measure_line(target));
    }
}

// --- what we say

void VantageListener::beat() {
  if (sink_.tick) sink_.tick();
  keep();
  const auto now = asio::steady_timer::clock_type::now();
  for (const auto& [vantage, connection] : std::map{vantages_}) {
    if (connection->again_at && *connection->again_at <= now) {
      close(connection);
      continue;
    }
    connection->asked = 0;
    say_beat(connection);
  }
  heart_.expires_after(settings_.beat);
  heart_.async_wait([this](error_code cancelled) {
    if (!cancelled) beat();
  });
}

void VantageListener::keep() {
  if (!marks_.changed()) return;
  auto kept = sink_.keep ? sink_.keep() : Result<>{};
  if (kept) kept = marks_.keep();
  if (!kept && !keep_failed_) spdlog::error("vantages: what they send cannot be kept and is not acknowledged: {}", kept.error().message());
  if (kept && keep_failed_) spdlog::info("vantages: what they send is kept again");
  keep_failed_ = !kept;
}

void VantageListener::say_beat(const Held& connection) {
  say(connection, outage::to_line(outage::DaemonBeat{clock_.now().wall, marks_.kept(connection->vantage), connection->refused}));
}

void VantageListener::say(const Held& connection, const std::string& line) {
  if (connection->unsaid.size() + line.size() > most_unsaid) {
    ++slow_;
    return asio::post(context_, [this, connection] { close(connection); });
  }
  connection->unsaid += line;
  if (connection->out.empty()) write(connection);
}

void VantageListener::write(const Held& connection) {
  connection->out = std::exchange(connection->unsaid, {});
  asio::async_write(connection->stream, asio::buffer(connection->out), [this, connection](error_code error, std::size_t) {
    if (error || !connection->stream.lowest_layer().is_open()) return close(connection);
    connection->out.clear();
    if (!connection->unsaid.empty()) write(connection);
  });
}
}  // namespace kulla::daemon
