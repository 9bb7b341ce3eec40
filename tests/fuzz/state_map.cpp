// Any bytes as the gate's state map: the strict reader refuses or agrees with what would be written; the search stays within.
#include "gate/state_map.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view text{data, size};
  if (const auto map = gate::parse_state_map(text)) {
    const auto written = gate::format_state_map(*map);
    const auto again = gate::parse_state_map(written);
    KULLA_ASSERT(again && *again == *map);
  }
  for (const auto offset : gate::find_values(text, ServiceId{"e-tax"})) KULLA_ASSERT(offset + gate_value_length <= size);
  return 0;
}
