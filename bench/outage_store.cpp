// The store of observations: bytes an observation over a steady year, measured over hours and multiplied, with the traffic of
// a year's failures added; how fast it is written and read; bytes of the roll-ups. The limit is the issue's: 4 bytes an observation.
//
// What is made up, and why it is no easier than the world: kulla probe's own schedule says when what is asked, a good millisecond late;
// the phases are log-normal around each target's own usual values (look-up and first byte with a spread of 0.3, the handshakes of 0.1), in
// microseconds; probes end in another order than they began; 0.1 % fail alone, and each target is down for a while now and then.
// usage: bench_outage_store [HOURS]
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <chrono>
#include <cmath>
#include <cstdlib>
#include <queue>
#include <random>

#include "base/file.hpp"
#include "outage/history.hpp"
#include "outage/schedule.hpp"
#include "outage/store.hpp"

using namespace kulla;
using namespace kulla::outage;
using namespace std::chrono_literals;
namespace fs = std::filesystem;

namespace {
constexpr Timestamp start{std::chrono::hours{24 * 365 * 54}};
constexpr double year = 365.25 * 86400;

template <typename T>
T must(Result<T> result) {
  if (!result) {
    fmt::print(stderr, "bench: {}\n", result.error().message());
    std::exit(2);
  }
  if constexpr (!std::is_void_v<T>) return std::move(*result);
}

struct Deployment {
  std::size_t targets, vantages;
  std::chrono::milliseconds every;
  std::chrono::minutes lasts;
};

/// One vantage's observations, one by one, in the order in which the probes end.
class Vantage {
 public:
  Vantage(const Deployment& deployment, std::size_t index)
      : deployment_(deployment), name_{fmt::format("vantage-{}", index + 1)}, random_(index + 1) {
    std::mt19937_64 shared{42};
    ScheduleSettings settings{
        .slot = static_cast<int>(index), .of = static_cast<int>(deployment.vantages), .targets = {}, .seed = index + 1};
    for (std::size_t i = 0; i < deployment.targets; ++i) {
      profiles_.push_back({usual(shared, 6'000, 0.8), usual(random_, 25'000, 0.7), usual(random_, 50'000, 0.6), usual(shared, 70'000, 0.9),
                           usual(shared, 2'000, 0.8)});
      settings.targets.push_back({ServiceId{fmt::format("service-{:04}.example.al", i)}, "", deployment.every});
    }
    down_until_.resize(deployment.targets);
    names_ = settings.targets;
    schedule_.emplace(std::move(settings), steady(start), start);
  }

  /// All that ends before `until`.
  template <typename Take>
  void run(Timestamp until, Take take) {
    for (auto next = schedule_->next_due(); next && *next < steady(until); next = schedule_->next_due()) {
      const Timestamp due{next->time_since_epoch()};
      while (!ending_.empty() && ending_.top().ends < due) {
        auto ended = ending_.top();
        ending_.pop();
        ended.observation.number = ++number_;
        schedule_->answered(ended.target, steady(ended.observation.sent), ended.observation.failed == Layer::none, steady(ended.ends));
        take(ended.observation);
      }
      while (const auto target = schedule_->take(*next)) probe(*target, due);
    }
  }
  const VantageId& name() const { return name_; }

 private:
  struct Asked {
    std::size_t target;
    Timestamp ends;
    Observation observation;
    friend bool operator<(const Asked& a, const Asked& b) { return a.ends > b.ends; }  // the top is what ends first
  };
  static Schedule::Time steady(Timestamp time) { return Schedule::Time{time.time_since_epoch()}; }
  static std::int64_t usual(std::mt19937_64& random, double middle, double spread) {
    return std::max<std::int64_t>(1, std::llround(middle * std::exp(std::normal_distribution{0.0, spread}(random))));
  }
  void probe(std::size_t target, Timestamp due) {
    Observation made;
    made.vantage = name_;
    made.target = names_[target].target;
    made.sent = due + std::chrono::microseconds{usual(random_, 600, 0.8)};  // a process that has others to ask too
    const auto& usual_of = profiles_[target];
    const auto around = [&](std::size_t i, double spread) { return usual(random_, static_cast<double>(usual_of[i]), spread); };
    made.phases = {around(0, 0.3), around(1, 0.1), around(2, 0.1), around(3, 0.3)};
    made.took_us = made.phases.resolve_us + made.phases.connect_us + made.phases.tls_us + made.phases.first_byte_us + around(4, 0.5);
    made.status = 200;
    made.body = fmt::format("{:016x}", 0x9E3779B97F4A7C15ULL * (target + 1));
    made.address = fmt::format("198.51.{}.{}", target / 250, target % 250 + static_cast<std::size_t>(target % 10 == 0 && random_() % 2));
    made.certificate_ends = start + std::chrono::hours{24 * 30} + std::chrono::seconds{target * 977};
    fail_some(made, target);
    const auto ends = made.sent + std::chrono::microseconds{made.took_us};
    ending_.push({target, ends, std::move(made)});
  }
  /// A thousandth of the probes alone; and each target, every few weeks, for some minutes.
  void fail_some(Observation& made, std::size_t target) {
    const auto chance = std::uniform_real_distribution{}(random_);
    if (chance < 0.001 * std::chrono::duration<double>(deployment_.every).count() / 1800) down_until_[target] = made.sent + 15min;
    if (chance > 0.001 && made.sent >= down_until_[target]) return;
    made.failed = chance < 0.0005 ? Layer::connect_timeout : Layer::status;
    made.status = made.failed == Layer::status ? 503 : 0;
    if (made.failed == Layer::connect_timeout)
      made.took_us = 5'000'000 + made.phases.resolve_us, made.phases.connect_us = 0, made.body.reset();
  }

  Deployment deployment_;
  VantageId name_;
  std::mt19937_64 random_;
  std::vector<std::array<std::int64_t, 5>> profiles_;
  std::vector<Timestamp> down_until_;
  std::vector<ScheduleSettings::Asked> names_;
  std::optional<Schedule> schedule_;
  std::priority_queue<Asked> ending_;
  std::uint64_t number_ = 1'700'000'000'000'000;
};

std::uintmax_t size_of(const fs::path& folder) {
  std::uintmax_t bytes = 0;
  for (const auto& each : fs::recursive_directory_iterator(folder))
    if (each.is_regular_file()) bytes += each.file_size();
  return bytes;
}
double seconds_since(std::chrono::steady_clock::time_point from) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - from).count();
}

std::vector<Target> targets_of(const Deployment& deployment) {
  std::vector<Target> targets;
  for (std::size_t i = 0; i < deployment.targets; ++i)
    targets.push_back({.name = ServiceId{fmt::format("service-{:04}.example.al", i)},
                       .every = deployment.every,
                       .network = fmt::format("AS{}", 64500 + i % 12)});
  return targets;
}

constexpr double bytes_most = 4;
bool missed = false;

void measure(const Deployment& deployment, bool history) {
  auto folder = must(TemporaryFolder::make("kulla-bench-store"));
  std::uint64_t count = 0;
  double writing = 0;
  for (std::size_t i = 0; i < deployment.vantages; ++i) {
    Vantage vantage{deployment, i};
    auto store = must(Store::open({folder.path(), vantage.name(), {}, {}}));
    std::vector<Observation> some;
    const auto put = [&] {
      const auto from = std::chrono::steady_clock::now();
      for (const auto& each : some) must(store.append(each));
      writing += seconds_since(from);
      count += some.size();
      some.clear();
    };
    vantage.run(start + deployment.lasts, [&](const Observation& each) {
      some.push_back(each);
      if (some.size() == 10'000) put();
    });
    put();
    const auto from = std::chrono::steady_clock::now();
    must(store.flush());
    writing += seconds_since(from);
  }
  const auto bytes = static_cast<double>(size_of(folder.path()));
  const auto each = bytes / static_cast<double>(count);
  missed |= each > bytes_most;
  const auto a_year =
      static_cast<double>(deployment.targets * deployment.vantages) * year / std::chrono::duration<double>(deployment.every).count();
  fmt::print(
      "outage_store: {:>5} services x {} vantages, each every {:>3} s, {:>4} h: {:>9} observations, {:.2f} bytes each (limit: at most "
      "{:g}); "
      "a year {:.1f} GB\n",
      deployment.targets, deployment.vantages, deployment.every / 1s, deployment.lasts / 1h, count, each, bytes_most, each * a_year / 1e9);

  const auto from = std::chrono::steady_clock::now();
  auto reader = must(StoreReader::open({.folder = folder.path()}));
  History kept{targets_of(deployment), start, start + deployment.lasts, 60s};
  std::uint64_t read = 0;
  while (const auto observation = reader.next()) {
    ++read;
    if (!history) continue;
    kept.take(*observation);
  }
  const auto reading = seconds_since(from);
  if (read != count || !reader.damage().empty()) fmt::print("outage_store: BAD: {} of {} read\n", read, count);
  fmt::print("outage_store: written {:.2f} M/s (append, and the block at the end), read in order{} {:.2f} M/s\n",
             static_cast<double>(count) / writing / 1e6, history ? " into a history" : "", static_cast<double>(read) / reading / 1e6);
  if (!history) return;
  for (const std::size_t factor : {1, 60}) {
    const auto tracks = rolled_up(kept.tracks({}), factor);
    const auto rolled = static_cast<double>(history_bytes(tracks).size());
    const auto cells = static_cast<double>(tracks.steps() * tracks.tracks.size());
    const auto cells_a_year = static_cast<double>(deployment.targets) * year / static_cast<double>(tracks.step.count());
    fmt::print("outage_store: roll-ups of {}: {:.2f} bytes a service and step; a year of {} services {:.2f} GB\n",
               factor == 1 ? "minutes" : "hours", rolled / cells, deployment.targets, rolled / cells * cells_a_year / 1e9);
  }
}
}  // namespace

int main(int argc, char** argv) {
  int hours = 6;
  if (argc > 1) std::from_chars(argv[1], argv[1] + std::string_view{argv[1]}.size(), hours);
  measure({1225, 5, 60s, std::chrono::hours{hours}}, true);
  measure({1225, 5, 30s, std::chrono::hours{hours} / 2}, false);
  measure({100, 5, 10s, std::chrono::hours{hours} / 2}, false);
  measure({10, 1, 2s, std::chrono::hours{hours}}, false);
  return missed ? 1 : 0;
}
