// Evaluates correlations over matches, by the time at which their events happened; no clock is read. One thread owns a Correlator.
//
// The window of a group is the timespan up to its latest event, both ends included; the condition is looked at after each event, so what
// a condition says of few events is true of the first one. An event that comes late, but within the window, is counted as if it had come in
// order. One that comes more than a timespan late is looked at in a second window of its group (Statistics::behind).
// A group whose condition holds is told of once; again when the condition has not held in between, or when more than a timespan has passed
// since. An event that matches several rules of a correlation is one event for all types but the temporal ones.
#pragma once
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/hash.hpp"
#include "detect/sigma/correlation.hpp"
#include "detect/sigma/tracker.hpp"

namespace kulla::detect::sigma {

/// The value of a field of the event at hand; asked during on_match() only.
using Lookup = std::function<std::optional<std::string_view>(std::string_view field)>;

/// A correlation matched.
struct Correlated {
  std::size_t correlation = 0;
  std::vector<std::pair<std::string, std::string>> group;  ///< names as in group-by; values cut after group_value_limit bytes
  Finding finding;
};
inline constexpr std::size_t group_value_limit = 256;

class Correlator {
 public:
  /// `correlations` as load() gives them: linked, each after those it refers to.
  explicit Correlator(std::vector<Correlation> correlations, const Limits& limits = {});

  /// A rule matched an event. Matches come in the order of records, those of one event one after the other with the same token.
  /// What follows from it is valid until the next call. Results of correlations that others refer to are handed on to them, as events of
  /// the time of their latest event, with their group-by fields, and otherwise the fields of the event that completed them; they are
  /// among what is returned only where all that is said of silent() lets them.
  const std::vector<Correlated>& on_match(std::size_t rule, Timestamp happened, const Lookup& field, Token token);

  /// A rule that correlations refer to, none of which says `generate: true`: what it matches raises no alert of its own.
  [[nodiscard]] bool silent(std::size_t rule) const;
  /// Whether a correlation refers to the rule.
  [[nodiscard]] bool wants(std::size_t rule) const { return rule < rules_.size() && !rules_[rule].to.empty(); }
  [[nodiscard]] std::size_t size() const { return units_.size(); }
  [[nodiscard]] const Correlation& correlation(std::size_t index) const { return units_[index].what; }
  [[nodiscard]] const Statistics& statistics(std::size_t index) const { return units_[index].tracker->statistics; }
  [[nodiscard]] std::size_t groups(std::size_t index) const { return units_[index].tracker->groups(); }
  [[nodiscard]] std::size_t entries(std::size_t index) const { return units_[index].tracker->entries(); }
  /// Takes the state of each correlation that `old` has with an equal definition (definition_of). Before the first match; `old` is then
  /// of no further use.
  void adopt(Correlator& old);

 private:
  /// Where the matches of a rule, or the results of a correlation, go.
  struct Route {
    std::size_t unit = 0, input = 0;
  };
  struct Routes {
    std::vector<Route> to;
    bool generate = false;
  };
  struct Unit {
    Correlation what;
    std::unique_ptr<Tracker> tracker;
    Token last_token = 0;
    std::vector<Key> counted;  ///< groups in which the event of that token was counted
    Routes results;
  };
  void feed(const Route& route, bool is_result, Timestamp at, const Lookup& field, Token token);
  [[nodiscard]] std::optional<Key> key_of(const std::vector<std::string>& fields, const Lookup& field);
  [[nodiscard]] bool fill(Unit& unit, const Lookup& field, Sample& sample);
  [[nodiscard]] static bool seen_before(Unit& unit, const Key& group, Token token);
  void raise(std::size_t index, std::size_t input, Finding finding, const Lookup& field, Token token);

  std::vector<Unit> units_;
  std::vector<Routes> rules_;  ///< by the index of the rule
  std::vector<Correlated> raised_;
  std::string buffer_;
  Digest secret_;
};

}  // namespace kulla::detect::sigma
