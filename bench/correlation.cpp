// What correlating costs: matches a second through an event_count and through a temporal correlation of two rules, with 100,000 groups
// alive in each, fed in turn so that hardly one is in a cache. A round takes two seconds of event time, a window ten. bench_correlation
#include <fmt/format.h>

#include <string>
#include <vector>

#include "detect/sigma/collection.hpp"
#include "detect/sigma/correlator.hpp"
#include "support/cpu.hpp"

namespace {
using namespace kulla;
using bench::cpu;
using namespace kulla::detect::sigma;

constexpr std::size_t groups = 100'000, rounds = 20;
constexpr double wanted_rate = 50'000;  // events a second that the daemon must keep up with, were each of them a match

constexpr auto rules = R"(title: a
name: a
logsource: {category: c}
detection: {s: {x: y}, condition: s}
---
title: b
name: b
logsource: {category: c}
detection: {s: {x: z}, condition: s}
---
)";
Correlator correlator_of(const std::string& correlation) {
  Collection collection{{}};
  const auto documents = read_yaml(fmt::format("{}title: t\ncorrelation: {{{}}}\n", rules, correlation));
  for (std::size_t at = 0; at < documents->size(); ++at)
    (void)collection.add("bench", std::to_string(at), *read_document((*documents)[at], {}));
  collection.link([](const auto&, const Fault& why) { fmt::print(stderr, "{}\n", why.reason); });
  return Correlator{std::move(collection.correlations)};
}

/// Addresses in an order that no cache guesses; each comes once a round, with rule a and b by turns.
void measure(const char* name, const std::string& correlation) {
  auto correlator = correlator_of(correlation);
  std::vector<std::string> addresses;
  for (std::size_t at = 0; at < groups; ++at) {
    const auto n = at * 48'271 % groups;
    addresses.push_back(fmt::format("10.{}.{}.{}", n / 65'536, n / 256 % 256, n % 256));
  }
  std::uint64_t findings = 0;
  Token token = 0;
  const auto play = [&](std::size_t round) {
    for (const auto& address : addresses) {
      const Lookup field = [&](std::string_view) { return std::optional<std::string_view>{address}; };
      const Timestamp at{std::chrono::microseconds{20 * ++token}};
      findings += correlator.on_match(round % 2, at, field, token).size();
    }
  };
  play(0);
  const double start = cpu();
  for (std::size_t round = 1; round <= rounds; ++round) play(round);
  const double rate = static_cast<double>(groups * rounds) / (cpu() - start);
  const auto& seen = correlator.statistics(0);
  fmt::print("  {:<17} {:>10.0f} matches/s   {:.0f} times the {:.0f} wanted; {} groups, {} entries, {} findings, {} evicted\n", name, rate,
             rate / wanted_rate, wanted_rate, correlator.groups(0), correlator.entries(0), findings, seen.evicted);
}

/// The worst that one group can cost: each event another value, and the window full.
void flood(const char* name, const std::string& condition, const auto& value_of) {
  auto correlator = correlator_of(condition);
  constexpr std::size_t events = 40'000, full = 15'000;
  double start = cpu();
  for (std::size_t at = 0; at < full + events; ++at) {
    if (at == full) start = cpu();
    const auto value = value_of(at * 48'271 % 1'000'003);
    const Lookup field = [&](std::string_view) { return std::optional<std::string_view>{value}; };
    (void)correlator.on_match(0, Timestamp{std::chrono::microseconds{at}}, field, at + 1);
  }
  fmt::print("  {:<17} {:>10.0f} matches/s   one group, {} entries, each value new\n", name, events / (cpu() - start),
             correlator.entries(0));
}
}  // namespace

int main() {
  fmt::print("correlation: one core, {} groups\n", groups);
  measure("event_count", "type: event_count, rules: [a, b], group-by: [c-ip], timespan: 10s, condition: {gte: 5}");
  measure("temporal", "type: temporal, rules: [a, b], group-by: [c-ip], timespan: 10s");
  measure("temporal_ordered", "type: temporal_ordered, rules: [a, b], group-by: [c-ip], timespan: 10s");
  measure("value_count", "type: value_count, rules: [a, b], group-by: [c-ip], timespan: 10s, condition: {gte: 5, field: u}");
  const auto whole = [](std::size_t n) { return fmt::format("{}", n); };
  const auto real = [](std::size_t n) { return fmt::format("{}.5", n); };
  flood("value_count", "type: value_count, rules: [a], timespan: 1h, condition: {gte: 10000, field: u}", whole);
  flood("value_sum", "type: value_sum, rules: [a], timespan: 1h, condition: {lt: 0, field: u}", real);
  flood("value_percentile", "type: value_percentile, rules: [a], timespan: 1h, condition: {lt: 0, field: u, percentile: 95}", real);
  flood("share", "type: value_percentile, rules: [a], timespan: 1h, condition: {gt: 100, field: u}", whole);
}
