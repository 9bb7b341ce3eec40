// Any bytes as a line of RIS-style JSON, and what is known of a prefix after it: never more lost than had.
#include "outage/bgp_ris.hpp"

#include "outage/bgp_routes.hpp"

using namespace kulla;

extern "C" int LLVMFuzzerTestOneInput(const char* data, std::size_t size) {
  outage::RisReader reader;
  std::vector<outage::RouteChange> changes;
  const outage::OnRoute keep = [&](const outage::RouteChange& change) { changes.push_back(change); };
  for (std::string_view left{data, size}; !left.empty();) {
    const auto end = std::min(left.find('\n'), left.size());
    reader.line(left.substr(0, end), keep);
    left.remove_prefix(std::min(end + 1, left.size()));
  }
  KULLA_ASSERT(reader.counts().changes == changes.size());
  std::vector<outage::IpAddress> watched;
  for (const auto& change : changes) watched.push_back(change.prefix.address);
  outage::Routes routes{std::move(watched)};
  for (const auto& change : changes) routes.take(change);
  for (const auto& change : changes) {
    const auto lost = routes.lost(change.prefix.address, change.at - std::chrono::hours{1}, change.at);
    KULLA_ASSERT(!lost || (lost->lost <= lost->peers && 2 * lost->lost > lost->peers));
    (void)routes.at(change.prefix.address, change.at);
  }
  return 0;
}
