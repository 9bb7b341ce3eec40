// The live stream: 1,225 services, 1,000 facts a second, 50 readers over HTTP on loopback. From a fact that was decided to its event in a
// reader's hands (limit: p99 100 ms, the browser's part included), and what the console costs the core: the time from an alert that is
// handed in to the fact that is decided, with the console and its readers, against the same with an unconnected load that uses as much CPU
// (limit: p99 1.1 ×). Each is run in turn several times.
// With --page: the same with 49 readers, for a browser to be the fiftieth; prints where it is, and goes on until standard input ends.
#include <fmt/format.h>
#include <poll.h>
#include <sys/resource.h>

#include <algorithm>
#include <charconv>
#include <mutex>
#include <random>
#include <thread>

#include "daemon/api.hpp"
#include "model/codec.hpp"
#include "serve/accounts.hpp"
#include "serve/embedded.hpp"
#include "serve/serve.hpp"
#include "support/cpu.hpp"
#include "support/load.hpp"

using namespace kulla;
using namespace std::chrono;
using daemon::Core;

namespace {
constexpr int services = 1225, readers = 50, facts_a_second = 1000, rounds = 3;
constexpr seconds a_round{6}, settling{1};
constexpr std::string_view password = "correct horse battery";

double process_cpu() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  const auto of = [](const timeval& time) { return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_usec) * 1e-6; };
  return of(usage.ru_utime) + of(usage.ru_stime);
}
double at(std::vector<double>& sorted, double share) {
  if (sorted.empty()) return 0;
  return sorted[std::min(sorted.size() - 1, static_cast<std::size_t>(share * static_cast<double>(sorted.size())))];
}
std::int64_t micros() { return duration_cast<microseconds>(steady_clock::now().time_since_epoch()).count(); }

Catalogue catalogue() {
  Catalogue all;
  for (int i = 0; i < services; ++i) {
    const auto system = SystemId{fmt::format("web-{}", i / 20)};
    all.services.push_back({ServiceId{fmt::format("service-{}", i)},
                            fmt::format("s{}.gov.example", i),
                            "/",
                            {system},
                            {},
                            fmt::format("Ministry {}", i % 22),
                            false});
    if (i % 20 == 0) all.systems.push_back({system, {}});
  }
  all.sensors = {{SensorId{"gate"}, true, {}}};
  return all;
}
std::vector<GateFound> all_open(const Catalogue& catalogue) {
  std::vector<GateFound> gate;
  for (const auto& service : catalogue.services) gate.push_back({service.id, {GateMode::open, {}, 0}, "1"});
  return gate;
}

/// The core with a feed, and with a view where there is a console. Alerts carry when they were handed in, in `happened`.
struct Rehearsal {
  const SystemClock clock;
  daemon::Feed feed;
  const TemporaryFolder folder = TemporaryFolder::make("kulla-bench").value();
  daemon::Past past{feed, folder.path() / "ledger"};
  const std::function<json::object()> health = [] {
    return json::object{{"ledger", {{"facts", 0}, {"problem", ""}}},
                        {"gate", {{"problem", ""}}},
                        {"sensors", json::object{}},
                        {"examining", json::array{}}};
  };
  std::unique_ptr<daemon::View> view;
  std::vector<double> decided;                        ///< milliseconds
  std::vector<std::atomic<std::int64_t>> recorded = std::vector<std::atomic<std::int64_t>>(400'000);  ///< by number, when
  double pushing = 0;  ///< seconds of the core's CPU time that handing over took
  std::int64_t pushes = 0;
  std::optional<Core> core;
  daemon::Config config;
  daemon::Statements statements{config.statement, hours{1}, {}, clock};
  std::optional<daemon::Commands> commands;
  daemon::Addresses addresses{Pseudonyms{random_digest()}};
  daemon::Acceptance acceptance{config, clock};
  std::optional<daemon::Api> api;
  std::unique_ptr<serve::Server> server;

  explicit Rehearsal(bool console) {
    config.catalogue = catalogue();
    if (console)
      view = std::make_unique<daemon::View>(daemon::ViewSettings{}, clock, past,
                                            daemon::Surroundings{[] { return ledger::Head{}; }, health, [] { return json::array{}; }});
    core.emplace(incident::State{}, incident::Policy{}, clock, milliseconds{100},
                 daemon::Outlets{[this](std::uint64_t number, const Fact& fact, std::vector<Order>) { record(number, fact); },
                                 [](std::uint64_t, const Order&) {}, [] { return false; }});
    if (!console) return;
    view->start();
    commands.emplace(*core, feed, statements, config, clock, health);
    api.emplace(
        daemon::ApiParts{*view, *commands, *core, addresses, acceptance, folder.path(), health, [] { return milliseconds{0}; }, {}});
    const auto accounts = folder.path() / "accounts.toml";
    serve::Accounts made;
    made.emplace(PersonId{"vjosa"},
                 serve::Account{PersonId{"vjosa"}, {serve::Role::viewer}, serve::hash_password(password, {1, 8 << 20}).value(), ""});
    if (!serve::write_accounts(accounts, made)) bench::give_up("accounts");
    serve::ServerSettings settings;
    settings.listen = "127.0.0.1:0";
    settings.streams_a_person = readers;
    settings.accounts = accounts;
    settings.assets = serve::console_assets();
    server = serve::Server::start(std::move(settings), *api, clock).value();
  }
  ~Rehearsal() { server.reset(); }

  void record(std::uint64_t number, const Fact& fact) {
    if (const auto* alerted = std::get_if<fact::Alerted>(&fact.body))
      decided.push_back(static_cast<double>(micros() - alerted->alert.happened.time_since_epoch().count()) / 1e3);
    auto line = feed.publish(number, daemon::fact_line(number, false, json::serialize(to_json(fact))));
    recorded.at(number) = micros();
    if (!view) return;
    const auto before = bench::cpu();
    view->push(number, fact, std::move(line));
    pushing += bench::cpu() - before, ++pushes;
  }
};

/// Every millisecond one alert, an attempt from an address of its own.
void raise_alerts(Core& core, steady_clock::duration time) {
  const auto start = steady_clock::now();
  static std::mt19937 random{1};
  std::uniform_real_distribution<double> place{0, 1};
  for (std::int64_t sent = 0; steady_clock::now() - start < time;) {
    const auto due = duration_cast<microseconds>(steady_clock::now() - start).count() * facts_a_second / 1'000'000;
    for (; sent < due; ++sent) {
      Alert alert;
      alert.rule = RuleId{"sql-injection"};
      alert.title = "SQL injection in a query";
      alert.level = Level::low;
      alert.sensor = SensorId{"gate"};
      const auto of = place(random);  // some are asked for more than others, so that they do not all become guarded in the same second
      alert.service = ServiceId{fmt::format("service-{}", static_cast<int>(of * of * services))};
      alert.source = SourceRef{fmt::format("source{:016}", micros())};
      alert.what = std::to_string(duration_cast<microseconds>(system_clock::now().time_since_epoch())
                                      .count());  // a page shows it, so that a test in a browser can take the time
      alert.techniques = {"T1190"};
      alert.happened = alert.seen = Timestamp{microseconds{micros()}};
      core.post(input::AlertRaised{std::move(alert)});
    }
    std::this_thread::sleep_for(500us);
  }
}

/// Readers of the stream on one thread; each event of facts is timed by the newest fact in it.
class Readers {
 public:
  Readers(const Rehearsal& rehearsal, int count) : rehearsal_(rehearsal) {
    const auto address = rehearsal.server->address();
    const auto port = std::stoi(address.substr(address.rfind(':') + 1));
    const auto cookie = sign_in(address, port);
    for (int i = 0; i < count; ++i) {
      sockets_.push_back(connect(port));
      say(sockets_.back(), fmt::format("GET /api/v1/stream?from=0 HTTP/1.1\r\nHost: {}\r\nCookie: {}\r\n\r\n", address, cookie));
    }
    pending_.resize(sockets_.size());
    thread_ = std::jthread{[this](const std::stop_token& stop) { work(stop); }};
  }
  std::vector<double> finish() {
    thread_ = {};
    return std::move(latencies_);
  }

 private:
  static Descriptor connect(int port) {
    Descriptor socket{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    const auto address = bench::loopback(port);
    if (::connect(socket.get(), reinterpret_cast<const sockaddr*>(&address), sizeof address) != 0) bench::give_up("connect");
    return socket;
  }
  static void say(const Descriptor& socket, const std::string& text) {
    if (::send(socket.get(), text.data(), text.size(), MSG_NOSIGNAL) != std::ssize(text)) bench::give_up("send");
  }
  static std::string sign_in(const std::string& address, int port) {
    const auto socket = connect(port);
    const auto body = fmt::format("{{\"person\":\"vjosa\",\"password\":\"{}\"}}", password);
    say(socket, fmt::format("POST /api/v1/session HTTP/1.1\r\nHost: {}\r\nContent-Type: application/json\r\nContent-Length: {}\r\n\r\n{}",
                            address, body.size(), body));
    std::string answer(65536, '\0');
    const auto got = ::recv(socket.get(), answer.data(), answer.size(), 0);
    answer.resize(static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
    const auto begin = answer.find("kulla=");
    if (begin == std::string::npos) {
      fmt::print(stderr, "nobody signed in: {}\n", answer.substr(0, 300));
      std::exit(2);
    }
    return answer.substr(begin, answer.find(';', begin) - begin);
  }
  void work(const std::stop_token& stop) {
    std::vector<pollfd> polls;
    for (const auto& socket : sockets_) polls.push_back({socket.get(), POLLIN, 0});
    std::string bytes(1 << 18, '\0');
    while (!stop.stop_requested()) {
      if (::poll(polls.data(), polls.size(), 50) <= 0) continue;
      for (std::size_t i = 0; i < polls.size(); ++i) {
        if ((polls[i].revents & (POLLIN | POLLHUP)) == 0) continue;
        const auto got = ::recv(polls[i].fd, bytes.data(), bytes.size(), 0);
        if (got <= 0) bench::give_up("a reader was cut off");
        take(pending_[i], std::string_view{bytes.data(), static_cast<std::size_t>(got)});
      }
    }
  }
  /// "event: facts" with "to":N; the event counts once its end, an empty line, is here.
  void take(std::string& pending, std::string_view bytes) {
    pending += bytes;
    for (auto end = pending.find("\n\n"); end != std::string::npos; end = pending.find("\n\n")) {
      const std::string_view event = std::string_view{pending}.substr(0, end);
      const auto to = event.find("event: facts") == std::string_view::npos ? event.npos : event.find("\"to\":");
      std::uint64_t number = 0;
      if (to != event.npos) std::from_chars(event.data() + to + 5, event.data() + event.size(), number);
      if (number > 0 && number < rehearsal_.recorded.size())
        latencies_.push_back(static_cast<double>(micros() - rehearsal_.recorded[number]) / 1e3);
      pending.erase(0, end + 2);
    }
  }
  const Rehearsal& rehearsal_;
  std::vector<Descriptor> sockets_;
  std::vector<std::string> pending_;
  std::vector<double> latencies_;
  std::jthread thread_;
};

struct Outcome {
  std::vector<double> decided, seen;
  double cpu = 0;  ///< cores
  double push_ns = 0;
};

/// Burns so many cores, evenly.
class Burner {
 public:
  explicit Burner(double cores) {
    for (; cores > 0; cores -= 1)
      threads_.emplace_back([share = std::min(cores, 1.0)](const std::stop_token& stop) {
        constexpr microseconds period{20'000};  // as the view's batches
        for (auto next = steady_clock::now(); !stop.stop_requested();) {
          const auto until = next + duration_cast<steady_clock::duration>(period * share);
          while (steady_clock::now() < until) {}
          next += period;
          std::this_thread::sleep_until(next);
        }
      });
  }

 private:
  std::vector<std::jthread> threads_;
};

Outcome run(bool console, double burnt) {
  Rehearsal rehearsal{console};
  std::atomic<bool> stop = false;
  std::thread thread{[&] {
    rehearsal.core->run([&] { return stop.load(); }, input::Started{"bench", rehearsal.clock.boot(), Mode::act, rehearsal.config.catalogue,
                                                                    all_open(rehearsal.config.catalogue)});
  }};
  rehearsal.core->ask([](const incident::State&) {});
  std::optional<Readers> reading;
  if (console) reading.emplace(rehearsal, readers);
  std::optional<Burner> burner;
  if (burnt > 0) burner.emplace(burnt);
  raise_alerts(*rehearsal.core, settling);
  const auto before = process_cpu();
  raise_alerts(*rehearsal.core, a_round);
  const auto cpu = (process_cpu() - before) / duration<double>(a_round).count();
  Outcome outcome;
  outcome.cpu = cpu;
  std::this_thread::sleep_for(200ms);
  if (reading) outcome.seen = reading->finish();
  stop = true;
  thread.join();
  outcome.decided = std::move(rehearsal.decided);
  outcome.push_ns = rehearsal.pushes > 0 ? rehearsal.pushing * 1e9 / static_cast<double>(rehearsal.pushes) : 0;
  return outcome;
}

int serve_a_page() {
  Rehearsal rehearsal{true};
  std::atomic<bool> stop = false;
  const std::jthread thread{[&] {
    rehearsal.core->run([&] { return stop.load(); }, input::Started{"bench", rehearsal.clock.boot(), Mode::act, rehearsal.config.catalogue,
                                                                    all_open(rehearsal.config.catalogue)});
  }};
  rehearsal.core->ask([](const incident::State&) {});
  Readers reading{rehearsal, readers - 1};
  fmt::print("{{\"url\":\"{}\",\"person\":\"vjosa\",\"password\":\"{}\"}}\n", rehearsal.server->url(), password);
  std::fflush(stdout);
  const auto is_wanted = [] {
    pollfd input{STDIN_FILENO, POLLIN, 0};
    char byte = 0;
    return ::poll(&input, 1, 0) == 0 || ::read(STDIN_FILENO, &byte, 1) > 0;
  };
  for (int seconds = 0; seconds < 300 && is_wanted(); ++seconds) raise_alerts(*rehearsal.core, 1s);
  (void)reading.finish();
  stop = true;
  return 0;
}
}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view{argv[1]} == "--page") return serve_a_page();
  Outcome with, beside;
  double push = 0;
  const double bare = run(false, 0).cpu;
  for (int round = 0; round < rounds; ++round) {
    auto one = run(true, 0);
    const auto extra = std::max(0.0, one.cpu - bare);
    auto other = run(false, extra);
    fmt::print("console_stream: round {}: with the console {:.2f} cores, beside a load of {:.2f} {:.2f} cores\n", round + 1, one.cpu, extra,
               other.cpu);
    for (auto [from, to] : {std::pair{&one, &with}, {&other, &beside}}) {
      to->decided.insert(to->decided.end(), from->decided.begin(), from->decided.end());
      to->seen.insert(to->seen.end(), from->seen.begin(), from->seen.end());
    }
    push += one.push_ns / rounds;
  }
  for (auto* each : {&with.decided, &beside.decided, &with.seen}) std::ranges::sort(*each);
  fmt::print(
      "console_stream: {} readers, {} facts/s: {} events, fact to event p50 {:.1f} ms, p99 {:.1f} ms, worst {:.1f} ms (limit: p99 100 "
      "ms)\n",
      readers, facts_a_second, with.seen.size(), at(with.seen, 0.5), at(with.seen, 0.99), at(with.seen, 1.0));
  const auto p99 = at(with.decided, 0.99), p99_beside = at(beside.decided, 0.99);
  fmt::print(
      "console_stream: alert to decision with the console p50 {:.3f} ms, p99 {:.3f} ms; beside an unconnected load p50 {:.3f} ms, p99 "
      "{:.3f} ms: "
      "{:.2f} × (limit: 1.1 ×)\n",
      at(with.decided, 0.5), p99, at(beside.decided, 0.5), p99_beside, p99 / p99_beside);
  fmt::print("console_stream: handing a fact to the view takes the core {:.0f} ns\n", push);
  return at(with.seen, 0.99) <= 100 && p99 <= p99_beside * 1.1 ? 0 : 1;
}
