#include "daemon/host_logs.hpp"

#include <spdlog/spdlog.h>

#include <array>
#include <mutex>

#include "base/canonical_json.hpp"
#include "base/file.hpp"
#include "daemon/gate_log_sensor.hpp"
#include "event/readers.hpp"

namespace kulla::daemon {
namespace asio = boost::asio;

namespace {
constexpr std::chrono::milliseconds between_looks{20};  // at files
constexpr std::chrono::seconds between_keeping{1};      // of positions: what came since is read twice after a crash
constexpr std::size_t received_at_once = std::size_t{1} << 20;
constexpr std::size_t positions_limit = std::size_t{1} << 20;
}  // namespace

struct HostLogs::Log {
  Log(LogPlace where, std::unique_ptr<detect::Detector> with, asio::io_context& context)
      : place(std::move(where)), detector(std::move(with)), acceptor(context), patience(context) {}
  const LogPlace place;
  std::unique_ptr<detect::Detector> detector;
  std::atomic<std::uint64_t> events = 0, unreadable = 0, suppressed = 0;
  // of a socket
  Tcp::acceptor acceptor;
  asio::steady_timer patience;
  // of a file
  std::optional<LogTail> tail;
  std::unique_ptr<event::Reader> reader;
  Timestamp read_until;
  mutable std::mutex mutex;
  std::string problem;

  [[nodiscard]] std::unique_ptr<event::Reader> new_reader(Timestamp now) const { return event::make_reader(place.format, {.seen = now}); }
  void say(const std::string& what) {
    {
      const std::scoped_lock lock{mutex};
      if (problem == what) return;
      problem = what;
    }
    if (what.empty()) spdlog::info("{}: comes again", place.log.sensor.str());
    else spdlog::warn("{}: {}", place.log.sensor.str(), what);
  }
};

struct HostLogs::Connection {
  Connection(Tcp::socket from, std::unique_ptr<event::Reader> with) : socket(std::move(from)), reader(std::move(with)) {}
  Tcp::socket socket;
  std::unique_ptr<event::Reader> reader;
};

HostLogs::HostLogs(const detect::Settings& settings, const Pseudonyms& pseudonyms, std::filesystem::path positions, EvidenceStore& evidence,
                   const Clock& clock, Report report)
    : settings_(settings),
      pseudonyms_(pseudonyms),
      positions_(std::move(positions)),
      evidence_(evidence),
      clock_(clock),
      report_(std::move(report)),
      received_(received_at_once + event::read_padding, '\0'),
      positions_kept_(kept_positions()) {}

Result<std::unique_ptr<HostLogs>> HostLogs::start(const std::vector<LogPlace>& places, const detect::Settings& settings,
                                                  const std::shared_ptr<const detect::Rules>& rules, const Pseudonyms& pseudonyms,
                                                  std::filesystem::path positions, EvidenceStore& evidence, const Clock& clock,
                                                  Report report) {
  std::unique_ptr<HostLogs> logs{new HostLogs{settings, pseudonyms, std::move(positions), evidence, clock, std::move(report)}};
  for (const auto& place : places) KULLA_CHECK(logs->add(place, rules));
  asio::post(logs->context_, [raw = logs.get()] { raw->read_files(); });
  logs->thread_ = std::thread{[raw = logs.get()] { raw->context_.run(); }};
  return logs;
}

HostLogs::~HostLogs() {
  context_.stop();
  if (!thread_.joinable()) return;
  thread_.join();
  keep_positions();
}

Result<> HostLogs::add(const LogPlace& place, const std::shared_ptr<const detect::Rules>& rules) {
  auto& log = *logs_.emplace_back(
      std::make_unique<Log>(place, detect::Detector::for_host(settings_, rules, place.log, pseudonyms_, clock_), context_));
  if (!place.listen.empty()) {
    KULLA_CHECK(listen_on(log.acceptor, place.listen));
    accept(log);
    return {};
  }
  const auto known = positions_kept_.find(place.file.string());
  log.tail.emplace(place.file, known == positions_kept_.end() ? std::nullopt : std::optional{known->second});
  log.reader = log.new_reader(clock_.now().wall);
  log.read_until = clock_.now().wall;
  return {};
}

std::vector<HostLogs::Counts> HostLogs::counts() const {
  std::vector<Counts> all;
  for (const auto& log : logs_) {
    const std::scoped_lock lock{log->mutex};
    all.push_back({log->place.log.sensor, log->events, log->unreadable, log->suppressed, log->problem});
  }
  return all;
}

void HostLogs::renew(std::shared_ptr<const detect::Rules> rules) {
  asio::post(context_, [this, rules = std::move(rules)] {
    for (const auto& log : logs_) {
      auto newer = detect::Detector::for_host(settings_, rules, log->place.log, pseudonyms_, clock_);
      newer->adopt(*log->detector);
      log->detector = std::move(newer);
    }
  });
}

// ---- over TCP ----

void HostLogs::accept(Log& log) {
  log.acceptor.async_accept([this, &log](boost::system::error_code error, Tcp::socket socket) {
    if (!error) read(log, std::make_shared<Connection>(std::move(socket), log.new_reader(clock_.now().wall)));
    if (!error) return accept(log);
    if (error == asio::error::operation_aborted) return;
    log.patience.expires_after(accept_patience);
    log.patience.async_wait([this, &log](boost::system::error_code cancelled) {
      if (!cancelled) accept(log);
    });
  });
}

/// Into a buffer that all connections share, much at once: in small pieces the window of a fast sender closes, and it waits for 40 ms.
void HostLogs::read(Log& log, const std::shared_ptr<Connection>& connection) {
  connection->socket.async_wait(Tcp::socket::wait_read, [this, &log, connection](boost::system::error_code error) {
    const auto room = asio::buffer(received_.data(), received_.size() - event::read_padding);
    const auto size = error ? 0 : connection->socket.read_some(room, error);
    take(log, *connection->reader, {received_.data(), size}, static_cast<bool>(error));
    if (!error) read(log, connection);
  });
}

// ---- from files ----

void HostLogs::read_files() {
  bool more = false;
  for (const auto& log : logs_)
    if (log->tail) more |= read_file(*log);
  if (const auto now = std::chrono::steady_clock::now(); now >= positions_due_) {
    keep_positions();
    positions_due_ = now + between_keeping;
  }
  next_look_.expires_after(more ? std::chrono::milliseconds{0} : between_looks);
  next_look_.async_wait([this](boost::system::error_code cancelled) {
    if (!cancelled) read_files();
  });
}

bool HostLogs::read_file(Log& log) {
  const auto now = clock_.now().wall;
  const auto more = log.tail->read([&](std::string_view bytes) { take(log, *log.reader, bytes, false); });
  const auto gap = log.tail->take_gap();
  if (gap != LogTail::Gap::none) {
    spdlog::warn("{}: {} was {} while it was not read; it is read from its beginning", log.place.log.sensor.str(), log.place.file.string(),
                 gap == LogTail::Gap::replaced ? "replaced" : "shortened");
    report_(input::Blind{log.place.log.sensor, 0, log.read_until, now});
    log.reader = log.new_reader(now);  // what it has kept is of the old file
  }
  log.say(more ? "" : more.error().message());
  if (more) log.read_until = now;
  return more.value_or(false);
}

std::map<std::string, LogTail::Position> HostLogs::kept_positions() const {
  std::map<std::string, LogTail::Position> kept;
  const auto text = kulla::read_file(positions_, positions_limit);
  const auto value = text ? parse_json(*text) : Result<json::value>{json::object{}};
  if (const auto* object = value ? value->if_object() : nullptr)
    for (const auto& [file, each] : *object) {
      const auto* position = each.if_array();
      if (position && position->size() == 2 && position->at(0).is_int64() && position->at(1).is_int64())
        kept[file] = {static_cast<std::uint64_t>(position->at(0).as_int64()), static_cast<std::uint64_t>(position->at(1).as_int64())};
    }
  return kept;
}

void HostLogs::keep_positions() {
  auto now = positions_kept_;
  for (const auto& log : logs_)
    if (log->tail && log->tail->position() != LogTail::Position{}) now[log->place.file.string()] = log->tail->position();
  if (now == positions_kept_) return;
  json::object object;
  for (const auto& [file, position] : now)
    object[file] = json::array{static_cast<std::int64_t>(position.inode), static_cast<std::int64_t>(position.offset)};
  const auto written = write_file_atomic(positions_, json::serialize(object), 0600);
  if (!written) return spdlog::warn("how far logs were read cannot be kept: {}", written.error().message());
  positions_kept_ = std::move(now);
}

// ---- both ----

void HostLogs::take(Log& log, event::Reader& reader, std::string_view bytes, bool last) {
  const auto lost = reader.losses().records;
  reader.read(bytes, last, [&](const event::Event& event) {
    ++log.events;
    log.detector->look(event, event.record, [&](detect::Detection detection) { raise(std::move(detection)); });
  });
  log.unreadable += reader.losses().records - lost;
  log.suppressed = log.detector->suppressed();
}

void HostLogs::raise(detect::Detection detection) {
  detection.alert.evidence = evidence_.put(std::move(detection.line), detection.alert.seen);
  report_(input::AlertRaised{std::move(detection.alert)});
}

}  // namespace kulla::daemon
