// What rules over recordings cost: all rules of a folder over NDJSON, beside only parsing it (every field unescaped and touched).
// bench_hunt RULES_FOLDER FILE.ndjson
#include <fmt/format.h>
#include <simdjson.h>
#include <time.h>

#include <chrono>

#include "base/file.hpp"
#include "detect/sigma/load.hpp"
#include "detect/sigma/matcher.hpp"
#include "event/json.hpp"

namespace {
using namespace kulla;
using Watch = std::chrono::steady_clock;
double since(Watch::time_point start) { return std::chrono::duration<double>(Watch::now() - start).count(); }

}  // namespace

int main(int count, char** arguments) {
  if (count < 3) return 2;
  const int rounds = count > 3 ? std::atoi(arguments[3]) : 3;
  auto start = Watch::now();
  auto pipelines = detect::sigma::Pipelines::standard();
  if (!pipelines) { fmt::print("{}: {}\n", pipelines.error().line, pipelines.error().reason); return 2; }
  auto loaded = detect::sigma::load({arguments[1]}, {.pipelines = *pipelines});
  fmt::print("load {:.3f} s, {} rules, {} rejected, {} tests, {} entries\n", since(start), loaded->rules->size(), loaded->rejected.size(), loaded->rules->tests().size(), loaded->rules->entries().size());
  auto text = *read_file(arguments[2], std::size_t{2} << 30);
  const auto size = text.size();
  text.append(64, '\0');
  const std::string_view all{text.data(), size};
  for (int round = 0; round < rounds; ++round) {
    auto reader = event::make_ndjson_reader();
    double n = 0;
    start = Watch::now();
    reader->read(all, true, [&](const event::Event& event) { n += event.fields().empty() ? 0 : 1; });
    const double s = since(start);
    fmt::print("read {} events {:.3f} s {:.0f} events/s, losses {}\n", n, s, n / s, reader->losses().records);
  }
  detect::sigma::Matcher matcher{loaded->rules};
  for (int round = 0; round < rounds; ++round) {
    auto reader = event::make_ndjson_reader();
    double n = 0; std::size_t m = 0;
    const auto before = matcher.evaluated();
    start = Watch::now();
    reader->read(all, true, [&](const event::Event& event) { ++n; m += matcher.match(event).size(); });
    const double s = since(start);
    fmt::print("hunt {} events {:.3f} s {:.0f} events/s, {} matches, {:.2f} evaluated/event\n", n, s, n / s, m, static_cast<double>(matcher.evaluated() - before) / n);
  }
}
