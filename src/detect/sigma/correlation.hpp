// A Sigma correlation rule as kulla understands it (Sigma 2.1, "Sigma Correlation Rules Specification"): the form between reading
// (correlation_parse.hpp), linking (collection.hpp) and evaluating (correlator.hpp). Knows no YAML.
#pragma once
#include <chrono>
#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "detect/sigma/rule.hpp"

namespace kulla::detect::sigma {

/// One criterion of a condition: what was measured stands so to `number`.
struct Bound {
  enum class Is { less, less_or_equal, greater, greater_or_equal, equal, different };
  Is is = Is::greater_or_equal;
  Number number;
};
/// All bounds hold.
[[nodiscard]] bool holds_for(const std::vector<Bound>& bounds, const Number& measure);

struct Correlation {
  enum class Type { event_count, value_count, temporal, temporal_ordered, value_sum, value_avg, value_percentile };
  /// One of the rules it refers to, in the order of the file.
  struct Input {
    std::string reference;  ///< an id or a name, as written
    int line = 0;
    std::vector<std::string> group_by;  ///< what each of Correlation::group_by is called in events of this rule
    std::vector<std::string> fields;    ///< the same for Correlation::fields
    std::string id;                     ///< from linking: of what it refers to
    bool is_correlation = false;        ///< from linking
    std::optional<std::size_t> index;   ///< from linking: into the rule set, or the correlations; none: a rule for another log source
  };
  Rule head;  ///< what an alert says: id, name, title, level, techniques; there are no searches in it
  Type type = Type::event_count;
  std::vector<Input> inputs;
  std::vector<std::string> group_by;  ///< empty: all events are one group
  std::chrono::seconds timespan{};
  std::vector<Bound> condition;     ///< never empty; of temporal types it speaks of how many different rules matched
  std::vector<std::string> fields;  ///< whose values are looked at; one but for value_count
  std::optional<double> percentile; ///< of value_percentile: 0 to 100; none: the share of the event's own value, in percent
  bool generate = false;            ///< the rules it refers to raise alerts of their own, too
};

inline constexpr std::size_t correlation_input_limit = 100;   ///< finding a sequence costs its square
inline constexpr std::size_t group_by_limit = 16;
inline constexpr std::int64_t event_count_limit = 1'000'000;  ///< so many moments are kept for one group
inline constexpr std::int64_t value_count_limit = 10'000;     ///< so many values are looked through at each event
inline constexpr std::chrono::days timespan_limit{36'500};

[[nodiscard]] bool is_temporal(Correlation::Type type);
/// Whether some count from 1 to `most` fulfils the bounds. A group is looked at because something happened in it, so 0 is none.
[[nodiscard]] bool some_count_holds(const std::vector<Bound>& bounds, std::int64_t most);
/// How many must be kept so that a count that stops there gives each bound the same answer as the true count.
[[nodiscard]] std::size_t countable(const std::vector<Bound>& bounds);
/// Names what it finds: equal for correlations whose state one can take over from the other. Needs the ids of its inputs.
[[nodiscard]] std::string definition_of(const Correlation& correlation);

}  // namespace kulla::detect::sigma
