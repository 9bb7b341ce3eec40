// Requests/s through the gate with the maps, and with maps and log, against the same HAProxy without either (hosts routed to the same
// backends by name). Rounds in turn within one run, so that whatever else the machine does meets all three alike.
// usage: bench_gate_throughput [ROUNDS] [MILLISECONDS]
#include <algorithm>

#include "support/cpu.hpp"
#include "support/gate.hpp"

namespace kulla::bench {
namespace {
using namespace std::chrono;
constexpr double limit = 0.97;

/// The rendered configuration with the rules and the log taken out.
std::string without_rules(const std::string& config) {
  const auto frontend = config.find("frontend kulla-gate\n"), bound = config.find('\n', config.find("  bind ", frontend)) + 1;
  const auto backends = config.find("\nbackend s0\n");
  return config.substr(0, bound) + "  use_backend %[req.hdr(host),field(1,.)]\n" + config.substr(backends);
}

struct Setup {
  const char* name;
  gate::Settings settings;
  Child haproxy;
  std::vector<double> rates;
  pid_t worker = 0;
  std::uint64_t answered = 0, counted = 0;
  microseconds processor{};
};

double median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}
double ratio(const Setup& setup, const Setup& plain) {
  std::vector<double> ratios;
  for (std::size_t i = 0; i < setup.rates.size(); ++i) ratios.push_back(setup.rates[i] / plain.rates[i]);
  return median(ratios);
}

int measure(int rounds, milliseconds length) {
  auto folder = must(TemporaryFolder::make("kb"));
  auto server = answering_server(1024);
  std::atomic<std::uint64_t> lines = 0;
  Receiver log{[&](int, std::string_view bytes) { lines += static_cast<std::uint64_t>(std::ranges::count(bytes, '\n')); }};
  const auto requests = all_requests();
  std::vector<Setup> setups;
  for (const char* name : {"plain", "maps", "maps and log"}) {
    auto settings = settings_of(folder.path() / std::to_string(setups.size()), server.port());
    if (setups.size() == 2) settings.log = fmt::format("127.0.0.1:{}", log.port());
    (void)must(gate::render_first(settings));
    if (setups.empty()) must(write_file_atomic(settings.config(), without_rules(gate::render_config(settings))));
    auto haproxy = start(settings);
    const auto worker = must(gate::HaproxyGate{settings}.workers()).front().pid;
    setups.push_back({name, settings, std::move(haproxy), {}, worker, 0, 0, {}});
  }
  std::uint64_t wrong = 0;
  for (int round = -1; round < rounds; ++round) {  // the first warms up
    for (std::size_t n = 0; n < setups.size(); ++n) {
      auto& setup = setups[(n + static_cast<std::size_t>(round + 1)) % setups.size()];
      Load load{{port_of(setup.settings), 64, requests, 0, {}, {}}};
      std::this_thread::sleep_for(100ms);
      const auto before = load.answered();
      const auto used = processor_time(setup.worker);
      const auto begun = steady_clock::now();
      std::this_thread::sleep_for(length);
      const duration<double> took = steady_clock::now() - begun;
      const auto counted = load.answered() - before;
      if (round >= 0) {
        setup.rates.push_back(static_cast<double>(counted) / took.count());
        setup.counted += counted;
        setup.processor += processor_time(setup.worker) - used;
      }
      load.stop();
      setup.answered += load.answered();
      if (load.failed() + load.refused() > 0) fmt::print("{}: {} requests failed, {} refused\n", setup.name, load.failed(), load.refused());
      wrong += load.failed() + load.refused();
    }
  }
  for (int i = 0; i < 200 && lines < setups[2].answered; ++i) std::this_thread::sleep_for(10ms);
  for (const auto& setup : setups)
    fmt::print("{:<13} {:>7.0f} requests/s, {:.2f} us of HAProxy's processor time a request\n", setup.name, median(setup.rates),
               static_cast<double>(setup.processor.count()) / static_cast<double>(setup.counted));
  const double maps = ratio(setups[1], setups[0]), logged = ratio(setups[2], setups[0]);
  const auto lost = static_cast<std::int64_t>(setups[2].answered) - static_cast<std::int64_t>(lines.load());
  fmt::print("with maps / without: {:.3f} (limit {}); with maps and log / without: {:.3f} (limit {}; 0.75 to 0.84 in a trial)\n", maps,
             limit, logged, limit);
  fmt::print("log lines: {} of {} requests, lost {} (limit 0)\n", lines.load(), setups[2].answered, lost);
  for (auto& setup : setups) setup.haproxy.stop();
  return maps >= limit && logged >= limit && lost == 0 && wrong == 0 ? 0 : 1;
}
}  // namespace
}  // namespace kulla::bench

int main(int argc, char** argv) {
  const int rounds = argc > 1 ? std::max(1, std::atoi(argv[1])) : 41, length = argc > 2 ? std::max(1, std::atoi(argv[2])) : 400;
  return kulla::bench::measure(rounds, std::chrono::milliseconds{length});
}
