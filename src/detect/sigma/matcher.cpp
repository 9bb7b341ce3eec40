#include "detect/sigma/matcher.hpp"

#include <algorithm>
#include <chrono>
#include <utility>

#include "base/visit.hpp"
#include "event/json_text.hpp"

namespace kulla::detect::sigma {
namespace {
using Kind = Expression::Kind;

bool stands(std::string_view part, std::string_view text, Pattern::Place place) {
  switch (place) {
    case Pattern::Place::whole: return text == part;
    case Pattern::Place::start: return text.starts_with(part);
    case Pattern::Place::end: return text.ends_with(part);
    case Pattern::Place::anywhere: return text.find(part) != std::string_view::npos;
  }
  return false;
}
/// Tells the phases of an event apart, where somebody wants to know.
class Laps {
 public:
  explicit Laps(bool wanted) {
    if (wanted) last_ = std::chrono::steady_clock::now();
  }
  void add(Spent* spent, std::uint64_t Spent::* phase) {
    if (!spent) return;
    const auto now = std::chrono::steady_clock::now();
    spent->*phase += static_cast<std::uint64_t>((now - std::exchange(last_, now)).count());
  }

 private:
  std::chrono::steady_clock::time_point last_;
};
}  // namespace

Matcher::Matcher(std::shared_ptr<const RuleSet> rules) : Matcher(std::make_shared<Programs>(std::move(rules))) {}
Matcher::Matcher(std::shared_ptr<Programs> programs)
    : programs_(std::move(programs)),
      rules_(programs_->rules()),
      fields_(rules_.fields().size()),
      answers_(rules_.tests().size()),
      considered_(rules_.entries().size()),
      last_source_(rules_.source_fields().size()) {
  source_.values.resize(rules_.source_fields().size(), SourceClasses::absent);
}

const std::vector<std::size_t>& Matcher::match(const event::Event& event, const Source& source) {
  matched_.clear();
  find_rules(event, source);
  std::sort(matched_.begin(), matched_.end());
  matched_.erase(std::unique(matched_.begin(), matched_.end()), matched_.end());
  return matched_;
}

void Matcher::find_rules(const event::Event& event, const Source& source) {
  Laps laps{spent_ != nullptr};
  begin(event, source);
  classify();
  auto& prepared = this->prepared();
  if (prepared.survey->entries.empty()) return laps.add(spent_, &Spent::looking_up);
  if (!prepared.program && prepared.observed.events >= Observed::enough) ask_for_program(prepared);
  laps.add(spent_, &Spent::looking_up);
  candidates_.clear();
  if (prepared.program) find_candidates(prepared);
  else consider(prepared.survey->entries);
  laps.add(spent_, &Spent::scanning);
  evaluated_ += candidates_.size();
  for (const auto entry : candidates_)
    if (holds(rules_.entries()[entry].root)) matched_.push_back(rules_.entries()[entry].rule);
  if (!prepared.program) observe(prepared);
  laps.add(spent_, &Spent::evaluating);
}

void Matcher::begin(const event::Event& event, const Source& source) {
  event_ = &event, logsource_ = source;
  if (++now_ == 0) {  // what was said of the event before 2^32 others would be taken for this one's
    std::fill(answers_.begin(), answers_.end(), Answer{});
    std::fill(fields_.begin(), fields_.end(), FieldValues{});
    std::fill(considered_.begin(), considered_.end(), 0);
    for (auto& value : values_) value.folded_at = 0;
    now_ = 1;
  }
  const auto fields = event.fields();
  use_keys_of(event);
  if (values_.size() < fields.size() + RuleSet::reserved_fields) values_.resize(fields.size() + RuleSet::reserved_fields);
  for (std::uint32_t at = 0; at < fields.size(); ++at)
    if (const auto field = field_of(fields[at]); field != not_asked) add_value(field, at + RuleSet::reserved_fields);
  for (const auto& [field, word] : {std::pair{RuleSet::category_field, &source.category},
                                    {RuleSet::product_field, &source.product},
                                    {RuleSet::service_field, &source.service},
                                    {RuleSet::record_field, &event.record}})
    if (!word->empty()) add_value(field, field);
}

void Matcher::use_keys_of(const event::Event& event) {
  if (event.keys() != keys_) keys_ = event.keys(), field_of_key_.clear();
  if (keys_ && field_of_key_.size() < keys_->size()) field_of_key_.resize(keys_->size(), not_known);
}

FieldId Matcher::field_of(const event::Field& field) {
  const auto by_name = [&] {
    const auto found = rules_.fields().find(field.name);
    return found && *found >= RuleSet::reserved_fields ? *found : not_asked;
  };
  if (field.key == event::FieldKeys::none) return by_name();
  auto& known = field_of_key_[field.key];
  if (known == not_known) known = by_name();
  return known;
}

void Matcher::add_value(FieldId field, std::uint32_t value) {
  auto& known = fields_[field];
  values_[value].next = none;
  if (known.event == now_) values_[known.last].next = value;
  else known.first = value;
  known.event = now_, known.last = value;
}

std::uint32_t Matcher::first_value(FieldId field) const {
  const auto& known = fields_[field];
  return known.event == now_ ? known.first : none;
}

bool Matcher::is_null(std::uint32_t value) const {
  return value >= RuleSet::reserved_fields && event_->fields()[value - RuleSet::reserved_fields].form == event::Field::Form::null;
}

std::string_view Matcher::text(std::uint32_t value) {
  switch (value) {
    case RuleSet::category_field: return logsource_.category;
    case RuleSet::product_field: return logsource_.product;
    case RuleSet::service_field: return logsource_.service;
    case RuleSet::record_field: return event_->record;
    default: return event_->text(value - RuleSet::reserved_fields);
  }
}

std::string_view Matcher::folded(std::uint32_t value) {
  auto& known = values_[value];
  if (known.folded_at != now_) {
    fold_case(text(value), known.folded);
    known.folded_at = now_;
  }
  return known.folded;
}

void Matcher::classify() {
  for (std::size_t at = 0; at < source_.values.size(); ++at) source_.values[at] = class_of(at);
  source_.json = !event_->json.empty();
}

char32_t Matcher::class_of(std::size_t source_field) {
  const auto value = first_value(rules_.source_fields()[source_field]);
  if (value == none) return SourceClasses::absent;
  if (values_[value].next != none) return SourceClasses::several;
  return is_null(value) ? char32_t{SourceClasses::null} : class_of_value(source_field, value);
}

// Values are not undone in the event yet: they are searched for strings as they stand.
char32_t Matcher::class_of_value(std::size_t source_field, std::uint32_t value) {
  using Form = event::Field::Form;
  auto& last = last_source_[source_field];
  const auto form = value < RuleSet::reserved_fields ? Form::text : event_->fields()[value - RuleSet::reserved_fields].form;
  const auto is = raw(value);
  if (last.form == form && last.value == is) return last.number;
  std::string plain, folded;
  if (form != Form::escaped || !event::unescape_json(is, plain)) plain = is;
  fold_case(plain, folded);
  last = {std::string{is}, form, programs_->classes().of_value(source_field, folded)};
  return last.number;
}

Matcher::Prepared& Matcher::prepared() {
  if (last_prepared_ && last_class_ == source_) return *last_prepared_;
  if (prepared_.size() == Programs::class_limit) prepared_.clear();
  auto [entry, fresh] = prepared_.try_emplace(source_);
  auto& prepared = entry->second;
  if (fresh) {
    prepared.survey = programs_->survey(source_);
    prepared.observed.held.resize(prepared.survey->tests.size());
    prepared.observed.bytes.resize(prepared.survey->fields.size());
  }
  last_prepared_ = &prepared, last_class_ = source_;
  return prepared;
}

void Matcher::observe(Prepared& prepared) {
  auto& observed = prepared.observed;
  if (observed.events >= Observed::enough) return;  // its program is being made
  ++observed.events;
  for (std::size_t at = 0; at < observed.held.size(); ++at)
    if (test(prepared.survey->tests[at])) ++observed.held[at];
  for (std::size_t at = 0; at < observed.bytes.size(); ++at)
    for (auto value = first_value(prepared.survey->fields[at]); value != none; value = values_[value].next)
      observed.bytes[at] += raw(value).size();
}

void Matcher::ask_for_program(Prepared& prepared) {
  prepared.program = programs_->make(source_, prepared.observed, ++prepared.asked > patience);
  if (!prepared.program) return;
  prepared.caches.resize(prepared.program->scans.size());
  for (const auto& scan : prepared.program->scans) scan.values.prepare(space_);
  if (prepared.program->record) prepared.program->record->values.prepare(space_);
}

template <typename Holds>
bool Matcher::any_value(FieldId field, Holds&& holds) {
  if (field == RuleSet::record_field && event_->record.empty()) {
    for (std::uint32_t at = 0; at < event_->fields().size(); ++at)
      if (!is_null(at + RuleSet::reserved_fields) && holds(at + RuleSet::reserved_fields)) return true;
    return false;
  }
  for (auto value = first_value(field); value != none; value = values_[value].next)
    if (!is_null(value) && holds(value)) return true;
  return false;
}

void Matcher::find_candidates(Prepared& prepared) {
  const auto& program = *prepared.program;
  consider(program.always);
  for (const auto& presence : program.presences)
    if (first_value(presence.field) != none) consider(presence.entries);
  for (std::size_t at = 0; at < program.scans.size(); ++at) {
    const auto& scan = program.scans[at];
    auto& cache = prepared.caches[at];
    if (scan.field == RuleSet::record_field && program.record && find_in_record(*program.record)) continue;
    any_value(scan.field, [&](std::uint32_t value) {
      for (const auto found : found_in(scan, cache, value)) consider(scan.entries_of[found]);
      return false;
    });
  }
}

bool Matcher::find_in_record(const Program::Scan& scan) {
  found_.clear();
  const bool certain = scan.values.find(event_->json, space_, found_);
  for (const auto found : found_) consider(scan.entries_of[found]);
  return certain;
}

std::string_view Matcher::raw(std::uint32_t value) {
  return value < RuleSet::reserved_fields ? text(value) : event_->fields()[value - RuleSet::reserved_fields].raw;
}

const std::vector<std::uint32_t>& Matcher::found_in(const Program::Scan& scan, ValueCache& cache, std::uint32_t value) {
  const auto is = raw(value);
  ValueCache::Slot* slot = nullptr;
  if (is.size() <= ValueCache::value_limit && cache.find(is, slot)) return slot->found;
  auto& found = slot ? slot->found : found_;
  found.clear();
  scan.values.find(is, space_, found);
  std::sort(found.begin(), found.end());
  found.erase(std::unique(found.begin(), found.end()), found.end());
  return found;
}

void Matcher::consider(const Program::Entries& entries) {
  for (const auto entry : entries) {
    if (considered_[entry] == now_) continue;
    considered_[entry] = now_;
    candidates_.push_back(entry);
  }
}

bool Matcher::holds(std::uint32_t index) {
  const auto& node = rules_.nodes()[index];
  switch (node.kind) {
    case Kind::leaf: return test(node.first);
    case Kind::negation: return !holds(rules_.child(node, 0));
    case Kind::all:
      for (std::uint32_t at = 0; at < node.count; ++at)
        if (!holds(rules_.child(node, at))) return false;
      return true;
    case Kind::any:
      for (std::uint32_t at = 0; at < node.count; ++at)
        if (holds(rules_.child(node, at))) return true;
      return false;
  }
  return false;
}

bool Matcher::test(std::uint32_t index) {
  auto& answer = answers_[index];
  if (answer.event != now_) {
    const bool yes = evaluate(rules_.tests()[index]);
    answer = {now_, yes};
  }
  return answer.yes;
}

bool Matcher::evaluate(const RuleSet::Test& test) {
  const auto any = [&](auto&& holds) { return any_value(test.field, holds); };
  return std::visit(Visit{[&](const Pattern& pattern) {
                            return any([&](std::uint32_t value) { return pattern.matches(pattern.cased() ? text(value) : folded(value)); });
                          },
                          [&](const std::unique_ptr<const RegexMatcher>& regex) {
                            return any([&](std::uint32_t value) { return regex->matches(text(value)); });
                          },
                          [&](const Absent&) { return !any([&](std::uint32_t value) { return !text(value).empty(); }); },
                          [&](const Exists& exists) { return (first_value(test.field) != none) == exists.wanted; },
                          [&](const Compare& compare) { return any([&](std::uint32_t value) { return holds_for(compare, text(value)); }); },
                          [&](const DatePart& part) { return any([&](std::uint32_t value) { return holds_for(part, text(value)); }); },
                          [&](const Network& network) { return any([&](std::uint32_t value) { return network.holds(text(value)); }); },
                          [&](const RuleSet::OtherField& other) { return any([&](std::uint32_t value) { return refers(other, value); }); }},
                    test.test);
}

bool Matcher::refers(const RuleSet::OtherField& other, std::uint32_t left) {
  return any_value(other.field, [&](std::uint32_t right) {
    return other.cased ? stands(text(right), text(left), other.place) : stands(folded(right), folded(left), other.place);
  });
}

}  // namespace kulla::detect::sigma
