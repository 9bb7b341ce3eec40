// What was found in values seen before: events repeat the same programs, paths and names. Direct-mapped: a new value takes the place of
// the old one with the same hash, so an attacker who makes up values makes it useless, not large.
#pragma once
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace kulla::detect::sigma {

class ValueCache {
 public:
  static constexpr std::size_t slots = 2048;
  static constexpr std::size_t value_limit = 400;  ///< bytes; longer values rarely come again
  struct Slot {
    std::uint64_t hash = 0;
    std::string value;
    bool used = false;
    std::vector<std::uint32_t> found;
  };
  /// The slot for a value; is `value` already there, true.
  [[nodiscard]] bool find(std::string_view value, Slot*& slot);

 private:
  std::vector<Slot> table_;
};

}  // namespace kulla::detect::sigma
