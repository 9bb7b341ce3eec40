#include "detect/sigma/program.hpp"

#include <algorithm>
#include <map>
#include <optional>

namespace kulla::detect::sigma {
namespace {
using Answer = SourceClasses::Answer;
using Kind = Expression::Kind;
using Place = Pattern::Place;
constexpr std::size_t text_limit = 200;  // of a string that is searched for; the rest of a longer one is left to evaluation

/// A condition that holds only where one of these tests may hold.
struct Clause {
  double cost = 0;  ///< how often it is expected to say so for nothing; only the order means something
  std::vector<std::uint32_t> tests;
};

/// What to look for in the values of a field; without texts: that the field is there.
struct Sought {
  std::vector<Pattern::Needed> texts;
};

Pattern::Needed shortened(Pattern::Needed needed) {
  auto& [text, place] = needed;
  if (text.size() <= text_limit) return needed;
  if (place == Place::end) return {text.substr(text.size() - text_limit), place};
  return {text.substr(0, text_limit), place == Place::whole ? Place::start : place};
}

std::optional<Sought> sought_by(const RuleSet::Test& test) {
  if (std::holds_alternative<Absent>(test.test)) return std::nullopt;
  if (const auto* exists = std::get_if<Exists>(&test.test)) return exists->wanted ? std::optional<Sought>{Sought{}} : std::nullopt;
  if (const auto* regex = std::get_if<std::unique_ptr<const RegexMatcher>>(&test.test)) {
    Sought sought;
    for (auto& text : (*regex)->needed()) sought.texts.push_back({std::move(text), Place::anywhere});
    return sought;
  }
  const auto* pattern = std::get_if<Pattern>(&test.test);
  if (!pattern) return Sought{};
  auto needed = shortened(pattern->needed());
  if (needed.text.empty() && needed.place != Place::whole) return Sought{};
  if (pattern->cased()) {
    std::string folded;
    fold_case(needed.text, folded);
    needed.text = std::move(folded);
  }
  return Sought{{std::move(needed)}};
}

// Strings that many rules ask for are those that ordinary events hold.
double cost_of(const RuleSet::Test& test, const Sought& sought) {
  constexpr double of_presence = 3000;
  if (sought.texts.empty()) return of_presence;
  double cost = 0;
  for (const auto& [text, place] : sought.texts) {
    const double rarity = text.size() >= 8 ? 1 : text.size() >= 5 ? 3 : text.size() >= 3 ? 20 : 200;
    cost += place == Place::whole && !text.empty() ? 1 : rarity;
  }
  return cost * (1 + test.used);
}

class Builder {
 public:
  Builder(const RuleSet& rules, const SourceClasses& classes, const SourceClass& source)
      : rules_(rules), classes_(classes), source_(source) {}

  std::unique_ptr<Program> build() {
    for (std::uint32_t entry = 0; entry < rules_.entries().size(); ++entry) {
      const auto root = rules_.entries()[entry].root;
      if (classes_.node(root, source_) == Answer::no) continue;
      ++program_->rules;
      if (const auto clause = clause_of(root)) find_by(*clause, entry);
      else program_->always.push_back(entry);
    }
    finish();
    return std::move(program_);
  }

 private:
  std::optional<Clause> clause_of(std::uint32_t index) const {
    const auto& node = rules_.nodes()[index];
    if (node.kind == Kind::leaf) return of_test(node.first);
    if (node.kind == Kind::all) return cheapest(node);
    if (node.kind == Kind::any) return either(node);
    return std::nullopt;
  }
  std::optional<Clause> of_test(std::uint32_t index) const {
    const auto& test = rules_.tests()[index];
    if (classes_.test(index, source_) == Answer::yes || test.field < RuleSet::record_field) return std::nullopt;
    const auto sought = sought_by(test);
    if (!sought || (test.field == RuleSet::record_field && sought->texts.empty())) return std::nullopt;
    return Clause{cost_of(test, *sought), {index}};
  }
  std::optional<Clause> cheapest(const RuleSet::Node& node) const {
    std::optional<Clause> best;
    for (std::uint32_t at = 0; at < node.count; ++at) {
      auto part = clause_of(rules_.child(node, at));
      if (part && (!best || part->cost < best->cost)) best = std::move(part);
    }
    return best;
  }
  std::optional<Clause> either(const RuleSet::Node& node) const {
    Clause all;
    for (std::uint32_t at = 0; at < node.count; ++at) {
      const auto child = rules_.child(node, at);
      if (classes_.node(child, source_) == Answer::no) continue;
      const auto part = clause_of(child);
      if (!part) return std::nullopt;
      all.cost += part->cost;
      all.tests.insert(all.tests.end(), part->tests.begin(), part->tests.end());
    }
    return all;
  }
  void find_by(const Clause& clause, std::uint32_t entry) {
    for (const auto test : clause.tests) {
      const auto& field = rules_.tests()[test].field;
      const auto texts = sought_by(rules_.tests()[test])->texts;
      if (texts.empty()) presences_[field].push_back(entry);
      for (const auto& [text, place] : texts) texts_[field][{text, place}].push_back(entry);
    }
  }
  void finish() {
    for (auto& [field, texts] : texts_) {
      auto& scan = program_->scans.emplace_back();
      scan.field = field;
      for (auto& [what, entries] : texts) {
        entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
        scan.values.add(what.first, what.second, static_cast<std::uint32_t>(scan.entries_of.size()));
        scan.entries_of.push_back(std::move(entries));
      }
      scan.values.compile();
    }
    for (auto& [field, entries] : presences_) {
      entries.erase(std::unique(entries.begin(), entries.end()), entries.end());
      program_->presences.push_back({field, std::move(entries)});
    }
  }

  const RuleSet& rules_;
  const SourceClasses& classes_;
  const SourceClass& source_;
  std::unique_ptr<Program> program_ = std::make_unique<Program>();
  std::map<FieldId, std::map<std::pair<std::string, Place>, Program::Entries>> texts_;
  std::map<FieldId, Program::Entries> presences_;
};
}  // namespace

Programs::Programs(std::shared_ptr<const RuleSet> rules) : rules_(std::move(rules)), classes_(*rules_) {}

std::shared_ptr<const Program> Programs::of(const SourceClass& source) {
  const std::scoped_lock lock{mutex_};
  if (const auto known = programs_.find(source); known != programs_.end()) return known->second;
  if (programs_.size() == class_limit) programs_.clear();
  std::shared_ptr<const Program> program = Builder{*rules_, classes_, source}.build();
  if (program->rules == 0) program = empty_;
  return programs_.emplace(source, std::move(program)).first->second;
}

}  // namespace kulla::detect::sigma
