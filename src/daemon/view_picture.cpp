#include "daemon/view_picture.hpp"

#include <algorithm>
#include <iterator>
#include <ranges>

#include "incident/decide.hpp"

namespace kulla::daemon {
namespace {
template <typename T>
void keep(std::deque<T>& kept, T item, std::size_t most) {
  kept.push_back(std::move(item));
  if (kept.size() > most) kept.pop_front();
}
std::string joined(auto&& texts) {
  std::string all = "[";
  for (const auto& text : texts) {
    if (all.size() > 1) all += ',';
    all += text;
  }
  return all + "]";
}
}  // namespace

void Picture::take(std::uint64_t number, const Fact& fact, std::shared_ptr<const std::string> line) {
  KULLA_ASSERT(number == state_.facts + 1);
  state_ = incident::evolve(std::move(state_), fact);
  if (const auto services = concerned(state_, fact)) {
    for (const auto& service : *services)
      if (auto* shown = note_service(service, number, fact)) keep(shown->history, number, history_kept);
  } else {
    for (const auto& service : state_.services | std::views::keys) note_service(service, number, fact);
  }
  const auto* record = state_.find(service_of(fact));
  timeline_.add(number, fact, record ? std::optional{record->state} : std::nullopt);
  note_fact(number, fact, std::move(line));
}

Picture::Shown* Picture::note_service(const ServiceId& service, std::uint64_t number, const Fact& fact) {
  const auto* record = state_.find(service);
  if (!record) return nullptr;
  auto& shown = shown_[service];
  note(shown.aside, fact, shown.state, record->state);
  shown.state = record->state;
  shown.changed = number;
  touched_.insert(service);
  return &shown;
}

void Picture::note_fact(std::uint64_t number, const Fact& fact, std::shared_ptr<const std::string> line) {
  const auto kind = kind_of(fact);
  if (const auto known = kinds_.find(kind); known != kinds_.end()) ++known->second;
  else kinds_.emplace(kind, 1);
  if (const auto* alerted = std::get_if<fact::Alerted>(&fact.body)) {
    effects_ += alerted->effect;
    attempt_only_ = !alerted->effect, alerted_at_ = fact.at;
    keep(alerted->effect ? effect_alerts_ : attempt_alerts_, {number, std::move(line)}, alerts_kept);
  } else if (const auto* closed = std::get_if<fact::Closed>(&fact.body)) {
    // What follows from one alert has its time. That this count stays 0 is a rule of the decider: an attempt never closes.
    closed_by_attempts_ += closed->by == ClosedBy::machine && attempt_only_ && fact.at == alerted_at_;
  } else if (std::holds_alternative<fact::PersonPaged>(fact.body)) {
    keep(pages_, {number, std::move(line)}, pages_kept);
  } else if (const auto* opened = std::get_if<fact::IncidentOpened>(&fact.body)) {
    incident_ = {opened->incident, number, 0, fact.at.wall};
    pages_.clear();
  } else if (std::holds_alternative<fact::IncidentEnded>(fact.body) && incident_) {
    incident_->ended = number;
    pages_.clear();
  } else if (const auto* inspected = std::get_if<fact::Inspected>(&fact.body)) {
    reports_[inspected->report.system] = inspected->report;
  }
}

/// Makes the row anew; whether what it waits for is another.
bool Picture::renew(const ServiceId& service, Shown& shown, Changes& changes) {
  const auto& record = *state_.find(service);
  auto row = json::serialize(row_of(state_, record, shown.aside, presentation_));
  const auto waits = waiting_of(state_, record, shown.aside);
  auto waiting = waits ? json::serialize(*waits) : std::string{};
  if (row != shown.row) {
    shown.row = std::move(row);
    changes.rows.push_back(shown.row);
  }
  return std::exchange(shown.waiting, waiting) != waiting;
}

Picture::Changes Picture::changes() {
  Changes changes;
  for (const auto& service : std::exchange(touched_, {})) changes.waiting |= renew(service, shown_.at(service), changes);
  if (changes.waiting) join_waiting();
  return changes;
}

std::deque<KeptLine> Picture::alerts() const {
  std::deque<KeptLine> all;
  std::ranges::merge(effect_alerts_, attempt_alerts_, std::back_inserter(all), {}, &KeptLine::number, &KeptLine::number);
  return all;
}

void Picture::join_waiting() {
  waiting_ = joined(shown_ | std::views::values | std::views::filter([](const Shown& shown) { return !shown.waiting.empty(); }) |
                    std::views::transform(&Shown::waiting));
}

std::vector<std::string> Picture::rows_since(std::uint64_t number) const {
  std::vector<std::string> rows;
  for (const auto& shown : shown_ | std::views::values)
    if (shown.changed > number) rows.push_back(shown.row);
  return rows;
}

std::string Picture::rows() const {
  return joined(shown_ | std::views::filter([this](const auto& each) { return !state_.find(each.first)->retired; }) |
                std::views::transform([](const auto& each) -> const std::string& { return each.second.row; }));
}

const Picture::Shown* Picture::find(const ServiceId& service) const {
  const auto found = shown_.find(service);
  return found == shown_.end() ? nullptr : &found->second;
}
}  // namespace kulla::daemon
