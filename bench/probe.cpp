// What a probe costs. HTTP beside prometheus-blackbox-exporter, ICMP beside fping, where they are installed: the same targets on
// loopback, processor time of the asking process alone, one run. Then how many HTTP targets one core asks each 10 s.
//   bench_probe [SECONDS]     of each measurement; 10
#include <fmt/format.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>

#include <algorithm>
#include <thread>
#include <vector>

#include "base/process.hpp"
#include "outage/prober.hpp"
#include "support/cpu.hpp"
#include "support/load.hpp"

namespace kulla::bench {
namespace {
using namespace std::chrono_literals;
using std::chrono::duration;
using std::chrono::steady_clock;
constexpr double http_limit = 10, icmp_limit = 1;
constexpr int many_targets = 50'000;

/// A server in a process of its own: its processor time is nobody's.
class ServerProcess {
 public:
  explicit ServerProcess(int servers) {
    std::vector<Descriptor> listeners;
    for (int i = 0; i < servers; ++i) listeners.push_back(listen_on_loopback(ports_.emplace_back()));
    pid_ = ::fork();
    if (pid_ != 0) return;
    ::prctl(PR_SET_PDEATHSIG, SIGKILL);
    serve(listeners);
  }
  ~ServerProcess() {
    ::kill(pid_, SIGKILL);
    ::waitpid(pid_, nullptr, 0);
  }
  ServerProcess(const ServerProcess&) = delete;
  ServerProcess& operator=(const ServerProcess&) = delete;
  [[nodiscard]] const std::vector<int>& ports() const { return ports_; }

 private:
  [[noreturn]] static void serve(const std::vector<Descriptor>& listeners) {
    static constexpr std::string_view answer =
        "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nContent-Length: 12\r\nConnection: close\r\nServer: bench\r\n\r\nhello, world";
    const Descriptor poll{::epoll_create1(EPOLL_CLOEXEC)};
    const auto watch = [&](int fd) {
      epoll_event event{.events = EPOLLIN, .data = {.fd = fd}};
      ::epoll_ctl(poll.get(), EPOLL_CTL_ADD, fd, &event);
    };
    for (const auto& listener : listeners) watch(listener.get());
    const auto is_listener = [&](int fd) { return fd <= listeners.back().get(); };
    std::array<epoll_event, 256> events;
    std::array<char, 4096> buffer;
    for (;;) {
      const int count = ::epoll_wait(poll.get(), events.data(), events.size(), -1);
      for (int i = 0; i < count; ++i) {
        const int fd = events[static_cast<std::size_t>(i)].data.fd;
        if (is_listener(fd)) {
          for (int line; (line = ::accept4(fd, nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK)) >= 0;) watch(line);
        } else {
          if (::recv(fd, buffer.data(), buffer.size(), 0) > 0) (void)::send(fd, answer.data(), answer.size(), MSG_NOSIGNAL);
          ::close(fd);
        }
      }
    }
  }
  std::vector<int> ports_;
  pid_t pid_ = 0;
};

struct Cost {
  double cpu = 0;            ///< seconds
  std::uint64_t probes = 0, bad = 0;
  double wall = 0;
  std::int64_t connect = 0, first_byte = 0, took = 0;  ///< microseconds, sums
  Cost& operator+=(const Cost& more) {
    cpu += more.cpu, probes += more.probes, bad += more.bad, wall += more.wall;
    connect += more.connect, first_byte += more.first_byte, took += more.took;
    return *this;
  }
  [[nodiscard]] double micros() const { return probes == 0 ? 0 : cpu * 1e6 / static_cast<double>(probes); }
  [[nodiscard]] double mean(std::int64_t sum) const {
    return static_cast<double>(sum) / static_cast<double>(std::max<std::uint64_t>(1, probes));
  }
};

/// Our prober for a while, on this thread.
Cost ours(std::vector<outage::Target> targets, duration<double> length) {
  Cost cost;
  std::atomic<bool> stop = false;
  const SystemClock clock;
  auto prober =
      outage::Prober::make({.vantage = VantageId{"bench"}, .targets = std::move(targets)}, clock, [&](const outage::Observation& seen) {
        ++cost.probes;
        if (seen.failed != outage::Layer::none) ++cost.bad;
        cost.connect += seen.phases.connect_us;
        cost.first_byte += seen.phases.first_byte_us;
        cost.took += seen.took_us;
      });
  if (!prober) {
    fmt::print(stderr, "bench: {}\n", prober.error().message());
    std::exit(2);
  }
  const auto start = steady_clock::now();
  const double before = cpu();
  std::thread watch{[&] {
    std::this_thread::sleep_for(length);
    stop = true;
  }};
  (*prober)->run(stop);
  cost.cpu = cpu() - before;
  watch.join();
  cost.wall = duration<double>{steady_clock::now() - start}.count();
  const auto counts = (*prober)->counts();
  cost.bad += counts.crowded + counts.unasked;
  return cost;
}

std::vector<outage::Target> http_targets(int count, std::chrono::milliseconds every, const std::vector<int>& ports) {
  std::vector<outage::Target> targets;
  for (int i = 0; i < count; ++i) {
    targets.push_back({.name = ServiceId{fmt::format("s{}", i)},
                       .address = fmt::format("127.0.0.1:{}", ports[static_cast<std::size_t>(i) % ports.size()]),
                       .url = fmt::format("http://s{}.example/", i),
                       .every = every});
  }
  return targets;
}
std::vector<std::string> echo_addresses(int count) {
  std::vector<std::string> addresses;
  for (int i = 0; i < count; ++i) addresses.push_back(fmt::format("127.2.{}.{}", i / 250, 1 + i % 250));
  return addresses;
}

double process_cpu(pid_t pid) {
  clockid_t clock{};
  timespec now{};
  if (::clock_getcpuclockid(pid, &clock) != 0 || ::clock_gettime(clock, &now) != 0) return 0;
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}
double children_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_CHILDREN, &usage);
  const auto seconds = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; };
  return seconds(usage.ru_utime) + seconds(usage.ru_stime);
}
bool installed(const char* program) {
  const auto found = run({"sh", "-c", fmt::format("command -v {}", program)});
  return found && found->exit_code == 0;
}

/// The exporter's own processor time while its probes are asked for, one after the other on a kept connection, as Prometheus does.
std::optional<Cost> blackbox(int target_port, duration<double> length) {
  if (!installed("prometheus-blackbox-exporter")) return std::nullopt;
  const auto folder = TemporaryFolder::make("kulla-bench").value();
  const auto config = (folder.path() / "blackbox.yml").string();
  if (!write_file_atomic(config, "modules:\n  http_2xx:\n    prober: http\n    timeout: 2s\n    http:\n      preferred_ip_protocol: ip4\n"))
    return std::nullopt;
  const int port = free_port();
  auto child = Child::start(
      {"prometheus-blackbox-exporter", "--config.file", config, "--web.listen-address", fmt::format("127.0.0.1:{}", port)}, {});
  if (!child) return std::nullopt;
  bool up = false;
  for (int i = 0; i < 500 && !up; ++i) {
    std::this_thread::sleep_for(10ms);
    const Descriptor trial{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto to = loopback(port);
    up = ::connect(trial.get(), reinterpret_cast<const sockaddr*>(&to), sizeof to) == 0;
  }
  if (!up) return std::nullopt;
  Load load{
      {.port = port,
       .connections = 4,
       .requests = {fmt::format("GET /probe?module=http_2xx&target=http://127.0.0.1:{}/ HTTP/1.1\r\nHost: bench\r\n\r\n", target_port)},
       .rate = 0,
       .choose = {},
       .seen = {}}};
  std::this_thread::sleep_for(500ms);
  const auto answered = load.answered();
  const double before = process_cpu(child->pid());
  std::this_thread::sleep_for(length);
  Cost cost{.cpu = process_cpu(child->pid()) - before, .probes = load.answered() - answered, .bad = load.failed() + load.refused()};
  cost.wall = length.count();
  load.stop();
  return cost;
}

std::optional<Cost> fping(const std::vector<std::string>& addresses, int rounds) {
  if (!installed("fping")) return std::nullopt;
  std::vector<std::string> command{"fping", "-q", "-C", std::to_string(rounds), "-p", "1000", "-i", "1", "-t", "1000"};
  command.insert(command.end(), addresses.begin(), addresses.end());
  const double before = children_cpu();
  const auto done = run(command);
  if (!done) return std::nullopt;
  return Cost{.cpu = children_cpu() - before, .probes = static_cast<std::uint64_t>(rounds) * addresses.size()};
}

bool compare(std::string_view what, std::string_view peer, const Cost& own, const std::optional<Cost>& other, double limit) {
  fmt::print(
      "{:<5} kulla: {:.1f} us of processor time a probe ({} probes, {} bad; connect {:.0f} us, first byte {:.0f} us, whole {:.0f} us)\n",
      what, own.micros(), own.probes, own.bad, own.mean(own.connect), own.mean(own.first_byte), own.mean(own.took));
  if (!other || other->probes == 0) {
    fmt::print("{:<5} {}: not installed, or did not run\n", what, peer);
    return own.bad == 0;
  }
  const double ratio = other->micros() / own.micros();
  fmt::print("{:<5} {}: {:.1f} us a probe ({} probes, {} bad); {:.1f} times as much (limit: at least {})\n", what, peer, other->micros(),
             other->probes, other->bad, ratio, limit);
  return own.bad == 0 && ratio >= limit;
}

/// In turns, so that what else the machine does meets both.
constexpr int rounds = 3;
template <typename Own, typename Peer>
bool in_turns(std::string_view what, std::string_view peer, Own own, Peer other, double limit) {
  Cost mine;
  std::optional<Cost> theirs;
  for (int round = 0; round < rounds; ++round) {
    mine += own();
    if (const auto cost = other()) theirs = theirs.value_or(Cost{}) += *cost;
  }
  return compare(what, peer, mine, theirs, limit);
}

int measure(duration<double> length) {
  const auto part = length / rounds;
  const ServerProcess server{8};
  bool good = in_turns(
      "HTTP", "prometheus-blackbox-exporter", [&] { return ours(http_targets(1000, 1s, server.ports()), part); },
      [&] { return blackbox(server.ports()[0], part); }, http_limit);

  const auto addresses = echo_addresses(1000);
  std::vector<outage::Target> echoes;
  for (const auto& address : addresses) echoes.push_back({.name = ServiceId{address}, .url = "icmp://" + address, .every = 1s});
  const int times = std::max(1, static_cast<int>(part.count()));
  good &= in_turns("ICMP", "fping", [&] { return ours(echoes, part); }, [&] { return fping(addresses, times); }, icmp_limit);

  const auto many = ours(http_targets(many_targets, 10s, server.ports()), std::max(length, duration<double>{20}));
  const double rate = static_cast<double>(many.probes) / many.wall, share = many.cpu / many.wall;
  fmt::print(
      "{} HTTP targets each 10 s: {:.0f} probes/s with every phase timed, {} bad, {:.0f} % of one core, {:.1f} us a probe; a whole "
      "core would do {:.0f} targets (limit {})\n",
      many_targets, rate, many.bad, share * 100, many.micros(), rate * 10 / share, many_targets);
  const bool kept_up = rate >= 0.97 * many_targets / 10 && many.bad == 0;
  return good && kept_up ? 0 : 1;
}
}  // namespace
}  // namespace kulla::bench

int main(int argc, char** argv) {
  const double seconds = argc > 1 ? std::max(1.0, std::atof(argv[1])) : 10;
  return kulla::bench::measure(std::chrono::duration<double>{seconds});
}
