// The payload of a block of observations: columns, each packed on its own. docs/observation-store.md.
#pragma once
#include <span>
#include <string>
#include <vector>

#include "outage/store_row.hpp"

namespace kulla::outage::store {

/// One observation of a decoded block; texts are indices into the block's table, `none` for none.
struct Row {
  static constexpr std::uint32_t none = 0xFFFF'FFFF;
  std::int64_t sent = 0, took = 0;  ///< microseconds
  std::array<std::int64_t, phase_count> phases{};
  std::uint64_t number = 0;
  std::uint32_t target = none, answer = none, address = none, body = none;
  bool known = true;  ///< no text that it needs is missing
};

struct Batch {
  std::vector<Row> rows;           ///< by `sent`, then number
  std::vector<std::string> texts;
  [[nodiscard]] std::optional<Observation> observation(const Row& row, const VantageId& vantage) const;
};

/// What is kept whole: `exact` has one entry an observation. All of one vantage, storable, with distinct numbers, at most
/// observations_most. New texts that come up often are added to `words`.
[[nodiscard]] std::string encode_batch(std::span<const Observation> observations, const std::vector<bool>& exact, Words& words);
/// Nothing where the payload is damaged. `base`: the header's earliest; `first`: its lowest number.
[[nodiscard]] std::optional<Batch> decode_batch(std::string_view payload, std::size_t count, Timestamp base, std::uint64_t first,
                                                const Words& words);

}  // namespace kulla::outage::store
