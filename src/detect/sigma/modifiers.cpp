#include "detect/sigma/modifiers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace kulla::detect::sigma {
namespace {
using Place = Pattern::Place;

struct Known {
  std::string_view name;
  void (*apply)(Modifiers&);
};
constexpr std::array supported{
    Known{"contains", [](Modifiers& m) { m.place = Place::anywhere; }},
    Known{"startswith", [](Modifiers& m) { m.place = Place::start; }},
    Known{"endswith", [](Modifiers& m) { m.place = Place::end; }},
    Known{"cased", [](Modifiers& m) { m.cased = true; }},
    Known{"all", [](Modifiers& m) { m.all = true; }},
    Known{"exists", [](Modifiers& m) { m.exists = true; }},
    Known{"re", [](Modifiers& m) { m.regex = true; }},
    Known{"i", [](Modifiers& m) { m.insensitive = true; }},
    Known{"m", [](Modifiers& m) { m.multi_line = true; }},
    Known{"s", [](Modifiers& m) { m.dot_all = true; }},
};
// Of Sigma 2.1, not here yet. A rule that uses one is refused: half a rule would match too much or too little.
constexpr std::array<std::string_view, 20> not_yet{"windash", "base64", "base64offset", "utf16le", "utf16be", "utf16",   "wide",
                                                   "lt",      "lte",    "gt",           "gte",     "neq",     "minute",  "hour",
                                                   "day",     "week",   "month",        "year",    "cidr",    "fieldref"};

Checked<> apply(std::string_view name, Modifiers& modifiers, int line) {
  const auto known = std::find_if(supported.begin(), supported.end(), [&](const Known& each) { return each.name == name; });
  if (known == supported.end()) {
    const bool standard = name == "expand" || std::find(not_yet.begin(), not_yet.end(), name) != not_yet.end();
    return fault(line, fmt::format("{} modifier '{}'", standard ? "unsupported" : "unknown", name.substr(0, 40)));
  }
  const bool second_place = modifiers.place.has_value();
  known->apply(modifiers);
  if (second_place && (name == "contains" || name == "startswith" || name == "endswith"))
    return fault(line, fmt::format("modifier '{}' after another of contains, startswith, endswith", name));
  return {};
}

Checked<> agree(const Modifiers& modifiers, int line) {
  const bool flags = modifiers.insensitive || modifiers.multi_line || modifiers.dot_all;
  if (flags && !modifiers.regex) return fault(line, "modifiers 'i', 'm' and 's' go with 're' only");
  if (modifiers.regex && (modifiers.place || modifiers.cased)) return fault(line, "modifier 're' goes with 'all', 'i', 'm' and 's' only");
  if (modifiers.exists && (modifiers.regex || modifiers.place || modifiers.cased || modifiers.all))
    return fault(line, "modifier 'exists' goes with no other");
  return {};
}
}  // namespace

Checked<ItemKey> parse_item_key(std::string_view key, int line) {
  const auto bar = key.find('|');
  ItemKey item{std::string{key.substr(0, bar)}, {}};
  auto rest = bar == std::string_view::npos ? std::string_view{} : key.substr(bar);
  while (!rest.empty()) {
    rest.remove_prefix(1);
    const auto name = rest.substr(0, rest.find('|'));
    rest.remove_prefix(name.size());
    KULLA_CHECK(apply(name, item.modifiers, line));
  }
  KULLA_CHECK(agree(item.modifiers, line));
  return item;
}

}  // namespace kulla::detect::sigma
