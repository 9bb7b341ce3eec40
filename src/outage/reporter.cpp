#include "outage/reporter.hpp"

#include <fmt/format.h>
#include <openssl/ssl.h>

#include <algorithm>
#include <utility>

namespace kulla::outage {
using namespace std::chrono_literals;
namespace asio = boost::asio;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
namespace {
constexpr std::size_t sent_at_once = std::size_t{64} << 10;
constexpr Ticks longest_retry = 5s;
constexpr Ticks connect_patience = 10s;  // address, connection, handshake and the daemon's first line
constexpr Ticks silence_limit = 10s;     // ten heartbeats that did not come: the line is dead, though nobody said so
constexpr int settled = 5;               // times the first retry: a connection that held so long may be tried again soon
constexpr Ticks sync_every = 1s, ending_patience = 1s, reminder = 60s;
constexpr auto tick_every = 50ms;
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

struct Reporter::Connection {
  Connection(asio::io_context& context, asio::ssl::context& identity, Ticks now) : stream(context, identity), since(now), heard(now) {}
  asio::ssl::stream<Tcp::socket> stream;
  asio::streambuf in{wire_line_limit};
  std::string out;
  bool writing = false, ready = false;  ///< ready: the daemon has said what it has
  Ticks since, heard;
};

Reporter::Reporter(ReporterSettings settings, const Clock& clock, Hooks hooks, std::unique_ptr<Spool> spool)
    : settings_(std::move(settings)), clock_(clock), hooks_(std::move(hooks)), spool_(std::move(spool)), heartbeat_(clock.now()) {}

Result<std::unique_ptr<Reporter>> Reporter::start(ReporterSettings settings, const Clock& clock, Hooks hooks) {
  KULLA_TRY(auto spool, Spool::open(settings.spool, clock));
  std::unique_ptr<Reporter> reporter{new Reporter{std::move(settings), clock, std::move(hooks), std::move(spool)}};
  KULLA_CHECK(reporter->make_identity());
  reporter->tick();
  reporter->thread_ = std::thread{[raw = reporter.get()] { raw->context_.run(); }};
  return reporter;
}

Result<> Reporter::make_identity() {
  auto made = TlsIdentity::make(TlsIdentity::Side::connects, settings_.key, [this](const PublicKey& key) {
    shown_ = key;
    return key == settings_.daemon_key;
  });
  if (!made) return std::unexpected(std::move(made).error());
  identity_ = std::move(*made);
  return {};
}

Reporter::~Reporter() {
  if (!thread_.joinable()) return;
  asio::post(context_, [this] {
    end_at_ = clock_.now().mono + ending_patience;
    pump();
    end_when_done();
  });
  thread_.join();
}

void Reporter::send(std::uint64_t number, std::string_view line) {
  spool_->append(number, line);
  if (poked_.exchange(true)) return;
  asio::post(context_, [this] {
    poked_ = false;
    pump();
  });
}

// --- the connection

void Reporter::tick() {
  const auto now = clock_.now().mono;
  if (now - synced_at_ >= sync_every) {
    if (spool_->sync()) synced_at_ = now;
    tell_counts();
  }
  watch_connection(now);
  if (!connection_ && !end_at_ && now >= retry_at_) connect();
  tell(heartbeat_.watch(clock_.now()));
  end_when_done();
  timer_.expires_after(tick_every);
  timer_.async_wait([this](error_code error) {
    if (!error) tick();
  });
}

void Reporter::watch_connection(Ticks now) {
  if (!connection_) return;
  if (connection_->ready ? now - connection_->heard > silence_limit : now - connection_->since > connect_patience) lose(connection_);
}

void Reporter::end_when_done() {
  if (!end_at_) return;
  const bool all_out = connection_ && connection_->ready && !connection_->writing;
  if (!connection_ || all_out || clock_.now().mono >= *end_at_) context_.stop();
}

void Reporter::connect() {
  shown_.reset();
  connection_ = std::make_shared<Connection>(context_, identity_->context(), clock_.now().mono);
  reach(connection_);
}

void Reporter::reach(const Held& connection) {
  const auto connected = [this, connection](error_code error, const Tcp::endpoint&) {
    if (connection != connection_) return;
    error ? lose(connection) : shake_hands(connection);
  };
  resolver_.async_resolve(settings_.daemon.host, std::to_string(settings_.daemon.port),
                          [this, connection, connected](error_code error, const Tcp::resolver::results_type& found) {
                            if (connection != connection_) return;
                            if (error) return lose(connection);
                            asio::async_connect(connection->stream.lowest_layer(), found, connected);
                          });
}

void Reporter::shake_hands(const Held& connection) {
  error_code ignored;
  connection->stream.lowest_layer().set_option(Tcp::no_delay{true}, ignored);
  connection->stream.async_handshake(asio::ssl::stream_base::client, [this, connection](error_code error) {
    if (connection != connection_) return;
    if (error) {
      tell_once_a_while(refusal(error));
      return lose(connection);
    }
    listen(connection);
  });
}

/// In TLS 1.3 our side of the handshake ends before the daemon has judged our key: its refusal comes as the first thing that is read.
void Reporter::listen(const Held& connection) {
  asio::async_read_until(connection->stream, connection->in, '\n', [this, connection](error_code error, std::size_t size) {
    if (connection != connection_) return;
    if (error) {
      if (!connection->ready) tell_once_a_while(refusal(error));
      return lose(connection);
    }
    const std::string line{static_cast<const char*>(connection->in.data().data()), size - 1};
    connection->in.consume(size);
    hear(connection, line);
    if (connection == connection_) listen(connection);
  });
}

void Reporter::hear(const Held& connection, std::string_view line) {
  const auto read = read_daemon_line(line);
  if (!read) return lose(connection);
  connection->heard = clock_.now().mono;
  if (read->beat) take(connection, *read->beat);
  if (read->measure && hooks_.measure) hooks_.measure(*read->measure);
}

void Reporter::take(const Held& connection, const DaemonBeat& beat) {
  tell(heartbeat_.heard(clock_.now()));
  spool_->acknowledge(beat.taken);
  if (!std::exchange(connection->ready, true)) spool_->rewind(beat.taken);
  if (beat.refused > told_refused_ * 2)
    hooks_.say(fmt::format("the daemon at {} refuses lines of ours, {} so far: is 'name' the one it knows for the key {}?", address(),
                           told_refused_ = beat.refused, fingerprint(settings_.key.public_key())));
  pump();
  if (!connection->writing) write(connection, "\n");  // nothing to say: an empty line is a sign of life
}

void Reporter::pump() {
  if (!connection_ || !connection_->ready || connection_->writing) return;
  if (auto lines = spool_->read(sent_at_once); !lines.empty()) write(connection_, std::move(lines));
}

void Reporter::write(const Held& connection, std::string bytes) {
  connection->out = std::move(bytes);
  connection->writing = true;
  asio::async_write(connection->stream, asio::buffer(connection->out), [this, connection](error_code error, std::size_t) {
    connection->writing = false;
    if (connection != connection_) return;
    if (error) return lose(connection);
    pump();
    end_when_done();
  });
}

void Reporter::lose(const Held& connection) {
  if (connection != connection_) return;
  const auto now = clock_.now();
  const bool held = connection->ready && now.mono - connection->since >= settled * settings_.retry;
  if (connection->ready && !end_at_) tell(heartbeat_.closed(now));
  const auto lost = std::exchange(connection_, nullptr);
  resolver_.cancel();
  error_code ignored;
  lost->stream.lowest_layer().close(ignored);
  retry_after_ = std::clamp(held ? Ticks{} : retry_after_ * 2, settings_.retry, longest_retry);
  retry_at_ = now.mono + retry_after_;
}

// --- what a person is told

std::string Reporter::address() const { return fmt::format("{}:{}", settings_.daemon.host, settings_.daemon.port); }

std::string Reporter::refusal(const error_code& error) const {
  if (shown_ && *shown_ != settings_.daemon_key)
    return fmt::format(
        "whoever answers at {} has the key {}, not the daemon's ({}): name the right address in 'report', or, if the daemon "
        "got a new key, its public half in 'daemon_key'",
        address(), fingerprint(*shown_), fingerprint(settings_.daemon_key));
  if (error.category() != asio::error::get_ssl_category())
    return fmt::format("{} ends the connection before the daemon says anything: {}", address(), error.message());
  if (!shown_)
    return fmt::format("{} speaks no TLS 1.3 with an Ed25519 key: name the daemon's vantage.listen in 'report' ({})", address(),
                       error.message());
  return fmt::format("the daemon at {} refuses this vantage: name its key {} there in [[vantage.trusted]] ({})", address(),
                     fingerprint(settings_.key.public_key()), error.message());
}

void Reporter::tell(Heartbeat::Change change) {
  switch (change) {
    case Heartbeat::Change::none: return;
    case Heartbeat::Change::fell_silent:
    case Heartbeat::Change::still_silent:
      return hooks_.say(fmt::format("daemon silent since {} ({})", to_rfc3339(heartbeat_.silent_since()), address()));
    case Heartbeat::Change::is_back:
      return hooks_.say(fmt::format("daemon heard again at {} ({})", to_rfc3339(heartbeat_.silent_since()), address()));
  }
}

void Reporter::tell_once_a_while(std::string text) {
  const auto now = clock_.now().mono;
  if (text == told_ && now - told_at_ < reminder) return;
  hooks_.say(text);
  told_ = std::move(text);
  told_at_ = now;
}

void Reporter::tell_counts() {
  const auto now = spool_->counts();
  // Doubling: a long silence fills a screen with few lines.
  const auto more = [&](std::uint64_t Spool::Counts::* count, std::string_view what) {
    if (now.*count <= told_counts_.*count * 2) return;
    told_counts_.*count = now.*count;
    hooks_.say(fmt::format("{} {}", now.*count, what));
  };
  more(&Spool::Counts::over_limit, "observations dropped so far, the oldest: the spool is at its limit and the daemon does not take them");
  more(&Spool::Counts::lost, "observations dropped so far: neither disk nor memory takes them");
  more(&Spool::Counts::damaged, "damaged places in the spool so far were skipped");
  if (now.foreign > 0 && std::exchange(told_counts_.foreign, now.foreign) == 0)
    hooks_.say(
        fmt::format("the daemon has observations of this vantage up to number {}, above ours, and drops what we send: check the "
                    "clock, that no other probe has this key, and start again",
                    now.foreign));
  tell_problem(now.problem);
}

void Reporter::tell_problem(const std::string& problem) {
  if (problem.empty() == told_problem_.empty()) return;
  hooks_.say(problem.empty() ? "the disk takes observations again" : fmt::format("observations are kept in memory only: {}", problem));
  told_problem_ = problem;
}
}  // namespace kulla::outage
