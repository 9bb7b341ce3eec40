// The rehearsed services and their owners as citizens read them, in Albanian and English.
#pragma once
#include <string>
#include <string_view>

namespace kulla::drill {

struct Shown {
  std::string sq, en;
};
/// Of names.hpp's names and of the cast's; another one stands as it is.
[[nodiscard]] Shown shown_service(std::string_view name);
[[nodiscard]] Shown shown_owner(std::string_view owner);
/// "Ministry of Interior" → "ministry-of-interior"
[[nodiscard]] std::string owner_id(std::string_view owner);

}  // namespace kulla::drill
