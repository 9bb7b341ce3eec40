// Any bytes as a file of rules, filters and correlations; what can be used is linked and fed with matches, whose times and values are made
// of the same bytes.
#include <cstddef>
#include <cstdint>
#include <string>

#include "detect/sigma/collection.hpp"
#include "detect/sigma/correlator.hpp"

namespace {
using namespace kulla;
using namespace kulla::detect::sigma;

constexpr Limits limits{.groups = 4, .entries = 16, .entries_per_window = 8, .tokens = 2};

/// The n-th match is of what the n-th bytes say.
void feed(Correlator& correlator, std::size_t rules, std::string_view bytes) {
  std::int64_t now = 0;
  for (std::size_t at = 0; at + 2 < bytes.size() && at < 200; at += 2) {
    const auto step = static_cast<signed char>(bytes[at]);
    now += std::int64_t{step} * (step % 7 == 0 ? INT64_MAX / 200 : 1'000'000) % (INT64_MAX / 4);
    const Lookup field = [&](std::string_view name) -> std::optional<std::string_view> {
      if (name.size() % 5 == 4) return std::nullopt;
      return bytes.substr(at % 16, 1 + name.size() % 3);
    };
    now = now % (INT64_MAX / 2);
    const auto token = static_cast<Token>(at / 4);
    for (const auto& each : correlator.on_match(static_cast<unsigned char>(bytes[at + 1]) % (rules + 1),
                                                Timestamp{std::chrono::microseconds{now}}, field, token))
      if (each.finding.tokens.size() > limits.tokens || each.finding.events == 0 || each.finding.first > each.finding.last)
        __builtin_trap();
  }
  for (std::size_t at = 0; at < correlator.size(); ++at)
    if (correlator.groups(at) > limits.groups) __builtin_trap();
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const std::string_view bytes{reinterpret_cast<const char*>(data), size};
  const auto documents = read_yaml(bytes);
  if (!documents) return 0;
  Collection collection{{.wanted = [](const Logsource& source) { return source.product.empty(); }}};
  for (std::size_t at = 0; at < documents->size(); ++at)
    if (auto document = read_document((*documents)[at], {}); !document) continue;
    else if (const auto added = collection.add("f", std::to_string(at), std::move(*document)); !added && added.error().reason.empty())
      __builtin_trap();
  collection.link([](const auto&, const Fault& why) {
    if (why.reason.empty()) __builtin_trap();
  });
  const auto rules = collection.rules.size();
  const auto again = collection.correlations;
  Correlator correlator{std::move(collection.correlations), limits}, next{again, limits};
  feed(correlator, rules, bytes);
  next.adopt(correlator);
  feed(next, rules, bytes);
  return 0;
}
