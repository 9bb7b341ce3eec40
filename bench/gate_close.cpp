// order_to_refused: from the order to the first refused request, seen by clients that ask the closing service back to back, beside a load
// on all the others. Exit 1 where a figure misses its limit. usage: bench_gate_close [CLOSINGS]
#include <algorithm>
#include <mutex>
#include <optional>

#include "support/gate.hpp"

namespace kulla::bench {
namespace {
using namespace std::chrono;
constexpr int bystanders_rate = 17'000, probes_rate = 3'000, least_bystanders = 15'000, least_probes = 2'000;
constexpr double limit_ms = 10;

/// What the probing clients saw of the service that is being closed.
class Witness {
 public:
  void seen(const Answered& answered) {
    const std::scoped_lock lock{mutex_};
    if (answered.status == 200) served_[answered.request].push_back(answered.sent);
    else if (answered.status == 503) refused_.emplace(answered.request, answered.received);
  }
  void forget(std::size_t request) {
    const std::scoped_lock lock{mutex_};
    served_.erase(request), refused_.erase(request);
  }
  std::size_t served(std::size_t request) {
    const std::scoped_lock lock{mutex_};
    return served_[request].size();
  }
  std::optional<SystemClockPoint> first_refused(std::size_t request) {
    const std::scoped_lock lock{mutex_};
    const auto found = refused_.find(request);
    return found == refused_.end() ? std::nullopt : std::optional{found->second};
  }
  /// How many requests were sent after `time` and answered by the service all the same.
  std::ptrdiff_t served_after(std::size_t request, SystemClockPoint time) {
    const std::scoped_lock lock{mutex_};
    return std::ranges::count_if(served_[request], [&](const auto& sent) { return sent > time; });
  }

 private:
  std::mutex mutex_;
  std::map<std::size_t, std::vector<SystemClockPoint>> served_;
  std::map<std::size_t, SystemClockPoint> refused_;
};

template <typename Holds>
void wait_until(Holds holds) {
  for (int i = 0; i < 20'000 && !holds(); ++i) std::this_thread::sleep_for(500us);
}
double percentile(std::vector<double> values, double share) {
  std::ranges::sort(values);
  return values[std::min(values.size() - 1, static_cast<std::size_t>(static_cast<double>(values.size()) * share))];
}

int measure(int closings) {
  auto folder = must(TemporaryFolder::make("kb"));
  auto server = answering_server(1024);
  const auto settings = settings_of(folder.path() / "g", server.port());
  (void)must(gate::render_first(settings));
  auto haproxy = start(settings);
  gate::HaproxyGate gate{settings};
  const auto requests = all_requests();

  Load bystanders{{port_of(settings), 64, requests, bystanders_rate, {}, {}}};
  Witness witness;
  std::atomic<std::size_t> target = 0;
  Load probes{{port_of(settings), 4, requests, probes_rate, [&](std::size_t) { return target.load(); },
               [&](const Answered& one) { witness.seen(one); }}};
  std::this_thread::sleep_for(1s);

  std::vector<double> to_refused, to_acknowledged;
  std::ptrdiff_t leaked = 0, unseen = 0;
  const auto begun = steady_clock::now();
  const auto bystanders_before = bystanders.answered(), probes_before = probes.answered();
  for (int i = 0; i < closings; ++i) {
    const auto request = static_cast<std::size_t>(i * 8 % service_count);
    witness.forget(request);
    target = request;
    wait_until([&] { return witness.served(request) >= 40; });
    const auto ordered = system_clock::now();
    const auto applied = must(gate.set(id_of(static_cast<int>(request)), {GateMode::closed, ClosureId{"abcdef012345"}, 0}, false));
    wait_until([&] { return witness.first_refused(request).has_value(); });
    std::this_thread::sleep_for(20ms);
    const auto refused = witness.first_refused(request);
    if (refused) to_refused.push_back(duration<double, std::milli>(*refused - ordered).count());
    unseen += !refused;
    to_acknowledged.push_back(duration<double, std::milli>(applied.acknowledged - ordered).count());
    leaked += witness.served_after(request, applied.acknowledged);
    target = static_cast<std::size_t>((i * 8 + 1) % service_count);
    (void)must(gate.set(id_of(static_cast<int>(request)), {GateMode::open, {}, 0}, true));
  }
  const duration<double> took = steady_clock::now() - begun;
  const auto bystander_rate = static_cast<double>(bystanders.answered() - bystanders_before) / took.count();
  const auto probe_rate = static_cast<double>(probes.answered() - probes_before) / took.count();
  probes.stop(), bystanders.stop(), haproxy.stop();

  const auto p99 = percentile(to_refused, 0.99);
  fmt::print("order_to_refused: p50 {:.2f} ms, p99 {:.2f} ms (limit {} ms), worst {:.2f} ms, {} closings of {} services\n",
             percentile(to_refused, 0.5), p99, limit_ms, percentile(to_refused, 1), closings, service_count);
  fmt::print("order_to_acknowledged: p50 {:.2f} ms, p99 {:.2f} ms\n", percentile(to_acknowledged, 0.5), percentile(to_acknowledged, 0.99));
  fmt::print("beside it: {:.0f} requests/s on the closing service (at least {}), {:.0f} requests/s on the others (at least {})\n",
             probe_rate, least_probes, bystander_rate, least_bystanders);
  fmt::print("leaked_after_close: {} (limit 0); closings whose refusal was not seen: {}\n", leaked, unseen);
  return p99 <= limit_ms && leaked == 0 && unseen == 0 && probe_rate >= least_probes && bystander_rate >= least_bystanders ? 0 : 1;
}
}  // namespace
}  // namespace kulla::bench

int main(int argc, char** argv) { return kulla::bench::measure(argc > 1 ? std::max(1, std::atoi(argv[1])) : 250); }
