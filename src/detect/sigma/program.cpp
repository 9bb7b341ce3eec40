#include "detect/sigma/program.hpp"

#include <algorithm>
#include <boost/asio/post.hpp>
#include <map>
#include <optional>
#include <set>

namespace kulla::detect::sigma {
namespace {
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

// Without observation: strings that many rules ask for are those that ordinary events hold.
double expected(const RuleSet::Test& test, const Sought& sought) {
  constexpr double of_presence = 3000, half = 500;
  double cost = sought.texts.empty() ? of_presence : 0;
  for (const auto& [text, place] : sought.texts) {
    const double rarity = text.size() >= 8 ? 1 : text.size() >= 5 ? 3 : text.size() >= 3 ? 20 : 200;
    cost += place == Place::whole && !text.empty() ? 1 : rarity;
  }
  cost *= 1 + test.used;
  return cost / (cost + half);
}

class Builder {
 public:
  Builder(const RuleSet& rules, const SourceClasses& classes, const SourceClass& source)
      : rules_(rules), classes_(classes), source_(source) {}

  std::unique_ptr<Survey> survey() {
    auto survey = std::make_unique<Survey>();
    std::set<std::uint32_t> tests;
    std::set<FieldId> fields;
    for (std::uint32_t entry = 0; entry < rules_.entries().size(); ++entry) {
      const auto root = rules_.entries()[entry].root;
      if (classes_.node(root, source_) == Answer::no) continue;
      survey->entries.push_back(entry);
      collect(root, tests);
    }
    for (const auto test : tests) fields.insert(rules_.tests()[test].field);
    survey->tests.assign(tests.begin(), tests.end());
    survey->fields.assign(fields.begin(), fields.end());
    return survey;
  }

  std::unique_ptr<Program> program(const Survey& survey, const Observed& observed) {
    for (std::size_t at = 0; at < survey.tests.size() && observed.events > 0; ++at)
      rate_[survey.tests[at]] = static_cast<double>(observed.held[at]) / observed.events;
    for (std::size_t at = 0; at < survey.fields.size() && observed.events > 0; ++at)
      length_[survey.fields[at]] = static_cast<double>(observed.bytes[at]) / observed.events;
    for (const auto entry : survey.entries) {
      if (const auto clause = clause_of(rules_.entries()[entry].root)) find_by(*clause, entry);
      else program_->always.push_back(entry);
    }
    finish();
    return std::move(program_);
  }

 private:
  void collect(std::uint32_t index, std::set<std::uint32_t>& tests) const {
    const auto& node = rules_.nodes()[index];
    if (node.kind == Kind::leaf && of_test(node.first)) tests.insert(node.first);
    if (node.kind == Kind::leaf || node.kind == Kind::negation || classes_.node(index, source_) == Answer::no) return;
    for (std::uint32_t at = 0; at < node.count; ++at) collect(rules_.child(node, at), tests);
  }
  std::optional<Clause> clause_of(std::uint32_t index) const {
    const auto& node = rules_.nodes()[index];
    if (node.kind == Kind::leaf) return of_test(node.first);
    if (node.kind == Kind::all) return cheapest(node);
    if (node.kind == Kind::any) return either(node);
    return std::nullopt;
  }
  std::optional<Clause> of_test(std::uint32_t index) const {
    const auto& test = rules_.tests()[index];
    if (test.field < RuleSet::record_field || classes_.test(index, source_) == Answer::yes) return std::nullopt;
    const auto sought = sought_by(test);
    if (!sought || (test.field == RuleSet::record_field && sought->texts.empty())) return std::nullopt;
    return Clause{cost_of(index, test, *sought), {index}};
  }
  /// A test that holds half the time costs 50 times one that never did; a long field costs its reading.
  double cost_of(std::uint32_t index, const RuleSet::Test& test, const Sought& sought) const {
    constexpr double of_expectation = 0.02, of_byte = 0.0005;
    const auto rate = rate_.find(index);
    const auto length = length_.find(test.field);
    return (rate == rate_.end() ? 0 : rate->second) + of_expectation * expected(test, sought) +
           (length == length_.end() ? 0 : of_byte * length->second);
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
  using Texts = std::map<std::pair<std::string, Place>, Program::Entries>;
  static Program::Scan scan_for(FieldId field, const Texts& texts, ValueMatcher::Form form) {
    Program::Scan scan{field, ValueMatcher{form}, {}};
    for (const auto& [what, entries] : texts) {
      scan.values.add(what.first, what.second, static_cast<std::uint32_t>(scan.entries_of.size()));
      scan.entries_of.push_back(entries);
      auto& kept = scan.entries_of.back();
      kept.erase(std::unique(kept.begin(), kept.end()), kept.end());
    }
    scan.values.compile();
    return scan;
  }
  void finish() {
    for (auto& [field, texts] : texts_) {
      program_->scans.push_back(scan_for(field, texts, source_.json ? ValueMatcher::Form::json : ValueMatcher::Form::text));
      if (field == RuleSet::record_field && source_.json)
        program_->record = std::make_unique<Program::Scan>(scan_for(field, texts, ValueMatcher::Form::record));
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
  std::unordered_map<std::uint32_t, double> rate_;    // of tests
  std::unordered_map<FieldId, double> length_;
  std::map<FieldId, Texts> texts_;
  std::map<FieldId, Program::Entries> presences_;
};
}  // namespace

Programs::Programs(std::shared_ptr<const RuleSet> rules, Making making)
    : rules_(std::move(rules)),
      classes_(*rules_),
      aside_(making == Making::aside ? std::make_unique<boost::asio::thread_pool>(1) : nullptr) {}

Programs::Class& Programs::of(const SourceClass& source) {
  if (const auto known = known_.find(source); known != known_.end()) return known->second;
  if (known_.size() == class_limit) known_.clear();
  return known_.emplace(source, Class{Builder{*rules_, classes_, source}.survey(), {}}).first->second;
}

std::shared_ptr<const Survey> Programs::survey(const SourceClass& source) {
  const std::scoped_lock lock{mutex_};
  return of(source).survey;
}

Programs::MadeProgram Programs::make(const SourceClass& source, const Observed& observed, bool wait) {
  std::packaged_task<MadeProgram()> task;
  std::unique_lock lock{mutex_};
  auto& known = of(source);
  if (!known.program.valid()) {
    task = std::packaged_task<MadeProgram()>{[this, source, observed, survey = known.survey]() -> MadeProgram {
      return Builder{*rules_, classes_, source}.program(*survey, observed);
    }};
    known.program = task.get_future().share();
  }
  const auto program = known.program;
  lock.unlock();  // others make theirs meanwhile
  if (task.valid() && aside_) boost::asio::post(*aside_, std::move(task));
  else if (task.valid()) task();
  if (aside_ && !wait && program.wait_for(std::chrono::seconds{0}) != std::future_status::ready) return nullptr;
  return program.get();
}

}  // namespace kulla::detect::sigma
