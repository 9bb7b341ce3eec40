// What rules over recordings cost: all rules of the corpus over its Windows events, beside only parsing them; where the time goes; start,
// memory, two cores against one, and the speed against the number of rules. bench_hunt [--plot FILE.svg]   (KULLA_CORPUS names the corpus)
#include <fmt/format.h>
#include <sys/resource.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <thread>

#include "base/file.hpp"
#include "detect/hunt.hpp"
#include "detect/sigma/matcher.hpp"
#include "event/input.hpp"
#include "event/json.hpp"
#include "support/corpus.hpp"
#include "support/parse_only.hpp"
#include "support/plot.hpp"

namespace {
using namespace kulla;
namespace fs = std::filesystem;
using Watch = std::chrono::steady_clock;
constexpr int rounds = 5;

double since(Watch::time_point start) { return std::chrono::duration<double>(Watch::now() - start).count(); }
/// The best of some rounds: other programs on the machine only ever make it worse.
double best(const auto& work) {
  double seconds = 1e9;
  for (int round = 0; round < rounds; ++round) {
    const auto start = Watch::now();
    work();
    seconds = std::min(seconds, since(start));
  }
  return seconds;
}

struct Sets {
  std::shared_ptr<const detect::sigma::RuleSet> rules;
  double seconds = 0;
};
Sets load(std::size_t at_most, const fs::path& cache = {}) {
  const auto start = Watch::now();
  detect::sigma::LoadOptions how{.pipelines = detect::sigma::Pipelines::standard().value(), .cache = cache};
  std::size_t taken = 0;
  if (at_most > 0) how.wanted = [&taken, at_most](const auto&) { return taken++ < at_most; };
  auto loaded = detect::sigma::load({bench::corpus() / "sigma"}, how).value();
  return {loaded.rules, since(start)};
}

double hunted(detect::sigma::Matcher& matcher, std::string_view lines) {
  return best([&] {
    const auto reader = event::make_ndjson_reader();
    reader->read(lines, true, [&](const event::Event& event) { matcher.match(event); });
  });
}

double with_threads(const fs::path& file, unsigned threads) {
  auto loaded = detect::sigma::load({bench::corpus() / "sigma"}, {.pipelines = detect::sigma::Pipelines::standard().value()}).value();
  detect::HuntSettings settings;
  settings.threads = threads;
  detect::Hunt hunt{std::move(loaded), settings};
  const std::atomic<bool> stop = false;
  const auto pass = [&] { (void)hunt.input(file, [](const auto&) {}, [](std::uint64_t) {}, stop); };
  pass();  // makes the programs
  return best(pass);
}

double megabytes_used() {
  rusage usage{};
  ::getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_maxrss) / 1024;
}
}  // namespace

int main(int count, char** arguments) {
  if (!bench::has_corpus("hunt")) return 0;
  const double before = megabytes_used();
  const auto all = load(0);
  fmt::print("start: {} rules parsed and compiled in {:.2f} s on {} cores (limit 1.5 s)\n", all.rules->size(), all.seconds,
             std::thread::hardware_concurrency());
  auto text = bench::windows_events();
  const double data = static_cast<double>(text.size()) / 1e6;
  text.append(event::read_padding, '\0');
  const std::string_view lines{text.data(), text.size() - event::read_padding};

  bench::Parsed parsed;
  const double parsing = best([&] { parsed = bench::parse_only(lines); });
  const double events = static_cast<double>(parsed.events);
  const auto line = [&](const char* what, double seconds) {
    fmt::print("{:<28} {:>9.0f} events/s {:>7.0f} MB/s {:>6.1f} % of parsing alone\n", what, events / seconds, data / seconds,
               100 * parsing / seconds);
  };
  line("parsing alone (peer)", parsing);
  line("reading", best([&] { event::make_ndjson_reader()->read(lines, true, [](const event::Event&) {}); }));
  detect::sigma::Matcher matcher{all.rules};
  const auto first = Watch::now();
  event::make_ndjson_reader()->read(lines, true, [&](const event::Event& event) { matcher.match(event); });
  line("hunt, first pass", since(first));
  const double memory = megabytes_used() - before - data;
  const double hunting = hunted(matcher, lines);
  line("hunt", hunting);
  detect::sigma::Spent spent;
  const auto evaluated = matcher.evaluated();
  matcher.measure(&spent);
  event::make_ndjson_reader()->read(lines, true, [&](const event::Event& event) { matcher.match(event); });
  const auto each = [&](std::uint64_t nanoseconds) { return static_cast<double>(nanoseconds) / events; };
  fmt::print(
      "  of which an event: looking up {:.0f} ns, scanning {:.0f} ns, evaluating {:.0f} ns ({:.2f} conditions); the rest is reading\n",
      each(spent.looking_up), each(spent.scanning), each(spent.evaluating), static_cast<double>(matcher.evaluated() - evaluated) / events);
  fmt::print("memory with all rules, all programs made: {:.0f} MB (limit 300)\n", memory);

  auto folder = TemporaryFolder::make("kulla-bench-hunt").value();
  const auto cache = folder.path() / "rules.cache";
  (void)load(0, cache);
  fmt::print("start from the cache: {:.2f} s (limit 0.3 s)\n", best([&] { (void)load(0, cache); }));
  const auto file = folder.path() / "events.ndjson";
  if (write_file_atomic(file, lines)) {
    const double one = with_threads(file, 1), two = with_threads(file, 2);
    fmt::print("one core {:.3f} s, two {:.3f} s: {:.2f} times (limit 1.8)\n", one, two, one / two);
  }

  bench::Plot plot{"Events a second against the number of rules", "rules", "events/s", {}};
  for (const std::size_t wanted : {100U, 500U, 1000U, 2000U, 3000U, 0U}) {
    const auto some = load(wanted);
    detect::sigma::Matcher of_some{some.rules};
    (void)hunted(of_some, lines);
    const double seconds = hunted(of_some, lines);
    fmt::print("{:>5} rules: {:>8.0f} events/s\n", some.rules->size(), events / seconds);
    plot.points.emplace_back(static_cast<double>(some.rules->size()), events / seconds);
  }
  if (count > 2 && std::string_view{arguments[1]} == "--plot" && !write_file_atomic(arguments[2], bench::draw(plot))) return 2;
  return parsing / hunting >= 0.5 ? 0 : 1;
}
