// Any text as rules of an inspection. Those that are rules say the same again, and of each list the first that fits counts.
#include <algorithm>
#include <array>

#include "inspect/rules.hpp"

using namespace kulla;
using inspect::Allowed;
using inspect::Rules;

namespace {
const std::array<std::string, 6> paths{".", "etc/shadow", "var/log/a.log.1", "home/a b/.ssh/authorized_keys", "x/\xff\n*[", ""};
constexpr std::string_view last = R"(
[[may]]
paths = ["*"]
change = "grow"
[[place]]
paths = ["*"]
severity = "critical"
why = "comes last"
)";

void compare(const Rules& rules, const Rules& longer, const std::string& path) {
  const auto allowed = rules.may_change(path);
  KULLA_ASSERT(longer.may_change(path) == (allowed == Allowed::nothing ? Allowed::grow : allowed));
  const auto place = rules.place_of(path), after = longer.place_of(path);
  if (place.why.empty() && after.why == "comes last") return;  // nothing fitted
  KULLA_ASSERT(after.why == place.why && after.severity == place.severity);
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view text{data, size};
  // What toml++ 3.3 does with any other letter where a blank may be is undefined (its issues 190, 295).
  if (std::ranges::any_of(text, [](char c) { return static_cast<unsigned char>(c) > '~'; })) return -1;
  const auto rules = Rules::parse(text, "any.toml");
  if (!rules) {
    KULLA_ASSERT(rules.error().code == Code::bad_config && rules.error().what.starts_with("any.toml:"));
    return 0;
  }
  KULLA_ASSERT(rules->text() == text);
  const auto longer = Rules::parse(std::string(text) + std::string(last), "any.toml");
  for (const auto& path : paths) {
    if (longer) compare(*rules, *longer, path);
    else KULLA_ASSERT(rules->place_of(path).why == Rules::parse(text, "again")->place_of(path).why);
  }
  return 0;
}
