#include "detect/sigma/collection.hpp"

#include <fmt/format.h>

#include <algorithm>

#include "detect/sigma/correlation_parse.hpp"
#include "detect/sigma/parse.hpp"

namespace kulla::detect::sigma {
namespace {
std::string nobody(const std::string& reference) {
  return fmt::format("no rule that can be used has the id or name '{}'", reference.substr(0, 80));
}
}  // namespace

Rule& Collection::Entry::head() {
  if (auto* correlation = std::get_if<Correlation>(&what)) return correlation->head;
  return std::get<Rule>(what);
}

Checked<Document> read_document(const Tree& tree, const Placeholders& placeholders) {
  if (tree.find("correlation")) return parse_correlation(tree);
  if (tree.find("filter")) return parse_filter(tree, placeholders);
  return parse_rule(tree, placeholders);
}

Checked<> Collection::add(const std::filesystem::path& file, const std::string& fallback, Document document) {
  if (auto* correlation = std::get_if<Correlation>(&document)) return take(file, fallback, std::move(*correlation));
  if (auto* rule = std::get_if<Rule>(&document)) return take(file, fallback, std::move(*rule));
  auto& filter = std::get<Filter>(document);
  KULLA_CHECK(name(filter.body, fallback));
  filters_.push_back({file, std::move(filter)});
  return {};
}

Checked<> Collection::name(Rule& head, const std::string& fallback) {
  if (head.id.empty()) head.id = RuleId{fallback};
  if (!ids_.insert(head.id.str()).second) return fault(head.line, fmt::format("another rule has the id '{}'", head.id.str()));
  return {};
}

Checked<> Collection::take(const std::filesystem::path& file, const std::string& fallback, std::variant<Rule, Correlation> what) {
  auto entry = std::make_unique<Entry>();
  entry->file = file, entry->what = std::move(what);
  KULLA_CHECK(name(entry->head(), fallback));
  by_id_.emplace(entry->head().id.str(), entry.get());
  if (const auto& name = entry->head().name; !name.empty()) {
    const auto [known, fresh] = by_name_.try_emplace(name, entry.get());
    if (!fresh) known->second = nullptr;
  }
  entries_.push_back(std::move(entry));
  return {};
}

Checked<Collection::Entry*> Collection::find(const std::string& reference, int line) const {
  if (const auto found = by_id_.find(reference); found != by_id_.end()) return found->second;
  const auto found = by_name_.find(reference);
  if (found == by_name_.end()) return fault(line, nobody(reference));
  if (!found->second) return fault(line, fmt::format("more than one rule has the name '{}'", reference.substr(0, 80)));
  return found->second;
}

Checked<> Collection::apply_to_target(const Filter& filter, const Filter::Target& target, std::size_t& applied) {
  KULLA_TRY(auto* entry, find(target.reference, target.line));
  auto* rule = std::get_if<Rule>(&entry->what);
  if (!rule) return fault(target.line, fmt::format("filter: '{}' is a correlation; filters are for the rules below it", target.reference));
  if (!speaks_of(filter.body.logsource, rule->logsource))
    return fault(target.line, fmt::format("filter: the rule '{}' has another log source; it is left as it is", target.reference));
  apply(filter, *rule);
  ++applied;
  return {};
}

void Collection::apply_filter(const PlacedFilter& placed, const Reject& reject) {
  std::size_t applied = 0;
  for (const auto& target : placed.filter.targets)
    if (auto done = apply_to_target(placed.filter, target, applied); !done) reject(placed.file, std::move(done).error());
  for (const auto& entry : entries_) {
    auto* rule = std::get_if<Rule>(&entry->what);
    if (!placed.filter.any || !rule || !speaks_of(placed.filter.body.logsource, rule->logsource)) continue;
    apply(placed.filter, *rule);
    ++applied;
  }
  filters += applied > 0;
}

// Before anything is compiled, while each entry still has its head.
Checked<> Collection::refer(Entry& entry, Correlation& correlation) {
  for (auto& input : correlation.inputs) {
    KULLA_TRY(auto* other, find(input.reference, input.line));
    if (std::find(entry.inputs.begin(), entry.inputs.end(), other) != entry.inputs.end())
      return fault(input.line, fmt::format("correlation: '{}' is a rule that it refers to already", input.reference));
    input.id = other->head().id.str(), input.is_correlation = std::holds_alternative<Correlation>(other->what);
    entry.inputs.push_back(other);
  }
  return {};
}

Checked<> Collection::compile(Entry& entry, Rule& rule) {
  entry.state = options_.wanted(rule.logsource) ? State::used : State::unwanted;
  entry.index = rules.size();
  if (entry.state == State::unwanted) {
    ++other_sources;
    return {};
  }
  KULLA_TRY(const auto variants, options_.pipelines.variants(rule));
  if (options_.seen) options_.seen(rule, variants);
  return rules.add(std::move(rule), variants);
}

Checked<> Collection::place(Entry& entry, Correlation& correlation) {
  std::int64_t present = 0;
  for (std::size_t at = 0; at < entry.inputs.size(); ++at) {
    const auto& from = *entry.inputs[at];
    auto& input = correlation.inputs[at];
    if (from.state == State::rejected) return fault(input.line, nobody(input.reference));
    if (from.state == State::used) input.index = from.index, ++present;
    entry.height = std::max(entry.height, from.height + 1);
  }
  if (entry.height > chain_limit) return fault(correlation.head.line, fmt::format("correlations chained deeper than {}", chain_limit));
  // One that waits for what never comes must not silence the rules that do.
  const bool possible = present > 0 && (!is_temporal(correlation.type) || some_count_holds(correlation.condition, present));
  entry.state = possible ? State::used : State::unwanted;
  entry.index = correlations.size();
  if (entry.state == State::used) correlations.push_back(std::move(correlation));
  else ++other_sources;
  return {};
}

void Collection::attempt(Entry& entry, const Reject& reject, Checked<> done) {
  if (done) return;
  entry.state = State::rejected;
  reject(entry.file, std::move(done).error());
}

template <typename Kind>
void Collection::each(Checked<> (Collection::*step)(Entry&, Kind&), const Reject& reject) {
  for (const auto& entry : entries_)
    if (auto* what = std::get_if<Kind>(&entry->what); what && entry->state == State::pending)
      attempt(*entry, reject, (this->*step)(*entry, *what));
}

// Kahn's order: whoever waits for nobody is next; who is left in the end waits for itself.
void Collection::place_correlations(const Reject& reject) {
  std::vector<Entry*> ready;
  for (const auto& entry : entries_) {
    if (entry->state != State::pending) continue;
    for (auto* input : entry->inputs)
      if (input->state == State::pending) input->dependents.push_back(entry.get()), ++entry->waits_for;
    if (entry->waits_for == 0) ready.push_back(entry.get());
  }
  for (std::size_t at = 0; at < ready.size(); ++at) {
    attempt(*ready[at], reject, place(*ready[at], std::get<Correlation>(ready[at]->what)));
    for (auto* dependent : ready[at]->dependents)
      if (--dependent->waits_for == 0) ready.push_back(dependent);
  }
  for (const auto& entry : entries_)
    if (entry->state == State::pending)
      attempt(*entry, reject, fault(entry->head().line, "correlation: it refers to itself, directly or through others"));
}

void Collection::link(const Reject& reject) {
  for (const auto& filter : filters_) apply_filter(filter, reject);
  each<Correlation>(&Collection::refer, reject);
  each<Rule>(&Collection::compile, reject);
  place_correlations(reject);
  rules.finish();
}

}  // namespace kulla::detect::sigma
