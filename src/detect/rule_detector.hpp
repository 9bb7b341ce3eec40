// What all detectors by rules do: match, correlate, say the same thing once in a while, and tell together what floods.
#pragma once
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "detect/detector.hpp"
#include "detect/sigma/correlator.hpp"
#include "detect/sigma/load.hpp"
#include "detect/sigma/matcher.hpp"
#include "detect/traffic/recent.hpp"

namespace kulla::detect {

class Rules {
 public:
  Rules(sigma::Loaded loaded, std::set<Digest> cleared);
  std::shared_ptr<sigma::Programs> programs;
  std::vector<sigma::Correlation> correlations;
  std::vector<Rejected> rejected;
  std::set<Digest> cleared;  ///< digests of the rules that a backtest clears
  std::size_t other_sources = 0;
  std::optional<Error> cache_problem;
};

class RuleDetector : public Detector {
 public:
  RuleDetector(const Settings& settings, std::shared_ptr<const Rules> rules, Pseudonyms pseudonyms, SensorId sensor);
  void adopt(Detector& older) override;
  [[nodiscard]] const std::vector<Rejected>& rejected() const override { return rules_->rejected; }
  [[nodiscard]] std::size_t rules() const override { return matcher_.rules().size(); }
  [[nodiscard]] std::size_t rules_for_others() const override { return rules_->other_sources; }
  [[nodiscard]] std::uint64_t suppressed() const override { return suppressed_; }
  [[nodiscard]] std::vector<std::string> not_cleared() const override;

 protected:
  using Raise = std::function<void(Detection)>;
  /// An event in the eyes of the rules: what alerts of it say, and what tells it apart from others.
  struct Seen {
    const event::Event& event;
    std::string_view line;
    Timestamp at;       ///< by which repetitions and floods are counted: of a clock that no sender sets
    Timestamp happened;  ///< by which correlations count
  };
  void look_with_rules(const Seen& seen, const Raise& raise);
  /// How many matches an alert now stands for; nothing if the same was told of too shortly before. A failure does not silence the
  /// success that follows it.
  std::optional<std::uint64_t> worth_saying(std::string_view rule, bool succeeded, const Seen& seen, std::uint64_t first);
  /// The alert with what the event says of where and who.
  [[nodiscard]] virtual Detection filled(Alert alert, const Seen& seen, std::uint64_t count) const = 0;
  /// Whether what a rule calls success was one.
  [[nodiscard]] virtual bool went_well(const event::Event& event) const = 0;
  /// Appends what must be equal for two alerts of a rule to be the same.
  virtual void tell_apart(const event::Event& event, std::string& key) const = 0;

  const Settings settings_;
  const Pseudonyms pseudonyms_;
  const SensorId sensor_;

 private:
  /// When the same thing was said last, and how often it was seen since.
  struct Said {
    bool ever = false;
    Timestamp at;
    std::uint64_t since = 0;
  };
  /// Alerts of a rule within its window.
  struct Flood {
    Timestamp from;
    int alerts = 0;
  };
  void say(const sigma::Rule& rule, std::uint64_t count, const Seen& seen, const Raise& raise);
  bool floods(const sigma::Rule& rule, Timestamp at);
  void tell_flood(const sigma::Rule& rule, const Seen& seen, const Raise& raise);

  std::shared_ptr<const Rules> rules_;
  sigma::Matcher matcher_;
  sigma::Correlator correlator_;
  sigma::Token looked_at_ = 0;
  traffic::Recent<Said> said_;
  std::map<std::string, Flood> floods_;  // by rule
  std::string key_;
  std::uint64_t suppressed_ = 0;
};

}  // namespace kulla::detect
