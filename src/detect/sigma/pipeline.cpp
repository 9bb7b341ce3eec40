#include "detect/sigma/pipeline.hpp"

#include <algorithm>
#include <optional>

#include "base/visit.hpp"
#include "detect/sigma/default_pipelines.hpp"
#include "detect/sigma/search.hpp"

namespace kulla::detect::sigma {
namespace {
using Kind = Expression::Kind;

/// A rule on its way through one chain; copied when a step first changes it: most chains do not speak of most rules.
class Journey {
 public:
  explicit Journey(const Rule& rule) : rule_(&rule) {}
  Checked<> take(const PipelineStep& step) {
    if (!applies(step)) return {};
    if (!step.id.empty()) taken_.insert(step.id);
    return std::visit(Visit{[&](const AddCondition& add) { return add_condition(add); },
                            [&](const ChangeLogsource& change) {
                              change_logsource(change);
                              return Checked<>{};
                            },
                            [&](const auto& names) {
                              rename([&](const std::string& field) { return new_names(names, field); }, step);
                              return Checked<>{};
                            }},
                      step.action);
  }
  /// Nothing where no step has changed it.
  [[nodiscard]] std::optional<Rule> arrive() && { return std::move(changed_); }

 private:
  bool applies(const PipelineStep& step) const {
    const auto holds = [this](const RuleCondition& condition) {
      return std::visit([this](const auto& what) { return this->holds(what); }, condition.what);
    };
    const auto& all = step.rule_conditions;
    const bool met =
        all.empty() || (step.any_rule_condition ? std::any_of(all.begin(), all.end(), holds) : std::all_of(all.begin(), all.end(), holds));
    return met != step.not_rule_conditions;
  }
  bool holds(const SourceWords& wanted) const {
    const auto fits = [](const std::optional<std::string>& want, const std::string& is) { return !want || *want == is; };
    const auto& is = rule_->logsource;
    return fits(wanted.category, is.category) && fits(wanted.product, is.product) && fits(wanted.service, is.service);
  }
  bool holds(const RuleCondition::HasField& has) const {
    return std::any_of(rule_->predicates.begin(), rule_->predicates.end(), [&](const Predicate& each) { return each.field == has.field; });
  }
  bool holds(const RuleCondition::Applied& applied) const { return taken_.contains(applied.step); }

  Checked<> add_condition(const AddCondition& add) {
    auto& rule = changed();
    KULLA_TRY(auto condition, parse_search(add.conditions, rule.predicates, {}));
    if (add.negated) condition = Expression{Kind::negation, 0, {std::move(condition)}};
    rule.source.parts.push_back(std::move(condition));
    return {};
  }
  void change_logsource(const ChangeLogsource& change) {
    const auto& [category, product, service] = change.words;
    changed().logsource = {category.value_or(""), product.value_or(""), service.value_or("")};
  }

  static std::vector<std::string> new_names(const MapFields& map, const std::string& field) {
    const auto known = map.names.find(field);
    return known == map.names.end() ? std::vector{field} : known->second;
  }
  static std::vector<std::string> new_names(const MapPrefixes& map, const std::string& field) {
    for (const auto& [from, to] : map.prefixes)
      if (field.starts_with(from)) return {to + field.substr(from.size())};
    return {field};
  }
  static std::vector<std::string> new_names(const AddToNames& add, const std::string& field) { return {add.before + field + add.after}; }

  static bool chosen(const PipelineStep& step, const std::string& field) {
    return std::all_of(step.field_conditions.begin(), step.field_conditions.end(),
                       [&](const FieldCondition& each) { return each.fields.contains(field) == each.include; });
  }
  template <typename Names>
  void rename(Names&& names, const PipelineStep& step) {
    const auto touches = [&](const Predicate& each) {
      if (each.field.empty() || !chosen(step, each.field)) return false;
      const auto* ref = std::get_if<FieldRef>(&each.test);
      return names(each.field) != std::vector{each.field} || (ref && names(ref->other) != std::vector{ref->other});
    };
    const auto& before = rule_->predicates;
    if (std::none_of(before.begin(), before.end(), touches)) return;
    const auto count = before.size();
    auto& rule = changed();
    std::vector<std::vector<std::size_t>> stands_for(count);
    for (std::size_t at = 0; at < count; ++at) {
      stands_for[at] = {at};
      if (!touches(rule.predicates[at])) continue;
      const auto others = names(rule.predicates[at].field);
      if (auto* ref = std::get_if<FieldRef>(&rule.predicates[at].test))
        if (const auto other = names(ref->other); !other.empty()) ref->other = other.front();
      if (others.empty()) continue;
      rule.predicates[at].field = others.front();
      for (std::size_t more = 1; more < others.size(); ++more) {
        stands_for[at].push_back(rule.predicates.size());
        auto copy = rule.predicates[at];
        copy.field = others[more];
        rule.predicates.push_back(std::move(copy));
      }
    }
    for (auto& search : rule.searches) rewrite(search.body, stands_for);
    rewrite(rule.source, stands_for);
  }
  static void rewrite(Expression& expression, const std::vector<std::vector<std::size_t>>& stands_for) {
    for (auto& part : expression.parts) rewrite(part, stands_for);
    if (expression.kind != Kind::leaf || stands_for[expression.index].size() == 1) return;
    Expression either{Kind::any, 0, {}};
    for (const auto predicate : stands_for[expression.index]) either.parts.push_back({Kind::leaf, predicate, {}});
    expression = std::move(either);
  }

  Rule& changed() {
    if (!changed_) rule_ = &changed_.emplace(*rule_);
    return *changed_;
  }

  const Rule* rule_;  // as it is now
  std::optional<Rule> changed_;
  std::set<std::string, std::less<>> taken_;
};
}  // namespace

Checked<> Pipelines::add_each(std::string_view text) {
  KULLA_TRY(const auto documents, read_yaml(text));
  for (const auto& document : documents) {
    KULLA_TRY(auto pipeline, parse_pipeline(document));
    chains_.push_back({std::move(pipeline)});
  }
  return {};
}

void Pipelines::add_chain(std::vector<Pipeline> chain) {
  std::stable_sort(chain.begin(), chain.end(), [](const Pipeline& a, const Pipeline& b) { return a.priority < b.priority; });
  chains_.push_back(std::move(chain));
}

Checked<Pipelines> Pipelines::standard() {
  Pipelines pipelines;
  for (const auto text : default_pipelines()) KULLA_CHECK(pipelines.add_each(text));
  return pipelines;
}

Checked<std::vector<Rule>> Pipelines::variants(const Rule& rule) const {
  std::vector<Rule> variants;
  variants.reserve(chains_.size() + 1);
  variants.push_back(rule);
  for (const auto& chain : chains_) {
    Journey journey{rule};
    for (const auto& pipeline : chain)
      for (const auto& step : pipeline.steps) KULLA_CHECK(journey.take(step));
    if (auto changed = std::move(journey).arrive()) variants.push_back(std::move(*changed));
  }
  return variants;
}

}  // namespace kulla::detect::sigma
