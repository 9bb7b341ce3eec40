// From a malicious line in the gate's log to the order that blocks its source, at 10,000 lines a second: the real sensor over TCP, the real
// rules, the real core; only the gate itself is left out. Limit: p99 5 ms. (fail2ban and CrowdSec, measured elsewhere: 440 ms, 610 ms.)
#include <fmt/format.h>

#include <algorithm>
#include <boost/asio.hpp>
#include <cstdlib>
#include <mutex>
#include <thread>

#include "base/file.hpp"
#include "daemon/core.hpp"
#include "daemon/gate_log_sensor.hpp"

using namespace kulla;
using namespace std::chrono;
namespace asio = boost::asio;

namespace {
constexpr int lines_a_second = 10'000, seconds_long = 10, malicious_every = 100;

std::string line(std::string_view client, std::string_view target, int status) {
  return fmt::format("kulla1 {} 2 {} GET e-tax.example {} {} 512 e-tax pass -- \"{}\" \"Mozilla/5.0 (X11; Linux x86_64)\" \"-\" \"-\"\n",
                     duration_cast<microseconds>(system_clock::now().time_since_epoch()).count(), client,
                     target.substr(0, target.find('?')), status, target);
}
std::string attacker(int n) { return fmt::format("10.{}.{}.{}", n / 65536 % 256, n / 256 % 256, n % 256); }

struct Times {
  std::mutex mutex;
  std::map<SourceRef, steady_clock::time_point> sent;
  std::vector<double> milliseconds;
  void order(const SourceRef& source) {
    const auto now = steady_clock::now();
    const std::scoped_lock lock{mutex};
    if (const auto at = sent.find(source); at != sent.end()) milliseconds.push_back(duration<double, std::milli>(now - at->second).count());
  }
};

daemon::Outlets outlets(Times& times) {
  return {[](std::uint64_t, const Fact&, const std::vector<Order>&) {},
          [&times](std::uint64_t, const Order& order) {
            if (const auto* block = std::get_if<order::BlockSource>(&order)) times.order(block->source);
          },
          [] { return false; }};
}

/// Sends at the rate, in small bursts as a ring does; every hundredth line is malicious, each from an address of its own.
void send_lines(const std::string& address, const Pseudonyms& pseudonyms, Times& times) {
  asio::io_context context;
  asio::ip::tcp::socket socket{context};
  socket.connect(*daemon::parse_endpoint(address));
  socket.set_option(asio::ip::tcp::no_delay(true));  // as HAProxy does
  const auto start = steady_clock::now();
  for (int sent = 0; sent < lines_a_second * seconds_long;) {
    const auto due = std::min<std::int64_t>(lines_a_second * seconds_long,
                                            duration_cast<microseconds>(steady_clock::now() - start).count() * lines_a_second / 1'000'000);
    std::string burst;
    for (; sent < due; ++sent) {
      const bool malicious = sent % malicious_every == 0;
      const auto from = malicious ? attacker(sent) : fmt::format("192.0.2.{}", sent % 250 + 1);
      burst += malicious ? line(from, "/search?q=1%20UNION%20SELECT%20password%20FROM%20users--", 404)
                         : line(from, fmt::format("/page/{}", sent % 1000), 200);
      if (malicious) {
        const std::scoped_lock lock{times.mutex};
        times.sent[SourceRef{pseudonyms.of(from)}] = steady_clock::now();
      }
    }
    asio::write(socket, asio::buffer(burst));
    std::this_thread::sleep_for(500us);
  }
  std::this_thread::sleep_for(200ms);
}

Catalogue catalogue() {
  Catalogue result;
  result.services = {{ServiceId{"e-tax"}, "e-tax.example", "/", {SystemId{"web-1"}}, {}, "", false}};
  result.systems = {{SystemId{"web-1"}, {}}};
  result.sensors = {{SensorId{"gate"}, true, {}}};
  return result;
}
}  // namespace

int main() {
  const auto folder = *TemporaryFolder::make("kulla-bench");
  const char* rules = std::getenv("KULLA_RULES");
  const SystemClock clock;
  daemon::Addresses addresses{Pseudonyms{random_digest()}};
  auto evidence = daemon::EvidenceStore::open(folder.path());
  detect::Settings settings;
  settings.rules = {rules ? rules : KULLA_SOURCE_DIR "/rules"};
  settings.flood_limit = 1'000'000;  // a thousand sources in ten seconds would be told together, and each is to be blocked here
  auto detector = detect::Detector::make(settings, addresses.pseudonyms(), SensorId{"gate"});
  if (!evidence || !detector) return 2;
  Times times;
  incident::Policy policy;
  policy.block_after = 1'000;  // one alert blocks, so that every malicious line has its order
  daemon::Core core{{}, policy, clock, milliseconds{100}, outlets(times)};
  const std::string address = "127.0.0.1:39471";
  auto sensor = daemon::GateLogSensor::start(address, std::move(*detector), addresses, **evidence, clock,
                                             [&](InputBody body) { core.post(std::move(body)); });
  if (!sensor) {
    fmt::print(stderr, "{}\n", sensor.error().message());
    return 2;
  }
  std::atomic<bool> stop = false;
  std::thread thread{[&] {
    core.run([&] { return stop.load(); },
             input::Started{"bench", clock.boot(), Mode::act, catalogue(), {{ServiceId{"e-tax"}, {GateMode::open, {}, 0}, "1"}}});
  }};
  send_lines(address, addresses.pseudonyms(), times);
  stop = true;
  thread.join();
  auto& all = times.milliseconds;
  std::ranges::sort(all);
  const auto at = [&](double share) {
    return all.empty() ? 0.0 : all[std::min(all.size() - 1, static_cast<std::size_t>(share * static_cast<double>(all.size())))];
  };
  fmt::print(
      "line_to_order: {} lines/s for {} s, {} of {} malicious lines had their order: p50 {:.2f} ms, p99 {:.2f} ms, worst {:.2f} ms (limit: "
      "p99 5 ms)\n",
      lines_a_second, seconds_long, all.size(), lines_a_second * seconds_long / malicious_every, at(0.5), at(0.99), at(1.0));
  fmt::print("line_to_order: lines read {}, unreadable {}, cut {}\n", (*sensor)->counts().lines, (*sensor)->counts().unreadable,
             (*sensor)->counts().cut);
  return all.size() == static_cast<std::size_t>(lines_a_second * seconds_long / malicious_every) ? 0 : 1;
}
