// What the gate does with a service, as it stands in the gate's state map: a value of fixed width.
#pragma once
#include <boost/describe.hpp>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla {

BOOST_DEFINE_ENUM_CLASS(GateMode, open, guarded, trial, closed)  // in order of strictness

struct GateEntry {
  GateMode mode = GateMode::closed;
  ClosureId closure;  ///< of closed and trial; empty otherwise
  int share = 0;      ///< percent of clients let in; of trial only
  friend bool operator==(const GateEntry&, const GateEntry&) = default;
  [[nodiscard]] bool stricter_than(const GateEntry& other) const {
    return mode > other.mode || (mode == GateMode::trial && other.mode == GateMode::trial && share < other.share);
  }
};
BOOST_DESCRIBE_STRUCT(GateEntry, (), (mode, closure, share))

constexpr std::size_t closure_id_length = 12;
constexpr std::size_t gate_value_length = 18;
/// `M:CCCCCCCCCCCC:SSS`, 18 bytes: mode (o g t c), closure ('-' × 12 where none), share in percent.
[[nodiscard]] std::string to_map_value(const GateEntry& entry);
[[nodiscard]] Result<GateEntry> from_map_value(std::string_view text);

/// What a read-back found for one service; `worker` says where ("1234", "map file").
struct GateFound {
  ServiceId service;
  GateEntry entry;
  std::string worker;
  friend bool operator==(const GateFound&, const GateFound&) = default;
};
BOOST_DESCRIBE_STRUCT(GateFound, (), (service, entry, worker))

/// What the gate did with an order.
struct GateApplied {
  Timestamp acknowledged;  ///< when the last worker had acknowledged
  int workers = 0;         ///< how many did
  int streams_ended = 0;   ///< requests under way that were cut
};

}  // namespace kulla
