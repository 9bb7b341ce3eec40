#include "detect/rule_detector.hpp"

#include <fmt/format.h>

namespace kulla::detect {
namespace {
Alert alert_of(const sigma::Rule& rule, bool succeeded, bool may_close) {
  Alert alert;
  alert.rule = rule.id, alert.title = rule.title, alert.level = rule.level;
  alert.succeeded = succeeded, alert.may_close = may_close, alert.techniques = rule.techniques;
  return alert;
}
Alert flood_of(const sigma::Rule& rule) {
  Alert alert;
  alert.rule = RuleId{"kulla.rule-flood"}, alert.title = fmt::format("Too many alerts of one rule, told together: {}", rule.title);
  alert.level = rule.level, alert.techniques = rule.techniques;
  return alert;
}
}  // namespace

Rules::Rules(sigma::Loaded loaded, std::set<Digest> cleared_by_backtest)
    : programs(std::make_shared<sigma::Programs>(std::move(loaded.rules), sigma::Programs::Making::aside)),
      correlations(std::move(loaded.correlations)),
      rejected(std::move(loaded.rejected)),
      cleared(std::move(cleared_by_backtest)),
      other_sources(loaded.other_sources),
      cache_problem(std::move(loaded.cache_problem)) {}

RuleDetector::RuleDetector(const Settings& settings, std::shared_ptr<const Rules> rules, Pseudonyms pseudonyms, SensorId sensor)
    : settings_(settings),
      pseudonyms_(std::move(pseudonyms)),
      sensor_(std::move(sensor)),
      rules_(std::move(rules)),
      matcher_(rules_->programs),
      correlator_(rules_->correlations),
      said_(settings.tracked_limit) {}

void RuleDetector::adopt(Detector& older) {
  auto& old = dynamic_cast<RuleDetector&>(older);
  correlator_.adopt(old.correlator_);
  said_ = std::move(old.said_), floods_ = std::move(old.floods_);
  looked_at_ = old.looked_at_, suppressed_ = old.suppressed_;
}

std::vector<std::string> RuleDetector::not_cleared() const {
  std::vector<std::string> ids;
  const auto& rules = matcher_.rules();
  for (std::size_t at = 0; at < rules.size(); ++at)
    if (rules.rule(at).may_close && !rules_->cleared.contains(rules.rule(at).digest)) ids.push_back(rules.rule(at).id.str());
  return ids;
}

void RuleDetector::look_with_rules(const Seen& seen, const Raise& raise) {
  ++looked_at_;
  for (const auto index : matcher_.match(seen.event)) {
    if (!correlator_.silent(index)) say(matcher_.rules().rule(index), 1, seen, raise);
    const auto field = [&](std::string_view name) { return seen.event.field(name); };
    for (const auto& found : correlator_.on_match(index, seen.happened, field, looked_at_))
      say(correlator_.correlation(found.correlation).head, found.finding.events, seen, raise);
  }
}

/// What a rule, or a correlation, has to say of `count` events of which this is the last.
void RuleDetector::say(const sigma::Rule& rule, std::uint64_t count, const Seen& seen, const Raise& raise) {
  const bool succeeded = rule.succeeded && went_well(seen.event);
  const auto worth = worth_saying(rule.id.str(), succeeded, seen, count);
  if (!worth) return;
  if (!succeeded && floods(rule, seen.at)) return tell_flood(rule, seen, raise);
  raise(filled(alert_of(rule, succeeded, rule.may_close && rules_->cleared.contains(rule.digest)), seen, *worth));
}

/// Whether a rule says too much at the moment. What succeeded is never held back: it would hide behind attempts.
bool RuleDetector::floods(const sigma::Rule& rule, Timestamp at) {
  auto& flood = floods_[rule.id.str()];
  if (at >= flood.from + settings_.flood_window || at < flood.from) flood = {at, 0};
  return ++flood.alerts > settings_.flood_limit;
}

void RuleDetector::tell_flood(const sigma::Rule& rule, const Seen& seen, const Raise& raise) {
  ++suppressed_;
  if (floods_[rule.id.str()].alerts != settings_.flood_limit + 1) return;
  auto detection = filled(flood_of(rule), seen, 1);
  detection.alert.source.reset(), detection.alert.object.reset(), detection.address.clear();  // it is of many
  raise(std::move(detection));
}

std::optional<std::uint64_t> RuleDetector::worth_saying(std::string_view rule, bool succeeded, const Seen& seen, std::uint64_t first) {
  key_.assign(rule).append(1, succeeded ? '+' : '\n');
  tell_apart(seen.event, key_);
  auto& said = said_.of(key_);
  const bool lately =
      seen.at < said.at + settings_.repeat_after && seen.at + settings_.repeat_after > said.at;  // or the clock was set back
  if (said.ever && lately) {
    ++said.since, ++suppressed_;
    return std::nullopt;
  }
  const auto count = said.ever ? said.since + 1 : first;
  said = {true, seen.at, 0};
  return count;
}

}  // namespace kulla::detect
