#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "outage/store.hpp"
#include "outage/store_lane.hpp"
#include "outage/store_met.hpp"

namespace kulla::outage {
namespace fs = std::filesystem;
namespace {
constexpr std::size_t vantages_most = 1000;

/// Of all vantages and versions, the newest of each target: one that is no longer asked keeps its history. Where a vantage's are
/// lost, those that its observations name are made up, and count for less than any that is written.
std::vector<Target> newest_targets(const std::vector<store::Lane>& lanes, const ReadOptions& options, std::vector<Damage>& damage) {
  std::map<ServiceId, std::pair<Timestamp, Target>> newest;
  std::vector<Target> made_up;
  for (const auto& lane : lanes) {
    const auto versions = store::read_targets(lane.folder());
    if (!versions) {
      damage.push_back({lane.folder() / "targets.json", 0, 0, versions.error().what});
      std::ranges::move(store::targets_met(lane, options), std::back_inserter(made_up));
      continue;
    }
    for (const auto& [from, asked] : *versions)
      for (const auto& target : asked)
        if (const auto found = newest.find(target.name); found == newest.end() || found->second.first <= from)
          newest.insert_or_assign(target.name, std::pair{from, target});
  }
  for (auto& target : made_up) newest.try_emplace(target.name, Timestamp{}, target);
  std::vector<Target> targets;
  for (auto& [name, each] : newest) targets.push_back(std::move(each.second));
  return targets;
}
}  // namespace

struct StoreReader::State {
  ReadOptions options;
  std::vector<store::Lane> lanes;
  std::vector<std::optional<Timestamp>> next;  ///< of each lane
  std::vector<Damage> damage;
  std::vector<Target> targets;
  bool started = false;
};

StoreReader::StoreReader(std::unique_ptr<State> state) : state_(std::move(state)) {}
StoreReader::StoreReader(StoreReader&&) noexcept = default;
StoreReader::~StoreReader() = default;

Result<StoreReader> StoreReader::open(ReadOptions options) {
  auto state = std::make_unique<State>();
  std::error_code error;
  std::vector<fs::path> folders;
  for (fs::directory_iterator each{options.folder, error}, end; !error && each != end; each.increment(error))
    if (each->is_directory(error) && !each->is_symlink(error)) folders.push_back(each->path());
  if (error) return fail(Code::io, fmt::format("{}: {}", options.folder.string(), error.message()));
  std::ranges::sort(folders);
  for (const auto& folder : folders) {
    auto vantage = store::vantage_of(folder.filename().string());
    if (!vantage || !fs::exists(folder / "key.pub", error)) continue;  // not ours
    if (state->lanes.size() >= vantages_most)
      return fail(Code::too_large, fmt::format("{}: over {} vantages", options.folder.string(), vantages_most));
    auto& lane = state->lanes.emplace_back(std::move(*vantage), folder);
    if (const auto opened = lane.open(options, state->damage); !opened) {
      state->damage.push_back({folder, 0, std::nullopt, opened.error().what});
      state->lanes.pop_back();
    }
  }
  if (state->lanes.empty() && state->damage.empty())
    return fail(Code::not_found, fmt::format("{}: no observations are stored there", options.folder.string()));
  state->targets = newest_targets(state->lanes, options, state->damage);
  state->options = std::move(options);
  return StoreReader{std::move(state)};
}

std::optional<Observation> StoreReader::next() {
  auto& state = *state_;
  if (!std::exchange(state.started, true))
    for (auto& lane : state.lanes) state.next.push_back(lane.next_sent(state.options, state.damage));
  for (;;) {
    std::optional<std::size_t> chosen;
    for (std::size_t i = 0; i < state.lanes.size(); ++i)
      if (state.next[i] && (!chosen || *state.next[i] < *state.next[*chosen])) chosen = i;
    if (!chosen) return std::nullopt;
    auto observation = state.lanes[*chosen].take();
    state.next[*chosen] = state.lanes[*chosen].next_sent(state.options, state.damage);
    if (observation) return observation;
  }
}

const std::vector<Damage>& StoreReader::damage() const { return state_->damage; }
const std::vector<Target>& StoreReader::targets() const { return state_->targets; }
std::vector<VantageId> StoreReader::vantages() const {
  std::vector<VantageId> vantages;
  for (const auto& lane : state_->lanes) vantages.push_back(lane.vantage());
  return vantages;
}
std::optional<std::pair<Timestamp, Timestamp>> StoreReader::span() const {
  std::optional<std::pair<Timestamp, Timestamp>> whole;
  for (const auto& lane : state_->lanes) {
    const auto span = lane.span();
    if (span) whole = whole ? std::pair{std::min(whole->first, span->first), std::max(whole->second, span->second)} : *span;
  }
  return whole;
}
}  // namespace kulla::outage
