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
    Known{"neq", [](Modifiers& m) { m.different = true; }},
    Known{"windash", [](Modifiers& m) { m.any_dash = true; }},
    Known{"cidr", [](Modifiers& m) { m.network = true; }},
    Known{"fieldref", [](Modifiers& m) { m.field_ref = true; }},
    Known{"expand", [](Modifiers& m) { m.placeholders = true; }},
    Known{"lt", [](Modifiers& m) { m.order = Order::less; }},
    Known{"lte", [](Modifiers& m) { m.order = Order::less_or_equal; }},
    Known{"gt", [](Modifiers& m) { m.order = Order::greater; }},
    Known{"gte", [](Modifiers& m) { m.order = Order::greater_or_equal; }},
    Known{"minute", [](Modifiers& m) { m.unit = DatePart::Unit::minute; }},
    Known{"hour", [](Modifiers& m) { m.unit = DatePart::Unit::hour; }},
    Known{"day", [](Modifiers& m) { m.unit = DatePart::Unit::day; }},
    Known{"week", [](Modifiers& m) { m.unit = DatePart::Unit::week; }},
    Known{"month", [](Modifiers& m) { m.unit = DatePart::Unit::month; }},
    Known{"year", [](Modifiers& m) { m.unit = DatePart::Unit::year; }},
    Known{"base64", [](Modifiers& m) { m.encodings.push_back(Encoding::base64); }},
    Known{"base64offset", [](Modifiers& m) { m.encodings.push_back(Encoding::base64_offset); }},
    Known{"utf16le", [](Modifiers& m) { m.encodings.push_back(Encoding::utf16le); }},
    Known{"wide", [](Modifiers& m) { m.encodings.push_back(Encoding::utf16le); }},
    Known{"utf16be", [](Modifiers& m) { m.encodings.push_back(Encoding::utf16be); }},
    Known{"utf16", [](Modifiers& m) { m.encodings.push_back(Encoding::utf16); }},
};
constexpr std::size_t encoding_limit = 4;  // each makes the value longer, base64offset three values of one

Checked<> apply(std::string_view name, Modifiers& modifiers, int line) {
  const auto known = std::find_if(supported.begin(), supported.end(), [&](const Known& each) { return each.name == name; });
  if (known == supported.end()) return fault(line, fmt::format("unknown modifier '{}'", name.substr(0, 40)));
  const auto before = modifiers;
  known->apply(modifiers);
  if (before.place && (name == "contains" || name == "startswith" || name == "endswith"))
    return fault(line, fmt::format("modifier '{}' after another of contains, startswith, endswith", name));
  if (before.order && before.order != modifiers.order) return fault(line, "more than one of lt, lte, gt, gte");
  if (before.unit && before.unit != modifiers.unit) return fault(line, "more than one part of a date");
  if (modifiers.encodings.size() > encoding_limit) return fault(line, fmt::format("more than {} encodings", encoding_limit));
  return {};
}

/// What a value is read as. Two of them on one item contradict each other.
enum class Reading { text, regex, existence, network, number, date, reference };
struct Kind {
  Reading reading;
  std::string_view name;
  bool asked;
};

Checked<> agree(const Modifiers& m, int line) {
  const std::array kinds{Kind{Reading::regex, "re", m.regex},
                         Kind{Reading::existence, "exists", m.exists},
                         Kind{Reading::network, "cidr", m.network},
                         Kind{Reading::date, "minute, hour, day, week, month, year", m.unit.has_value()},
                         Kind{Reading::number, "lt, lte, gt, gte", m.order.has_value() && !m.unit},
                         Kind{Reading::reference, "fieldref", m.field_ref}};
  const Kind* kind = nullptr;
  for (const auto& each : kinds) {
    if (!each.asked) continue;
    if (kind) return fault(line, fmt::format("modifiers '{}' and '{}' contradict each other", kind->name, each.name));
    kind = &each;
  }
  if ((m.insensitive || m.multi_line || m.dot_all) && !m.regex) return fault(line, "modifiers 'i', 'm' and 's' go with 're' only");
  if (!kind) return m.any_dash && !m.encodings.empty() ? fault(line, "modifier 'windash' does not go with an encoding") : Checked<>{};
  const bool placed = (m.place || m.cased) && kind->reading != Reading::reference;
  if (placed || m.any_dash || !m.encodings.empty() || (m.exists && (m.all || m.different)))
    return fault(line, fmt::format("modifier '{}' does not go with these others", kind->name));
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
