// Orders: what a fact makes us do. An order's outcome comes back as an input; nothing is believed done until confirmed.
#pragma once
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "base/time.hpp"
#include "model/gate_state.hpp"
#include "model/names.hpp"

namespace kulla {
namespace order {
/// `opens`: leads to a more open state than the one confirmed, so it waits until its fact is durable. Otherwise it goes at once.
struct SetGate {
  ServiceId service;
  GateEntry entry;
  bool opens = false;
  friend bool operator==(const SetGate&, const SetGate&) = default;
};
struct BlockSource {
  SourceRef source;
  friend bool operator==(const BlockSource&, const BlockSource&) = default;
};
/// Waits until its fact is durable.
struct UnblockSource {
  SourceRef source;
  friend bool operator==(const UnblockSource&, const UnblockSource&) = default;
};
struct Inspect {
  SystemId system;
  friend bool operator==(const Inspect&, const Inspect&) = default;
};
/// A snapshot that was proved, and should be there still.
struct Pinned {
  std::string id;
  Timestamp taken;
  friend bool operator==(const Pinned&, const Pinned&) = default;
};
struct Prove {
  DatasetId dataset;
  std::optional<Timestamp> before{};     ///< the first evidence of the attack: the last snapshot before it, where there is one
  std::vector<std::string> known{};  ///< snapshots that kulla had proved before that: they are from before it, whatever a repository says
  std::vector<Pinned> pinned{};
  friend bool operator==(const Prove&, const Prove&) = default;
};
struct Page {
  std::string text;
  friend bool operator==(const Page&, const Page&) = default;
};
/// The statement of this fact goes out. Waits until its fact is durable.
struct Publish {
  friend bool operator==(const Publish&, const Publish&) = default;
};
}  // namespace order
using Order =
    std::variant<order::SetGate, order::BlockSource, order::UnblockSource, order::Inspect, order::Prove, order::Page, order::Publish>;
}  // namespace kulla
