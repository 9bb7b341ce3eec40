// Any bytes as a router's BMP stream: the same whole and in two pieces.
#include "outage/bgp_bmp.hpp"

#include <vector>

#include "base/result.hpp"

using namespace kulla;

namespace {
std::vector<outage::RouteChange> read(std::string_view first, std::string_view second, outage::RouteCounts& counts) {
  std::vector<outage::RouteChange> changes;
  outage::BmpReader reader;
  for (const auto part : {first, second})
    (void)reader.feed(part, {}, [&](const outage::RouteChange& change) { changes.push_back(change); });
  counts = reader.counts();
  return changes;
}
}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  const std::string_view bytes{data, size};
  const auto middle = size == 0 ? 0 : static_cast<unsigned char>(data[size - 1]) % size;
  outage::RouteCounts whole, cut;
  const auto changes = read(bytes, {}, whole);
  KULLA_ASSERT(changes == read(bytes.substr(0, middle), bytes.substr(middle), cut) && whole == cut);
  KULLA_ASSERT(whole.changes == changes.size());
  return 0;
}
