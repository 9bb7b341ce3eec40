#include "outage/known_pages.hpp"

#include "outage/analysis_memory.hpp"
#include "outage/store.hpp"

namespace kulla::outage {
namespace {
constexpr auto reach = std::chrono::days{7};           // a page that nobody has seen for longer is learned anew
constexpr std::size_t observations_most = 5'000'000;   // pages that always differ are never known: the start is not to wait for them
}  // namespace

std::map<ServiceId, std::string> known_pages(const std::filesystem::path& folder, const VantageId& vantage,
                                             const std::vector<Target>& targets, Timestamp now) {
  std::map<ServiceId, KnownPage> learning;
  ReadOptions options{.folder = folder, .from = now - reach, .to = now};
  for (const auto& target : targets)
    if (target.fingerprint == "learn") learning.emplace(target.name, KnownPage{target.fingerprint}), options.targets.insert(target.name);
  std::map<ServiceId, std::string> known;
  if (learning.empty()) return known;
  auto reader = StoreReader::open(options);
  if (!reader) return known;
  for (std::size_t read = 0; read < observations_most && !learning.empty(); ++read) {
    const auto observation = reader->next();
    if (!observation) break;
    const auto page = learning.find(observation->target);
    if (observation->vantage != vantage || page == learning.end()) continue;
    (void)page->second.judged(*observation);
    if (const auto body = page->second.known()) known.emplace(page->first, *body), learning.erase(page);
  }
  return known;
}
}  // namespace kulla::outage
