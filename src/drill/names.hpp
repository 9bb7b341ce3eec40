// Names of the rehearsed services: a state's own first, then those of its municipalities.
#pragma once
#include <string>

namespace kulla::drill {
struct Name {
  std::string name, owner;
};
/// The n-th name, all different for n < names_known.
[[nodiscard]] Name name_of(std::size_t n);
inline constexpr std::size_t names_known = 38 + 61 * 33;
}  // namespace kulla::drill
