#include "detect/coverage.hpp"

#include <algorithm>
#include <optional>

namespace kulla::detect {
using sigma::Answer;

Coverage::Coverage(std::shared_ptr<const sigma::RuleSet> rules)
    : rules_(std::move(rules)), programs_(std::make_shared<sigma::Programs>(rules_)), matcher_(programs_) {}

void Coverage::look(const event::Event& event) {
  ++events_;
  matcher_.match(event);
  const auto& source = matcher_.source_class();
  auto known = seen_.find(source);
  if (known == seen_.end()) {
    if (seen_.size() == sigma::Programs::class_limit) return;
    known = seen_.emplace(source, Seen(rules_->fields().size())).first;
  }
  for (const auto& field : event.fields())
    if (const auto id = rules_->fields().find(field.name)) known->second[*id] = true;
}

bool Coverage::possible(std::uint32_t node, const sigma::SourceClass& source, const Seen& seen) const {
  const auto of_test = [&](std::uint32_t index) {
    const auto& test = rules_->tests()[index];
    const auto known = programs_->classes().test(index, source);
    const bool may_be = test.field < sigma::RuleSet::reserved_fields || seen[test.field];
    return known != Answer::open || may_be ? known : sigma::known_without_field(test);
  };
  return sigma::known_of(*rules_, node, of_test) != Answer::no;
}

std::vector<NeverFires> Coverage::never() const {
  std::vector<bool> fires(rules_->size());
  std::vector<std::optional<Seen>> with_source(rules_->size());  // fields that came with the log source of a rule
  for (const auto& [source, seen] : seen_)
    for (const auto entry : programs_->survey(source)->entries) {
      const auto& [rule, root] = rules_->entries()[entry];
      if (!fires[rule]) fires[rule] = possible(root, source, seen);
      auto& fields = with_source[rule];
      if (!fields) fields.emplace(rules_->fields().size());
      for (std::size_t at = 0; at < seen.size(); ++at) (*fields)[at] = (*fields)[at] || seen[at];
    }
  std::vector<NeverFires> never;
  for (std::size_t rule = 0; rule < rules_->size(); ++rule) {
    if (fires[rule]) continue;
    auto& why = never.emplace_back(NeverFires{rule, with_source[rule].has_value(), {}});
    if (!why.source_seen) continue;
    for (const auto field : rules_->fields_of(rule))
      if (!(*with_source[rule])[field]) why.missing.push_back(rules_->fields().name(field));
  }
  return never;
}

}  // namespace kulla::detect
