#include "system/support/gate_world.hpp"

#include <signal.h>

#include <thread>

#include "gate/folder.hpp"
#include "gate/render.hpp"

namespace kulla::test {
using namespace std::chrono;
namespace {
TemporaryFolder folder_below(const std::filesystem::path& below) {
  auto made = TemporaryFolder::make("kg", below);
  if (!made) throw std::runtime_error(made.error().message());
  return std::move(*made);
}
void write_certificate(const std::filesystem::path& folder) {
  const auto key = (folder / "key.pem").string(), certificate = (folder / "certificate.pem").string();
  const auto made = run({"openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key,
                         "-out", certificate, "-days", "2", "-subj", "/CN=gate.example"});
  ASSERT_TRUE(made && made->exit_code == 0);
  ASSERT_TRUE(write_file_atomic(folder / "gate.pem", *read_file(certificate, 65536) + *read_file(key, 65536), 0600));
}
}  // namespace

bool eventually(const std::function<bool()>& holds, milliseconds patience) {
  for (const auto end = steady_clock::now() + patience; steady_clock::now() < end; std::this_thread::sleep_for(5ms))
    if (holds()) return true;
  return holds();
}

GateWorld::GateWorld(const std::vector<Route>& routes, const std::filesystem::path& below, bool tls) : folder_(folder_below(below)) {
  settings.folder = folder_.path() / "g";
  settings.http = "127.0.0.1:" + std::to_string(port_);
  settings.threads = 2;
  if (tls) {
    tls_port_ = free_port();
    settings.https = "127.0.0.1:" + std::to_string(tls_port_);
    settings.certificate = folder_.path() / "gate.pem";
    write_certificate(folder_.path());
  }
  for (const auto& route : routes) {
    upstreams_.emplace_back(route.id, std::make_unique<Upstream>(route.id));
    Service service;
    service.id = ServiceId{route.id}, service.host = route.host, service.path = route.path;
    settings.backends.push_back({service, upstreams_.back().second->address()});
  }
}

void GateWorld::start_open() {
  const auto done = gate::render_first(settings);
  ASSERT_TRUE(done) << done.error().message();
  ASSERT_TRUE(start()) << output();
}
bool GateWorld::start() {
  auto command = command_prefix;
  for (auto& word : gate::haproxy_command(settings)) command.push_back(std::move(word));
  auto child =
      Child::start(command, {.environment = {}, .out = folder_.path() / "out", .err = folder_.path() / "out", .dies_with_parent = true});
  if (!child) return false;
  haproxy_.emplace(std::move(*child));
  gate_ = std::make_unique<gate::HaproxyGate>(settings);
  return eventually([&] { return haproxy_->ended() || gate_->workers().has_value(); }) && !haproxy_->ended();
}
void GateWorld::stop() {
  if (haproxy_) haproxy_->stop();
  haproxy_.reset();
}
void GateWorld::kill() {
  haproxy_->signal(SIGKILL);
  ASSERT_TRUE(eventually([&] { return haproxy_->ended().has_value(); }));
  ASSERT_TRUE(eventually([&] { return get(port_, "x", "/").status == 0; })) << "a worker outlived its master";
  haproxy_.reset();
}
void GateWorld::hold() {
  const auto workers = gate_->workers();
  ASSERT_TRUE(workers);
  held_ = {haproxy_->pid()};
  for (const auto& worker : *workers) held_.push_back(static_cast<pid_t>(worker.pid));
  for (const auto pid : held_) ::kill(pid, SIGSTOP);
}
void GateWorld::let_go() {
  for (const auto pid : std::exchange(held_, {})) ::kill(pid, SIGCONT);
}
void GateWorld::reload() {
  const auto before = gate_->workers();
  ASSERT_TRUE(before);
  haproxy_->signal(SIGUSR2);
  ASSERT_TRUE(eventually([&] {
    const auto after = gate_->workers();
    return after && after->front().pid != before->front().pid && !after->front().old;
  })) << output();
}
Upstream& GateWorld::upstream(const std::string& id) {
  for (auto& [name, upstream] : upstreams_)
    if (name == id) return *upstream;
  throw std::out_of_range(id);
}
std::string GateWorld::output() const { return read_file(folder_.path() / "out", 1 << 20).value_or(""); }
}  // namespace kulla::test
