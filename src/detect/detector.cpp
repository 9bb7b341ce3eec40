// Where rules and counting meet: each match becomes an alert, unless the same was said a moment ago.
#include "detect/detector.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>
#include <set>

#include "detect/backtest.hpp"
#include "detect/sigma/correlator.hpp"
#include "detect/sigma/load.hpp"
#include "detect/sigma/matcher.hpp"
#include "detect/traffic/traffic.hpp"

namespace kulla::detect {
namespace {
using event::Event;

/// Alerts of a rule within its window.
struct Flood {
  Timestamp from;
  int alerts = 0;
};

/// When the same thing was said last, and how often it was seen since.
struct Said {
  bool ever = false;
  Timestamp at;
  std::uint64_t since = 0;
};

// The gate's log tells of requests at a web server; rules for proxies speak of our own people's browsing, which it never shows.
bool gate_can_tell(const sigma::Logsource& source) { return source == sigma::Logsource{"webserver", "", ""}; }

/// Whatever a rule claims, success needs an answer that says so.
bool answered_well(const Event& event) {
  const auto status = event.field("sc-status").value_or("");
  return status.size() == 3 && status.front() == '2';
}

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
Alert alert_of(const traffic::Hit& hit) {
  Alert alert;
  alert.rule = RuleId{hit.kind->rule}, alert.title = hit.kind->title, alert.level = hit.kind->level;
  alert.techniques = {hit.kind->technique};
  return alert;
}

class GateDetector final : public Detector {
 public:
  GateDetector(const Settings& settings, sigma::Loaded loaded, std::set<Digest> cleared, traffic::Traffic traffic,
               const Pseudonyms& pseudonyms, SensorId sensor)
      : settings_(settings),
        cleared_(std::move(cleared)),
        rules_(loaded.rules),
        rejected_(std::move(loaded.rejected)),
        rules_for_others_(loaded.other_sources),
        matcher_(std::move(loaded.rules)),
        correlator_(std::move(loaded.correlations)),
        traffic_(std::move(traffic)),
        pseudonyms_(pseudonyms),
        sensor_(std::move(sensor)),
        said_(settings.tracked_limit) {}

  void adopt(Detector& older) override {
    auto& old = dynamic_cast<GateDetector&>(older);
    correlator_.adopt(old.correlator_);
    traffic_ = std::move(old.traffic_), said_ = std::move(old.said_), floods_ = std::move(old.floods_);
    looked_at_ = old.looked_at_, refused_by_gate_ = old.refused_by_gate_, suppressed_ = old.suppressed_;
  }

  void look(const Event& event, std::string_view line, const std::function<void(Detection)>& raise) override {
    if (event.field("kulla-verdict") != "pass") {
      ++refused_by_gate_;
      return;
    }
    ++looked_at_;
    for (const auto index : matcher_.match(event)) {
      if (!correlator_.silent(index)) say(rules_->rule(index), 1, event, line, raise);
      const auto field = [&](std::string_view name) { return event.field(name); };
      for (const auto& found : correlator_.on_match(index, event.recorded, field, looked_at_))
        say(correlator_.correlation(found.correlation).head, found.finding.events, event, line, raise);
    }
    for (const auto& hit : traffic_.look(event))
      if (const auto count = worth_saying(hit.kind->rule, false, event, hit.count)) raise(filled(alert_of(hit), event, line, *count));
  }
  const std::vector<Rejected>& rejected() const override { return rejected_; }
  std::size_t rules() const override { return rules_->size(); }
  std::size_t rules_for_others() const override { return rules_for_others_; }
  std::uint64_t refused_by_gate() const override { return refused_by_gate_; }
  std::uint64_t suppressed() const override { return suppressed_; }
  std::vector<std::string> not_cleared() const override {
    std::vector<std::string> ids;
    for (std::size_t at = 0; at < rules_->size(); ++at)
      if (rules_->rule(at).may_close && !cleared_.contains(rules_->rule(at).digest)) ids.push_back(rules_->rule(at).id.str());
    return ids;
  }

 private:
  /// What a rule, or a correlation, has to say of `count` events of which this is the last.
  void say(const sigma::Rule& rule, std::uint64_t count, const Event& event, std::string_view line,
           const std::function<void(Detection)>& raise) {
    const bool succeeded = rule.succeeded && answered_well(event);
    const auto worth = worth_saying(rule.id.str(), succeeded, event, count);
    if (!worth) return;
    if (!succeeded && floods(rule, event)) return flood(rule, event, line, raise);
    raise(filled(alert_of(rule, succeeded, rule.may_close && cleared_.contains(rule.digest)), event, line, *worth));
  }
  /// Whether a rule says too much at the moment. What succeeded is never held back: it would hide behind attempts.
  bool floods(const sigma::Rule& rule, const Event& event) {
    auto& flood = floods_[rule.id.str()];
    if (event.recorded >= flood.from + settings_.flood_window || event.recorded < flood.from) flood = {event.recorded, 0};
    return ++flood.alerts > settings_.flood_limit;
  }
  void flood(const sigma::Rule& rule, const Event& event, std::string_view line, const std::function<void(Detection)>& raise) {
    ++suppressed_;
    if (floods_[rule.id.str()].alerts != settings_.flood_limit + 1) return;
    auto detection = filled(flood_of(rule), event, line, 1);
    detection.alert.source.reset(), detection.alert.object.reset(), detection.address.clear();  // it is of many
    raise(std::move(detection));
  }
  /// How many matches an alert now stands for; nothing if the same rule, source and service was told of too shortly before.
  /// A failure does not silence the success that follows it.
  std::optional<std::uint64_t> worth_saying(std::string_view rule, bool succeeded, const Event& event, std::uint64_t first) {
    key_.assign(rule)
        .append(1, succeeded ? '+' : '\n')
        .append(event.field("c-ip").value_or("-"))
        .append(1, '\n')
        .append(event.field("kulla-service").value_or("-"));
    auto& said = said_.of(key_);
    const bool lately = event.recorded < said.at + settings_.repeat_after &&
                        event.recorded + settings_.repeat_after > said.at;  // or the clock was set back
    if (said.ever && lately) {
      ++said.since, ++suppressed_;
      return std::nullopt;
    }
    const auto count = said.ever ? said.since + 1 : first;
    said = {true, event.recorded, 0};
    return count;
  }

  // Nature stays what it is by default, an attempt: a log of requests cannot show an effect.
  Detection filled(Alert alert, const Event& event, std::string_view line, std::uint64_t count) const {
    alert.sensor = sensor_, alert.count = count;
    alert.happened = event.happened, alert.seen = event.seen;
    Detection detection{std::move(alert), std::string{event.field("c-ip").value_or("")}, std::string{line}};
    auto& filled = detection.alert;
    if (!detection.address.empty()) filled.source = SourceRef{pseudonyms_.of(detection.address)};
    if (const auto service = event.field("kulla-service")) filled.service = ServiceId{std::string{*service}};
    const auto path = event.field("kulla-path");
    if (filled.service && path) filled.object = object_ref(pseudonyms_, *filled.service, *path);
    return detection;
  }

  const Settings settings_;
  std::set<Digest> cleared_;
  std::shared_ptr<const sigma::RuleSet> rules_;
  std::vector<Rejected> rejected_;
  std::size_t rules_for_others_;
  sigma::Matcher matcher_;
  sigma::Correlator correlator_;
  sigma::Token looked_at_ = 0;
  traffic::Traffic traffic_;
  Pseudonyms pseudonyms_;
  SensorId sensor_;
  traffic::Recent<Said> said_;
  std::map<std::string, Flood> floods_;  // by rule
  std::string key_;
  std::uint64_t refused_by_gate_ = 0, suppressed_ = 0;
};
}  // namespace

Result<std::unique_ptr<Detector>> Detector::make(const Settings& settings, const Pseudonyms& pseudonyms, SensorId sensor) {
  KULLA_TRY(auto traffic, traffic::Traffic::make(settings));
  KULLA_TRY(auto loaded, sigma::load(settings.rules, {.wanted = gate_can_tell}));
  if (loaded.rules->size() == 0) {
    const auto why = loaded.rejected.empty() ? std::string{"none of category webserver found"}
                                             : fmt::format("{}:{}: {}", loaded.rejected.front().file.string(), loaded.rejected.front().line,
                                                           loaded.rejected.front().reason);
    return fail(Code::bad_rule, fmt::format("no rule is left: {}", why));
  }
  std::vector<Backtest> backtests;
  for (const auto& file : settings.backtests) {
    KULLA_TRY(auto backtest, read_backtest(file));
    backtests.push_back(std::move(backtest));
  }
  return std::make_unique<GateDetector>(settings, std::move(loaded), within_budget(backtests, settings.noise_budget), std::move(traffic),
                                        pseudonyms, std::move(sensor));
}

}  // namespace kulla::detect
