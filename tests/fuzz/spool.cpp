// Any bytes as a segment of a spool, and a good one with bytes of it changed: what is read holds, and nothing is read that was not written.
#include <set>

#include "outage/spool.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view bytes{data, size};
  std::string again;
  const auto read = outage::each_spool_record(bytes, [&](std::uint64_t number, std::string_view line) {
    KULLA_ASSERT(!line.contains('\n'));
    again += outage::spool_record(number, line);
  });
  KULLA_ASSERT(read.used <= size && !bytes.substr(read.used).contains('\n'));
  if (read.damaged == 0) KULLA_ASSERT(again == bytes.substr(0, read.used));

  static const std::set<std::string> lines{"one", "{\"two\":2}", "three three"};
  std::string good;
  for (std::uint64_t number = 7; const auto& line : lines) good += outage::spool_record(number++, line);
  for (std::size_t i = 0; i + 1 < size && i < 16; i += 2) good[static_cast<unsigned char>(data[i]) % good.size()] = data[i + 1];
  std::uint64_t last = 0;
  (void)outage::each_spool_record(good, [&](std::uint64_t number, std::string_view line) {
    KULLA_ASSERT(number > last && lines.contains(std::string{line}));
    last = number;
  });
  return 0;
}
