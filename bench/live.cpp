// A host's log live: all rules of the corpus over its Windows events, sent at 50,000 a second over TCP to the sensor of the daemon, which
// looks at them on one thread. They come mixed, as from many hosts: the corpus lies there attack by attack. Limits: no lag, and p99 from an
// event that is sent to its alert 5 ms. (KULLA_CORPUS names the corpus)
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <deque>
#include <fstream>
#include <mutex>
#include <random>
#include <thread>

#include "base/file.hpp"
#include "daemon/gate_log_sensor.hpp"
#include "daemon/host_logs.hpp"
#include "support/corpus.hpp"

using namespace kulla;
using namespace std::chrono;
namespace asio = boost::asio;

namespace {
constexpr std::int64_t events_a_second = 50'000, seconds_long = 10, marked_every = 500;
constexpr const char* address = "127.0.0.1:39472";
constexpr const char* mark = R"({"Channel":"Security","EventID":1,"Mark":"here"})";
constexpr const char* mark_rule = R"(title: Mark
id: 6d9f6c0e-6b7e-4d5e-9a53-0d3c0b7c9a11
logsource: {product: windows}
detection: {mark: {Mark: here}, condition: mark}
)";

/// Marked events are seen in the order in which they were sent.
struct Times {
  std::mutex mutex;
  std::deque<steady_clock::time_point> sent;
  std::vector<double> milliseconds;
  std::uint64_t other_alerts = 0;
  void alert(const Alert& alert) {
    const auto now = steady_clock::now();
    const std::scoped_lock lock{mutex};
    if (alert.title != "Mark") return void(++other_alerts);
    milliseconds.push_back(duration<double, std::milli>(now - sent.front()).count());
    sent.pop_front();
  }
};

/// Without their ends.
std::vector<std::string_view> lines_of(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto line = text.substr(0, text.find('\n'));
    if (!line.empty()) lines.push_back(line);
    text.remove_prefix(std::min(line.size() + 1, text.size()));
  }
  return lines;
}

struct Sent {
  std::uint64_t events = 0, bytes = 0;
};
Sent send(const std::vector<std::string_view>& lines, Times& times) {
  asio::io_context context;
  asio::ip::tcp::socket socket{context};
  socket.connect(*daemon::parse_endpoint(address));
  socket.set_option(asio::ip::tcp::no_delay(true));
  Sent sent;
  const auto start = steady_clock::now();
  constexpr auto all = static_cast<std::uint64_t>(events_a_second * seconds_long);
  for (std::string burst; sent.events < all; burst.clear()) {
    const auto due = duration_cast<microseconds>(steady_clock::now() - start).count() * events_a_second / 1'000'000;
    for (; sent.events < std::min(all, static_cast<std::uint64_t>(due)); ++sent.events) {
      const bool marked = sent.events % marked_every == 0;
      burst += marked ? std::string_view{mark} : lines[sent.events % lines.size()];
      burst += '\n';
      if (!marked) continue;
      const std::scoped_lock lock{times.mutex};
      times.sent.push_back(steady_clock::now());
    }
    sent.bytes += burst.size();
    asio::write(socket, asio::buffer(burst));
    std::this_thread::sleep_for(500us);
  }
  return sent;
}

/// Two rounds with these rules; the first makes the programs.
bool measure(const char* what, const std::vector<std::filesystem::path>& paths, const std::vector<std::string_view>& lines) {
  const auto folder = *TemporaryFolder::make("kulla-bench-live");
  detect::Settings settings;
  settings.rules = paths;
  settings.repeat_after = seconds{0}, settings.flood_limit = 1'000'000'000;
  const SystemClock clock;
  auto evidence = daemon::EvidenceStore::open(folder.path() / "evidence");
  auto rules = detect::Detector::rules_for_hosts(settings);
  if (!evidence || !rules) return false;
  Times times;
  auto logs = daemon::HostLogs::start({{{SensorId{"log:bench"}, SystemId{"bench"}}, event::Format::ndjson, address, {}}}, settings, *rules,
                                      Pseudonyms{random_digest()}, folder.path() / "positions", **evidence, clock, [&](InputBody body) {
                                        if (const auto* raised = std::get_if<input::AlertRaised>(&body)) times.alert(raised->alert);
                                      });
  if (!logs) {
    fmt::print(stderr, "{}\n", logs.error().message());
    return false;
  }
  for (const auto* round : {"from the start", "programs made"}) {
    const auto done = [&] {
      const auto counts = (*logs)->counts().front();
      return counts.events + counts.unreadable;
    };
    const auto before = done();
    times.milliseconds.clear(), times.other_alerts = 0;
    const auto start = steady_clock::now();
    const auto sent = send(lines, times);
    const auto sending = duration<double>(steady_clock::now() - start).count();
    const auto enough = steady_clock::now() + 20s;
    while (done() - before < sent.events && steady_clock::now() < enough) std::this_thread::sleep_for(100us);
    const auto behind = duration<double, std::milli>(steady_clock::now() - start).count() - sending * 1000;
    const std::scoped_lock lock{times.mutex};
    auto& all = times.milliseconds;
    std::ranges::sort(all);
    const auto at = [&](double share) {
      return all.empty() ? 0.0 : all[std::min(all.size() - 1, static_cast<std::size_t>(share * static_cast<double>(all.size())))];
    };
    fmt::print(
        "live, {}, {}: {:.0f} events/s ({:.0f} MB/s) for {:.0f} s, done {:.1f} ms after the last; event to alert p50 {:.2f} ms, p99 {:.2f} "
        "ms, worst {:.2f} ms of {}; {} other alerts\n",
        what, round, static_cast<double>(sent.events) / sending, static_cast<double>(sent.bytes) / sending / 1e6, sending, behind, at(0.5),
        at(0.99), at(1.0), all.size(), times.other_alerts);
  }
  return true;
}
}  // namespace

int main() {
  if (!bench::has_corpus("live")) return 0;
  const auto text = bench::windows_events();
  auto lines = lines_of(text);
  std::shuffle(lines.begin(), lines.end(), std::mt19937{1});
  const auto folder = *TemporaryFolder::make("kulla-bench-live");
  const auto mark_file = folder.path() / "mark.yml";
  std::ofstream{mark_file} << mark_rule;
  // What the sockets and the clock of this machine cost stands beside what the rules do.
  const bool well = measure("one rule", {mark_file}, lines) && measure("all rules", {bench::corpus() / "sigma", mark_file}, lines);
  return well ? 0 : 2;
}
