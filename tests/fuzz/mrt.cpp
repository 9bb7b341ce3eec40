// Any bytes as an MRT dump: the same whole and in two pieces, and every prefix is one that can be written and read.
#include "outage/bgp_mrt.hpp"

#include <vector>

using namespace kulla;

namespace {
std::vector<outage::RouteChange> read(std::string_view first, std::string_view second, outage::RouteCounts& counts) {
  std::vector<outage::RouteChange> changes;
  outage::MrtReader reader;
  for (const auto part : {first, second}) reader.feed(part, [&](const outage::RouteChange& change) { changes.push_back(change); });
  reader.finish();
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
  for (const auto& change : changes)
    KULLA_ASSERT(outage::parse_prefix(to_text(change.prefix)) == change.prefix || change.event == outage::RouteEvent::peer_lost);
  return 0;
}
