// What the gate does with a service, as it stands in the gate's state map: a value of fixed width.
#pragma once
#include <boost/describe.hpp>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.hpp"
#include "base/time.hpp"
#include "model/names.hpp"

namespace kulla {

BOOST_DEFINE_ENUM_CLASS(GateMode, open, guarded, trial, closed)  // in order of strictness

/// What of a service is let through in a trial besides its share of clients.
BOOST_DEFINE_ENUM_CLASS(Limit, read_only, domestic_only, read_only_and_domestic_only)

struct GateEntry {
  GateMode mode = GateMode::closed;
  ClosureId closure;  ///< of closed and trial; empty otherwise
  int share = 0;      ///< percent of clients let in; of trial only
  std::optional<Limit> limit{};  ///< of trial only; none: all that they ask
  friend bool operator==(const GateEntry&, const GateEntry&) = default;
  /// Of two trials: lets in no more clients, allows no more, and not the same.
  [[nodiscard]] bool stricter_than(const GateEntry& other) const;
};
BOOST_DESCRIBE_STRUCT(GateEntry, (), (mode, closure, share, limit))

constexpr std::size_t closure_id_length = 12;
constexpr std::size_t gate_value_length = 18;
/// `M:CCCCCCCCCCCC:SSS`, 18 bytes: mode (o g c, and of a trial t, or by its limit r d b for read-only, domestic-only, both), closure ('-' × 12 where none), share in percent.
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
  int workers = 0;  ///< how many did
  int streams_ended = 0;  ///< requests under way that were cut
};

}  // namespace kulla
