#include "outage/store_lane.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kulla::outage::store {
namespace {
constexpr std::size_t words_files_most = 3;            // days that overlap while reading, and one
constexpr std::size_t damage_most = 10'000;            // what is told; all is still passed over

void tell(std::vector<Damage>& damage, Damage what) {
  if (damage.size() < damage_most) damage.push_back(std::move(what));
}
}  // namespace

Result<> Lane::open(const ReadOptions& options, std::vector<Damage>& damage) {
  if (options.trust) key_ = *options.trust;
  else if (auto key = read_public_key(folder_ / "key.pub")) key_ = *key;
  else return std::unexpected(std::move(key).error());
  retired_ = read_retired(folder_, vantage_, key_);
  // First what is present: what becomes a block meanwhile is found as a block.
  KULLA_TRY(const auto before, list_folder(folder_));
  std::vector<std::pair<std::filesystem::path, Present>> present;
  for (const auto& file : before.present)
    if (auto read = read_present(file, vantage_, 0)) present.emplace_back(file, std::move(*read));
  KULLA_TRY(const auto now, list_folder(folder_));
  KULLA_TRY(const auto chain, read_chain(now.days));
  const auto extend = [&](Timestamp from, Timestamp to) {
    span_ = span_ ? std::pair{std::min(span_->first, from), std::max(span_->second, to)} : std::pair{from, to};
  };
  for (const auto& place : chain.blocks) {
    if (place.header.kind == BlockKind::words) {
      words_blocks_.push_back(place);
      continue;
    }
    extend(place.header.earliest, place.header.latest);
    if ((!options.from || place.header.latest >= *options.from) && (!options.to || place.header.earliest < *options.to))
      blocks_.push_back(place);
  }
  std::ranges::stable_sort(blocks_, std::greater{}, [](const BlockPlace& place) { return place.header.earliest; });
  const bool written = is_written(folder_);
  bool held = false;  // some of what is present is in no block
  for (auto& [file, read] : present) {
    if (read.good < read.size && !written) tell(damage, {file, read.good, std::nullopt, "not whole observations"});
    for (auto& observation : read.observations) {
      if (observation.number <= chain.newest()) continue;
      held = true;
      extend(observation.sent, observation.sent);
      if (wants(options, observation.sent) && (options.targets.empty() || options.targets.contains(observation.target)))
        present_.push_back(std::move(observation));
    }
  }
  tell_gaps(chain, held, damage);
  std::ranges::stable_sort(present_, std::greater{}, [](const Observation& each) { return std::pair{each.sent, each.number}; });
  return {};
}

bool Lane::wants(const ReadOptions& options, Timestamp sent) const {
  return (!options.from || sent >= *options.from) && (!options.to || sent < *options.to);
}

/// Blocks that should be there by their numbers; and bytes that are no blocks, but for one that is being made of what is `held` present.
void Lane::tell_gaps(const Chain& chain, bool held, std::vector<Damage>& damage) const {
  auto rubble = chain.rubble;
  std::uint64_t number = 0, total = 0;
  const BlockPlace* before = nullptr;
  for (const auto& place : chain.blocks) {
    const auto& header = place.header;
    if (before && header.number == number) {
      tell(damage, {place.file, place.offset, 0, fmt::format("block {} is there twice", number)});
      continue;
    }
    if (!before && header.number > retired_.blocks) number = retired_.blocks, total = retired_.observations;
    if (header.number != number + 1 && header.number > retired_.blocks + 1) {
      Damage gap{place.file, place.offset, std::nullopt, fmt::format("blocks {} to {} are missing", number + 1, header.number - 1)};
      const auto found = std::ranges::find_if(rubble, [&](const Chain::Lost& lost) {
        return (!before || lost.file != before->file || lost.rubble.offset > before->offset) &&
               (lost.file == place.file ? lost.rubble.offset < place.offset : before && lost.file == before->file);
      });
      if (found != rubble.end()) {
        gap.file = found->file, gap.offset = found->rubble.offset;
        gap.what = fmt::format("{} bytes are damaged: {}", found->rubble.bytes, gap.what);
        rubble.erase(found);
      }
      if (header.total >= total) gap.observations = header.total - total;
      tell(damage, std::move(gap));
    }
    number = header.number, before = &place;
    total = header.total + (header.kind == BlockKind::observations ? header.count : 0);
  }
  if (held && !rubble.empty() && rubble.back().rubble.cut) rubble.pop_back();
  for (const auto& lost : rubble)
    tell(damage,
         {lost.file, lost.rubble.offset, lost.rubble.header ? std::optional<std::uint64_t>{lost.rubble.header->count} : std::nullopt,
          fmt::format("{} bytes are {}", lost.rubble.bytes, lost.rubble.cut ? "of a block that was cut off" : "no block")});
}

const Words& Lane::words_of(const std::filesystem::path& file, std::vector<Damage>& damage) {
  if (const auto found = words_.find(file); found != words_.end()) return found->second;
  if (words_.size() >= words_files_most) words_.erase(words_.begin());
  auto& words = words_[file];
  for (const auto& place : words_blocks_) {
    if (place.file != file) continue;
    const auto block = read_block(place, vantage_, key_);
    if (!block) tell(damage, {place.file, place.offset, 0, block.error().what});
    else if (check(place, *block, damage) && !words.read(block->payload))
      tell(damage, {place.file, place.offset, 0, "words cannot be read"});
  }
  return words;
}

/// Whether it may be believed. One that does not follow the block before it is told, and read: its signature is good.
bool Lane::check(const BlockPlace& place, const ReadBlock& block, std::vector<Damage>& damage) {
  const auto& header = place.header;
  if (!block.trusted) {
    const auto count = header.kind == BlockKind::observations ? header.count : 0;
    tell(damage,
         {place.file, place.offset, count, fmt::format("block {} is not signed by {}, or was altered", header.number, fingerprint(key_))});
    return false;
  }
  hashes_[header.number] = block.hash;
  befores_[header.number] = header.before;
  const auto broken = [&](std::uint64_t number) {
    const auto before = hashes_.find(number - 1), held = befores_.find(number);
    return before != hashes_.end() && held != befores_.end() && before->second != held->second;
  };
  for (const auto number : {header.number, header.number + 1})
    if (broken(number)) tell(damage, {place.file, place.offset, 0, fmt::format("block {} does not follow the one before it", number)});
  return true;
}

std::optional<Lane::Open> Lane::load(const BlockPlace& place, const ReadOptions& options, std::vector<Damage>& damage) {
  const auto& header = place.header;
  const auto& words = words_of(place.file, damage);
  const auto block = read_block(place, vantage_, key_);
  if (!block) {
    tell(damage, {place.file, place.offset, header.count, block.error().what});
    return std::nullopt;
  }
  if (!check(place, *block, damage)) return std::nullopt;
  auto batch = decode_batch(block->payload, header.count, header.earliest, header.first, words);
  if (!batch) {
    tell(damage, {place.file, place.offset, header.count, fmt::format("block {} cannot be unpacked", header.number)});
    return std::nullopt;
  }
  const auto unknown = static_cast<std::uint64_t>(std::ranges::count(batch->rows, false, &Row::known));
  if (unknown > 0) tell(damage, {place.file, place.offset, unknown, fmt::format("block {}: words that it needs are lost", header.number)});
  Open open{std::move(*batch), {}};
  if (!options.targets.empty())
    for (const auto& text : open.batch.texts) open.wanted.push_back(options.targets.contains(ServiceId{text}));
  return open;
}

void Lane::skip_unwanted(Open& open, const ReadOptions& options) {
  const auto unwanted = [&](const Row& row) {
    return !row.known || !wants(options, Timestamp{std::chrono::microseconds{row.sent}}) ||
           (!open.wanted.empty() && !open.wanted[row.target]);
  };
  while (open.at < open.batch.rows.size() && unwanted(open.batch.rows[open.at])) ++open.at;
}

void Lane::load_next(const ReadOptions& options, std::vector<Damage>& damage) {
  auto open = load(blocks_.back(), options, damage);
  blocks_.pop_back();
  if (!open) return;
  skip_unwanted(*open, options);
  if (open->at < open->batch.rows.size()) open_.push_back(std::move(*open));
}

std::optional<Timestamp> Lane::next_sent(const ReadOptions& options, std::vector<Damage>& damage) {
  const auto sent = [](const Open& open) { return Timestamp{std::chrono::microseconds{open.batch.rows[open.at].sent}}; };
  for (auto open = open_.begin(); open != open_.end();) {
    skip_unwanted(*open, options);
    open = open->at == open->batch.rows.size() ? open_.erase(open) : open + 1;
  }
  for (;;) {
    std::optional<Timestamp> least;
    for (std::size_t i = 0; i < open_.size(); ++i)
      if (const auto at = sent(open_[i]); !least || at < *least) least = at, chosen_ = i;
    if (!present_.empty() && (!least || present_.back().sent < *least)) least = present_.back().sent, chosen_ = open_.size();
    if (blocks_.empty() || open_.size() >= open_most || (least && *least < blocks_.back().header.earliest)) return least;
    load_next(options, damage);
  }
}

std::optional<Observation> Lane::take() {
  KULLA_ASSERT(chosen_);
  if (*chosen_ == open_.size()) {
    auto observation = std::move(present_.back());
    present_.pop_back();
    return observation;
  }
  auto& open = open_[*chosen_];
  return open.batch.observation(open.batch.rows[open.at++], vantage_);
}
}  // namespace kulla::outage::store
