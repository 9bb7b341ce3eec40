#include "system/support/outage_lab.hpp"

#include <fmt/format.h>
#include <sched.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>

namespace kulla::test {
namespace {
using namespace std::chrono_literals;
constexpr std::string_view wire_here = "10.9.0.", wire_there = "10.9.0.254";

void write(const std::filesystem::path& file, std::string_view text) {
  const auto scratch = file.string() + ".new";
  std::ofstream{scratch} << text;
  std::filesystem::rename(scratch, file);
}
std::string support(std::string_view name) { return fmt::format("{}/tests/system/support/{}", KULLA_SOURCE_DIR, name); }
std::string vantage_address(int vantage) { return fmt::format("{}{}", wire_here, vantage + 1); }
}  // namespace

bool Lab::inside() { return std::getenv("KULLA_TEST_NAMESPACE") != nullptr; }

std::vector<std::string> Lab::there(std::vector<std::string> command) const {
  std::vector<std::string> whole{"nsenter", "-t", std::to_string(other_->pid()), "-n", "--"};
  whole.insert(whole.end(), command.begin(), command.end());
  return whole;
}

Child Lab::start_there(std::vector<std::string> command) const {
  auto started = Child::start(there(std::move(command)), {.environment = {}, .out = folder_ / "log", .err = folder_ / "log"});
  KULLA_ASSERT(started);
  return std::move(*started);
}

bool Lab::run_all(const std::vector<std::vector<std::string>>& commands) {
  RunOptions options;
  options.timeout = 20s;
  for (const auto& command : commands) {
    const auto done = run(command, options);
    if (done && done->exit_code == 0) continue;
    why = fmt::format("{}: {}", fmt::join(command, " "), done ? done->err : done.error().message());
    return false;
  }
  return true;
}

bool Lab::make() {
  folder_ = std::filesystem::temp_directory_path() / fmt::format("kulla-lab-{}-{}", ::getpid(), reinterpret_cast<std::uintptr_t>(this));
  std::filesystem::create_directories(folder_);
  auto other = Child::start({"unshare", "-n", "sleep", "600"}, {});
  if (!other) return why = other.error().message(), false;
  other_.emplace(std::move(*other));
  for (int tries = 0; tries < 200; ++tries) {  // until it has a namespace of its own
    const auto mine = std::filesystem::read_symlink("/proc/self/ns/net");
    std::error_code gone;
    if (std::filesystem::read_symlink(fmt::format("/proc/{}/ns/net", other_->pid()), gone) != mine && !gone) break;
    std::this_thread::sleep_for(5ms);
  }
  const auto pid = std::to_string(other_->pid());
  if (!run_all({{"ip", "link", "set", "lo", "up"},
                {"ip", "link", "add", "wire0", "type", "veth", "peer", "name", "wire1", "netns", pid},
                {"ip", "link", "set", "wire0", "up"},
                there({"ip", "link", "set", "lo", "up"}),
                there({"ip", "link", "set", "wire1", "up"}),
                there({"ip", "addr", "add", fmt::format("{}/24", wire_there), "dev", "wire1"}),
                {"nft", "add table inet lab; add chain inet lab out { type filter hook output priority 0; }"},
                there({"nft", "add table inet lab"})}))
    return false;
  (void)run(there({"sysctl", "-qw", "net.ipv4.icmp_ratelimit=0"}));  // else some rejections are only silence
  for (int vantage = 0; vantage < vantages; ++vantage)
    if (!run_all({{"ip", "addr", "add", vantage_address(vantage) + "/24", "dev", "wire0"}})) return false;
  return true;
}

Lab::~Lab() {
  stop_ = true;
  threads_.clear();
  (void)run({"nft", "delete table inet lab"});
  (void)run({"ip", "link", "del", "wire0"});
  for (auto& site : sites_)
    for (auto* child : {&site->server, &site->front, &site->name_server, &site->load})
      if (*child) (*child)->signal(SIGCONT), (*child)->signal(SIGKILL);
  std::error_code ignored;
  std::filesystem::remove_all(folder_, ignored);
}

Site& Lab::add(Site given) {
  auto& site = *sites_.emplace_back(std::make_unique<Site>(std::move(given)));
  site.number = static_cast<int>(sites_.size());
  site.folder = folder_ / std::to_string(site.number);
  std::filesystem::create_directories(site.folder);
  const bool made = run_all({there({"ip", "addr", "add", site.address() + "/32", "dev", "lo"}),
                             {"ip", "route", "replace", fmt::format("10.1.{}.0/24", site.number), "via", std::string{wire_there}},
                             there({"nft", fmt::format("add chain inet lab s{} {{ type filter hook input priority 0; }}", site.number)})});
  KULLA_ASSERT(made);
  tell(site, 200, "the known page of " + site.name, site.work_s);
  if (site.tls) certify(site, "");
  if (site.named) start_name_server(site, fmt::format("local-data: \"{}.lab. 1 IN A {}\"", site.name, site.address()));
  start_server(site);
  if (site.gated) start_front(site);
  return site;
}

void Lab::tell(Site& site, int status, std::string_view body, double delay, std::string_view way, std::string_view headers) {
  write(site.folder / "answer",
        fmt::format(R"({{"status": {}, "body": "{}", "delay": {}, "way": "{}", "headers": {}}})", status, body, delay, way, headers));
}

void Lab::start_server(Site& site) {
  std::vector<std::string> command{"python3", support("outage_site.py"), site.gated ? "127.0.0.1" : site.address(),
                                   site.gated ? std::to_string(8000 + site.number)
                                   : site.tls ? "443"
                                              : "80",
                                   site.folder.string()};
  if (site.single) command.emplace_back("single");
  if (site.tls) command.emplace_back("tls");
  site.server.emplace(start_there(std::move(command)));
}

void Lab::start_front(Site& site, const std::string& closure, const std::string& notice) {
  auto config = fmt::format(
      "defaults\n  mode http\n  timeout client 5s\n  timeout server 5s\n  timeout connect 1s\n  retries 0\nfrontend front\n  bind {}:80\n",
      site.address());
  if (!closure.empty()) {
    config += fmt::format("  http-request return status 503 content-type text/plain string closed hdr X-Kulla-Closure {}", closure);
    config += fmt::format(" hdr X-Kulla-Notice \"{}\"\n", notice);
  }
  config += fmt::format("  default_backend back\nbackend back\n  server one 127.0.0.1:{}\n", 8000 + site.number);
  write(site.folder / "haproxy.cfg", config);
  std::vector<std::string> command{"haproxy", "-db", "-f", (site.folder / "haproxy.cfg").string()};
  if (site.front) command.insert(command.end(), {"-sf", std::to_string(site.front->pid())});
  auto next = start_there(std::move(command));
  if (site.front) site.front->release();  // the new one ends it
  site.front.emplace(std::move(next));
}

void Lab::start_name_server(Site& site, std::string_view zone) {
  if (site.name_server) site.name_server->stop();
  write(site.folder / "unbound.conf",
        fmt::format("server:\n interface: {}\n username: \"\"\n chroot: \"\"\n directory: \"{}\"\n pidfile: \"\"\n use-syslog: no\n"
                    " do-daemonize: no\n num-threads: 1\n module-config: \"iterator\"\n access-control: 0.0.0.0/0 {}\n"
                    " local-zone: \"lab.\" static\n {}\nremote-control:\n control-enable: no\n",
                    site.address(), site.folder.string(), zone == "refuse" ? "refuse" : "allow", zone == "refuse" ? "" : zone));
  site.name_server.emplace(start_there({"unbound", "-d", "-c", (site.folder / "unbound.conf").string()}));
}

void Lab::certify(Site& site, std::string_view as_of) {
  std::vector<std::string> command{"openssl",
                                   "req",
                                   "-x509",
                                   "-newkey",
                                   "ec",
                                   "-pkeyopt",
                                   "ec_paramgen_curve:prime256v1",
                                   "-nodes",
                                   "-days",
                                   "10",
                                   "-subj",
                                   "/CN=" + site.name + ".lab",
                                   "-addext",
                                   "subjectAltName=DNS:" + site.name + ".lab",
                                   "-keyout",
                                   (site.folder / "key.new").string(),
                                   "-out",
                                   (site.folder / "cert.new").string()};
  if (!as_of.empty()) {
    const auto libraries = {"/usr/lib/x86_64-linux-gnu/faketime/libfaketime.so.1", "/usr/lib/aarch64-linux-gnu/faketime/libfaketime.so.1"};
    const auto* library = std::ranges::find_if(libraries, [](const char* file) { return std::filesystem::exists(file); });
    KULLA_ASSERT(library != libraries.end());
    command.insert(command.begin(), {"env", fmt::format("LD_PRELOAD={}", *library), fmt::format("FAKETIME={} 00:00:00", as_of)});
  }
  KULLA_ASSERT(run_all({command}));
  std::filesystem::rename(site.folder / "key.new", site.folder / "key.pem");
  std::filesystem::rename(site.folder / "cert.new", site.folder / "cert.pem");
  if (as_of.empty())
    std::filesystem::copy_file(site.folder / "cert.pem", site.folder / "trusted.pem", std::filesystem::copy_options::overwrite_existing);
}

void Lab::start_load(Site& site, int clients, double ramp_s) {
  site.load.emplace(
      start_there({"python3", support("outage_load.py"), site.address(), "80", std::to_string(clients), std::to_string(ramp_s)}));
}

void Lab::filter(Site& site, const std::vector<std::string>& rules) {
  auto text = fmt::format("flush chain inet lab s{}", site.number);
  for (const auto& rule : rules) text += fmt::format("; add rule inet lab s{} ip daddr {} {}", site.number, site.address(), rule);
  KULLA_ASSERT(run_all({there({"nft", text})}));
}

void Lab::cut_vantage(int vantage, bool cut) {
  KULLA_ASSERT(run_all(
      {{"nft", cut ? fmt::format("add rule inet lab out ip saddr {} drop", vantage_address(vantage)) : "flush chain inet lab out"}}));
}

bool Lab::start_bgp(const Site& announced, int bmp_port) {
  const auto config = [&](std::string_view own, int as, std::string_view peer, int peer_as, std::string_view more) {
    return fmt::format(
        "router id {};\nprotocol device {{}}\n{}\nprotocol bgp wire {{ local {} as {}; neighbor {} as {}; connect retry time 1;"
        " connect delay time 1; error wait time 1,2; ipv4 {{ import all; export all; next hop self; }}; }}\n",
        own, more, own, as, peer, peer_as);
  };
  write(folder_ / "there.conf", config(wire_there, 64501, "10.9.0.1", 64500,
                                       fmt::format("protocol static lost {{ ipv4; route 10.1.{}.0/24 blackhole; }}", announced.number)));
  write(folder_ / "here.conf", fmt::format("mrtdump \"{}\";\nmrtdump protocols {{ states, messages }};\n", routes_file().string()) +
                                   config("10.9.0.1", 64500, wire_there, 64501, "protocol kernel { ipv4 { export all; }; }") +
                                   (bmp_port > 0 ? "protocol bgp heard { local 127.0.0.1 as 64500; neighbor 127.0.0.2 port 1790 as 64500;"
                                                   " multihop; connect retry time 1; connect delay time 1; error wait time 1,2;"
                                                   " ipv4 { import none; export all; }; }\n"
                                                 : ""));
  if (bmp_port > 0 && !start_gobgp(bmp_port)) return false;
  bird_there_.emplace(start_there({"bird", "-f", "-c", (folder_ / "there.conf").string(), "-s", (folder_ / "there.ctl").string()}));
  auto here = Child::start({"bird", "-f", "-c", (folder_ / "here.conf").string(), "-s", (folder_ / "here.ctl").string()},
                           {.environment = {}, .out = folder_ / "log", .err = folder_ / "log"});
  if (!here || !run_all({{"ip", "route", "del", fmt::format("10.1.{}.0/24", announced.number)}})) return false;
  bird_here_.emplace(std::move(*here));
  for (int tries = 0; tries < 100; ++tries) {
    const auto routes = run({"ip", "route", "show", fmt::format("10.1.{}.0/24", announced.number)});
    if (routes && routes->out.contains("bird")) return true;
    std::this_thread::sleep_for(100ms);
  }
  why = "BIRD's session did not come up";
  return false;
}

bool Lab::start_gobgp(int bmp_port) {
  write(folder_ / "gobgp.toml",
        fmt::format("[global.config]\nas = 64500\nrouter-id = \"127.0.0.2\"\nport = 1790\nlocal-address-list = [\"127.0.0.2\"]\n"
                    "[[neighbors]]\n[neighbors.config]\nneighbor-address = \"127.0.0.1\"\npeer-as = 64500\n"
                    "[neighbors.transport.config]\nlocal-address = \"127.0.0.2\"\n"
                    "[[bmp-servers]]\n[bmp-servers.config]\naddress = \"127.0.0.1\"\nport = {}\n"
                    "route-monitoring-policy = \"pre-policy\"\n",
                    bmp_port));
  auto started = Child::start({"gobgpd", "-f", (folder_ / "gobgp.toml").string(), "--api-hosts", "127.0.0.1:50051"},
                              {.environment = {}, .out = folder_ / "log", .err = folder_ / "log"});
  if (!started) return false;
  gobgp_.emplace(std::move(*started));
  return true;
}

void Lab::withdraw(bool withdrawn) {
  KULLA_ASSERT(run_all({there({"birdc", "-s", (folder_ / "there.ctl").string(), withdrawn ? "disable" : "enable", "lost"})}));
}

outage::Target Lab::target_of(const Site& site) const {
  outage::Target target;
  target.name = ServiceId{site.name};
  const auto host = site.named || site.tls ? site.name + ".lab" : site.address();
  target.url = fmt::format("{}://{}/", site.tls ? "https" : "http", host);
  if (site.tls) target.address = site.address() + ":443";
  target.every = every;
  target.network = fmt::format("10.1.{}.0/24", site.number);
  target.fingerprint = "learn";
  return target;
}

std::vector<outage::Target> Lab::targets() const {
  std::vector<outage::Target> all;
  for (const auto& site : sites_) all.push_back(target_of(*site));
  return all;
}

void Lab::start_vantages(const PublicKey& gate) {
  static const SystemClock clock;
  for (int vantage = 0; vantage < vantages; ++vantage)
    for (const auto& site : sites_) {
      outage::ProbeSettings settings;
      settings.vantage = VantageId{fmt::format("v{}", vantage)};
      settings.bind = vantage_address(vantage);
      settings.timeout = timeout;
      settings.targets = {target_of(*site)};
      settings.slot = vantage, settings.of = vantages;
      if (site->named) settings.resolvers = {{site->address(), 53}};
      if (site->keyed) settings.notice_key = gate;
      if (site->tls) settings.ca = (site->folder / "trusted.pem").string();
      threads_.emplace_back([this, settings] {
        const auto end = outage::probe(settings, clock, stop_, [this](const outage::Observation& seen) {
          const std::lock_guard lock{mutex_};
          seen_.push_back(seen);
          seen_.back().number = ++numbers_[seen.vantage];
        });
        if (!end) {
          const std::lock_guard lock{mutex_};
          why = end.error().message();
        }
      });
    }
}

std::vector<outage::Observation> Lab::stop_vantages() {
  stop_ = true;
  threads_.clear();
  stop_ = false;
  return std::exchange(seen_, {});
}

}  // namespace kulla::test
