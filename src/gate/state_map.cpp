#include "gate/state_map.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace kulla::gate {
namespace {
bool is_name(std::string_view text) {
  constexpr std::string_view letters = "abcdefghijklmnopqrstuvwxyz0123456789.-_";
  return !text.empty() && text.size() <= service_name_limit && std::ranges::all_of(text, [&](char c) { return letters.contains(c); });
}
/// A value is canonical when writing it again gives the same bytes: "o:------------:050" means nothing and is not a value.
Result<GateEntry> canonical_entry(std::string_view value) {
  KULLA_TRY(auto entry, from_map_value(value));
  const bool needs_closure = entry.mode == GateMode::trial, may_have_closure = needs_closure || entry.mode == GateMode::closed;
  const bool well = (!needs_closure || !entry.closure.empty()) && (may_have_closure || entry.closure.empty()) &&
                    (entry.mode == GateMode::trial || entry.share == 0);
  if (!well) return fail(Code::map_bad, fmt::format("'{}' is not a state", value));
  return entry;
}
}  // namespace

Result<StateMap> parse_state_map(std::string_view text) {
  StateMap map;
  for (std::size_t number = 1; !text.empty(); ++number) {
    const auto bad = [&](std::string_view what) { return fail(Code::map_bad, fmt::format("line {}: {}", number, what)); };
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return bad("cut off");
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    const auto space = line.find(' ');
    if (space == std::string_view::npos || !is_name(line.substr(0, space))) return bad("not a service and its state");
    auto entry = canonical_entry(line.substr(space + 1));
    if (!entry) return bad(entry.error().what);
    if (!map.emplace(ServiceId{std::string(line.substr(0, space))}, std::move(*entry)).second)
      return bad(fmt::format("service \"{}\" stands twice", line.substr(0, space)));
  }
  return map;
}

std::string format_state_map(const StateMap& map) {
  std::string text;
  for (const auto& [service, entry] : map) text += fmt::format("{} {}\n", service.str(), to_map_value(entry));
  return text;
}

std::vector<std::size_t> find_values(std::string_view text, const ServiceId& service) {
  std::vector<std::size_t> found;
  for (std::size_t begin = 0; begin < text.size();) {
    const auto end = std::min(text.find('\n', begin), text.size());
    const auto line = text.substr(begin, end - begin);
    if (line.size() == service.str().size() + 1 + gate_value_length && line.starts_with(service.str()) && line[service.str().size()] == ' ')
      found.push_back(begin + service.str().size() + 1);
    begin = end + 1;
  }
  return found;
}

GateEntry read_leniently(std::string_view value) {
  auto entry = canonical_entry(value);
  return entry ? *entry : GateEntry{};
}
}  // namespace kulla::gate
