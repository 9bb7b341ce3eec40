#include "daemon/past.hpp"

#include <fmt/format.h>

namespace kulla::daemon {

std::string fact_line(std::uint64_t number, bool durable, std::string_view fact) {
  return fmt::format("{{\"number\":{},\"durable\":{},\"fact\":{}}}", number, durable, fact);
}
std::string_view fact_in(std::string_view line) {
  constexpr std::string_view before = "\"fact\":";
  const auto at = line.find(before);
  KULLA_ASSERT(at != std::string_view::npos && line.ends_with('}'));  // our own line
  return line.substr(at + before.size(), line.size() - at - before.size() - 1);
}

Result<Fact> Recorded::parsed() const {
  KULLA_TRY(const auto value, parse_json(fact));
  return fact_from_json(value);
}

Result<ledger::Reader*> Past::reader() const {
  const std::scoped_lock lock{mutex_};
  if (!reader_) {
    KULLA_TRY(reader_, ledger::Reader::open(ledger_));
  }
  return reader_.get();
}

Result<std::vector<Recorded>> Past::facts(std::uint64_t from, std::size_t most) const {
  std::vector<Recorded> found;
  from = std::max<std::uint64_t>(from, 1);
  auto kept = feed_.past(from, most);
  if (kept.first == 0) {
    KULLA_TRY(auto* const ledger, reader());
    KULLA_TRY(auto stored, ledger->facts(from, most));
    for (auto& each : stored) found.push_back({each.number, std::move(each.bytes)});
    if (!found.empty() && found.size() < most) kept = feed_.past(found.back().number + 1, most - found.size());
  }
  for (const auto& line : kept.lines) found.push_back({kept.first++, std::string{fact_in(*line)}});
  return found;
}

Result<Place> Past::place(std::uint64_t number) const {
  KULLA_TRY(auto* const ledger, reader());
  const auto before = number > 1 ? number - 1 : 1;
  KULLA_TRY(auto stored, ledger->facts(before, 2));
  if (number == 0 || stored.empty() || stored[number - before < stored.size() ? number - before : 0].number != number)
    return fail(Code::not_found, fmt::format("no fact {} in the ledger; the newest may not be durable yet", number));
  Place place;
  if (number > 1) place.previous = stored.front().hash;
  place.stored = std::move(stored[number - before]);
  KULLA_TRY(place.head, ledger->head_of(number));
  return place;
}
}  // namespace kulla::daemon
