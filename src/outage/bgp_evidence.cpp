#include "outage/bgp_evidence.hpp"

#include <fmt/format.h>

#include <set>

#include "outage/bgp_file.hpp"
#include "outage/bgp_listener.hpp"

namespace kulla::outage {
namespace {
constexpr std::size_t addresses_most = 100'000;  // far above a country's services

Result<std::vector<IpAddress>> addresses_in(const ReadOptions& reading, const std::function<void(const std::string&)>& say) {
  KULLA_TRY(auto reader, StoreReader::open(reading));
  std::set<std::string> texts;
  while (const auto observation = reader.next())
    if (observation->address && texts.size() < addresses_most) texts.insert(*observation->address);
  if (texts.size() == addresses_most) say(fmt::format("routes to more than {} addresses are not looked at", addresses_most));
  std::vector<IpAddress> addresses;
  for (const auto& text : texts)
    if (const auto address = parse_ip(text)) addresses.push_back(*address);
  return addresses;
}
}  // namespace

Result<std::shared_ptr<const Routes>> read_routes(const ReadOptions& reading, std::vector<std::filesystem::path> files,
                                                  const std::function<void(const std::string&)>& say) {
  for (auto& log : route_logs(reading.folder)) files.push_back(std::move(log));
  if (files.empty()) return nullptr;
  KULLA_TRY(auto watched, addresses_in(reading, say));
  const auto routes = std::make_shared<Routes>(std::move(watched));
  for (const auto& file : files) {
    const auto read = read_route_file(file, [&](const RouteChange& change) { routes->take(change); });
    if (!read && read.error().code != Code::damaged_input) return std::unexpected(read.error());
    if (!read) say(read.error().message());
  }
  if (routes->dropped() > 0) say(fmt::format("{} changes of routes are left out: too many", routes->dropped()));
  return routes;
}
}  // namespace kulla::outage
