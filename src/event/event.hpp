// An event: one record from a sensor, read as fields without copying.
#pragma once
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/time.hpp"

namespace kulla::event {

/// Views into the line it was read from, or into its own scratch (for values that had to be decoded); valid as long as both.
/// Meant to be reused: clear() keeps all storage, so that reading the next record allocates nothing.
class Event {
 public:
  /// The first field of that name. Linear: an event has a dozen fields.
  [[nodiscard]] std::optional<std::string_view> field(std::string_view name) const;
  [[nodiscard]] const std::vector<std::pair<std::string_view, std::string_view>>& fields() const { return fields_; }
  void add(std::string_view name, std::string_view value) { fields_.emplace_back(name, value); }
  /// An empty string that lives until clear(); its capacity is that of an earlier event.
  std::string& scratch();
  /// Keeps `text` until clear().
  std::string_view own(std::string_view text);
  void clear();
  Timestamp happened;  ///< when what it tells of began
  Timestamp recorded;  ///< when its sensor wrote it: in order, whatever a client does; what counts over time counts by this
  Timestamp seen;      ///< when it reached us
  /// Sigma's log source of this event: product, category, service; empty where unknown.
  std::string_view product, category, service;
  /// The record as it was read; empty where it has no text form. Keywords are looked for in it; without it, in every value.
  std::string_view record;
  std::uint64_t number = 0;  ///< within its input, from 1: the line in line formats, else the record; 0 where that means nothing

 private:
  std::vector<std::pair<std::string_view, std::string_view>> fields_;
  std::vector<std::unique_ptr<std::string>> scratch_;
  std::size_t scratch_used_ = 0;
};

}  // namespace kulla::event
