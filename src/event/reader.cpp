#include "event/reader.hpp"

namespace kulla::event {

void Losses::add(std::uint64_t record, std::uint64_t skipped, std::string_view why) {
  ++records;
  bytes += skipped;
  if (faults.size() < fault_limit) faults.push_back({record, std::string{why}});
}

void Losses::append(const Losses& later, std::uint64_t before) {
  records += later.records;
  bytes += later.bytes;
  for (const auto& fault : later.faults)
    if (faults.size() < fault_limit) faults.push_back({fault.record + before, fault.why});
}

}  // namespace kulla::event
