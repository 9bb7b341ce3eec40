// `field|modifier|modifier`: the left side of one item of a search.
#pragma once
#include <optional>
#include <string>
#include <string_view>

#include "detect/sigma/fault.hpp"
#include "detect/sigma/pattern.hpp"

namespace kulla::detect::sigma {

struct Modifiers {
  std::optional<Pattern::Place> place;  ///< contains, startswith, endswith
  bool cased = false, all = false, exists = false;
  bool regex = false, insensitive = false, multi_line = false, dot_all = false;  ///< re, i, m, s
};
struct ItemKey {
  std::string field;  ///< empty: keywords
  Modifiers modifiers;
};
/// A modifier that is unknown or not supported, or that does not go with another, is a fault that names it.
[[nodiscard]] Checked<ItemKey> parse_item_key(std::string_view key, int line);

}  // namespace kulla::detect::sigma
