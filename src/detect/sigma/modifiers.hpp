// `field|modifier|modifier`: the left side of one item of a search.
#pragma once
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "detect/sigma/encoding.hpp"
#include "detect/sigma/fault.hpp"
#include "detect/sigma/rule.hpp"

namespace kulla::detect::sigma {

struct Modifiers {
  std::optional<Pattern::Place> place;  ///< contains, startswith, endswith
  bool cased = false, all = false, exists = false;
  bool regex = false, insensitive = false, multi_line = false, dot_all = false;  ///< re, i, m, s
  bool different = false;                       ///< neq
  bool any_dash = false;                        ///< windash
  bool network = false;                         ///< cidr
  bool field_ref = false;                       ///< fieldref
  bool placeholders = false;                    ///< expand
  std::optional<Order> order;                   ///< lt, lte, gt, gte
  std::optional<DatePart::Unit> unit;           ///< minute … year
  std::vector<Encoding> encodings;              ///< in the order in which they are applied
  friend bool operator==(const Modifiers&, const Modifiers&) = default;
};
struct ItemKey {
  std::string field;  ///< empty: keywords
  Modifiers modifiers;
};
/// A modifier that is unknown, or that does not go with another, is a fault that names it.
[[nodiscard]] Checked<ItemKey> parse_item_key(std::string_view key, int line);

}  // namespace kulla::detect::sigma
