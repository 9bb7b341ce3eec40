// The names of the fields that rules ask for, numbered, and found fast: an event has dozens of fields, most of which nobody asks for.
#pragma once
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace kulla::detect::sigma {

using FieldId = std::uint32_t;

class FieldTable {
 public:
  FieldTable();
  FieldId intern(std::string_view name);
  /// Of an event's field. A name with spaces also finds the rules' name without them ("Threat Name", ThreatName).
  [[nodiscard]] std::optional<FieldId> find(std::string_view name) const;
  [[nodiscard]] const std::string& name(FieldId id) const { return names_[id]; }
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  struct Slot {
    std::uint32_t hash = 0;
    FieldId id = none;
  };
  static constexpr FieldId none = ~FieldId{0};
  [[nodiscard]] std::optional<FieldId> find_exactly(std::string_view name) const;
  void place(FieldId id);
  void grow();
  std::vector<std::string> names_;
  std::vector<Slot> slots_;  // open addressing; a power of two, at most half full
};

}  // namespace kulla::detect::sigma
