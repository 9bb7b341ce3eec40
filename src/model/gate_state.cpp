#include "model/gate_state.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cctype>

namespace kulla {
namespace {
constexpr std::string_view letters = "ogtc", limited = "rdb";
const std::string no_closure(closure_id_length, '-');

bool includes(std::optional<Limit> limit, std::optional<Limit> other) {
  return !other || limit == other || limit == Limit::read_only_and_domestic_only;
}
char letter_of(const GateEntry& entry) {
  if (entry.mode == GateMode::trial && entry.limit) return limited[static_cast<std::size_t>(*entry.limit)];
  return letters[static_cast<std::size_t>(entry.mode)];
}
}  // namespace

bool GateEntry::stricter_than(const GateEntry& other) const {
  if (mode != other.mode || mode != GateMode::trial) return mode > other.mode;
  return share <= other.share && includes(limit, other.limit) && (share != other.share || limit != other.limit);
}

std::string to_map_value(const GateEntry& entry) {
  const auto& closure = entry.closure.empty() ? no_closure : entry.closure.str();
  KULLA_ASSERT(closure.size() == closure_id_length && entry.share >= 0 && entry.share <= 100);
  return fmt::format("{}:{}:{:03}", letter_of(entry), closure, entry.share);
}

Result<GateEntry> from_map_value(std::string_view text) {
  const auto bad = [&] { return fail(Code::map_bad, fmt::format("'{}' is not a state", text.substr(0, 40))); };
  if (text.size() != gate_value_length || text[1] != ':' || text[14] != ':') return bad();
  const auto letter = letters.find(text[0]), limit = limited.find(text[0]);
  const auto closure = text.substr(2, closure_id_length), share = text.substr(15);
  const bool alphanumeric = std::ranges::all_of(closure, [](unsigned char c) { return std::islower(c) || std::isdigit(c); });
  if ((letter == std::string_view::npos && limit == std::string_view::npos) || !(alphanumeric || closure == no_closure)) return bad();
  if (!std::ranges::all_of(share, [](unsigned char c) { return std::isdigit(c); })) return bad();
  const int percent = std::stoi(std::string(share));
  if (percent > 100) return bad();
  GateEntry entry{GateMode::trial, closure == no_closure ? ClosureId{} : ClosureId{std::string(closure)}, percent};
  if (limit == std::string_view::npos) entry.mode = static_cast<GateMode>(letter);
  else entry.limit = static_cast<Limit>(limit);
  return entry;
}
}  // namespace kulla
