#include "drill/processes.hpp"

#include <arpa/inet.h>
#include <fmt/format.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>

#include <charconv>
#include <thread>

#include "daemon/config.hpp"
#include "daemon/control.hpp"
#include "gate/folder.hpp"
#include "gate/render.hpp"

namespace kulla::drill {
namespace {
using namespace std::chrono;
constexpr auto start_patience = 60s;
constexpr auto poll = 20ms;

/// Polls until `ready` says yes; an error of `ready`, a stop or the time limit ends it.
Result<> until(const std::string& what, const std::function<bool()>& stopped, const std::function<Result<bool>()>& ready) {
  for (const auto end = steady_clock::now() + start_patience; steady_clock::now() < end; std::this_thread::sleep_for(poll)) {
    if (stopped()) return fail(Code::interrupted, "the drill");
    KULLA_TRY(const bool is_ready, ready());
    if (is_ready) return {};
  }
  return fail(Code::timed_out, fmt::format("{} is not ready after {} s", what, start_patience.count()));
}

bool listens(std::uint16_t port) {
  const Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(port);
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  return socket && ::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0;
}

std::optional<std::uint16_t> port_in(const std::filesystem::path& file) {
  const auto text = read_file(file, 16);
  std::uint16_t port = 0;
  if (!text || std::from_chars(text->data(), text->data() + text->size(), port).ec != std::errc{}) return std::nullopt;
  return port;
}
}  // namespace

std::string own_binary() {
  std::error_code error;
  return std::filesystem::read_symlink("/proc/self/exe", error).string();
}

Result<Child> Processes::start(const std::vector<std::string>& arguments, const std::string& log) const {
  const auto file = world_.path("logs/" + log);
  return Child::start(arguments, {.environment = {}, .out = file, .err = file});
}

Error Processes::died(const std::string& what, const std::string& log, int code) const {
  const auto text = read_file(world_.path("logs/" + log), std::size_t{16} << 20).value_or("");
  return {Code::process_failed,
          fmt::format("{} ended with {}: {}", what, code, text.substr(text.size() - std::min<std::size_t>(text.size(), 600)))};
}

Result<std::vector<std::uint16_t>> Processes::start_systems(const Progress& progress) {
  const auto count = world_.plan().systems.size();
  for (std::size_t i = 0; i < count; ++i) {
    KULLA_TRY(const auto settings, world_.write_sandbox_settings(i));
    KULLA_TRY(auto child, start({own_binary(), "drill-system", settings.string()}, world_.plan().systems[i].id + ".log"));
    systems_.push_back(std::move(child));
    if (!progress("servers", i + 1, count)) return fail(Code::interrupted, "the drill");
  }
  std::vector<std::uint16_t> ports;
  for (std::size_t i = 0; i < count; ++i) {
    std::optional<std::uint16_t> port;
    KULLA_CHECK(until(
        world_.plan().systems[i].id, [&] { return !progress("servers that answer", i, count); },
        [&]() -> Result<bool> {
          if (const auto code = systems_[i].ended())
            return std::unexpected(died(world_.plan().systems[i].id, world_.plan().systems[i].id + ".log", *code));
          port = port_in(world_.port_file(i));
          return port.has_value();
        }));
    ports.push_back(*port);
  }
  return ports;
}

Result<> Processes::start_gate(const std::function<bool()>& stopped) {
  const auto config = daemon::read_config(world_.config());
  if (!config) return fail(Code::bad_config, fmt::format("{}", fmt::join(config.error().lines, "; ")));
  KULLA_CHECK(gate::render_first(config->gate));
  KULLA_TRY(gate_, start(gate::haproxy_command(config->gate), "haproxy.log"));
  return until("HAProxy", stopped, [&]() -> Result<bool> {
    if (const auto code = gate_->ended()) return std::unexpected(died("HAProxy", "haproxy.log", *code));
    return listens(world_.http_port());
  });
}

Result<> Processes::start_daemon(const std::function<bool()>& stopped) {
  KULLA_TRY(daemon_, start({own_binary(), "run", "-c", world_.config().string()}, "daemon.log"));
  return until("the daemon", stopped, [&]() -> Result<bool> {
    if (const auto code = daemon_->ended()) return std::unexpected(died("the daemon", "daemon.log", *code));
    auto client = daemon::ControlClient::connect(world_.path("control.sock"));
    return client && client->ask({{"command", "status"}});
  });
}

Result<> Processes::start_vantage() {
  KULLA_TRY(vantage_, start({own_binary(), "probe", "-c", world_.path("probe.toml").string()}, "probe.log"));
  return {};
}

bool Processes::revive_daemon() {
  if (!daemon_ || !daemon_->ended()) return false;
  auto again = start({own_binary(), "run", "-c", world_.config().string()}, "daemon.log");
  if (again) daemon_ = std::move(*again);
  return again.has_value();
}

int Processes::stop_defence() {
  if (vantage_) vantage_->stop();
  const int code = daemon_ ? daemon_->stop() : 0;
  vantage_.reset();
  daemon_.reset();
  return code;
}

void Processes::stop() {
  stop_defence();
  if (gate_) gate_->stop();
  gate_.reset();
  for (const auto& system : systems_) system.signal(SIGTERM);
  for (auto& system : systems_) system.stop();
  systems_.clear();
}
}  // namespace kulla::drill
