#include "daemon/statements.hpp"

#include <fmt/format.h>

#include "notify/statement_json.hpp"

namespace kulla::daemon {

void Statements::take(std::uint64_t number, const Fact& fact) {
  if (!StatementRecord::wanted(fact)) return;
  const std::scoped_lock lock{inbox_mutex_};
  inbox_.emplace_back(number, fact);
}

void Statements::settle() {
  const std::scoped_lock fold{fold_mutex_};
  std::deque<std::pair<std::uint64_t, Fact>> facts;
  {
    const std::scoped_lock lock{inbox_mutex_};
    facts.swap(inbox_);
  }
  for (const auto& [number, fact] : facts) fold_.take(number, fact);
}

notify::Record Statements::record() {
  settle();
  const std::scoped_lock fold{fold_mutex_};
  auto record = fold_.record();
  record.now = clock_.now().wall;
  record.next_update = settings_.next_update;
  for (auto& [id, service] : record.services)
    if (const auto named = names_.find(id); named != names_.end()) service.names = named->second;
  return record;
}

Result<json::object> Statements::show(std::string_view language) {
  const auto found = language.empty() ? settings_.languages.begin() : settings_.languages.find(language);
  if (found == settings_.languages.end()) return fail(Code::not_found, fmt::format("no statement in \"{}\"", language.substr(0, 16)));
  const auto record = this->record();
  return notify::statement_json(record, notify::judge(record), found->second, settings_.zone);
}

Result<std::string> Statements::cap() {
  if (!settings_.outlets.cap) return fail(Code::not_found, "the daemon's config has no [statement.cap]: it names the sender");
  auto record = this->record();
  const bool draft = record.releases.empty();
  if (draft) record = notify::with_draft(record, notify::judge(record), settings_.languages, settings_.zone);
  return notify::cap_message({record, settings_.languages, settings_.zone, settings_.outlets, {}, draft});
}

std::optional<Released> Statements::released() {
  const auto record = this->record();
  if (record.releases.empty()) return std::nullopt;
  Released released{record.releases.back().mark.fact, notify::promised(record), {}};
  for (const auto& gone : notify::judge(record).withdrawn) {
    auto& texts = released.withdrawn.emplace_back();
    for (const auto& [code, language] : settings_.languages) texts.emplace(code, language.label(gone.sentence));
  }
  return released;
}

json::value Statements::promised() { return notify::promised_json(notify::promised(record())); }

Result<input::ReleaseAsked> Statements::release(const json::object& body, const PersonId& by) {
  KULLA_TRY(const auto wanted, notify::wanted_from_json(body));
  const auto record = this->record();
  KULLA_TRY(auto statement, notify::release(notify::judge(record), wanted, by, notify::codes_of(settings_.languages)));
  return input::ReleaseAsked{std::move(statement), record.facts};
}
}  // namespace kulla::daemon
