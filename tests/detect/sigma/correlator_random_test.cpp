// The Correlator against an oracle that keeps every event and measures from scratch, over random correlations and random events; and what
// it holds under a flood. A failure prints the shortest case found, and a string for RC_PARAMS="reproduce=…" that plays it again.
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <cmath>
#include <set>

#include "detect/sigma/linked.hpp"

namespace kulla::detect::sigma {
namespace {
using Type = Correlation::Type;
using test::Fields, test::lookup_in, test::second;

constexpr int timespan = 10;
constexpr std::size_t rules = 4;

/// One event: the rules that it matches, its time, the fields g (under another name, h, where rule 1 looks) and f.
struct Happening {
  std::set<std::size_t> rules;
  int at = 0;
  Fields fields;
};

/// Any of them at any size: RapidCheck's own begins with the lowest.
template <typename T>
rc::Gen<T> between(T low, T beyond) {
  return rc::gen::resize(rc::kNominalSize, rc::gen::inRange<T>(low, beyond));
}

/// What one correlation says of events, by keeping all of them.
class Oracle {
 public:
  explicit Oracle(Correlation what) : what_(std::move(what)) {}
  struct Said {
    double measure;
    int last;  ///< of what contributed; not known of temporal_ordered
  };
  /// One match, or one result of another correlation; `event` tells events apart.
  std::optional<Said> add(std::size_t event, std::size_t input, int at, const Lookup& field, bool is_result) {
    std::vector<std::string> group;
    for (const auto& name : what_.inputs[input].group_by) {
      if (!field(name)) return {};
      group.emplace_back(*field(name));
    }
    std::vector<std::string> values;
    for (const auto& name : what_.inputs[input].fields) {
      if (!field(name)) return {};
      values.emplace_back(*field(name));
    }
    if (is_numeric() && values.front() == "none") return {};
    const bool temporal = what_.type == Type::temporal || what_.type == Type::temporal_ordered;
    if (!is_result && !temporal && !counted_.insert({event, group}).second) return {};
    auto& all = groups_[group];
    auto& window = window_of(all, at);
    window.events.push_back({at, input, values});
    return said(window);
  }

 private:
  struct Event {
    int at;
    std::size_t input;
    std::vector<std::string> values;
  };
  struct Window {
    std::vector<Event> events;
    std::optional<int> told;
    [[nodiscard]] int latest() const {
      return std::max_element(events.begin(), events.end(), [](const auto& a, const auto& b) { return a.at < b.at; })->at;
    }
  };
  struct Both {
    Window newest, behind;
  };
  bool is_numeric() const { return what_.type == Type::value_sum || what_.type == Type::value_avg || what_.percentile; }
  static Window& window_of(Both& all, int at) {
    if (all.newest.events.empty() || at >= all.newest.latest() - timespan) return all.newest;
    if (!all.behind.events.empty() && at < all.behind.latest() - timespan) all.behind = {};
    return all.behind;
  }
  static double number(const Event& event) { return std::stod(event.values.front()); }
  /// The most rules of which some events are in order, by trying each choice of rules.
  std::size_t longest(const std::vector<Event>& events) const {
    std::size_t most = 0;
    for (std::size_t chosen = 1; chosen < std::size_t{1} << what_.inputs.size(); ++chosen) {
      int from = INT_MIN;
      std::size_t length = 0;
      bool possible = true;
      for (std::size_t input = 0; input < what_.inputs.size() && possible; ++input) {
        if (!(chosen >> input & 1)) continue;
        int next = INT_MAX;
        for (const auto& event : events)
          if (event.input == input && event.at >= from) next = std::min(next, event.at);
        possible = next != INT_MAX;
        from = next, ++length;
      }
      if (possible) most = std::max(most, length);
    }
    return most;
  }
  double measure(const std::vector<Event>& events) const {
    std::set<std::vector<std::string>> values;
    std::set<std::size_t> inputs;
    double sum = 0;
    std::vector<double> numbers;
    for (const auto& event : events) {
      values.insert(event.values), inputs.insert(event.input);
      if (is_numeric()) numbers.push_back(number(event)), sum += number(event);
    }
    std::sort(numbers.begin(), numbers.end());
    const auto count = static_cast<double>(events.size());
    switch (what_.type) {
      case Type::event_count: return count;
      case Type::value_count: return static_cast<double>(values.size());
      case Type::temporal: return static_cast<double>(inputs.size());
      case Type::temporal_ordered: return static_cast<double>(longest(events));
      case Type::value_sum: return sum;
      case Type::value_avg: return sum / count;
      case Type::value_percentile: break;
    }
    if (!what_.percentile)
      return 100 *
             static_cast<double>(
                 std::count_if(events.begin(), events.end(), [&](const auto& e) { return e.values == events.back().values; })) /
             count;
    for (const double each : numbers)  // the smallest that so many percent are not above
      if (static_cast<double>(std::count_if(numbers.begin(), numbers.end(), [&](double n) { return n <= each; })) * 100 >=
          *what_.percentile * count)
        return each;
    return numbers.back();
  }
  std::optional<Said> said(Window& window) {
    const int latest = window.latest();
    std::vector<Event> within;
    for (const auto& event : window.events)
      if (event.at >= latest - timespan) within.push_back(event);
    const double is = measure(within);
    const bool holds = holds_for(what_.condition, Number{is});
    const bool repeats = window.told && latest - *window.told <= timespan;
    if (!holds) window.told.reset();
    if (!holds || repeats) return {};
    window.told = latest;
    int last = latest;
    if (what_.type == Type::value_percentile && !what_.percentile) {
      last = within.back().at;
      for (const auto& event : within)
        if (event.values == within.back().values) last = std::max(last, event.at);
    }
    return Said{is, last};
  }
  Correlation what_;
  std::set<std::pair<std::size_t, std::vector<std::string>>> counted_;
  std::map<std::vector<std::string>, Both> groups_;
};

Correlation random_correlation() {
  Correlation what;
  what.head.id = RuleId{"x"};
  what.type = *rc::gen::element(Type::event_count, Type::value_count, Type::temporal, Type::temporal_ordered, Type::value_sum,
                                Type::value_avg, Type::value_percentile);
  const bool valued = what.type != Type::event_count && what.type != Type::temporal && what.type != Type::temporal_ordered;
  if (valued) what.fields = {"f"};
  if (what.type == Type::value_count && *rc::gen::arbitrary<bool>()) what.fields.push_back("h");
  if (what.type == Type::value_percentile && *rc::gen::arbitrary<bool>()) what.percentile = *rc::gen::element(0.0, 25.0, 50.0, 90.0, 100.0);
  const bool grouped = *rc::gen::arbitrary<bool>();
  if (grouped) what.group_by = {"g"};
  for (std::size_t input = 0; input < rules; ++input) {
    Correlation::Input from{"", 0, what.group_by, what.fields, std::to_string(input), false, input};
    if (grouped && input == 1) from.group_by = {"h"};
    what.inputs.push_back(from);
  }
  what.timespan = std::chrono::seconds{timespan};
  const bool share = what.type == Type::value_percentile && !what.percentile;
  const auto bound = rc::gen::construct<Bound>(
      rc::gen::element(Bound::Is::less, Bound::Is::less_or_equal, Bound::Is::greater, Bound::Is::greater_or_equal, Bound::Is::equal,
                       Bound::Is::different),
      rc::gen::map(between<std::int64_t>(0, 6), [=](std::int64_t number) { return Number{share ? number * 20 : number}; }));
  what.condition = *rc::gen::nonEmpty(rc::gen::resize(2, rc::gen::container<std::vector<Bound>>(bound)));
  return what;
}

std::vector<Happening> random_happenings() {
  const auto value = [](std::string name, std::initializer_list<std::string> values) {
    return rc::gen::map(rc::gen::elementOf(std::vector<std::string>(values)),
                        [=](const std::string& text) { return std::pair{name, text}; });
  };
  const auto steps =
      *rc::gen::container<std::vector<int>>(rc::gen::weightedOneOf<int>({{8, between(0, 4)}, {3, between(-9, 9)}, {1, between(-40, 40)}}));
  std::vector<Happening> all;
  int now = 0;
  for (const int step : steps) {
    now += step;
    Happening event{{}, now, {}};
    const auto several = *rc::gen::weightedElement<std::size_t>({{4, 1}, {1, 2}, {1, 3}});
    while (event.rules.size() < several) event.rules.insert(*between<std::size_t>(0, rules));
    for (const auto& [name, text] :
         {*value("g", {"x", "y", ""}), *value("h", {"x", "y", ""}), *value("f", {"1", "2", "3.5", "-1", "none", ""})})
      if (!text.empty()) event.fields.emplace(name, text);
    all.push_back(std::move(event));
  }
  return all;
}

/// Returns how often something was said.
std::size_t check_same(const Correlation& what) {
  Correlator correlator{{what}};
  Oracle oracle{what};
  Token token = 0;
  std::size_t said = 0;
  for (const auto& event : random_happenings()) {
    ++token;
    for (const auto rule : event.rules) {
      const auto wanted = oracle.add(token, rule, event.at, lookup_in(event.fields), false);
      const auto& raised = correlator.on_match(rule, second(event.at), lookup_in(event.fields), token);
      RC_ASSERT(raised.size() == static_cast<std::size_t>(wanted.has_value()));
      if (!wanted) continue;
      ++said;
      // A count may stop where it no longer matters to the condition.
      const double is = raised.front().finding.measure.real();
      RC_ASSERT(std::abs(is - wanted->measure) < 1e-9 || (is < wanted->measure && is == static_cast<double>(countable(what.condition))));
      RC_ASSERT(raised.front().finding.first <= raised.front().finding.last);
      RC_ASSERT(raised.front().finding.last <= second(wanted->last));
    }
  }
  return said;
}

TEST(CorrelatorOracle, TheySayTheSame) {
  std::size_t said = 0;
  EXPECT_TRUE(rc::check([&] { said += check_same(random_correlation()); }));
  EXPECT_GT(said, 0U);
}

TEST(CorrelatorOracle, TheySayTheSameOfSequences) {
  std::size_t said = 0;
  EXPECT_TRUE(rc::check([&] {
    auto what = random_correlation();
    what.type = Type::temporal_ordered, what.fields.clear(), what.group_by.clear(), what.percentile.reset();
    for (auto& input : what.inputs) input.fields.clear(), input.group_by.clear();
    what.condition = {{Bound::Is::equal, Number{*between<std::int64_t>(2, rules + 1)}}};
    said += check_same(what);
  }));
  EXPECT_GT(said, 0U);
}

TEST(CorrelatorOracle, TheySayTheSameOfChains) {
  EXPECT_TRUE(rc::check([] {
    auto inner = random_correlation(), outer = random_correlation();
    if (inner.type == Type::temporal_ordered) inner.type = Type::temporal;
    inner.head.id = RuleId{"inner"};
    outer.inputs[2].is_correlation = true, outer.inputs[2].index = 0;
    Correlator correlator{{inner, outer}};
    Oracle of_inner{inner}, of_outer{outer};
    Token token = 0;
    for (const auto& event : random_happenings()) {
      ++token;
      const auto field = lookup_in(event.fields);
      for (const auto rule : event.rules) {
        std::vector<double> wanted, raised;
        const Lookup of_result = [&](std::string_view name) {
          return field(name == "g" && !inner.group_by.empty() ? inner.inputs[rule].group_by.front() : name);
        };
        // In the order of the file: what the first refers to is fed first.
        if (const auto said = of_inner.add(token, rule, event.at, field, false))
          if (const auto more = of_outer.add(token, 2, said->last, of_result, true)) wanted.push_back(more->measure);
        if (rule != 2)
          if (const auto said = of_outer.add(token, rule, event.at, field, false)) wanted.push_back(said->measure);
        for (const auto& each : correlator.on_match(rule, second(event.at), field, token)) raised.push_back(each.finding.measure.real());
        RC_ASSERT(raised.size() == wanted.size());
      }
    }
  }));
}

TEST(CorrelatorFlood, HoldsNoMoreThanItsLimits) {
  const Limits limits{.groups = 20, .entries = 60, .entries_per_window = 10, .tokens = 3};
  EXPECT_TRUE(rc::check([=] {
    const auto what = random_correlation();
    Correlator correlator{{what}, limits};
    Token token = 0;
    for (const auto at : *rc::gen::resize(400, rc::gen::container<std::vector<int>>(between(-100, 100)))) {
      const auto group = std::to_string(*between(0, 60));
      const Fields fields{{"g", group}, {"h", group}, {"f", std::to_string(at)}};
      for (const auto& each : correlator.on_match(token % rules, second(at), lookup_in(fields), token))
        RC_ASSERT(each.finding.tokens.size() <= limits.tokens);
      ++token;
      RC_ASSERT(correlator.groups(0) <= limits.groups);
      RC_ASSERT(correlator.entries(0) <= limits.entries);
    }
  }));
}

TEST(CorrelatorFlood, OfDistinctGroupsIsCounted) {
  auto all = test::linked(test::three_rules() +
                          test::correlation("type: event_count, rules: [a], group-by: [u], timespan: 1h, condition: {gte: 100}"));
  Correlator correlator{std::move(all.collection.correlations), {.groups = 1000}};
  for (int at = 0; at < 100'000; ++at) {
    const Fields fields{{"u", std::to_string(at)}};
    EXPECT_TRUE(correlator.on_match(0, second(at / 1000), lookup_in(fields), static_cast<Token>(at)).empty());
  }
  EXPECT_EQ(correlator.groups(0), 1000U);
  EXPECT_EQ(correlator.entries(0), 1000U);
  EXPECT_EQ(correlator.statistics(0).evicted, 99'000U);
}
}  // namespace
}  // namespace kulla::detect::sigma
