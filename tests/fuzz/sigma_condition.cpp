// Any text as a condition over a few searches, and as a pattern against itself.
#include <cstddef>
#include <cstdint>

#include "detect/sigma/condition.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  namespace sigma = kulla::detect::sigma;
  const std::string_view text{reinterpret_cast<const char*>(data), size};
  static const std::vector<sigma::Search> searches{{"selection", {}}, {"selection_b", {}}, {"filter_main_x", {}}, {"_hidden", {}}};
  const auto condition = sigma::parse_condition(text, searches, 1);
  if (!condition && condition.error().reason.empty()) __builtin_trap();
  if (size < 1024) {
    const sigma::Pattern pattern{text, sigma::Pattern::Place::anywhere, true};
    (void)pattern.matches(text);
  }
  return 0;
}
