#include "outage/store_met.hpp"

#include <algorithm>

namespace kulla::outage::store {
namespace {
using std::chrono::milliseconds;
constexpr std::size_t names_most = 100'000;  // more than one vantage can ask
constexpr std::size_t gaps_most = 101;       // enough for a median that bursts do not move
constexpr milliseconds shortest{10}, longest = std::chrono::hours{1}, otherwise{30'000};  // what a config may say, and what is usual

struct Met {
  Timestamp last;
  std::vector<milliseconds> gaps{};

  void again(Timestamp sent) {
    if (gaps.size() < gaps_most) gaps.push_back(std::chrono::round<milliseconds>(sent - last));
    last = sent;
  }
  [[nodiscard]] milliseconds every() {
    if (gaps.empty()) return otherwise;
    const auto middle = gaps.begin() + std::ssize(gaps) / 2;
    std::ranges::nth_element(gaps, middle);
    return std::clamp(*middle, shortest, longest);
  }
};
}  // namespace

std::vector<Target> targets_met(const Lane& lane, const ReadOptions& options) {
  std::vector<Damage> told_elsewhere;
  std::map<ServiceId, Met> met;
  Lane again{lane.vantage(), lane.folder()};
  if (!again.open(options, told_elsewhere)) return {};
  while (again.next_sent(options, told_elsewhere)) {
    const auto seen = again.take();
    if (!seen) continue;
    if (const auto found = met.find(seen->target); found != met.end()) found->second.again(seen->sent);
    else if (met.size() < names_most) met.emplace(seen->target, Met{seen->sent});
  }
  std::vector<Target> targets;
  for (auto& [name, each] : met) targets.push_back({.name = name, .every = each.every()});
  return targets;
}
}  // namespace kulla::outage::store
