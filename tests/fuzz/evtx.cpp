// Any bytes as an EVTX input, in one piece and in two: the same events and losses, and no event larger than its record can be.
#include <string>

#include "base/result.hpp"
#include "event/evtx/evtx.hpp"

namespace {
using namespace kulla;

struct Reading {
  std::string text;
  std::uint64_t records = 0, lost = 0, bytes = 0;
  bool operator==(const Reading&) const = default;
};

void add(std::string& text, const event::Event& event) {
  constexpr std::size_t most = std::size_t{4} << 20;  // 64 KiB as text, and the names from the templates
  std::size_t size = 0;
  for (const auto& [name, value, form, key] : event.fields()) {
    size += value.size();
    if (text.size() < most) text.append(name).append("=").append(value).append(";");
  }
  KULLA_ASSERT(event.number > 0 && !event.fields().empty() && event.fields().size() <= 1 << 16);
  KULLA_ASSERT(size / event.fields().size() <= 1 << 20);
}

Reading read(std::string_view first, std::string_view second) {
  Reading reading;
  const auto reader = event::make_evtx_reader();
  const auto on_record = [&](const event::Event& event) { add(reading.text, event); };
  reader->read(first, false, on_record);
  reader->read(second, true, on_record);
  const auto& losses = reader->losses();
  KULLA_ASSERT(losses.faults.size() <= event::fault_limit && losses.faults.size() <= losses.records);
  for (const auto& fault : losses.faults) KULLA_ASSERT(fault.record > 0 && !fault.why.empty());
  return reading.records = reader->last_number(), reading.lost = losses.records, reading.bytes = losses.bytes, reading;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view bytes{data, size};
  const auto whole = read(bytes, {});
  KULLA_ASSERT(whole.bytes <= size);
  KULLA_ASSERT(whole == read(bytes.substr(0, size / 3), bytes.substr(size / 3)));
  return 0;
}
