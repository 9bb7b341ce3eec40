// Any bytes as a line between vantage and daemon: refused or read, and what is read is written the same again.
#include "outage/wire.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view line{data, size};
  if (const auto read = outage::read_daemon_line(line)) {
    if (read->beat) {
      const auto again = outage::read_daemon_line(outage::to_line(*read->beat));
      KULLA_ASSERT(again && again->beat && again->beat->taken == read->beat->taken && again->beat->now == read->beat->now);
    }
    if (read->measure) KULLA_ASSERT(outage::read_daemon_line(outage::measure_line(*read->measure))->measure == read->measure);
  }
  if (const auto begins = outage::read_begins_line(line)) KULLA_ASSERT(outage::read_begins_line(line) == *begins);
  return 0;
}
