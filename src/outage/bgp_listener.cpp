#include "outage/bgp_listener.hpp"

#include <fcntl.h>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <boost/asio.hpp>
#include <mutex>
#include <set>
#include <thread>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "outage/bgp_bmp.hpp"

namespace kulla::outage {
namespace asio = boost::asio;
namespace fs = std::filesystem;
using boost::system::error_code;
using Tcp = asio::ip::tcp;
namespace {
constexpr std::size_t most_connections = 16;      // routers of one operator; the oldest leaves for a newer one
constexpr std::size_t most_watched = 100'000;     // far above a country's services
constexpr std::size_t most_peers = 1000;          // of one router
constexpr std::chrono::minutes longest_again{10};
constexpr std::size_t piece = std::size_t{64} << 10;
constexpr std::string_view ending = ".ndjson";
}  // namespace

std::string ris_line(const RouteChange& change) {
  const auto micros = change.at.time_since_epoch().count();
  json::object line{{"peer", change.peer}};
  if (change.event == RouteEvent::peer_lost) line["type"] = "RIS_PEER_STATE", line["state"] = "down";
  else line["type"] = "UPDATE";
  if (change.event == RouteEvent::announced) {
    line["announcements"] = json::array{json::object{{"prefixes", json::array{to_text(change.prefix)}}}};
    line["path"] = json::array{change.origin};
  }
  if (change.event == RouteEvent::withdrawn) line["withdrawals"] = json::array{to_text(change.prefix)};
  // A fraction is not canonical JSON: it is put before the rest.
  return fmt::format("{{\"timestamp\":{}.{:06},{}", micros / 1'000'000, micros % 1'000'000, canonical(line).substr(1));
}

std::vector<fs::path> route_logs(const fs::path& store) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator each{store / ".routes", error}, end; !error && each != end; each.increment(error))
    if (each->path().filename().string().ends_with(ending)) found.push_back(each->path());
  std::ranges::sort(found);
  return found;
}

/// All but `watch`, the counts and the addresses belongs to the listener's thread.
struct BmpListener::Inside {
  struct Connection {
    Connection(Tcp::socket given, std::string name) : socket(std::move(given)), router(std::move(name)) {}
    Tcp::socket socket;
    std::string router;
    BmpReader reader;
    std::uint64_t damaged = 0;
    std::uint64_t watching = 0;   ///< how many addresses were watched when it began
    std::set<std::string> peers;  ///< of which it told anything
    std::array<char, piece> bytes;
  };
  using Held = std::shared_ptr<Connection>;

  Inside(BmpSettings chosen, const Clock& given, Say speaks)
      : settings(std::move(chosen)), clock(given), say(std::move(speaks)), again(settings.again) {}

  Result<> begin() {
    error_code error;
    const auto address = asio::ip::make_address(settings.listen.host, error);
    const Tcp::endpoint endpoint{address, settings.listen.port};
    if (!error) acceptor.open(endpoint.protocol(), error);
    if (!error) acceptor.set_option(Tcp::acceptor::reuse_address(true), error);
    if (!error) acceptor.bind(endpoint, error);
    if (!error) acceptor.listen(asio::socket_base::max_listen_connections, error);
    if (error) return fail(Code::io, fmt::format("bgp.listen {}:{}: {}", settings.listen.host, settings.listen.port, error.message()));
    std::error_code no_folder;
    fs::create_directories(settings.store / ".routes", no_folder);
    if (no_folder) return fail(Code::io, fmt::format("{}: {}", (settings.store / ".routes").string(), no_folder.message()));
    accept();
    thread = std::thread{[this] { context.run(); }};
    return {};
  }
  void end() {
    asio::post(context, [this] {
      while (!connections.empty()) lose(Held{connections.front()});
      context.stop();
    });
    if (thread.joinable()) thread.join();
  }

  void accept() {
    acceptor.async_accept([this](error_code error, Tcp::socket socket) {
      if (!error) admit(std::move(socket));
      if (!error) return accept();
      if (error == asio::error::operation_aborted) return;
      timer.expires_after(std::chrono::milliseconds{200});  // no file descriptor is free: trying at once would only spin
      timer.async_wait([this](error_code cancelled) {
        if (!cancelled) accept();
      });
    });
  }

  void admit(Tcp::socket socket) {
    error_code error;
    const auto from = socket.remote_endpoint(error).address().to_string();
    if (error || std::ranges::find(settings.routers, from) == settings.routers.end()) {
      if (counts.strangers++ == 0) say(fmt::format("bgp: {} is none of bgp.routers, and is not heard", from));
      return;
    }
    if (connections.size() >= most_connections) lose(Held{connections.front()});
    ++counts.connections;
    connections.push_back(std::make_shared<Connection>(std::move(socket), from));
    connections.back()->watching = watching();
    read(connections.back());
  }

  void read(const Held& connection) {
    connection->socket.async_read_some(asio::buffer(connection->bytes), [this, connection](error_code error, std::size_t got) {
      if (std::ranges::find(connections, connection) == connections.end()) return;
      const bool good = !error && connection->reader.feed({connection->bytes.data(), got}, clock.now().wall,
                                                          [&](const RouteChange& change) { take(connection, change); });
      const auto damaged = connection->reader.counts().damaged;
      counts.damaged += damaged - std::exchange(connection->damaged, damaged);
      flush();
      good ? read(connection) : lose(connection);
    });
  }

  /// A router that is gone withdrew nothing: what its peers have is not known any more.
  void lose(const Held& connection) {
    std::erase(connections, connection);
    error_code ignored;
    connection->socket.close(ignored);
    for (const auto& peer : connection->peers) keep({clock.now().wall, RouteEvent::peer_lost, {}, peer});
    flush();
  }

  void take(const Held& connection, const RouteChange& change) {
    ++counts.changes;
    if (change.event == RouteEvent::peer_lost ? connection->peers.erase(change.peer) == 0 : !is_watched(change.prefix)) return;
    if (change.event != RouteEvent::peer_lost && connection->peers.size() < most_peers) connection->peers.insert(change.peer);
    keep(change);
  }

  [[nodiscard]] bool is_watched(const Prefix& prefix) {
    const std::scoped_lock lock{mutex};
    const auto first = watched.lower_bound(prefix.address);
    return first != watched.end() && covers(prefix, *first);
  }

  [[nodiscard]] std::uint64_t watching() {
    const std::scoped_lock lock{mutex};
    return watched.size();
  }

  void keep(const RouteChange& change) {
    (unwritten += ris_line(change)) += '\n';
    ++waiting;
  }

  /// With one call what came with one read.
  void flush() {
    if (unwritten.empty()) return;
    const auto bytes = std::exchange(unwritten, {});
    const auto lines = std::exchange(waiting, 0);
    const auto name = fmt::format("{}{}", to_rfc3339(clock.now().wall).substr(0, 10), ending);
    if (name != file_name) open(name);
    // Once over it, nothing more of that day: what is smaller and would fit leaves holes.
    const bool over = written_today + bytes.size() > settings.day_limit;
    if (over) written_today = settings.day_limit;
    auto written = over   ? Result<>{fail(Code::too_large, "the day's limit is reached")}
                   : file ? write_all(file.get(), bytes, (settings.store / ".routes" / name).string())
                          : Result<>{fail_errno(name)};
    if (written) written_today += bytes.size(), counts.kept += lines;
    else if (counts.dropped += lines; !std::exchange(failing, true))
      say(fmt::format("bgp: routes are not written down: {}", written.error().what));
    failing = failing && !written;
  }

  void open(const std::string& name) {
    const auto path = settings.store / ".routes" / name;
    file = Descriptor{::open(path.c_str(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0640)};
    file_name = file ? name : "";
    std::error_code error;
    const auto size = fs::file_size(path, error);
    written_today = error ? 0 : size;
  }

  void watch(const std::string& text) {
    {
      const std::scoped_lock lock{mutex};
      if (watched.size() >= most_watched || !texts.insert(text).second) return;
      const auto address = parse_ip(text);
      if (!address || !watched.insert(*address).second) return;
    }
    asio::post(context, [this] { tell_again(); });
  }

  /// What a router said of it before was not kept: it is to say all of it again, once for all addresses that are new at about the same time.
  void tell_again() {
    if (std::exchange(telling, true)) return;
    again_timer.expires_after(again);
    again_timer.async_wait([this](error_code cancelled) {
      if (cancelled) return;
      telling = false;
      const auto all = watching();
      for (const auto& each : std::vector{connections})
        if (each->watching < all) lose(each), again = std::min<std::chrono::milliseconds>(again * 2, longest_again);
    });
  }

  const BmpSettings settings;
  const Clock& clock;
  const Say say;
  struct Atomic {
    std::atomic<std::uint64_t> connections = 0, strangers = 0, changes = 0, kept = 0, damaged = 0, dropped = 0;
  } counts;
  std::mutex mutex;  ///< of these two
  std::set<std::string> texts;
  std::set<IpAddress> watched;
  asio::io_context context{1};
  Tcp::acceptor acceptor{context};
  asio::steady_timer timer{context}, again_timer{context};
  std::vector<Held> connections;  ///< the oldest first
  std::chrono::milliseconds again;
  bool telling = false, failing = false;
  std::string unwritten, file_name;
  std::uint64_t waiting = 0, written_today = 0;
  Descriptor file;
  std::thread thread;
};

BmpListener::BmpListener(std::unique_ptr<Inside> inside) : inside_(std::move(inside)) {}
BmpListener::~BmpListener() { inside_->end(); }

Result<std::unique_ptr<BmpListener>> BmpListener::start(BmpSettings settings, const Clock& clock, Say say) {
  std::unique_ptr<BmpListener> listener{new BmpListener{std::make_unique<Inside>(std::move(settings), clock, std::move(say))}};
  KULLA_CHECK(listener->inside_->begin());
  return listener;
}
void BmpListener::watch(const std::string& address) { inside_->watch(address); }
BmpListener::Counts BmpListener::counts() const {
  const auto& counts = inside_->counts;
  return {counts.connections, counts.strangers, counts.changes, counts.kept, counts.damaged, counts.dropped};
}
Address BmpListener::address() const {
  error_code error;
  const auto local = inside_->acceptor.local_endpoint(error);
  return {local.address().to_string(), local.port()};
}
}  // namespace kulla::outage
